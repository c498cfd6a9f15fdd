"""Let devices be thin scanners, whose token alone speaks for them."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"

_AFTER = "role IN ('gate', 'till', 'both', 'scanner')"


def upgrade() -> None:
    # SQLite knows no other check than those that a table was made with: it is made again.
    with op.batch_alter_table("device") as batch:
        batch.drop_constraint(op.f("ck_device_role"), type_="check")
        batch.create_check_constraint(op.f("ck_device_role"), _AFTER)
