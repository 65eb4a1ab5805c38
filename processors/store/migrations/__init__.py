"""Alembic's scripts: how a store of any earlier build becomes one of this build. Nothing here runs at import."""
