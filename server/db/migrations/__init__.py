"""Alembic's scripts; `server/migrate.py` runs them."""
