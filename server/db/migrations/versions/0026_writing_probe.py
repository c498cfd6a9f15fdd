"""Let readiness try whether anything can be written: a row that it writes anew each time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, octets

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "writing_probe",
        *numbers("id"),
        *octets("filling"),
        sa.CheckConstraint("id = 1", name=op.f("ck_writing_probe_single")),
        sa.PrimaryKeyConstraint("id"),
    )
