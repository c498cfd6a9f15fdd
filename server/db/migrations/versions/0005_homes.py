"""Homes that move, requests to homes, and shares of zones' capacity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    nothing = sa.text("0")
    op.add_column(
        "ticket", sa.Column("home_number", sa.BigInteger(), nullable=False, server_default=nothing)
    )
    op.add_column(
        "ticket_use",
        sa.Column("allotted", sa.BigInteger(), nullable=False, server_default=nothing),
    )
    _create_homes()
    op.create_table(
        "zone_share",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("lost_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("event_id", "zone_id", "device_id"),
    )


def _create_homes() -> None:
    op.create_table(
        "home_range",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("id_prefix", sa.BigInteger(), nullable=False),
        sa.Column("id_prefix_bits", sa.BigInteger(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "key_id", "place"),
    )
    op.create_table(
        "home_move",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("from_device_id", sa.Text(), nullable=False),
        sa.Column("to_device_id", sa.Text(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("ticket_ids", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("freed_at", sa.BigInteger(), nullable=True),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'surrendered', 'lost')", name=op.f("ck_home_move_state")
        ),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_table(
        "home_ask",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("home_device_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("gate_id", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('asked', 'given', 'kept', 'ended')", name=op.f("ck_home_ask_state")
        ),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
