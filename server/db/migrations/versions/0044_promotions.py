"""Keep promotions of events, with the hashes of their codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import (
    belongs_to,
    checks,
    documents,
    flags,
    numbers,
    octets,
)
from server.db.migrations.index_helpers import index

revision = "0044"
down_revision = "0043"

_NUMBERS = ("percent_points", "fixed_minor", "buy", "free")


def upgrade() -> None:
    op.create_table(
        "promotion",
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("id", "organization_id", "event_id", "name", "kind")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _NUMBERS),
        *octets("code_hash", nullable=True),
        *documents("ticket_type_ids", nullable=True),
        *numbers("starts_at", "ends_at", "uses", nullable=True),
        *flags("combinable"),
        *numbers("created_at"),
        *numbers("removed_at", nullable=True),
        *checks(
            "promotion",
            kind="kind IN ('percent', 'fixed', 'buy_get')",
            percent="percent_points BETWEEN 0 AND 10000",
            amounts="fixed_minor >= 0 AND buy >= 0 AND free >= 0",
        ),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("promotion", "event_id")
