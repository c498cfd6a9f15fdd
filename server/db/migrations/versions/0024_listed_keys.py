"""Let keys sign tickets that are not paid yet: where no list names them, they prove nothing."""

from __future__ import annotations

from alembic import op

from server.db.migrations.index_helpers import index_where

revision = "0024"
down_revision = "0023"

_AFTER = "purpose IN ('root', 'manifest', 'ticket', 'till', 'listed')"
_LIVE_ROOT = "purpose = 'root' AND retired_at IS NULL"


def upgrade() -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    op.drop_index("uq_signing_key_root", "signing_key")
    with op.batch_alter_table("signing_key") as batch:
        batch.drop_constraint(op.f("ck_signing_key_purpose"), type_="check")
        batch.create_check_constraint(op.f("ck_signing_key_purpose"), _AFTER)
    index_where(
        _LIVE_ROOT, "uq_signing_key_root", "signing_key", ["organization_id"], is_unique=True
    )
