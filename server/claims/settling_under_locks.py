"""Settles a batch of claims inside a transaction that locks what it is decided by.

For every batch on SQLite, and on PostgreSQL for those that
`server/claims/settling_without_locks.py` leaves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from server.claims.batch_reading import Reading, Wanted, read_locked, wanted_by
from server.claims.calling_places_back import call_places_back
from server.claims.claim_problems import not_open, revoked
from server.claims.claim_work import ClaimWork
from server.claims.deciding import ClaimFold
from server.claims.facts_of_batch import Ledgered
from server.claims.folded_claim import FoldedClaim
from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Transaction
from server.feed.rows import Status, append_feed, read_status, take_numbers, tell
from server.homes.rows import write_asks
from server.ledger.door_answer_rows import record_answers
from server.ledger.rows import insert_marks, record_uses, set_presence
from server.ledger.where_devices_may_claim import is_assigned_to
from server.ledger.zone_shares_of_devices import post_shares
from server.plans.event_book import EventBook, Outdated, version_of
from server.problem_answers import Problem, not_found
from server.reconciliation.conflict_recorder import tell_conflicts
from server.ticketing.rows import FIND_MANUAL
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import Instant
from shared.kernel.ports import Entropy


class SettledBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch's answers, in order, None where a home is waited for, and what they changed.

    Attributes:
        refused: The claims whose refusals are kept, by place.
        paced: The claims that count for their devices' paces, by place, as often as they count.
        too_fast: Those that would have, were the device not beyond its pace.
    """

    answers: Sequence[bytes | Problem | None]
    epoch: int
    head: int | None
    guessers: Sequence[DeviceId]
    refused: Sequence[int] = ()
    paced: Sequence[int] = ()
    too_fast: Sequence[int] = ()


class AllowancesLeft(msgspec.Struct, frozen=True):
    """What devices have left before a person must look at what they show.

    Attributes:
        guesses: Manual codes of nobody's.
        admissions: By their pace; those without a limit are not named.
        refusals: Of those that are kept.
    """

    guesses: Mapping[DeviceId, int] = msgspec.field(default_factory=dict)
    admissions: Mapping[DeviceId, int] = msgspec.field(default_factory=dict)
    refusals: Mapping[DeviceId, int] = msgspec.field(default_factory=dict)


async def settle(
    transaction: Transaction,
    book: EventBook,
    works: Sequence[ClaimWork],
    left: AllowancesLeft,
    now: Instant,
    entropy: Entropy,
) -> SettledBatch:
    """Decide a batch inside a transaction.

    The order of locks: tickets by id, zones of limited capacity by id, the event's counter.

    Raises:
        Outdated: with nothing written, if the book is, or a ticket came in between.
        Problem: if the ledger grants nothing now, or the event is gone.
    """
    manual = await _find_manual(transaction, book, works)
    wanted = wanted_by(book, works, manual)
    reading = await read_locked(transaction, book, wanted, _listed(works, manual), wanted.zones)
    if reading is None:
        raise not_found("event")
    fold, verdicts = decide(book, works, left, reading, manual)
    called = await call_places_back(transaction, book, works, fold, verdicts, now)
    head = await _record(transaction, book, wanted, fold, verdicts, now)
    head = await tell(transaction, book.organization_id, book.event_id, called) or head
    given = [(one.use, one.answers) for one in verdicts if one.use is not None]
    await record_answers(transaction, book.organization_id, book.event_id, given)
    contradicted = fold.find_contradicted(verdicts)
    head = await tell_conflicts(transaction, book, contradicted, now, entropy) or head
    return settled_of(works, verdicts, reading.status.epoch, head)


def decide(
    book: EventBook,
    works: Sequence[ClaimWork],
    left: AllowancesLeft,
    reading: Reading,
    manual: Mapping[int, TicketId],
) -> tuple[ClaimFold, list[FoldedClaim]]:
    """Decide a batch by what was read; nothing is written.

    Raises:
        Outdated: if the book is.
        Problem: if the ledger grants nothing now.
    """
    status = reading.status
    if not status.is_open or status.awaits_devices:
        raise not_open()
    if version_of(status) != book.version:
        raise Outdated
    fold = ClaimFold(
        book,
        Ledgered(
            epoch=status.epoch,
            tickets=reading.tickets,
            manual=manual,
            inside=reading.inside,
            uses=reading.uses,
            marks=reading.marks,
            guesses_left=dict(left.guesses),
            paces_left=dict(left.admissions),
            refusals_left=dict(left.refusals),
            stops=status.stops,
            asks=reading.asks,
            shares=reading.shares,
        ),
    )
    return fold, [_decide(fold, book, work, status) for work in works]


