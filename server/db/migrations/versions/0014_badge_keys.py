"""Keep the public key of what a supervisor's badge signs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("supervisor", sa.Column("sign_key", sa.LargeBinary(), nullable=True))
