"""Homes that move, requests to homes, and shares of zones' capacity."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets, texts

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
        *texts("event_id", "zone_id", "device_id", "organization_id"),
        *numbers("granted", "returned", "spent"),
        *numbers("lost_at", nullable=True),
        sa.PrimaryKeyConstraint("event_id", "zone_id", "device_id"),
    )


def _create_homes() -> None:
    op.create_table(
        "home_range",
        *texts("event_id"),
        *numbers("key_id", "place"),
        *texts("organization_id"),
        *numbers("id_prefix", "id_prefix_bits"),
        *texts("device_id"),
        *numbers("number"),
        sa.PrimaryKeyConstraint("event_id", "key_id", "place"),
    )
    op.create_table(
        "home_move",
        *texts("event_id", "id", "organization_id", "from_device_id"),
        *texts("to_device_id", nullable=True),
        *numbers("number"),
        *octets("ticket_ids"),
        *texts("state", "because", "asked_by"),
        *numbers("asked_at"),
        *numbers("freed_at", "done_at", nullable=True),
        *checks("home_move", state="state IN ('asked', 'surrendered', 'lost')"),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_table(
        "home_ask",
        *texts("event_id", "claim_id", "organization_id"),
        *numbers("ticket_id"),
        *texts("home_device_id", "device_id", "gate_id"),
        *numbers("count"),
        *texts("state", "reason"),
        *numbers("asked_at", "seq"),
        *checks("home_ask", state="state IN ('asked', 'given', 'kept', 'ended')"),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
