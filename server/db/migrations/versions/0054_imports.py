"""Keep lists that are imported, and what became of each line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import (
    belongs_to,
    checks,
    documents,
    numbers,
    octets,
    texts,
)
from server.db.migrations.index_helpers import index

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    op.create_table(
        "ticket_import",
        *texts("event_id", "id", "state", "form", "encoding", "separator"),
        *documents("columns", "sample"),
        *documents("mapping", nullable=True),
        *texts("turn"),
        *numbers("position", "size", "lines", "added", "again", "known", "wrong", "named"),
        *texts("said"),
        *numbers("created_at"),
        *numbers("ended_at", nullable=True),
        *texts("organization_id"),
        *checks(
            "ticket_import",
            form="form IN ('csv', 'xlsx')",
            state="state IN ('uploaded', 'checking', 'checked', 'placing', 'telling', 'done',"
            " 'cancelling', 'cancelled', 'undoing', 'undone', 'failed')",
        ),
        belongs_to("event"),
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
        *checks(
            "ticket_import_line",
            outcome="outcome IN ('new', 'again', 'known', 'wrong', 'undone', 'kept', 'replaced')",
        ),
        sa.ForeignKeyConstraint(
            ["event_id", "import_id"], ["ticket_import.event_id", "ticket_import.id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "import_id", "line"),
    )
    index("ticket_import_line", "event_id", "ticket_id")
