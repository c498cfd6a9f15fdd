"""Keep the plans that gates were told, so that passages are judged by what held when they were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import numbers, octets, texts

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "told_plan",
        *texts("event_id"),
        *numbers("plan_version"),
        *texts("organization_id"),
        *numbers("since"),
        *octets("config"),
        sa.PrimaryKeyConstraint("event_id", "plan_version"),
    )
