"""Keep files of many tickets, in sealed pieces, until they are fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0073"
down_revision = "0072"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "ticket_file",
        _text("event_id"),
        _text("id"),
        _text("state"),
        _text("form"),
        sa.Column("wanted", _JSON, nullable=False),
        _text("layout"),
        _text("language"),
        sa.Column("has_names", sa.Boolean(), nullable=False),
        _number("part_size"),
        _text("turn"),
        _number("position", nullable=True),
        _number("total"),
        _number("done"),
        _number("left_out"),
        sa.Column("parts", _JSON, nullable=False),
        _text("said"),
        _text("created_by"),
        _number("created_at"),
        _number("ended_at", nullable=True),
        _number("expires_at", nullable=True),
        _number("fetched_at", nullable=True),
        _text("fetched_by"),
        _text("organization_id"),
        sa.CheckConstraint(
            "state IN ('writing', 'ready', 'cancelled', 'failed', 'gone')",
            name=op.f("ck_ticket_file_state"),
        ),
        sa.CheckConstraint(
            "form IN ('csv', 'xlsx', 'pdf', 'png', 'svg')", name=op.f("ck_ticket_file_form")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["event.organization_id", "event.id"],
            name=op.f("fk_ticket_file_organization_id_event_id_event"),
        ),
        sa.PrimaryKeyConstraint("event_id", "id", name=op.f("pk_ticket_file")),
    )
    op.create_index(op.f("ix_ticket_file_state"), "ticket_file", ["state"])
    op.create_table(
        "ticket_file_piece",
        _text("event_id"),
        _text("file_id"),
        sa.Column("part", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _text("organization_id"),
        sa.ForeignKeyConstraint(
            ["event_id", "file_id"],
            ["ticket_file.event_id", "ticket_file.id"],
            name=op.f("fk_ticket_file_piece_event_id_file_id_ticket_file"),
        ),
        sa.PrimaryKeyConstraint(
            "event_id", "file_id", "part", "number", name=op.f("pk_ticket_file_piece")
        ),
    )
