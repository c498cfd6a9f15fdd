"""Let keys sign tickets that are not paid yet: where no list names them, they prove nothing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_BEFORE = "purpose IN ('root', 'manifest', 'ticket', 'till')"
_AFTER = "purpose IN ('root', 'manifest', 'ticket', 'till', 'listed')"
_LIVE_ROOT = "purpose = 'root' AND retired_at IS NULL"


def upgrade() -> None:
    _allow(_AFTER)


def downgrade() -> None:
    # Of a compromised key, too, only listed tickets pass.
    op.execute(
        "UPDATE signing_key SET purpose = 'ticket', status = 'compromised',"
        " compromised_at = created_at, retired_at = coalesce(retired_at, created_at)"
        " WHERE purpose = 'listed'"
    )
    _allow(_BEFORE)


def _allow(purposes: str) -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    op.drop_index("uq_signing_key_root", "signing_key")
    with op.batch_alter_table("signing_key") as batch:
        batch.drop_constraint(op.f("ck_signing_key_purpose"), type_="check")
        batch.create_check_constraint(op.f("ck_signing_key_purpose"), purposes)
    op.create_index(
        "uq_signing_key_root",
        "signing_key",
        ["organization_id"],
        unique=True,
        postgresql_where=sa.text(_LIVE_ROOT),
        sqlite_where=sa.text(_LIVE_ROOT),
    )
