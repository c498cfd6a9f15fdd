"""Let events be found by when they are over: keyrings hold the keys of the nearest ones."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.index_helpers import index

revision = "0027"
down_revision = "0026"

# An occurrence without an end lasts a day, in µs.
_FILL = (
    "UPDATE event SET over_at = coalesce((SELECT max(coalesce(occurrence.ends_at,"
    " occurrence.starts_at + 86400000000)) FROM occurrence WHERE occurrence.event_id = event.id),"
    " created_at)"
)


def upgrade() -> None:
    op.add_column(
        "event", sa.Column("over_at", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.execute(_FILL)
    index("event", "organization_id", "over_at", "id")
