"""Keep what was paid for orders, with which tender, and what went back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, octets, texts

revision = "0042"
down_revision = "0041"


def _facts(of: str) -> None:
    op.create_table(
        f"{of}_fact",
        *texts(f"{of}_id", "kind", "organization_id"),
        *numbers("at"),
        *texts("told_by"),
        sa.ForeignKeyConstraint(
            ["organization_id", f"{of}_id"], [f"{of}.organization_id", f"{of}.id"]
        ),
        sa.PrimaryKeyConstraint(f"{of}_id", "kind"),
    )


def upgrade() -> None:
    op.add_column(
        "ticket_order",
        sa.Column("rounding_minor", sa.BigInteger(), nullable=False, server_default="0"),
    )
    op.create_table(
        "payment",
        *texts("id", "organization_id", "event_id", "order_id", "tender"),
        *numbers("amount_minor"),
        *texts("currency", "reference", "state"),
        *numbers("refunded_minor"),
        *texts("client_key", nullable=True),
        *octets("client_digest", nullable=True),
        *texts("device_id", "created_by"),
        *numbers("created_at"),
        sa.CheckConstraint(
            "tender IN ('cash', 'card', 'transfer', 'online', 'voucher', 'comp', 'other')",
            name=op.f("ck_payment_tender"),
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'unknown', 'authorised', 'failed', 'paid', 'partly_refunded',"
            " 'refunded', 'disputed')",
            name=op.f("ck_payment_state"),
        ),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_payment_amount")),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor", name=op.f("ck_payment_refunded")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"], ["ticket_order.organization_id", "ticket_order.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "client_key"),
    )
    op.create_index(op.f("ix_payment_order_id"), "payment", ["order_id"])
    op.create_table(
        "payout",
        *texts("id", "organization_id", "event_id", "order_id", "payment_id"),
        *numbers("place"),
        *texts("tender"),
        *numbers("amount_minor"),
        *texts("currency", "state", "reason", "authorized_by"),
        *texts("client_key", nullable=True),
        *octets("client_digest"),
        *texts("created_by"),
        *numbers("created_at"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_payout_amount")),
        sa.CheckConstraint(
            "state IN ('pending', 'unknown', 'failed', 'done')", name=op.f("ck_payout_state")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"], ["payment.organization_id", "payment.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "client_key", "place"),
    )
    op.create_index(op.f("ix_payout_order_id"), "payout", ["order_id"])
    _facts("payment")
    _facts("payout")
