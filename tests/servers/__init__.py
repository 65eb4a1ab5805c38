"""Local servers that speak the protocols of the networks, for tests to control."""
