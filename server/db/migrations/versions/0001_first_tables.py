"""Create the first tables."""

from __future__ import annotations

from server.db.migrations.first_tables import people, plan, sales

revision = "0001"
down_revision = None

GROUPS = (people, plan, sales)


def upgrade() -> None:
    for group in GROUPS:
        group.create()
