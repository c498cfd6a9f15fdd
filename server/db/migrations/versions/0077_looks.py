"""Keep an organization's pictures, and what each event's tickets look like."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0077"
down_revision = "0076"

_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "picture",
        _text("id"),
        _text("organization_id"),
        _text("digest"),
        _text("form"),
        _number("width"),
        _number("height"),
        _number("size"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _number("created_at"),
        _text("created_by"),
        sa.CheckConstraint("form IN ('png', 'jpeg')", name=op.f("ck_picture_form")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_picture_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint(
            "organization_id", "digest", name=op.f("uq_picture_organization_id_digest")
        ),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_picture_organization_id_id")),
    )
    op.create_table(
        "event_look",
        _text("event_id"),
        _text("picture_id", nullable=True),
        _text("logo_id", nullable=True),
        sa.Column("has_band", sa.Boolean(), nullable=False),
        _text("accent"),
        sa.Column("hidden", _JSON, nullable=False),
        _text("note"),
        _text("page"),
        _number("changed_at"),
        _text("organization_id"),
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
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_look")),
    )
    op.create_index(op.f("ix_event_look_picture_id"), "event_look", ["picture_id"])
    op.create_index(op.f("ix_event_look_logo_id"), "event_look", ["logo_id"])
