"""Keep what stands on an organization's receipts: legal name, address and tax number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"

_COLUMNS = ("legal_name", "address", "tax_number")


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column(
            "organization", sa.Column(name, sa.Text(), nullable=False, server_default="")
        )
