"""Number the maps of each event, so that one is written beside the other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0085"
down_revision = "0084"

_KEY = op.f("pk_event_seat")


def upgrade() -> None:
    for name in ("map_number", "map_seq", "last_map"):
        op.add_column("seat_counter", _number(name))
    op.add_column("seat_counter", sa.Column("unswept_since", sa.BigInteger(), nullable=True))
    op.add_column("event_seat", _number("map_number"))
    with op.batch_alter_table("event_seat") as batch:
        batch.drop_constraint(_KEY, type_="primary")
        batch.create_primary_key(_KEY, ["event_id", "map_number", "seat_id"])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
