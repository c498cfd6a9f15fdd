"""A new draft of an earlier event: the event itself and its dates."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import func, select

from server.db.unit import Unit
from server.events.event_end import note_end
from server.events.event_states import EventState
from server.events.events_and_dates import check_event_quota, list_occurrences
from server.events.models import Event, Occurrence
from server.events.moved_clock import MovedClock, days_between
from server.events.pricing_terms import (
    PricingTerms,
    RefundRule,
    pricing_from_json,
    pricing_to_json,
)
from server.events.tables_of_event_copies import add_rows, copy_row, in_turns
from server.problem_answers import Problem, wrong_field
from shared.admission.local_time import time_zone
from shared.kernel import ids
from shared.kernel.id_types import EventId, OccurrenceId
from shared.kernel.instant import datetime_from_instant, instant_from_datetime

_NOT_MOVED = 0


class CopyKey(msgspec.Struct, frozen=True):
    """Makes a copy that is asked for again the same copy.

    Attributes:
        key: The caller's; None for a copy each time.
        digest: Of what was asked for.
    """

    key: str | None
    digest: bytes


def digest_of_request(source_id: EventId, said: msgspec.Struct) -> bytes:
    """Tell two requests apart."""
    asked = msgspec.json.encode((source_id, msgspec.to_builtins(said)), order="sorted")
    return hashlib.sha256(asked).digest()


async def find_copy(unit: Unit, wanted: CopyKey) -> Event | None:
    """Return the copy that was made under a key.

    Raises:
        Problem: `conflict` if the key was used for another one.
    """
    if wanted.key is None:
        return None
    row = await unit.find(select(Event).where(Event.copy_key == wanted.key))
    if row is not None and row.copy_digest != wanted.digest:
        raise Problem("conflict", "This idempotency key was used for another copy.")
    return row


async def lock_source(unit: Unit, event_id: EventId) -> Event:
    """Return an event whose plan nobody changes until the end; whoever sells does not wait.

    Raises:
        Problem: `not-found`.
    """
    query = select(Event).where(Event.id == event_id).with_for_update(read=True)
    return await unit.get(query.execution_options(populate_existing=True), "event")


async def count_named(unit: Unit, name: str) -> int:
    """Count the organization's events of a name."""
    query = select(func.count()).select_from(Event).where(Event.name == name)
    return int((await unit.session.execute(query)).scalar_one())


class EventDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of an event and of its dates, as rows that nobody has added yet.

    Attributes:
        source: What is copied.
        event: The copy.
        clock: Moves everything in it.
        dates: Each date that comes along, and the copy's own, in order of start.
        left_dates: How many dates do not come along.
    """

    source: Event
    event: Event
    clock: MovedClock
    dates: Sequence[tuple[Occurrence, Occurrence]]
    left_dates: int

    @property
    def date_ids(self) -> Mapping[OccurrenceId, OccurrenceId]:
        """The copy's dates by those of the source."""
        return {was.id: row.id for was, row in self.dates}


async def draft_event(
    unit: Unit, source: Event, name: str, first_day: date | None, *, is_first_only: bool
) -> EventDraft:
    """Draft a copy of an event and its dates; nothing is added.

    Args:
        unit: Any.
        source: The event.
        name: The copy's.
        first_day: When its first date begins, by the venue's clock; None for an event of no date.
        is_first_only: The other dates do not come along.

    Raises:
        Problem: naming `first_day`.
    """
    dates = await list_occurrences(unit, source.id)
    zone = time_zone(source.timezone)
    clock = _clock_for(dates, first_day, zone)
    event = copy_row(
        source,
        id=ids.new_id(ids.EVENT, unit.entropy),
        organization_id=unit.organization_id,
        name=name,
        state=EventState.DRAFT.value,
        plan_version=1,
        over_at=unit.now,
        frozen_at=None,
        freeze_lifts=[],
        created_at=unit.now,
        updated_at=unit.now,
        copied_from=source.id,
        copy_key=None,
        copy_digest=None,
        pricing=pricing_to_json(move_terms(pricing_from_json(source.pricing), clock)),
    )
    kept = dates[:1] if is_first_only else dates
    return EventDraft(
        source=source,
        event=event,
        clock=clock,
        dates=[(row, _copy_date(unit, row, event.id, clock)) async for row in in_turns(kept)],
        left_dates=len(dates) - len(kept),
    )


def _clock_for(dates: Sequence[Occurrence], first_day: date | None, zone: ZoneInfo) -> MovedClock:
    if not dates:
        if first_day is not None:
            raise wrong_field("first_day", "is given, but the event has no date to move")
        return MovedClock(zone, _NOT_MOVED)
    if first_day is None:
        raise wrong_field("first_day", "says when the first date is to be")
    try:
        return MovedClock(zone, days_between(dates[0].starts_at, first_day, zone))
    except (OverflowError, ValueError):
        message = "cannot be counted from a date outside the years 1 to 9999"
        raise wrong_field("first_day", message) from None


def _copy_date(unit: Unit, row: Occurrence, event_id: EventId, clock: MovedClock) -> Occurrence:
    starts_at = clock.at(row.starts_at)
    return copy_row(
        row,
        id=ids.new_id(ids.OCCURRENCE, unit.entropy),
        organization_id=unit.organization_id,
        event_id=event_id,
        starts_at=starts_at,
        ends_at=clock.beside(row.ends_at, row.starts_at, starts_at),
        doors_at=clock.beside(row.doors_at, row.starts_at, starts_at),
        earlier=[],
        cancelled_at=None,
        created_at=unit.now,
    )


def move_terms(terms: PricingTerms, clock: MovedClock) -> PricingTerms:
    """Move the dates until which refunds are given, which stay in order, and tickets passed on.

    Raises:
        BadInput: as `MovedClock.at`.
    """
    moved: list[RefundRule] = []
    before = None
    for rule in terms.refunds:
        was = None if rule.until is None else instant_from_datetime(rule.until)
        then = clock.maybe(was) if before is None else clock.beside(was, *before)
        until = None if then is None else datetime_from_instant(then)
        moved.append(msgspec.structs.replace(rule, until=until))
        before = was, then
    until = None
    if terms.transfers_until is not None:
        until = datetime_from_instant(clock.at(instant_from_datetime(terms.transfers_until)))
    return msgspec.structs.replace(terms, refunds=tuple(moved), transfers_until=until)


async def add_event(unit: Unit, draft: EventDraft, wanted: CopyKey) -> None:
    """Add a draft's event and dates.

    Raises:
        Problem: `quota-exceeded`.
    """
    await check_event_quota(unit)
    if wanted.key is not None:
        draft.event.copy_key, draft.event.copy_digest = wanted.key, wanted.digest
    await unit.add(draft.event)
    await add_rows(unit, [row for _, row in draft.dates])
    await note_end(unit, draft.event.id)
    await unit.session.refresh(draft.event)
