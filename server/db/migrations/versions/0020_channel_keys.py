"""Keep the keys by which the server proves its answers to devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, numbers, octets, texts

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.create_table(
        "channel_key",
        *texts("organization_id"),
        *numbers("number"),
        *octets("public_key", "sealed_seed", "certificate", "certificate_signature"),
        *numbers("created_at"),
        *numbers("retired_at", nullable=True),
        *checks("channel_key", number="number >= 1"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("organization_id", "number"),
        sa.UniqueConstraint("public_key"),
    )
