"""Claims, coalesced: all that arrive for an event while a commit is in flight are the next one.

One transaction for each claim would spend its time on waiting for the event's counter and the
disk. Here the first claim starts a transaction at once, and those that come meanwhile share the
next; a worker has one transaction at a time for each event.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from server.claims.fold import ClaimFold, Ledgered, Verdict, not_open, revoked
from server.claims.pace import Paces, name_too_fast
from server.claims.work import ClaimWork, new_work, present
from server.db.driver import Driver, Transaction
from server.db.rate_limit import Limit, peek, take
from server.db.tenancy import SYSTEM
from server.db.types import TICKET_ID_OFFSET
from server.db.unit import Context
from server.devices.identity import DeviceDoor, DeviceIdentity
from server.devices.service import SCANNER
from server.feed.push import Poke
from server.feed.rows import Status, append_feed, take_numbers
from server.homes.rows import ASKED, read_asks, write_asks
from server.ledger.assignments import is_assigned_to
from server.ledger.records import (
    ClaimsRead,
    insert_marks,
    lock_presence,
    read_claims,
    record_uses,
    set_presence,
)
from server.ledger.shares import post_shares, read_shares
from server.plans.book import Bookshelf, EventBook, Outdated, by_current_books, version_of
from server.problems import Problem, not_found, wrong_field
from server.reconciliation.conflict_records import tell_conflicts
from server.ticketing.rows import FIND_MANUAL, HOLD_TICKETS
from shared.admission.guessing import GuessLimit
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault
from shared.kernel.instant import Instant, parse_instant
from shared.kernel.ports import Entropy
from shared.manifest.homes import uses_homes
from shared.wire.claim import ClaimRequest

BATCH_MAX: Final = 256
GATHER_STEPS: Final = 3
GATHER_S: Final = 0.0003
HOME_LOOK_S: Final = 0.05
HOME_LOOKS: Final = 16
"""A ticket's home has 0.8 s for its answer; a gate waits a little longer."""

"""Called after a commit with the event, the epoch and the feed's new head."""


