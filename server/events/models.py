"""Tables of events and occurrences."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db.column_types import JsonValue
from server.db.model import Model, index_where
from server.db.personal_columns import CALLERS_KEY
from server.db.tenancy import Scoped, refers
from shared.kernel.id_types import EventId, OccurrenceId, OrganizationId
from shared.kernel.instant import Instant


class Event(Scoped, Model):
    """What is put on and sold as one thing.

    Attributes:
        profile: `live`, `rehearsal` or `test`: devices of the latter two serve no other event.
        policy: How gates work alone; `server/events/gate_policy.py: GatePolicy` as JSON.
        plan_version: Raised by every change that gates must learn from a new manifest:
            occurrences, zones, gates, ticket types, policy, state.
        pricing: `server/events/pricing_terms.py: PricingTerms` as JSON.
        frozen_at: Since when its plan is locked, which gates were handed; None while it is open.
        freeze_lifts: Who lifted that, when and why; `server/events/freeze.py: Lift` as JSON.
        over_at: When its last occurrence ends, or when it was made where it has none.
        copied_from: The event that it is a copy of; None for one that was made from nothing.
        copy_key: The caller's idempotency key of the copy, if it gave one.
        copy_digest: Of what was asked for under that key.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        CheckConstraint(
            "state IN ('draft', 'pending_approval', 'published', 'active', 'completed',"
            " 'archived', 'cancelled')",
            name="state",
        ),
        Index(None, "organization_id", "over_at", "id"),
        index_where(
            "copy_key IS NOT NULL",
            "organization_id",
            "copy_key",
            name="ix_event_copy_key",
            is_unique=True,
        ),
    )

    id: Mapped[EventId] = mapped_column(primary_key=True)
    organization_id: Mapped[OrganizationId] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    state: Mapped[str]
    profile: Mapped[str] = mapped_column(server_default="live")
    timezone: Mapped[str]
    currency: Mapped[str]
    policy: Mapped[JsonValue]
    pricing: Mapped[JsonValue] = mapped_column(server_default="{}")
    plan_version: Mapped[int]
    over_at: Mapped[Instant] = mapped_column(server_default="0")
    frozen_at: Mapped[Instant | None]
    freeze_lifts: Mapped[JsonValue] = mapped_column(server_default="[]")
    created_at: Mapped[Instant]
    updated_at: Mapped[Instant]
    copied_from: Mapped[EventId | None] = mapped_column(default=None)
    copy_key: Mapped[str | None] = mapped_column(info=CALLERS_KEY, default=None)
    copy_digest: Mapped[bytes | None] = mapped_column(LargeBinary, default=None)


class Occurrence(Scoped, Model):
    """One dated happening of an event.

    Attributes:
        earlier: When it was to be before it was moved, the latest last: start, end and doors.
        cancelled_at: When it was called off; nobody comes in by a ticket for it since.
    """

    __table_args__ = (
        UniqueConstraint("organization_id", "id"),
        refers("event_id", to="event"),
        Index(None, "event_id", "starts_at"),
        CheckConstraint("ends_at > starts_at", name="order"),
    )

    id: Mapped[OccurrenceId] = mapped_column(primary_key=True)
    event_id: Mapped[EventId]
    name: Mapped[str]
    starts_at: Mapped[Instant]
    ends_at: Mapped[Instant | None]
    doors_at: Mapped[Instant | None]
    earlier: Mapped[JsonValue] = mapped_column(server_default="[]")
    cancelled_at: Mapped[Instant | None] = mapped_column(default=None)
    created_at: Mapped[Instant]
