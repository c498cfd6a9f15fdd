"""Create the tables of ticket types, tickets and orders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op


def create() -> None:
    """Create them, in the order of their references."""
    op.create_table(
        "ticket_type",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("code", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("occurrence_id", sa.Text(), nullable=True),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("offline_policy", sa.Text(), nullable=True),
        sa.Column("check_id", sa.Boolean(), nullable=False),
        sa.Column("sales_from", sa.BigInteger(), nullable=True),
        sa.Column("sales_until", sa.BigInteger(), nullable=True),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("code BETWEEN 1 AND 65535", name=op.f("ck_ticket_type_code")),
        sa.CheckConstraint("persons >= 1", name=op.f("ck_ticket_type_persons")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_ticket_type_price")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "occurrence_id"], ["occurrence.organization_id", "occurrence.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "code"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_table(
        "inventory",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("ticket_type_id", sa.Text(), nullable=False),
        sa.Column("quantity_limit", sa.BigInteger(), nullable=True),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("allotted", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "quantity_limit IS NULL OR sold + held + allotted <= quantity_limit",
            name=op.f("ck_inventory_never_oversold"),
        ),
        sa.CheckConstraint(
            "sold >= 0 AND held >= 0 AND allotted >= 0", name=op.f("ck_inventory_counts")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
        ),
        sa.PrimaryKeyConstraint("event_id", "ticket_type_id"),
    )
    op.create_table(
        "ticket",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("ticket_type_id", sa.Text(), nullable=False),
        sa.Column("occurrence_id", sa.Text(), nullable=True),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("persons", sa.BigInteger(), nullable=False),
        sa.Column("home_device_id", sa.Text(), nullable=True),
        sa.Column("manual_code", sa.BigInteger(), nullable=True),
        sa.Column("updated_seq", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('paid', 'pending', 'pending_admissible', 'pending_approval',"
            " 'cancelled', 'payment_expired')",
            name=op.f("ck_ticket_state"),
        ),
        sa.CheckConstraint("generation BETWEEN 0 AND 255", name=op.f("ck_ticket_generation")),
        sa.CheckConstraint("persons >= 1", name=op.f("ck_ticket_persons")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "ticket_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_ticket_event_id_manual_code"),
        "ticket",
        ["event_id", "manual_code"],
        unique=True,
        postgresql_where=sa.text("manual_code IS NOT NULL"),
        sqlite_where=sa.text("manual_code IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_ticket_event_id_order_id"),
        "ticket",
        ["event_id", "order_id"],
        postgresql_where=sa.text("order_id IS NOT NULL"),
        sqlite_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "ticket_holder",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "ticket_id"], ["ticket.event_id", "ticket.ticket_id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "ticket_id"),
    )
    op.create_table(
        "ticket_order",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("client_key", sa.Text(), nullable=True),
        sa.Column("client_digest", sa.LargeBinary(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("buyer_email", sa.Text(), nullable=True),
        sa.Column("buyer_name", sa.Text(), nullable=True),
        sa.Column("comp_reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'paid', 'cancelled', 'expired')",
            name=op.f("ck_ticket_order_state"),
        ),
        sa.CheckConstraint("total_minor >= 0", name=op.f("ck_ticket_order_total")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "client_key"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "number"),
    )
    op.create_index(
        op.f("ix_ticket_order_event_id_number"), "ticket_order", ["event_id", "number"]
    )
    op.create_index(
        op.f("ix_ticket_order_expires_at"),
        "ticket_order",
        ["expires_at"],
        postgresql_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
        sqlite_where=sa.text("state = 'pending' AND expires_at IS NOT NULL"),
    )
    op.create_table(
        "order_line",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ticket_type_id", sa.Text(), nullable=False),
        sa.Column("occurrence_id", sa.Text(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("ck_order_line_quantity")),
        sa.CheckConstraint(
            "total_minor = quantity * unit_price_minor", name=op.f("ck_order_line_total")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"], ["ticket_order.organization_id", "ticket_order.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "ticket_type_id"],
            ["ticket_type.organization_id", "ticket_type.id"],
        ),
        sa.PrimaryKeyConstraint("order_id", "line"),
    )
    op.create_table(
        "refund",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refund_amount")),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"], ["ticket_order.organization_id", "ticket_order.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id", "ticket_id"),
    )
    op.create_index(op.f("ix_refund_order_id"), "refund", ["order_id"], unique=False)
