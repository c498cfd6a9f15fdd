"""Settles a batch of claims in two messages to PostgreSQL: one reads, one checks and writes.

Nothing is locked while a batch is decided. The second message takes the locks, in their order, and
then looks whether anything that the batch was decided by has become another; only if not, it
writes. So the event's counter is held for no longer than that and the commit take, and a
worker that stands still holds nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from server.claims.batch_reading import Wanted, reading_of, wanted_by
from server.claims.claim_statements import WRITING
from server.claims.claim_work import ClaimWork
from server.claims.deciding import ClaimFold
from server.claims.folded_claim import FoldedClaim
from server.claims.settling_under_locks import (
    AllowancesLeft,
    SettledBatch,
    decide,
    settle,
    settled_of,
)
from server.db.hot_path_connections import Driver, PostgresDriver
from server.db.hot_path_statements import array_text
from server.ledger.rows import NO_MARKS, mark_columns, signed, use_columns
from server.plans.event_book import EventBook
from server.problem_answers import not_found
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy
from shared.wire.feed import encode_item_body

TRIES: Final = 2
"""A batch whose tickets are claimed by another worker each time is then decided under locks."""


class NotSettled(Enum):
    """What is done where a batch was not settled.

    `AGAIN`: something that it was decided by has become another. `UNDER_LOCKS`: more is to be
    written than the second message can.
    """

    AGAIN = "again"
    UNDER_LOCKS = "under_locks"


async def settle_by(
    driver: Driver,
    book: EventBook,
    works: Sequence[ClaimWork],
    left: AllowancesLeft,
    now: Instant,
    entropy: Entropy,
) -> SettledBatch:
    """Decide a batch and commit it.

    Raises:
        Outdated: with nothing written, if the book is.
        Problem: if the ledger grants nothing now, or the event is gone.
        StoreFault: if the database cannot be used.
    """
    # The ticket of a manual code has to be found before anything can be read about it; answers at
    # the door, which somebody has to read and to tap, are written by a statement of their own.
    if isinstance(driver, PostgresDriver) and not any(
        w.presented.manual_code is not None or w.request.answers for w in works
    ):
        for _ in range(TRIES):
            settled = await _settle(driver, book, works, left, now)
            if isinstance(settled, SettledBatch):
                return settled
            if settled is NotSettled.UNDER_LOCKS:
                break
    async with driver.write(book.organization_id) as transaction:
        return await settle(transaction, book, works, left, now, entropy)


async def _settle(
    driver: PostgresDriver,
    book: EventBook,
    works: Sequence[ClaimWork],
    left: AllowancesLeft,
    now: Instant,
) -> SettledBatch | NotSettled:
    """Decide a batch by what stands now, and write that if it stands as it did."""
    wanted = wanted_by(book, works, {})
    statement, values = wanted.in_one(book)
    rows = await driver.run_alone(book.organization_id, statement, *values)
    if not rows:
        raise not_found("event")
    found = reading_of(rows[0], book, wanted)
    if len(found.inside) < len(wanted.zones):
        return NotSettled.UNDER_LOCKS  # nobody has counted who is inside
    fold, verdicts = decide(book, works, left, found, {})
    if any(one.ask is not None or one.lacks_places for one in verdicts):
        return NotSettled.UNDER_LOCKS
    if fold.may_contradict(verdicts):
        return NotSettled.UNDER_LOCKS
    uses = [verdict.use for verdict in verdicts if verdict.use is not None]
    if not uses and all(verdict.mark is None for verdict in verdicts):
        return settled_of(works, verdicts, found.status.epoch, None)
    head = await _record(driver, book, wanted, found.stood, fold, verdicts, now)
    if head is None:
        return NotSettled.AGAIN
    for number, use in enumerate(uses, head - len(uses) + 1):
        use.seq = number
    return settled_of(works, verdicts, found.status.epoch, head if uses else None)


async def _record(
    driver: PostgresDriver,
    book: EventBook,
    wanted: Wanted,
    stood: Sequence[Any],
    fold: ClaimFold,
    verdicts: Sequence[FoldedClaim],
    now: Instant,
) -> int | None:
    """Write what was decided; returns the feed's head, None if it was decided by what has gone."""
    uses = [verdict.use for verdict in verdicts if verdict.use is not None]
    marks = {v.mark.claim_id: v.mark for v in verdicts if v.mark is not None}
    inside = fold.inside if uses else {}
    spent = {key: n for key, n in sorted(fold.spent.items()) if n}
    rows = await driver.run_alone(
        book.organization_id,
        WRITING,
        book.event_id,
        book.organization_id,
        array_text(signed(wanted.tickets)),
        wanted.claims,
        wanted.zones or None,
        wanted.asked or None,
        *stood,
        len(uses),
        *use_columns(uses),
        [encode_item_body(use.item())[1] for use in uses],
        *(mark_columns(marks.values()) if marks else NO_MARKS),
        now,
        list(inside),
        array_text(inside.values()),
        [zone_id for zone_id, _ in spent],
        [device_id for _, device_id in spent],
        array_text(spent.values()),
    )
    head: int | None = rows[0][0]
    return head
