"""Pure steps by properties."""
