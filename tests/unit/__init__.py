"""Pure steps by examples."""
