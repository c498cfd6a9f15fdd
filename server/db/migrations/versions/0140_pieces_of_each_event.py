"""Keep of each event its own pieces of what gates fetch, also where another's are the same bytes.

An event whose seat map another one has got none of it, until this and its next handing over.
"""

from __future__ import annotations

from alembic import op

revision = "0140"
down_revision = "0139"

_KEY = op.f("pk_manifest_chunk")


def upgrade() -> None:
    with op.batch_alter_table("manifest_chunk") as batch:
        batch.drop_constraint(_KEY, type_="primary")
        batch.create_primary_key(_KEY, ["event_id", "sha256"])
