"""Know five roles: whoever was staff sold tickets, and is of the box office from now on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"

_TABLES = ("membership", "invitation")
_NOW = "role IN ('owner', 'manager', 'box_office', 'staff', 'reader')"


def upgrade() -> None:
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_constraint(op.f(f"ck_{table}_role"), type_="check")
        rows = sa.table(table, sa.column("role", sa.Text()))
        op.execute(sa.update(rows).where(rows.c.role == "staff").values(role="box_office"))
        with op.batch_alter_table(table) as batch:
            batch.create_check_constraint(op.f(f"ck_{table}_role"), _NOW)
