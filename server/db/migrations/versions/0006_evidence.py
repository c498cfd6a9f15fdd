"""Create the tables of journals' spans, rulings on unconfirmed entries, and dispositions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "journal_span",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("last_dseq", sa.BigInteger(), nullable=False),
        sa.Column("last_received_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "device_id", "boot"),
    )
    op.create_table(
        "journal_ruling",
        sa.Column("device_id", sa.Text(), nullable=False),
        sa.Column("boot", sa.LargeBinary(), nullable=False),
        sa.Column("dseq", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("ruling", sa.Text(), nullable=False),
        sa.Column("ruled_by", sa.Text(), nullable=False),
        sa.Column("ruled_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "ruling IN ('accepted', 'dismissed')", name=op.f("ck_journal_ruling_ruling")
        ),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot", "dseq"),
    )
    op.create_table(
        "conflict_disposition",
        sa.Column("conflict_id", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("device_id", sa.Text(), nullable=True),
        sa.Column("boot", sa.LargeBinary(), nullable=True),
        sa.Column("dseq", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "conflict_id", "number"),
    )
    op.create_index(
        op.f("ix_journal_entry_device_id"),
        "journal_entry",
        ["device_id"],
        unique=False,
        postgresql_where=sa.text("status = 'unconfirmed'"),
        sqlite_where=sa.text("status = 'unconfirmed'"),
    )
    op.execute(
        "INSERT INTO journal_span (event_id, device_id, boot, entries, last_dseq,"
        " last_received_at, organization_id)"
        " SELECT event_id, device_id, boot, count(*), max(dseq), max(received_at),"
        " organization_id FROM journal_entry WHERE event_id <> ''"
        " GROUP BY event_id, device_id, boot, organization_id"
    )
    op.execute(
        "INSERT INTO conflict_disposition (conflict_id, number, event_id, disposition, said_by,"
        " said_at, note, organization_id)"
        " SELECT id, 1, event_id, disposition, coalesce(disposed_by, ''),"
        " coalesce(disposed_at, updated_at), note, organization_id"
        " FROM conflict WHERE disposition <> ''"
    )
