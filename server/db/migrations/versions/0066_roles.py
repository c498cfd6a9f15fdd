"""Know five roles: whoever was staff sold tickets, and is of the box office from now on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

_TABLES = ("membership", "invitation")
_BEFORE = "role IN ('owner', 'manager', 'staff')"
_NOW = "role IN ('owner', 'manager', 'box_office', 'staff', 'reader')"


def upgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_role"), type_="check")
        _rename(table, "staff", "box_office")
        with op.batch_alter_table(table) as batch:
            batch.create_check_constraint(op.f(f"ck_{table}_role"), _NOW)


def downgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_role"), type_="check")
        # The earlier program has nothing below what sells: nobody is given more than they had.
        rows = sa.table(table, sa.column("role", sa.Text()))
        op.execute(sa.delete(rows).where(rows.c.role.in_(("staff", "reader"))))
        _rename(table, "box_office", "staff")
        with op.batch_alter_table(table) as batch:
            batch.create_check_constraint(op.f(f"ck_{table}_role"), _BEFORE)


def _rename(table: str, before: str, now: str) -> None:
    rows = sa.table(table, sa.column("role", sa.Text()))
    op.execute(sa.update(rows).where(rows.c.role == before).values(role=now))
