"""Request and answer bodies of events and occurrences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec

from server.events.event_states import EventProfile, EventState
from server.events.gate_policy import GatePolicy
from server.events.pricing_terms import PricingTerms
from server.http.body_and_answer_types import Answer, Body, Currency, Moment, Name, TimeZoneName
from server.http.etags import Tagged
from shared.field_limits import REASON_SIZE_MAX
from shared.kernel.id_types import EventId, OccurrenceId


class NewEvent(Body):
    """Make an event, in state draft.

    Attributes:
        profile: Stays as it is; devices that are enrolled for tests or rehearsals serve events of
            their own profile only.
    """

    name: Name
    timezone: TimeZoneName
    currency: Currency = "EUR"
    policy: GatePolicy = GatePolicy()
    pricing: PricingTerms = PricingTerms()
    profile: EventProfile = EventProfile.LIVE


class EventChange(Body):
    """Change what is given."""

    name: Name | None = None
    timezone: TimeZoneName | None = None
    policy: GatePolicy | None = None
    pricing: PricingTerms | None = None


class StateChange(Body):
    """Take the event to another state."""

    state: EventState


class LiftBody(Body):
    """Lift the freeze.

    Attributes:
        reason: Why; shown to everybody who looks at the event.
    """

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_SIZE_MAX)]


class LiftAnswer(Answer):
    """Somebody lifted the freeze.

    Attributes:
        by: Their name; empty where nobody knows it any more.
    """

    at: datetime
    by: str
    reason: str


class FreezeAnswer(Answer):
    """Whether an event's plan is locked.

    Attributes:
        since: When it was handed to gates; null while it is open.
        lifts: Each time that somebody lifted the freeze, the earliest first.
    """

    is_frozen: bool
    since: datetime | None
    lifts: Sequence[LiftAnswer]


class EventAnswer(Tagged, kw_only=True):
    """An event.

    Attributes:
        plan_version: Raised by each change that its gates must learn.
        frozen_at: Since when zones, rules, dates, seats and what types mean are locked; null while
            they are open.
        copied_from: The event that it is a copy of; null for one that was made from nothing.
    """

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset(
        {"plan_version", "updated_at", "frozen_at", "copied_from"}
    )

    id: EventId
    name: str
    state: EventState
    profile: EventProfile
    timezone: str
    currency: str
    policy: GatePolicy
    pricing: PricingTerms
    plan_version: int
    created_at: datetime
    updated_at: datetime
    frozen_at: datetime | None = None
    copied_from: EventId | None = None


class OccurrenceBody(Body):
    """A date of an event; PUT replaces all of it."""

    name: Name
    starts_at: Moment
    ends_at: Moment | None = None
    doors_at: Moment | None = None


class OccurrenceAnswer(Tagged, kw_only=True):
    """A date of an event.

    Attributes:
        cancelled_at: When it was called off, or null.
    """

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"cancelled_at"})

    id: OccurrenceId
    event_id: EventId
    name: str
    starts_at: datetime
    ends_at: datetime | None
    doors_at: datetime | None
    cancelled_at: datetime | None
