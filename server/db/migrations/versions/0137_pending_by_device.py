"""Find what a device's journal has yet to have booked without reading everybody's.

Each sale looks for what waits for it: after an evening of tills that were cut off those were
thousands, for each of thousands.
"""

from __future__ import annotations

from alembic import op

from server.db.migrations.index_helpers import index_where

revision = "0137"
down_revision = "0134"

_PENDING = "effect = 'pending'"
_COLUMNS = ["effect", "device_id", "kind"]


def upgrade() -> None:
    op.drop_index("ix_journal_entry_effect", "journal_entry")
    name = op.f("ix_journal_entry_effect_device_id_kind")
    index_where(_PENDING, name, "journal_entry", _COLUMNS)
