"""Alembic's scripts; `server/db/migrate.py` runs them."""
