"""How many codes that no ticket has a device may still try, over all workers.

Each try is counted before it is decided, and taken off again where it was no miss: however many
are under way at once, at whichever workers, no more are answered than may be missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import msgspec

from server.db.rate_limit_over_workers import Limit, give_back, take_some
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.plans.event_book import EventBook
from shared.admission.code_guessing import GuessLimit
from shared.kernel.id_types import DeviceId


class CountedTries(msgspec.Struct):
    """Tries that were counted beforehand.

    Attributes:
        counted: How many of each device that tries; each may be a miss.
        missed: Whose tries were misses, once for each; the others are taken off again.
    """

    counted: Mapping[DeviceId, int]
    missed: Iterable[DeviceId] = ()


def limit_of(book: EventBook) -> Limit:
    """Say how many codes that no ticket has a device may try at an event."""
    limit = GuessLimit(book.index.config.manual_guesses_per_minute)
    return Limit(f"manual:{book.event_id}", limit.count, limit.window)


@asynccontextmanager
async def counted_tries(
    context: Context, book: EventBook, trying: Iterable[DeviceId]
) -> AsyncIterator[CountedTries]:
    """Count tries while the block decides them, and then no more than were missed.

    Args:
        context: Where.
        book: Of the event.
        trying: Whose tries, once for each.
    """
    limit, now = limit_of(book), context.clock.wall()
    wanted = Counter(trying)
    tries = CountedTries({})
    if wanted:
        async with context.database.write(org=SYSTEM, is_audited=False) as session:
            tries.counted = {
                one: await take_some(session, limit, one, now, count)
                for one, count in sorted(wanted.items())
            }
    try:
        yield tries
    finally:
        missed = Counter(tries.missed)
        spared = {one: count - missed[one] for one, count in tries.counted.items()}
        if any(spared.values()):
            async with context.database.write(org=SYSTEM, is_audited=False) as session:
                for one, count in spared.items():
                    await give_back(session, limit, one, count)
