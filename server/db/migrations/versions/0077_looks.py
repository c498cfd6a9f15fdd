"""Keep an organization's pictures, and what each event's tickets look like."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import checks, documents, flags, numbers, octets, texts
from server.db.migrations.index_helpers import index

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    op.create_table(
        "picture",
        *texts("id", "organization_id", "digest", "form"),
        *numbers("width", "height", "size"),
        *octets("body"),
        *numbers("created_at"),
        *texts("created_by"),
        *checks("picture", form="form IN ('png', 'jpeg')"),
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
        *documents("hidden"),
        *texts("note", "page"),
        *numbers("changed_at"),
        *texts("organization_id"),
        *checks("event_look", page="page IN ('a4', 'a6')"),
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
    index("event_look", "picture_id")
    index("event_look", "logo_id")
