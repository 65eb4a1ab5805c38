"""An invented world that talks about two invented brands; the same seed gives the same one. No network, nobody real."""
