"""The tests, and what several of them need to start."""
