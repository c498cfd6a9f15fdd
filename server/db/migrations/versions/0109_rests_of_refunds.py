"""Note what was refunded for less again, with the rest of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0109"
down_revision = "0106"


def upgrade() -> None:
    place = sa.Column("place", sa.BigInteger(), nullable=False, server_default="0")
    # SQLite knows no other key than the one that a table was made with: it is made again.
    with op.batch_alter_table("refund") as batch:
        batch.add_column(place)
        batch.drop_constraint(op.f("uq_refund_event_id_ticket_id"), type_="unique")
        batch.create_unique_constraint(
            op.f("uq_refund_event_id_ticket_id_place"), ["event_id", "ticket_id", "place"]
        )
