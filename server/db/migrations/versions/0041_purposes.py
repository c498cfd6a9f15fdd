"""Keep what takes tickets' rights away, and of which generation a passage's credential was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index, index_where

revision = "0041"
down_revision = "0040"

_AFTER = "why IN ('denied', 'released', 'undone', 'withdrawn')"


def upgrade() -> None:
    op.add_column("ticket_use", sa.Column("generation", sa.BigInteger(), nullable=True))
    op.create_table(
        "ticket_withdrawal",
        *texts("event_id", "claim_id", "organization_id"),
        *numbers("ticket_id"),
        *texts("purpose"),
        *numbers("generation"),
        *numbers("becomes", nullable=True),
        *numbers("at"),
        *numbers("at_error", nullable=True),
        *texts(
            "device_id", "actor", "person", "mode", "source", "reason", "reference", "currency"
        ),
        *numbers("amount_minor"),
        *texts("tender"),
        *flags("is_annulled", "is_confirmed"),
        *octets("boot", nullable=True),
        *numbers("dseq", nullable=True),
        *numbers("seq", "knew", "head"),
        *checks("ticket_withdrawal", amount="amount_minor >= 0"),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
    index("ticket_withdrawal", "ticket_id", "event_id")
    index_where(
        "NOT is_confirmed AND NOT is_annulled",
        "ix_ticket_withdrawal_open",
        "ticket_withdrawal",
        ["event_id"],
    )
    _allow()


def _allow() -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    with op.batch_alter_table("claim_mark") as batch:
        batch.drop_constraint(op.f("ck_claim_mark_why"), type_="check")
        batch.create_check_constraint(op.f("ck_claim_mark_why"), _AFTER)
