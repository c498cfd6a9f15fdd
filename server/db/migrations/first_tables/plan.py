"""Create the tables of events, venues, zones and gates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    """Create them, in the order of their references."""
    op.create_table(
        "event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column(
            "policy", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("plan_version", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
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
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("doors_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
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
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column(
            "template", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False
        ),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_venue_organization_id"), "venue", ["organization_id"], unique=False)
    op.create_table(
        "zone",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("occurrence_id", sa.Text(), nullable=True),
        sa.Column(
            "ticket_type_ids",
            sa.JSON().with_variant(postgresql.JSONB(), "postgresql"),
            nullable=True,
        ),
        sa.Column("admit_pending", sa.Boolean(), nullable=False),
        sa.Column("multiple_entries", sa.Boolean(), nullable=False),
        sa.Column("reentry_after_exit", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("strict_anti_passback", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
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
    op.create_index(op.f("ix_zone_event_id"), "zone", ["event_id"], unique=False)
    op.create_table(
        "gate",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("zone_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("lanes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("organization_id", sa.Text(), nullable=False),
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
    op.create_index(op.f("ix_gate_event_id"), "gate", ["event_id"], unique=False)
    op.create_index(op.f("ix_gate_zone_id"), "gate", ["zone_id"], unique=False)
