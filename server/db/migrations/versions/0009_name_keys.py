"""Keep the public key to which names are sealed for a supervisor's badge."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("supervisor", sa.Column("name_key", sa.LargeBinary(), nullable=True))
