"""Keep an organization's pictures, and what each event's tickets look like."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from server.db.migrations.column_helpers import flags, numbers, octets, texts

revision = "0077"
down_revision = "0076"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "picture",
        *texts("id", "organization_id", "digest", "form"),
        *numbers("width", "height", "size"),
        *octets("body"),
        *numbers("created_at"),
        *texts("created_by"),
        sa.CheckConstraint("form IN ('png', 'jpeg')", name=op.f("ck_picture_form")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_picture_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(
            "organization_id", "digest", name=op.f("uq_picture_organization_id_digest")
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_picture_organization_id_id")),
    )
    op.create_table(
        "event_look",
        *texts("event_id"),
        *texts("picture_id", "logo_id", nullable=True),
        *flags("has_band"),
        *texts("accent"),
        sa.Column("hidden", _JSON, nullable=False),
        *texts("note", "page"),
        *numbers("changed_at"),
        *texts("organization_id"),
        sa.CheckConstraint("page IN ('a4', 'a6')", name=op.f("ck_event_look_page")),
        sa.ForeignKeyConstraint(
            ["organization_id", "event_id"],
            ["event.organization_id", "event.id"],
            name=op.f("fk_event_look_organization_id_event_id_event"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "picture_id"],
            ["picture.organization_id", "picture.id"],
            name=op.f("fk_event_look_organization_id_picture_id_picture"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "logo_id"],
            ["picture.organization_id", "picture.id"],
            name=op.f("fk_event_look_organization_id_logo_id_picture"),
        ),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index(op.f("ix_event_look_picture_id"), "event_look", ["picture_id"])
    op.create_index(op.f("ix_event_look_logo_id"), "event_look", ["logo_id"])
