"""Create the tables of journals' spans, rulings on unconfirmed entries, and dispositions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets, texts
from server.db.migrations.index_helpers import index_where

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "journal_span",
        *texts("event_id", "device_id"),
        *octets("boot"),
        *numbers("entries", "last_dseq", "last_received_at"),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("event_id", "device_id", "boot"),
    )
    op.create_table(
        "journal_ruling",
        *texts("device_id"),
        *octets("boot"),
        *numbers("dseq"),
        *texts("event_id", "ruling", "ruled_by"),
        *numbers("ruled_at"),
        *texts("note", "organization_id"),
        *checks("journal_ruling", ruling="ruling IN ('accepted', 'dismissed')"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"]),
        sa.PrimaryKeyConstraint("device_id", "boot", "dseq"),
    )
    op.create_table(
        "conflict_disposition",
        *texts("conflict_id"),
        *numbers("number"),
        *texts("event_id", "disposition", "said_by"),
        *numbers("said_at"),
        *texts("note"),
        *texts("device_id", nullable=True),
        *octets("boot", nullable=True),
        *numbers("dseq", nullable=True),
        *texts("organization_id"),
        sa.PrimaryKeyConstraint("event_id", "conflict_id", "number"),
    )
    index_where(
        "status = 'unconfirmed'",
        op.f("ix_journal_entry_device_id"),
        "journal_entry",
        ["device_id"],
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