def settled_of(
    works: Sequence[ClaimWork], verdicts: Sequence[FoldedClaim], epoch: int, head: int | None
) -> SettledBatch:
    """Say what became of a batch, once it is written and numbered."""
    return SettledBatch(
        answers=[None if verdict.waits else verdict.finished() for verdict in verdicts],
        epoch=epoch,
        head=head,
        guessers=[w.device.id for w, v in zip(works, verdicts, strict=True) if v.has_guessed],
        refused=[n for n, v in enumerate(verdicts) if v.mark is not None],
        paced=[n for n, v in enumerate(verdicts) for _ in range(v.paced)],
        too_fast=[n for n, v in enumerate(verdicts) if v.is_too_fast],
    )


def _decide(fold: ClaimFold, book: EventBook, work: ClaimWork, status: Status) -> FoldedClaim:
    """Decide one claim; what is wrong with it is its own problem, not its neighbours'."""
    if work.device.id in status.revoked:
        return FoldedClaim(answer=revoked(work.device))
    gate_id = work.request.gate_id  # it may have been removed while the claim waited
    if gate_id not in book.index.gates or not is_assigned_to(work.device, book, gate_id):
        return FoldedClaim(
            answer=not_found("gate of this device; the organizer may assign it to that zone")
        )
    if status.has_forgotten(work.request.seen):
        return FoldedClaim(answer=not_open())
    try:
        return fold.decide(work)
    except Problem as problem:
        return FoldedClaim(answer=problem)
    except GatekeeperError as error:
        return FoldedClaim(answer=Problem("bad-request", str(error)))


async def _find_manual(
    transaction: Transaction, book: EventBook, works: Sequence[ClaimWork]
) -> dict[int, TicketId]:
    """Find the tickets of the manual codes that a batch shows."""
    codes = {w.presented.manual_code for w in works} - {None}
    if not codes:
        return {}
    rows = await transaction.fetch(FIND_MANUAL, book.event_id, book.organization_id, list(codes))
    return {row[1]: row[0] + TICKET_ID_OFFSET for row in rows}


def _listed(works: Sequence[ClaimWork], manual: Mapping[int, TicketId]) -> set[TicketId]:
    """Name the tickets that an admission would be by, be there a row of them or not."""
    named = {w.presented.ticket_id for w in works if w.presented.key is not None}
    return {one for one in named if one is not None} | set(manual.values())


async def _record(
    transaction: Transaction,
    book: EventBook,
    wanted: Wanted,
    fold: ClaimFold,
    verdicts: Sequence[FoldedClaim],
    now: Instant,
) -> int | None:
    """Write what a batch decided; returns the feed's head if it grew.

    Raises:
        Outdated: if the plan, the keyring or an evacuation was changed before the counter was
            locked: somebody may have counted already who is inside, a key have ended whose end
            names what stood before it, or the zone been empty.
    """
    org, event_id = book.organization_id, book.event_id
    marks = {v.mark.claim_id: v.mark for v in verdicts if v.mark is not None}
    if marks:
        await insert_marks(transaction, org, event_id, list(marks.values()), now)
    uses = [verdict.use for verdict in verdicts if verdict.use is not None]
    head = None
    if uses:
        if fold.inside:
            await set_presence(transaction, org, event_id, fold.inside)
            await post_shares(transaction, org, event_id, fold.spent, {})
        head = await record_uses(transaction, org, event_id, uses)
        if transaction.has_round_trips:
            status = await read_status(transaction, org, event_id, wanted.devices)
            now_stand = None if status is None else (version_of(status), status.stops)
            if now_stand != (book.version, fold.stops):
                raise Outdated
    if any(verdict.ask is not None for verdict in verdicts):
        head = await _record_asks(transaction, book, verdicts) or head
    return head


async def _record_asks(
    transaction: Transaction, book: EventBook, verdicts: Sequence[FoldedClaim]
) -> int | None:
    """Ask homes, and give back what is not made use of; returns the feed's head if it grew."""
    org, event_id = book.organization_id, book.event_id
    told = [verdict for verdict in verdicts if verdict.ask_item or verdict.annul]
    head = await take_numbers(transaction, org, event_id, len(told)) if told else None
    if head is not None:
        first = head - len(told) + 1
        for number, verdict in enumerate(told, first):
            if verdict.ask_item is not None and verdict.ask is not None:
                verdict.ask.seq = number
        items = [verdict.ask_item or verdict.annul for verdict in told]
        await append_feed(
            transaction, org, event_id, first, [item for item in items if item is not None]
        )
    asks = {verdict.ask.claim_id: verdict.ask for verdict in verdicts if verdict.ask is not None}
    await write_asks(transaction, org, event_id, list(asks.values()))
    return head
