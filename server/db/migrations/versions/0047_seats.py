"""Keep seat maps of venues and events, who has which seat, and named holds of seats and stock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import belongs_to, checks, numbers, octets, texts
from server.db.migrations.index_helpers import index, index_where

revision = "0047"
down_revision = "0046"

_TAKEN = "holder <> ''"
_DUE = "ended_at IS NULL AND ends_at IS NOT NULL"


def _event() -> sa.ForeignKeyConstraint:
    return belongs_to("event")


def upgrade() -> None:
    op.create_table(
        "seat_template",
        *texts("venue_id", "organization_id"),
        *octets("packed_map"),
        *numbers("changed_at"),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"]),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("venue_id"),
    )
    op.create_table(
        "event_seating",
        *texts("event_id", "organization_id"),
        *octets("packed_map"),
        *numbers("seat_count", "created_at"),
        _event(),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_table(
        "seat_counter",
        *texts("event_id", "organization_id"),
        *numbers("seq"),
        _event(),
        sa.PrimaryKeyConstraint("event_id"),
    )
    _create_seats()
    _create_holds()
    op.add_column("ticket", sa.Column("seat_id", sa.Text(), nullable=True))


def _create_seats() -> None:
    op.create_table(
        "event_seat",
        *texts("event_id", "seat_id", "organization_id"),
        *numbers("place"),
        *texts("state", "holder"),
        *numbers("ticket_id", nullable=True),
        *numbers("seq"),
        *checks(
            "event_seat",
            state="state IN ('free', 'held', 'granted', 'sold', 'killed')",
            holder="(state IN ('free', 'killed')) = (holder = '')",
        ),
        _event(),
        sa.PrimaryKeyConstraint("event_id", "seat_id"),
    )
    index("event_seat", "event_id", "seq")
    index_where(
        _TAKEN, op.f("ix_event_seat_event_id_holder"), "event_seat", ["event_id", "holder"]
    )


def _create_holds() -> None:
    op.create_table(
        "stock_hold",
        *texts("event_id", "id", "organization_id", "name", "reason"),
        *texts("ticket_type_id", nullable=True),
        *numbers("quantity"),
        *numbers("ends_at", "ended_at", nullable=True),
        *texts("created_by"),
        *numbers("created_at"),
        *checks("stock_hold", quantity="quantity >= 0"),
        _event(),
        belongs_to("ticket_type"),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    index_where(_DUE, op.f("ix_stock_hold_ends_at"), "stock_hold", ["ends_at"])