class Waiting(msgspec.Struct):
    """A claim and who waits for its answer."""

    work: ClaimWork
    answer: asyncio.Future[bytes]


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A batch's answers, in order, None where a home is waited for, and what they changed.

    Attributes:
        entered: The claims by which somebody was let in, by their place.
        too_fast: Those by which somebody would have been, were the device not beyond its pace.
    """

    answers: Sequence[bytes | Problem | None]
    epoch: int
    head: int | None
    guessers: Sequence[str]
    entered: Sequence[int] = ()
    too_fast: Sequence[int] = ()


class Left(msgspec.Struct, frozen=True):
    """What devices have left before a person must look at what they show.

    Attributes:
        guesses: Manual codes of nobody's.
        admissions: By their pace; those without a limit are not named.
    """

    guesses: Mapping[str, int] = msgspec.field(default_factory=dict)
    admissions: Mapping[str, int] = msgspec.field(default_factory=dict)


class ClaimDesk:
    """Takes the claims of one worker."""

    def __init__(
        self,
        context: Context,
        driver: Driver,
        shelf: Bookshelf,
        door: DeviceDoor,
        poke: Poke,
        *,
        is_alone: bool,
    ) -> None:
        self._context = context
        self._door = door
        self._driver = driver
        self._shelf = shelf
        self._poke = poke
        self._paces = Paces()
        self._is_alone = is_alone
        self._queues: dict[str, list[Waiting]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._patient: set[asyncio.Task[None]] = set()

    async def claim(self, device: DeviceIdentity, request: ClaimRequest) -> bytes:
        """Decide one claim.

        Returns:
            The encoded `ClaimAnswer`.

        Raises:
            Problem: `not-found` for a gate that the device may not stand at, `claim-id-reused`,
                `device-revoked`, `ledger-behind`, or a wrong field.
        """
        scanned_at = _instant_of(request)
        if device.is_revoked:
            raise revoked(device)
        book = await self._shelf.of_gate(device.organization_id, request.gate_id)
        if device.role == SCANNER and request.ticket_id is not None:
            raise wrong_field("ticket_id", "is no scanner's to name: it sends what it has read")
        if not is_assigned_to(device, book, request.gate_id):
            device = await self._door.assigned(device, book.event_id)
        at = self._context.clock.wall() if device.profile == "live" else scanned_at
        work = new_work(book, request, device, at)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._queue(book.organization_id, book.event_id, Waiting(work, answer))
        return await answer

    def _queue(self, organization_id: str, event_id: str, waiting: Waiting) -> None:
        self._queues.setdefault(event_id, []).append(waiting)
        if event_id not in self._running:
            task = asyncio.create_task(self._drain(organization_id, event_id))
            self._running[event_id] = task

    async def close(self) -> None:
        """Answer what has come in, then stop."""
        while self._running or self._patient:
            await asyncio.gather(*self._running.values(), *self._patient)

    async def _drain(self, organization_id: str, event_id: str) -> None:
        try:
            size = 1
            while self._queues.get(event_id):
                await self._gather(event_id, size)
                queue = self._queues[event_id]
                batch, self._queues[event_id] = queue[:BATCH_MAX], queue[BATCH_MAX:]
                await self._serve(organization_id, event_id, batch)
                size = len(batch)
        finally:
            del self._running[event_id]
            self._queues.pop(event_id, None)

    async def _gather(self, event_id: str, expected: int) -> None:
        """Let those who were answered just now ask again, so that they share a transaction.

        Never waits for a lone claim, and never longer than a fraction of a commit.
        """
        for _ in range(GATHER_STEPS):
            if len(self._queues[event_id]) >= expected:
                return
            await asyncio.sleep(GATHER_S)

    async def _serve(self, organization_id: str, event_id: str, batch: list[Waiting]) -> None:
        """Settle a batch and answer it; a failure is told to all who wait."""
        try:
            settled = await self._settle(organization_id, event_id, [w.work for w in batch])
        except Exception as error:  # noqa: BLE001 - whoever waits gets it, and its route answers it
            for waiting in batch:
                if not waiting.answer.done():
                    waiting.answer.set_exception(error)
            return
        for waiting, answer in zip(batch, settled.answers, strict=True):
            if waiting.answer.done():
                continue  # whoever asked has gone; the same claim_id gets the same answer
            if answer is None:
                task = asyncio.create_task(self._wait(organization_id, event_id, waiting))
                self._patient.add(task)
                task.add_done_callback(self._patient.discard)
            elif isinstance(answer, Problem):
                waiting.answer.set_exception(answer)
            else:
                waiting.answer.set_result(answer)
        if settled.head is not None:
            self._poke(event_id, settled.epoch, settled.head)

    async def _wait(self, organization_id: str, event_id: str, waiting: Waiting) -> None:
        """Decide a claim again when the ticket's home has answered, or its time is over."""
        claim_id = waiting.work.request.claim_id
        for _ in range(HOME_LOOKS):
            await asyncio.sleep(HOME_LOOK_S)
            with contextlib.suppress(StoreFault):  # the next look may find it
                async with self._driver.read(organization_id) as transaction:
                    asks = await read_asks(transaction, organization_id, event_id, [claim_id])
                if claim_id not in asks or asks[claim_id].state != ASKED:
                    break
        else:
            waiting.work.waits_for_home = False
        self._queue(organization_id, event_id, waiting)

    async def _settle(
        self, organization_id: str, event_id: str, works: list[ClaimWork]
    ) -> Settled:
        book = await self._shelf.of_event(organization_id, event_id)
        left = Left(
            await self._guesses_left(book, works),
            self._paces.left((work.device for work in works), self._context.clock.monotonic()),
        )

        async def decide(book: EventBook) -> tuple[EventBook, Settled]:
            async with self._driver.write(organization_id) as transaction:
                return book, await settle(
                    transaction, book, works, left, self._now(), self._context.entropy
                )

        async def renew() -> EventBook:
            book = await self._shelf.renewed(organization_id, event_id)
            for work in works:
                work.presented = present(book, work.request, work.device.id)
            return book

        book, settled = await by_current_books(book, renew, decide)
        await self._count_guesses(book, settled.guessers)
        await self._count_admissions(book, works, settled)
        return settled

    async def _count_admissions(
        self, book: EventBook, works: Sequence[ClaimWork], settled: Settled
    ) -> None:
        """Count who was let in, and name the devices that let in faster than they may."""
        now = self._context.clock.monotonic()
        for number in settled.entered:
            self._paces.count(works[number].device, now)
        if not self._is_alone:
            entering = [works[number].device for number in settled.entered]
            with contextlib.suppress(StoreFault):  # it is told with the next ones
                await self._paces.share(self._driver, entering, self._context.clock)
        fast = {
            works[number].device.id: (works[number].device, works[number].request.gate_id)
            for number in settled.too_fast
            if self._paces.is_new(works[number].device, now)
        }
        if not fast:
            return
        org, entropy = book.organization_id, self._context.entropy
        try:
            async with self._driver.write(org) as transaction:
                head = await name_too_fast(
                    transaction, org, book.event_id, fast, self._now(), entropy
                )
        except StoreFault:  # what was decided is answered; the next one is named
            self._paces.forget_alarms(fast)
            return
        if head is not None:
            self._poke(book.event_id, settled.epoch, head)

    def _now(self) -> Instant:
        return self._context.clock.wall()

    async def _guesses_left(
        self, book: EventBook, works: Sequence[ClaimWork]
    ) -> Mapping[str, int]:
        """Tell how many manual codes of nobody's each device that tries one may still try."""
        asking = {work.device.id for work in works if work.presented.manual_code is not None}
        if not asking:
            return {}
        now, limit = self._now(), _guess_limit(book)
        async with self._context.database.read(org=SYSTEM) as session:
            return {one: (await peek(session, limit, one, now)).remaining for one in asking}

    async def _count_guesses(self, book: EventBook, device_ids: Sequence[str]) -> None:
        if not device_ids:
            return
        now, limit = self._now(), _guess_limit(book)
        async with self._context.database.write(org=SYSTEM) as session:
            for device_id in device_ids:
                await take(session, limit, device_id, now)


