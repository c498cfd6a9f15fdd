"""Keep how far passages were moved, and what of limited zones is still to be judged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.index_helpers import index_where

revision = "0048"
down_revision = "0047"

_WAITS = "changes > judged"


def upgrade() -> None:
    op.add_column(
        "ticket_use", sa.Column("moved", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column(
        "zone_presence", sa.Column("changes", sa.BigInteger(), nullable=False, server_default="1")
    )
    op.add_column(
        "zone_presence", sa.Column("judged", sa.BigInteger(), nullable=False, server_default="0")
    )
    # What was judged by arrival stays as it is, until a journal says more of the zone.
    op.execute("UPDATE zone_presence SET judged = changes")
    index_where(_WAITS, "ix_zone_presence_unjudged", "zone_presence", ["event_id"])
