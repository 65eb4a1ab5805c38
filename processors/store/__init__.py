"""The store: SQLAlchemy Core over SQLite or PostgreSQL, the same statements on both where the dialects allow.

Owns: tables, migrations, transactions, and every SQL statement of the project.
Does not know: judgement, time (ticks and watermarks are handed in), the runtimes.
"""
