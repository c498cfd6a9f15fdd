"""Create the tables of events, venues, zones and gates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import (
    belongs_to,
    checks,
    documents,
    flags,
    numbers,
    texts,
)
from server.db.migrations.index_helpers import index


def create() -> None:
    """Create them, in the order of their references."""
    op.create_table(
        "event",
        *texts("id", "organization_id", "name", "state", "timezone", "currency"),
        *documents("policy"),
        *numbers("plan_version", "created_at", "updated_at"),
        *checks(
            "event",
            state="state IN ('draft', 'pending_approval', 'published', 'active', 'completed',"
            " 'archived', 'cancelled')",
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_table(
        "occurrence",
        *texts("id", "event_id", "name"),
        *numbers("starts_at"),
        *numbers("ends_at", "doors_at", nullable=True),
        *numbers("created_at"),
        *texts("organization_id"),
        *checks("occurrence", order="ends_at > starts_at"),
        belongs_to("event"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    index("occurrence", "event_id", "starts_at")
    op.create_table(
        "venue",
        *texts("id", "organization_id", "name", "timezone", "address"),
        *documents("template"),
        *numbers("created_at"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    index("venue", "organization_id")
    op.create_table(
        "zone",
        *texts("id", "event_id", "name"),
        *texts("occurrence_id", nullable=True),
        *documents("ticket_type_ids", nullable=True),
        *flags("admit_pending", "multiple_entries", "reentry_after_exit"),
        *documents("rule", nullable=True),
        *numbers("capacity", nullable=True),
        *flags("strict_anti_passback"),
        *numbers("created_at"),
        *texts("organization_id"),
        *checks("zone", capacity="capacity IS NULL OR capacity >= 0"),
        belongs_to("event"),
        belongs_to("occurrence"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    index("zone", "event_id")
    op.create_table(
        "gate",
        *texts("id", "event_id", "zone_id", "name", "direction"),
        *numbers("lanes", "created_at"),
        *texts("organization_id"),
        *checks("gate", direction="direction IN ('in', 'out', 'both')", lanes="lanes >= 1"),
        belongs_to("event"),
        belongs_to("zone"),
        sa.PrimaryKeyConstraint("id"),
    )
    index("gate", "event_id")
    index("gate", "zone_id")
