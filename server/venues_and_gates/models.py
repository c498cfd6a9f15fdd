"""Tables of venues, and of an event's zones and gates."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, GateId, OccurrenceId, OrganizationId, VenueId, ZoneId
from shared.kernel.instant import Instant


class Venue(Scoped, Model):
    """A place, with a template of zones and gates that is copied into events.

    Attributes:
        template: A list of `server/venues_and_gates/schemas.py: ZoneTemplate` as JSON.
    """

    __table_args__ = (Index(None, "organization_id"),)

    id: Mapped[VenueId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    timezone: Mapped[str]
    address: Mapped[str]
    template: Mapped[JsonValue]
    created_at: Mapped[Instant]


class SeatTemplate(Scoped, Model):
    """A venue's seat map, which is copied into events.

    Attributes:
        packed_map: As `shared.seating.packed_map` has it.
    """

    venue_id: Mapped[VenueId] = mapped_column(ForeignKey("venue.id"), primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    packed_map: Mapped[bytes] = mapped_column(LargeBinary)
    changed_at: Mapped[Instant]


class Zone(Scoped, Model):
    """A part of the place within which a ticket is used, with its rules of admission.

    Attributes:
        occurrence_id: Whose tickets it takes; None for any of the event.
        ticket_type_ids: Which ticket types it takes; None for all, [] for none.
        rule: A rule tree (see `shared/admission`), or None.
        capacity: The most persons present, or None.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        refers("event_id", to="event"),
        refers("occurrence_id", to="occurrence"),
        Index(None, "event_id"),
        CheckConstraint("capacity IS NULL OR capacity >= 0", name="capacity"),
    )

    id: Mapped[ZoneId] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    name: Mapped[str]
    occurrence_id: Mapped[OccurrenceId | None]
    ticket_type_ids: Mapped[JsonValue | None]
    admit_pending: Mapped[bool]
    multiple_entries: Mapped[bool]
    reentry_after_exit: Mapped[bool]
    rule: Mapped[JsonValue | None]
    capacity: Mapped[int | None]
    strict_anti_passback: Mapped[bool]
    created_at: Mapped[Instant]


class PlacePause(Scoped, Model):
    """The latest pause of entry at a gate, or at all gates of a zone.

    Attributes:
        place_id: The gate's id, or the zone's.
        until: When it was resumed; None while it lasts.
        since_plan, until_plan: The versions of the plan that gates were told it by; 0 for none.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    place_id: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[Instant]
    until: Mapped[Instant | None]
    since_plan: Mapped[int]
    until_plan: Mapped[int]


class Gate(Scoped, Model):
    """An entrance to a zone."""

    __table_args__ = (
        refers("event_id", to="event"),
        refers("zone_id", to="zone"),
        Index(None, "event_id"),
        Index(None, "zone_id"),
        CheckConstraint("direction IN ('in', 'out', 'both')", name="direction"),
        CheckConstraint("lanes >= 1", name="lanes"),
    )

    id: Mapped[GateId] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    zone_id: Mapped[ZoneId]
    name: Mapped[str]
    direction: Mapped[str]
    lanes: Mapped[int]
    created_at: Mapped[Instant]
