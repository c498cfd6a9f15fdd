"""Keep what was paid for orders, with which tender, and what went back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import belongs_to, checks, numbers, octets, texts
from server.db.migrations.index_helpers import index

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
        *checks(
            "payment",
            tender="tender IN ('cash', 'card', 'transfer', 'online', 'voucher', 'comp', 'other')",
            state="state IN ('pending', 'unknown', 'authorised', 'failed', 'paid',"
            " 'partly_refunded', 'refunded', 'disputed')",
            amount="amount_minor >= 0",
            refunded="refunded_minor BETWEEN 0 AND amount_minor",
        ),
        belongs_to("ticket_order", "order_id"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "client_key"),
    )
    index("payment", "order_id")
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
        *checks(
            "payout",
            amount="amount_minor > 0",
            state="state IN ('pending', 'unknown', 'failed', 'done')",
        ),
        belongs_to("payment"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
        sa.UniqueConstraint("organization_id", "client_key", "place"),
    )
    index("payout", "order_id")
    _facts("payment")
    _facts("payout")
