"""Let a list without codes keep the salt of the ids that its lines' tickets have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0119"
down_revision = "0115"


def upgrade() -> None:
    op.add_column("ticket_import", sa.Column("salt", sa.LargeBinary(), nullable=True))
