"""Alembic's entry: runs migrations on the connection of `server/start_up/migrating.py`."""

from __future__ import annotations

from alembic import context


def run() -> None:
    """Run the migrations within the caller's transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=context.config.attributes["metadata"],
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
