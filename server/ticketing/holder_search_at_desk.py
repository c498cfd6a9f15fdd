"""Finding tickets by their holders' names, as the desk does for somebody without a ticket.

Accents and case count for nothing, which no database of ours can compare by; so names are folded
here, as gates fold them, and at most so many at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.problem_answers import wrong_field
from server.ticketing.models import Ticket, TicketHolder
from server.ticketing.ticket_filters import narrowed
from shared.kernel.id_types import EventId, TicketId
from shared.manifest.name_folding import fold_name
from shared.manifest.name_spellings import found_by, spellings_of

HOLDER_LETTERS_MIN: Final = 2
"""Letters of a name before holders are listed."""
HOLDERS_LOOKED_AT_MAX: Final = 100_000
"""Names that one request looks at: about a fifth of a second, in slices between other requests."""

_AT_ONCE: Final = 1_000


class FoundNames(msgspec.Struct, frozen=True):
    """Whom a search has found so far.

    Attributes:
        ticket_ids: In order.
        looked_to: Beyond this ticket nobody was looked at yet; None if all were.
    """

    ticket_ids: tuple[TicketId, ...]
    looked_to: int | None


async def find_by_name(
    unit: Unit, event_id: EventId, text: str, *, is_whole: bool, after: int | None, limit: int
) -> FoundNames:
    """Find tickets in whose holder's name every word of `text` stands, in order of id.

    Args:
        unit: A reading one.
        event_id: Of the organization's.
        text: As typed; a part of a word finds it as well, and ae finds ä.
        is_whole: A part finds nothing: a short name is told from the many that it stands in.
        after: Look beyond this ticket only.
        limit: Find at most so many.

    Raises:
        Problem: `invalid-fields` if there are fewer than two letters or digits to look for.
    """
    words = spellings_of(text)
    if sum(len(word[0]) for word in words) < HOLDER_LETTERS_MIN:
        raise wrong_field("name", f"must have at least {HOLDER_LETTERS_MIN} letters or digits")
    is_found = found_by(words, is_whole=is_whole)
    query = (
        select(TicketHolder.ticket_id, TicketHolder.name)
        .where(TicketHolder.event_id == event_id)
        .order_by(TicketHolder.ticket_id)
        .limit(HOLDERS_LOOKED_AT_MAX)
    )
    if after is not None:
        query = query.where(TicketHolder.ticket_id > after)
    found: list[TicketId] = []
    looked_at = 0
    stream = await unit.session.stream(query.execution_options(yield_per=_AT_ONCE))
    try:
        async for rows in stream.partitions():
            for ticket_id, name in rows:
                looked_at += 1
                if is_found(fold_name(name)):
                    found.append(ticket_id)
                if len(found) == limit or looked_at == HOLDERS_LOOKED_AT_MAX:
                    return FoundNames(tuple(found), ticket_id)
    finally:
        await stream.close()
    return FoundNames(tuple(found), None)


async def read_found(
    unit: Unit, event_id: EventId, found: FoundNames, **wanted: str | int | None
) -> Sequence[Ticket]:
    """Return the tickets that were found, in order, of those the ones that have what is wanted.

    Args:
        unit: As for the search.
        event_id: As for the search.
        found: Of the search.
        wanted: As `ticket_filters.narrowed` takes it.
    """
    query = (
        select(Ticket)
        .where(Ticket.event_id == event_id, Ticket.ticket_id.in_(found.ticket_ids))
        .order_by(Ticket.ticket_id)
    )
    return await unit.all(narrowed(query, event_id, wanted))
