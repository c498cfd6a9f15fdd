"""Freezing an event's plan as its gates are handed it, and lifting that with a reason."""

from __future__ import annotations

import msgspec

from server import quotas
from server.db.unit import Unit
from server.events.event_states import EventProfile
from server.events.events_and_dates import lock_event
from server.events.models import Event
from server.problem_answers import Problem
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant


class Lift(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody lifted the freeze; kept as JSON.

    Attributes:
        at: When.
        by: Opaque id of the person or API key.
        reason: In their words.
    """

    at: Instant
    by: str
    reason: str


def lifts_of(event: Event) -> list[Lift]:
    """Return each time that the freeze was lifted, the earliest first."""
    return msgspec.convert(event.freeze_lifts, list[Lift])


async def freeze_plan(unit: Unit, event_id: EventId) -> None:
    """Lock an event's plan, which its gates are handed in this transaction.

    Events of tests and rehearsals stay open: they are for trying.
    """
    event = await lock_event(unit, event_id)
    if event.profile == EventProfile.LIVE:
        event.frozen_at = unit.now
        await unit.session.flush()


async def lift_freeze(unit: Unit, event_id: EventId, *, by: str, reason: str) -> Event:
    """Let everybody who may edit the plan edit all of it, until it is handed to gates again.

    Raises:
        Problem: `not-found`; `conflict` where nothing is frozen; `quota-exceeded`.
    """
    event = await lock_event(unit, event_id)
    if event.frozen_at is None:
        raise Problem("conflict", "The plan of this event is not frozen: you can edit it.")
    lifts = lifts_of(event)
    quotas.check(len(lifts), quotas.LIFTS_MAX, "times that the freeze of one event was lifted")
    event.freeze_lifts = msgspec.to_builtins([*lifts, Lift(at=unit.now, by=by, reason=reason)])
    event.frozen_at = None
    await unit.session.flush()
    return event
