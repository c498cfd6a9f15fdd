"""Give each device, and each code that enrols one, a pace at which it may let holders in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

_TABLES = ("device", "enrolment_code")
_DEFAULT = "120"


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(
            table,
            sa.Column(
                "admissions_per_minute", sa.BigInteger(), nullable=False, server_default=_DEFAULT
            ),
        )
