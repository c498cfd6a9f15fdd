"""Keep how much of a payment is in dispute, and how much disputes took back for good."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.index_helpers import index_where

revision = "0079"
down_revision = "0078"

_SUMS = ("disputed_minor", "lost_minor")
_HEARD = "SELECT 1 FROM payment_fact f WHERE f.payment_id = payment.id AND f.kind ="


def upgrade() -> None:
    op.add_column("payment_fact", sa.Column("amount_minor", sa.BigInteger(), nullable=True))
    for name in _SUMS:
        op.add_column(
            "payment", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")
        )
    # Until now a dispute was about all that had not gone back.
    for name, kind in (("lost_minor", "dispute_lost"), ("disputed_minor", "disputed")):
        op.execute(
            f"UPDATE payment SET {name} = amount_minor - refunded_minor"  # noqa: S608 - our names
            f" WHERE state = 'disputed' AND lost_minor = 0 AND EXISTS ({_HEARD} '{kind}')"
        )
    index_where("lost_minor > 0", "ix_payment_lost", "payment", ["event_id"])
