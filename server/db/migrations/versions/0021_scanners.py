"""Let devices be thin scanners, whose token alone speaks for them."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BEFORE = "role IN ('gate', 'till', 'both')"
_AFTER = "role IN ('gate', 'till', 'both', 'scanner')"


def upgrade() -> None:
    _allow(_AFTER)


def downgrade() -> None:
    op.execute("UPDATE device SET role = 'gate' WHERE role = 'scanner'")
    op.execute("UPDATE enrolment_code SET role = 'gate' WHERE role = 'scanner'")
    _allow(_BEFORE)


def _allow(roles: str) -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    with op.batch_alter_table("device") as batch:
        batch.drop_constraint(op.f("ck_device_role"), type_="check")
        batch.create_check_constraint(op.f("ck_device_role"), roles)
