"""Let readiness try whether anything can be written: a row that it writes anew each time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.create_table(
        "writing_probe",
        *numbers("id"),
        *octets("filling"),
        *checks("writing_probe", single="id = 1"),
        sa.PrimaryKeyConstraint("id"),
    )
