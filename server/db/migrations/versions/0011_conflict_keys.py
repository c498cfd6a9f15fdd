"""Let the event lead the keys of conflicts and their sides, as it leads all others."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"

_KEYS = {"conflict": ["event_id", "id"], "conflict_side": ["event_id", "conflict_id", "side"]}


def upgrade() -> None:
    for table, columns in _KEYS.items():
        # SQLite knows no other key than the one that a table was made with: it is made again.
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"pk_{table}"), type_="primary")
            batch.create_primary_key(op.f(f"pk_{table}"), columns)
