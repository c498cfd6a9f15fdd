"""Alembic's scripts; `server/start_up/migrating.py` runs them."""
