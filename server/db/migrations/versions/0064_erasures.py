"""Keep whom was erased, by ids and hashes; show no more of a list that has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.db.migrations.column_helpers import numbers, texts

revision = "0064"
down_revision = "0063"

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")

_LINE = ("event_id", "import_id", "name", "email")


def upgrade() -> None:
    op.create_table(
        "erasure",
        *texts("id", "organization_id"),
        *numbers("at"),
        *texts("scope", "asked_by"),
        *texts("event_id", nullable=True),
        sa.Column("words", _JSON, nullable=False),
        sa.Column("records", _JSON, nullable=False),
        *numbers("orders", "holders", "lists", "texts"),
        *texts("state"),
        *numbers("ended_at", nullable=True),
        sa.CheckConstraint("scope IN ('person', 'event')", name=op.f("ck_erasure_scope")),
        sa.CheckConstraint("state IN ('working', 'done')", name=op.f("ck_erasure_state")),
        sa.CheckConstraint(
            "(scope = 'event') = (event_id IS NOT NULL)", name=op.f("ck_erasure_event")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_erasure_organization_id_at"), "erasure", ["organization_id", "at"])
    lists = sa.table(
        "ticket_import", *map(sa.column, ("event_id", "id", "state")), sa.column("sample", _JSON)
    )
    lines = sa.table("ticket_import_line", *map(sa.column, _LINE))
    ended = lists.c.state.in_(("done", "cancelled", "undone", "failed"))
    op.execute(lists.update().where(ended).values(sample=[]))
    theirs = sa.select(lists.c.event_id, lists.c.id).where(ended)
    place = sa.tuple_(lines.c.event_id, lines.c.import_id)
    op.execute(lines.update().where(place.in_(theirs)).values(name=None, email=None))