def _guess_limit(book: EventBook) -> Limit:
    """Say how many manual codes that no ticket has a device may try at an event."""
    limit = GuessLimit(book.index.config.manual_guesses_per_minute)
    return Limit(f"manual:{book.event_id}", limit.count, limit.window)


def _instant_of(request: ClaimRequest) -> Instant:
    try:
        return parse_instant(request.scanned_at)
    except BadInput as error:
        raise wrong_field("scanned_at", str(error)) from None


async def settle(
    transaction: Transaction,
    book: EventBook,
    works: Sequence[ClaimWork],
    left: Left,
    now: Instant,
    entropy: Entropy,
) -> Settled:
    """Decide a batch inside a transaction.

    The order of locks: tickets by id, zones of limited capacity by id, the event's counter.

    Raises:
        Outdated: before anything is decided, if the book is.
        Problem: if the ledger grants nothing now, or the event is gone.
    """
    status, ledgered = await _read(transaction, book, works, left)
    if not status.is_open or status.awaits_devices:
        raise not_open()
    if version_of(status) != book.version:
        raise Outdated
    fold = ClaimFold(book, ledgered)
    verdicts = [_decide(fold, book, work, status) for work in works]
    head = await _record(transaction, book, fold, verdicts, now)
    contradicted = fold.find_contradicted(verdicts)
    head = await tell_conflicts(transaction, book, contradicted, now, entropy) or head
    return Settled(
        answers=[None if verdict.waits else verdict.finished() for verdict in verdicts],
        epoch=status.epoch,
        head=head,
        guessers=[w.device.id for w, v in zip(works, verdicts, strict=True) if v.has_guessed],
        entered=[
            n for n, v in enumerate(verdicts) if v.use is not None and v.use.direction == "in"
        ],
        too_fast=[n for n, v in enumerate(verdicts) if v.is_too_fast],
    )


