"""Create the tables of events, venues, zones and gates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from server.db.migrations.column_helpers import flags, numbers, texts


def create() -> None:
    """Create them, in the order of their references."""
    op.create_table(
        "event",
        *texts("id", "organization_id", "name", "state", "timezone", "currency"),
        sa.Column(
            "policy", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        *numbers("plan_version", "created_at", "updated_at"),
        sa.CheckConstraint(
            "state IN ('draft', 'pending_approval', 'published', 'active', 'completed',"
            " 'archived', 'cancelled')",
            name=op.f("ck_event_state"),
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
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_occurrence_order")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index(
        op.f("ix_occurrence_event_id_starts_at"), "occurrence", ["event_id", "starts_at"]
    )
    op.create_table(
        "venue",
        *texts("id", "organization_id", "name", "timezone", "address"),
        sa.Column(
            "template", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        *numbers("created_at"),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_venue_organization_id"), "venue", ["organization_id"])
    op.create_table(
        "zone",
        *texts("id", "event_id", "name"),
        *texts("occurrence_id", nullable=True),
        sa.Column(
            "ticket_type_ids",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=True,
        ),
        *flags("admit_pending", "multiple_entries", "reentry_after_exit"),
        sa.Column("rule", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        *numbers("capacity", nullable=True),
        *flags("strict_anti_passback"),
        *numbers("created_at"),
        *texts("organization_id"),
        sa.CheckConstraint("capacity IS NULL OR capacity >= 0", name=op.f("ck_zone_capacity")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "occurrence_id"], ["occurrence.organization_id", "occurrence.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("organization_id", "id"),
    )
    op.create_index(op.f("ix_zone_event_id"), "zone", ["event_id"])
    op.create_table(
        "gate",
        *texts("id", "event_id", "zone_id", "name", "direction"),
        *numbers("lanes", "created_at"),
        *texts("organization_id"),
        sa.CheckConstraint("direction IN ('in', 'out', 'both')", name=op.f("ck_gate_direction")),
        sa.CheckConstraint("lanes >= 1", name=op.f("ck_gate_lanes")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"], ["event.organization_id", "event.id"]
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "zone_id"], ["zone.organization_id", "zone.id"]
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_gate_event_id"), "gate", ["event_id"])
    op.create_index(op.f("ix_gate_zone_id"), "gate", ["zone_id"])
