"""Keep what was paid for orders, with which tender, and what went back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def _text(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _number(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=False) for name in names]


def _facts(of: str) -> None:
    op.create_table(
        f"{of}_fact",
        *_text(f"{of}_id", "kind", "organization_id"),
        *_number("at"),
        *_text("told_by"),
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
        *_text("id", "organization_id", "event_id", "order_id", "tender"),
        *_number("amount_minor"),
        *_text("currency", "reference", "state"),
        *_number("refunded_minor"),
        sa.Column("client_key", sa.Text(), nullable=True),
        sa.Column("client_digest", sa.LargeBinary(), nullable=True),
        *_text("device_id", "created_by"),
        *_number("created_at"),
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
        *_text("id", "organization_id", "event_id", "order_id", "payment_id"),
        *_number("place"),
        *_text("tender"),
        *_number("amount_minor"),
        *_text("currency", "state", "reason", "authorized_by"),
        sa.Column("client_key", sa.Text(), nullable=True),
        sa.Column("client_digest", sa.LargeBinary(), nullable=False),
        *_text("created_by"),
        *_number("created_at"),
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
