"""Keep lists that are imported, and what became of each line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from server.db.migrations.column_helpers import numbers, octets, texts

revision = "0054"
down_revision = "0053"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ticket_import",
        *texts("event_id", "id", "state", "form", "encoding", "separator"),
        sa.Column("columns", _JSON, nullable=False),
        sa.Column("sample", _JSON, nullable=False),
        sa.Column("mapping", _JSON, nullable=True),
        *texts("turn"),
        *numbers("position", "size", "lines", "added", "again", "known", "wrong", "named"),
        *texts("said"),
        *numbers("created_at"),
        *numbers("ended_at", nullable=True),
        *texts("organization_id"),
        sa.CheckConstraint("form IN ('csv', 'xlsx')", name=op.f("ck_ticket_import_form")),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'placing', 'telling', 'done',"
            " 'cancelling', 'cancelled', 'undoing', 'undone', 'failed')",
            name=op.f("ck_ticket_import_state"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    op.create_table(
        "ticket_import_file",
        *texts("event_id", "import_id"),
        *octets("body"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(
            ["event_id", "import_id"], ["ticket_import.event_id", "ticket_import.id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "import_id"),
    )
    op.create_table(
        "ticket_import_line",
        *texts("event_id", "import_id"),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        *texts("outcome"),
        *numbers("ticket_id", nullable=True),
        *texts("ticket_type_id", nullable=True),
        *octets("digest", nullable=True),
        *texts("name", "email", nullable=True),
        *texts("field", "message", "organization_id"),
        sa.CheckConstraint(
            "outcome IN ('new', 'again', 'known', 'wrong', 'undone', 'kept', 'replaced')",
            name=op.f("ck_ticket_import_line_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["event_id", "import_id"], ["ticket_import.event_id", "ticket_import.id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "import_id", "line"),
    )
    op.create_index(
        op.f("ix_ticket_import_line_event_id_ticket_id"),
        "ticket_import_line",
        ["event_id", "ticket_id"],
    )
