"""Alembic loads this file by its path and expects it to run the migrations at once, on the connection handed in."""

from alembic import context

from processors.store.migrating import exists_here, render_type
from processors.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    include_object=exists_here(connection.dialect.name),
    render_item=render_type,
    render_as_batch=True,  # SQLite changes a column only by copying its table
)
with context.begin_transaction():
    context.run_migrations()
