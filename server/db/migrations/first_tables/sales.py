"""Create the tables of ticket types, tickets and orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import belongs_to, checks, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index, index_where


def create() -> None:
    """Create them, in the order of their references."""
    op.create_table(
        "ticket_type",
        *texts("id", "event_id"),
        *numbers("code"),
        *texts("name"),
        *numbers("price_minor"),
        *texts("currency"),
        *texts("occurrence_id", nullable=True),
        *numbers("persons"),
        *texts("offline_policy", nullable=True),
        *flags("check_id"),
        *numbers("sales_from", "sales_until", "valid_from", "valid_until", nullable=True),
        *numbers("created_at"),
        *texts("organization_id"),
        *checks(
            "ticket_type",
            code="code BETWEEN 1 AND 65535",
            persons="persons >= 1",
            price="price_minor >= 0",
        ),
        belongs_to("event"),
        belongs_to("occurrence"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "code"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_table(
        "inventory",
        *texts("event_id", "ticket_type_id"),
        *numbers("quantity_limit", nullable=True),
        *numbers("sold", "held", "allotted"),
        *texts("organization_id"),
        *checks(
            "inventory",
            never_oversold="quantity_limit IS NULL OR sold + held + allotted <= quantity_limit",
            counts="sold >= 0 AND held >= 0 AND allotted >= 0",
        ),
        belongs_to("ticket_type"),
        sa.PrimaryKeyConstraint("event_id", "ticket_type_id"),
    )
    op.create_table(
        "ticket",
        *texts("event_id"),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("order_id", nullable=True),
        *texts("ticket_type_id"),
        *texts("occurrence_id", "variant", nullable=True),
        *texts("state"),
        *flags("blocked"),
        *numbers("generation"),
        *numbers("valid_from", "valid_until", nullable=True),
        *numbers("persons"),
        *texts("home_device_id", nullable=True),
        *numbers("manual_code", nullable=True),
        *numbers("updated_seq", "created_at"),
        *texts("organization_id"),
        *checks(
            "ticket",
            state="state IN ('paid', 'pending', 'pending_admissible', 'pending_approval',"
            " 'cancelled', 'payment_expired')",
            generation="generation BETWEEN 0 AND 255",
            persons="persons >= 1",
        ),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("event_id", "ticket_id"),
        sqlite_with_rowid=False,
    )
    index_where(
        "manual_code IS NOT NULL",
        op.f("ix_ticket_event_id_manual_code"),
        "ticket",
        ["event_id", "manual_code"],
        is_unique=True,
    )
    index_where(
        "order_id IS NOT NULL",
        op.f("ix_ticket_event_id_order_id"),
        "ticket",
        ["event_id", "order_id"],
    )
    op.create_table(
        "ticket_holder",
        *texts("event_id"),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("name"),
        *texts("email", nullable=True),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(
            ["event_id", "ticket_id"], ["ticket.event_id", "ticket.ticket_id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "ticket_id"),
    )
    op.create_table(
        "ticket_order",
        *texts("id", "event_id"),
        *numbers("number"),
        *texts("state", "channel"),
        *texts("client_key", nullable=True),
        *octets("client_digest", nullable=True),
        *texts("currency"),
        *numbers("total_minor"),
        *texts("buyer_email", "buyer_name", "comp_reason", "created_by", nullable=True),
        *numbers("created_at"),
        *numbers("expires_at", "paid_at", "cancelled_at", nullable=True),
        *texts("organization_id"),
        *checks(
            "ticket_order",
            state="state IN ('pending', 'paid', 'cancelled', 'expired')",
            total="total_minor >= 0",
        ),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "client_key"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "number"),
    )
    index("ticket_order", "event_id", "number")
    index_where(
        "state = 'pending' AND expires_at IS NOT NULL",
        op.f("ix_ticket_order_expires_at"),
        "ticket_order",
        ["expires_at"],
    )
    op.create_table(
        "order_line",
        *texts("order_id"),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("ticket_type_id"),
        *texts("occurrence_id", nullable=True),
        *numbers("quantity", "unit_price_minor", "total_minor"),
        *texts("organization_id"),
        *checks(
            "order_line",
            quantity="quantity >= 1",
            total="total_minor = quantity * unit_price_minor",
        ),
        belongs_to("ticket_order", "order_id"),
        belongs_to("ticket_type"),
        sa.PrimaryKeyConstraint("order_id", "line"),
    )
    op.create_table(
        "refund",
        *texts("id", "event_id", "order_id", "ticket_id"),
        *numbers("amount_minor"),
        *texts("currency", "reason"),
        *texts("created_by", nullable=True),
        *numbers("created_at"),
        *texts("organization_id"),
        *checks("refund", amount="amount_minor >= 0"),
        belongs_to("ticket_order", "order_id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "ticket_id"),
    )
    index("refund", "order_id")
