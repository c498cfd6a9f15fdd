"""A new draft made of an earlier event, all of it in one transaction but a large map's seats.

What comes along stands in `server/events/tables_of_event_copies.py`. Every room drafts rows of
its own, which a preview shows and the act adds: so both are the same.
"""

from __future__ import annotations

from datetime import date
from typing import Final

import msgspec

from server.alarms.alarms_shown_and_settings import copy_limits
from server.db.unit import Context, Unit
from server.event_copies.schemas import CopyBody
from server.events.copying_event_and_dates import (
    CopyKey,
    EventDraft,
    add_event,
    digest_of_request,
    draft_event,
    find_copy,
    lock_source,
)
from server.events.events_and_dates import Event
from server.jobs.enqueuing import enqueue
from server.jobs.job_outcomes import Done, Outcome
from server.jobs.runner import LeasedJob
from server.problem_answers import wrong_field
from server.seating.copying_event_seats import (
    SeatsToWrite,
    copy_seats,
    find_to_write,
    write_copied,
)
from server.ticket_design.pictures_and_looks import copy_look
from server.ticketing.copying_event_types import SaleDraft, add_sale, draft_sale
from server.venues_and_gates.copying_event_zones import PlaceDraft, add_places, draft_places
from shared.kernel.errors import BadInput
from shared.kernel.id_types import EventId
from shared.kernel.instant import MINUTE, Duration, Instant

COPY_POLL_S: Final = 10
"""Seconds between two looks for such a job."""

COPIED_SEATS_LATER: Final[Duration] = 1 * MINUTE
"""After it a job looks whether a copied event has its seats: whoever wrote them may have died."""

KIND: Final = "copy.seats"
"""Of the job that writes a copy's seats if nobody else has by then."""


class CopyDraft(msgspec.Struct, frozen=True):
    """A copy of an event as it would be made."""

    event: EventDraft
    sale: SaleDraft
    places: PlaceDraft


async def draft_copy(unit: Unit, source: Event, said: CopyBody) -> CopyDraft:
    """Draft a copy; nothing is added.

    Raises:
        Problem: naming `first_day`.
    """
    try:
        first_day = None if said.first_day is None else date.fromisoformat(said.first_day)
    except ValueError:
        raise wrong_field("first_day", "is not a day") from None
    is_first_only = said.dates == "first"
    try:
        event = await draft_event(unit, source, said.name, first_day, is_first_only=is_first_only)
        sale = await draft_sale(unit, event)
        return CopyDraft(event, sale, await draft_places(unit, event, sale))
    except BadInput as fault:
        raise wrong_field("first_day", str(fault)) from None


class Copied(msgspec.Struct, frozen=True):
    """A copy of an event, and what is still to be written of its seats once that is committed."""

    event: Event
    seats: SeatsToWrite | None = None


async def copy_event(unit: Unit, event_id: EventId, said: CopyBody, key: str | None) -> Copied:
    """Make a copy of an event, as a draft; the same key again is the same copy.

    Its plan is locked meanwhile, so that no edit is in the copy by half. Where its seats are many,
    whoever makes the copy writes them right afterwards; a job does it where they died before.

    Raises:
        Problem: `not-found`; `conflict` if the key was used for another copy; `quota-exceeded`;
            naming `first_day`.
    """
    wanted = CopyKey(key, digest_of_request(event_id, said))
    source = await lock_source(unit, event_id)
    earlier = await find_copy(unit, wanted)
    if earlier is not None:
        return Copied(earlier)
    draft = await draft_copy(unit, source, said)
    await add_event(unit, draft.event, wanted)
    await add_sale(unit, draft.sale)
    await add_places(unit, draft.places)
    copy_id = draft.event.event.id
    seats = await copy_seats(unit, event_id, copy_id)
    await copy_limits(unit, event_id, copy_id)
    await copy_look(unit, event_id, copy_id)
    if seats is not None:
        job = await enqueue(unit, KIND, {"event_id": copy_id, "source_id": event_id})
        job.due_at = Instant(unit.now + COPIED_SEATS_LATER)
    return Copied(draft.event.event, seats)


class SeatCopier:
    """Writes the seats of copies whose maker has died in between; a job for each."""

    def __init__(self, context: Context) -> None:
        """Write in `context`."""
        self._context = context

    async def do(self, job: LeasedJob) -> Outcome:
        """Write what is missing, if something is."""
        source_id, copy_id = (EventId(job.subject[name]) for name in ("source_id", "event_id"))
        async with self._context.read(job.organization_id) as unit:
            seats = await find_to_write(unit, source_id, copy_id)
        if seats is not None:
            await write_copied(self._context, job.organization_id, copy_id, seats)
        return Done()
