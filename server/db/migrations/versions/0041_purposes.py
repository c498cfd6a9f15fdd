"""Keep what takes tickets' rights away, and of which generation a passage's credential was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"

_AFTER = "why IN ('denied', 'released', 'undone', 'withdrawn')"


def upgrade() -> None:
    op.add_column("ticket_use", sa.Column("generation", sa.BigInteger(), nullable=True))
    op.create_table(
        "ticket_withdrawal",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("claim_id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("becomes", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("at_error", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tender", sa.Text(), nullable=False),
        sa.Column("is_annulled", sa.Boolean(), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=True),
        sa.Column("dseq", sa.BigInteger(), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("knew", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_ticket_withdrawal_amount")),
        sa.PrimaryKeyConstraint("event_id", "claim_id"),
    )
    op.create_index(
        op.f("ix_ticket_withdrawal_ticket_id_event_id"),
        "ticket_withdrawal",
        ["ticket_id", "event_id"],
    )
    op.create_index(
        "ix_ticket_withdrawal_open",
        "ticket_withdrawal",
        ["event_id"],
        postgresql_where=sa.text("NOT is_confirmed AND NOT is_annulled"),
        sqlite_where=sa.text("NOT is_confirmed AND NOT is_annulled"),
    )
    _allow()


def _allow() -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    with op.batch_alter_table("claim_mark") as batch:
        batch.drop_constraint(op.f("ck_claim_mark_why"), type_="check")
        batch.create_check_constraint(op.f("ck_claim_mark_why"), _AFTER)
