"""Keep files of many tickets, in sealed pieces, until they are fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, documents, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index

revision = "0073"
down_revision = "0072"


def upgrade() -> None:
    op.create_table(
        "ticket_file",
        *texts("event_id", "id", "state", "form"),
        *documents("wanted"),
        *texts("layout", "language"),
        *flags("has_names"),
        *numbers("part_size"),
        *texts("turn"),
        *numbers("position", nullable=True),
        *numbers("total", "done", "left_out"),
        *documents("parts"),
        *texts("said", "created_by"),
        *numbers("created_at"),
        *numbers("ended_at", "expires_at", "fetched_at", nullable=True),
        *texts("fetched_by", "organization_id"),
        *checks(
            "ticket_file",
            state="state IN ('writing', 'ready', 'cancelled', 'failed', 'gone')",
            form="form IN ('csv', 'xlsx', 'pdf', 'png', 'svg')",
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["event.organization_id", "event.id"],
            name=op.f("fk_ticket_file_organization_id_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("event_id", "id"),
    )
    index("ticket_file", "state")
    op.create_table(
        "ticket_file_piece",
        *texts("event_id", "file_id"),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *octets("body"),
        *texts("organization_id"),
        sa.ForeignKeyConstraint(
            ["event_id", "file_id"],
            ["ticket_file.event_id", "ticket_file.id"],
            name=op.f("fk_ticket_file_piece_event_id_file_id_ticket_file"),
        ),
        sa.PrimaryKeyConstraint("event_id", "file_id", "part", "number"),
    )