def _decide(fold: ClaimFold, book: EventBook, work: ClaimWork, status: Status) -> Verdict:
    """Decide one claim; what is wrong with it is its own problem, not its neighbours'."""
    if work.device.id in status.revoked:
        return Verdict(answer=revoked(work.device))
    gate_id = work.request.gate_id  # it may have been removed while the claim waited
    if gate_id not in book.index.gates or not is_assigned_to(work.device, book, gate_id):
        return Verdict(
            answer=not_found("gate of this device; the organizer may assign it to that zone")
        )
    if status.has_forgotten(work.request.seen):
        return Verdict(answer=not_open())
    try:
        return fold.decide(work)
    except Problem as problem:
        return Verdict(answer=problem)
    except GatekeeperError as error:
        return Verdict(answer=Problem("bad-request", str(error)))


async def _read(
    transaction: Transaction,
    book: EventBook,
    works: Sequence[ClaimWork],
    left: Left,
) -> tuple[Status, Ledgered]:
    """Lock a batch's tickets, then read all that it may be decided by.

    Raises:
        Outdated: if a ticket came in between.
        Problem: if the event is gone.
    """
    org, event_id = book.organization_id, book.event_id
    codes = {w.presented.manual_code for w in works} - {None}
    manual: dict[int, int] = {}
    if codes:
        rows = await transaction.fetch(FIND_MANUAL, event_id, org, list(codes))
        manual = {row[1]: row[0] + TICKET_ID_OFFSET for row in rows}
    named = {w.presented.ticket_id for w in works if w.presented.key is not None}
    wanted = {one for one in named if one is not None} | set(manual.values())
    foreign = {w.presented.ticket_id for w in works if w.presented.key is None} - {None}
    asked = sorted(wanted.union(one for one in foreign if one is not None))
    signed = [one - TICKET_ID_OFFSET for one in asked]
    locked = await transaction.lock(HOLD_TICKETS, event_id, org, signed) if signed else 0
    inside = await lock_presence(transaction, org, event_id, _scarce_zones(book, works))
    read = await _read_claims(transaction, book, works, asked)
    if wanted - read.tickets.keys():
        # No row to lock: the counter keeps two workers apart that see such a ticket at once.
        await take_numbers(transaction, org, event_id, 0)
        read = await _read_claims(transaction, book, works, asked)
    if locked is not None and len(read.tickets) > locked:
        raise Outdated  # a till's sale has arrived since: its row is not locked
    shares = await read_shares(transaction, org, event_id, inside)
    asks = {}
    if uses_homes(book.index.config):
        asks = await read_asks(transaction, org, event_id, {w.request.claim_id for w in works})
    return read.status, Ledgered(
        epoch=read.status.epoch,
        tickets=read.tickets,
        manual=manual,
        inside=inside,
        uses=read.uses,
        marks=read.marks,
        guesses_left=dict(left.guesses),
        paces_left=dict(left.admissions),
        stops=read.status.stops,
        asks=asks,
        shares=shares,
    )


async def _read_claims(
    transaction: Transaction, book: EventBook, works: Sequence[ClaimWork], asked: Sequence[int]
) -> ClaimsRead:
    read = await read_claims(
        transaction,
        book.organization_id,
        book.event_id,
        book.codes,
        device_ids={w.device.id for w in works},
        ticket_ids=asked,
        claim_ids={w.request.claim_id for w in works},
        seen={w.request.seen.sequence for w in works if w.request.seen is not None},
    )
    if read is None:
        raise not_found("event")
    return read


def _scarce_zones(book: EventBook, works: Sequence[ClaimWork]) -> set[str]:
    """Name the zones of limited capacity that a batch asks for."""
    gates, zones = book.index.gates, book.index.zones
    asked = {gates[w.request.gate_id].zone_id for w in works if w.request.gate_id in gates}
    return {zone_id for zone_id in asked if zones[zone_id].capacity is not None}


async def _record(
    transaction: Transaction,
    book: EventBook,
    fold: ClaimFold,
    verdicts: Sequence[Verdict],
    now: Instant,
) -> int | None:
    """Write what a batch decided; returns the feed's head if it grew."""
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
        head = await record_uses(transaction, org, event_id, uses, book.version, fold.stops)
        if head is None:
            raise Outdated
    if any(verdict.ask is not None for verdict in verdicts):
        head = await _record_asks(transaction, book, verdicts) or head
    return head


async def _record_asks(
    transaction: Transaction, book: EventBook, verdicts: Sequence[Verdict]
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
