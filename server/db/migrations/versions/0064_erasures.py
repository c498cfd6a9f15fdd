"""Keep whom was erased, by ids and hashes; show no more of a list that has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON, checks, documents, numbers, texts
from server.db.migrations.index_helpers import index

revision = "0064"
down_revision = "0063"


_LINE = ("event_id", "import_id", "name", "email")


def upgrade() -> None:
    op.create_table(
        "erasure",
        *texts("id", "organization_id"),
        *numbers("at"),
        *texts("scope", "asked_by"),
        *texts("event_id", nullable=True),
        *documents("words", "records"),
        *numbers("orders", "holders", "lists", "texts"),
        *texts("state"),
        *numbers("ended_at", nullable=True),
        *checks(
            "erasure",
            scope="scope IN ('person', 'event')",
            state="state IN ('working', 'done')",
            event="(scope = 'event') = (event_id IS NOT NULL)",
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    index("erasure", "organization_id", "at")
    lists = sa.table(
        "ticket_import",
        *map(sa.column, ("event_id", "id", "state")),
        sa.column("sample", JSON),
    )
    lines = sa.table("ticket_import_line", *map(sa.column, _LINE))
    ended = lists.c.state.in_(("done", "cancelled", "undone", "failed"))
    op.execute(lists.update().where(ended).values(sample=[]))
    theirs = sa.select(lists.c.event_id, lists.c.id).where(ended)
    place = sa.tuple_(lines.c.event_id, lines.c.import_id)
    op.execute(lines.update().where(place.in_(theirs)).values(name=None, email=None))
