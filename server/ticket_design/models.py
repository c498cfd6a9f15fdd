"""Tables of pictures and of tickets' designs."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model
from server.db.personal_columns import TYPED
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant


class Picture(Scoped, Model):
    """A picture as we wrote it ourselves, dot by dot; what was sent is never kept.

    Attributes:
        id: Drawn.
        digest: SHA-256 of `body`, hex: the same picture is kept once.
        form: `png` or `jpeg`.
        width, height: In dots.
        size: Of `body`, in bytes.
        body: Red, green and blue, on white, without a word of metadata.
    """

    __table_args__ = (
        CheckConstraint("form IN ('png', 'jpeg')", name="form"),
        UniqueConstraint("organization_id", "digest"),
        UniqueConstraint("organization_id", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    digest: Mapped[str]
    form: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[Instant]
    created_by: Mapped[str]


class EventLook(Scoped, Model):
    """An event's picture, and what its tickets look like; without a row they are plain.

    Attributes:
        picture_id: The event's own picture.
        logo_id: The tickets' logo.
        has_band: The event's picture stands on its tickets.
        accent: `#rrggbb`, or "" for black.
        hidden: Lines that are left out, of `shared.manifest.ticket_design.LINES`.
        note: The organizer's own words on each ticket.
        page: `a4` or `a6`.
    """

    __table_args__ = (
        refers("event_id", to="event"),
        refers("picture_id", to="picture"),
        refers("logo_id", to="picture"),
        CheckConstraint("page IN ('a4', 'a6')", name="page"),
        Index(None, "picture_id"),
        Index(None, "logo_id"),
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    picture_id: Mapped[str | None]
    logo_id: Mapped[str | None]
    has_band: Mapped[bool]
    accent: Mapped[str]
    hidden: Mapped[JsonValue]
    note: Mapped[str] = mapped_column(info=TYPED)
    page: Mapped[str]
    changed_at: Mapped[Instant]
