"""Keep lists that are imported, and what became of each line."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0054"
down_revision = "0053"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "ticket_import",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("encoding", sa.Text(), nullable=False),
        sa.Column("separator", sa.Text(), nullable=False),
        sa.Column("columns", _JSON, nullable=False),
        sa.Column("sample", _JSON, nullable=False),
        sa.Column("mapping", _JSON, nullable=True),
        sa.Column("turn", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.BigInteger(), nullable=False),
        sa.Column("known", sa.BigInteger(), nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("named", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("organization_id", sa.Text(), nullable=False),
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
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "import_id"], ["ticket_import.event_id", "ticket_import.id"]
        ),
        sa.PrimaryKeyConstraint("event_id", "import_id"),
    )
    op.create_table(
        "ticket_import_line",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_type_id", sa.Text(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
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
        unique=False,
    )
