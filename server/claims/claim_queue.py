"""Claims, coalesced: all that arrive for an event while a commit is in flight are the next one.

One transaction for each claim would spend its time on waiting for the event's counter and the
disk. Here the first claim starts a transaction at once, and those that come meanwhile share the
next (`server/claims/batch_waiting.py`); a worker has one transaction at a time for each event.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from server.claims.batch_waiting import WaitingBatch
from server.claims.claim_problems import claim_id_reused, revoked
from server.claims.claim_work import ClaimWork, new_work
from server.claims.missed_codes import counted_tries
from server.claims.settling_under_locks import AllowancesLeft, SettledBatch
from server.claims.settling_without_locks import settle_by
from server.claims.too_fast_devices import Paces, name_too_fast
from server.claims.withdrawal_claims import WithdrawalClaims
from server.db.hot_path_connections import Driver
from server.db.rate_limit_over_workers import Limit, MemoryLimiter
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity, KnownDevices
from server.devices.finding_devices import SCANNER
from server.feed.push_hub import Poke
from server.homes.rows import ASKED, read_asks
from server.ledger.where_devices_may_claim import is_assigned_to
from server.plans.event_book import EventBook, EventBooks, by_current_books
from server.problem_answers import Problem, wrong_field
from shared.admission.purpose import Purpose
from shared.journal.claim_ids import may_use
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import DAY, Instant, parse_instant
from shared.wire.claim import ClaimRequest

REFUSALS_KEPT: Final = Limit("refusals", 20_000, DAY)
"""Of one device at one worker, so that a retry is told the same for a day; more than a lane has in
a month. A stolen token that was refused without end filled the disk of all with them."""

BATCH_MAX: Final = 256
HOME_LOOK_S: Final = 0.05
HOME_LOOKS: Final = 16
"""A ticket's home has 0.8 s for its answer; a gate waits a little longer."""


class Waiting(msgspec.Struct):
    """A claim and who waits for its answer."""

    work: ClaimWork
    answer: asyncio.Future[bytes]


class ClaimQueue:
    """Takes the claims of one worker."""

    def __init__(
        self,
        context: Context,
        driver: Driver,
        event_books: EventBooks,
        known_devices: KnownDevices,
        poke: Poke,
        *,
        is_alone: bool,
        withdrawals: WithdrawalClaims,
    ) -> None:
        self._context = context
        self._withdrawals = withdrawals
        self._known_devices = known_devices
        self._driver = driver
        self._event_books = event_books
        self._poke = poke
        self._paces = Paces()
        self._refusals = MemoryLimiter()
        self._is_alone = is_alone
        self._queues: dict[str, WaitingBatch[Waiting]] = {}
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
        if not may_use(device.id, request.claim_id):
            raise claim_id_reused()
        if request.purpose != Purpose.ADMISSION:
            return await self._withdrawals.claim(device, request)
        if device.is_revoked:
            raise revoked(device)
        book = await self._event_books.of_gate(device.organization_id, request.gate_id)
        if device.role == SCANNER and request.ticket_id is not None:
            raise wrong_field("ticket_id", "is no scanner's to name: it sends what it has read")
        if not is_assigned_to(device, book, request.gate_id):
            device = await self._known_devices.assigned(device, book.event_id, request.gate_id)
        at = self._context.clock.wall() if device.profile == "live" else scanned_at
        work = new_work(book, request, device, at, scanned_at)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._queue(book.organization_id, book.event_id, Waiting(work, answer))
        return await answer

    def _queue(self, organization_id: OrganizationId, event_id: EventId, waiting: Waiting) -> None:
        self._queues.setdefault(event_id, WaitingBatch()).add(waiting)
        if event_id not in self._running:
            task = asyncio.create_task(self._drain(organization_id, event_id))
            self._running[event_id] = task

    async def close(self) -> None:
        """Answer what has come in, then stop."""
        while self._running or self._patient:
            await asyncio.gather(*self._running.values(), *self._patient)

    async def _drain(self, organization_id: OrganizationId, event_id: EventId) -> None:
        try:
            queue, size = self._queues[event_id], 1
            while await queue.gather(size):
                batch = queue.take(BATCH_MAX)
                await self._serve(organization_id, event_id, batch)
                size = len(batch) + len(queue)
        finally:
            del self._running[event_id]
            self._queues.pop(event_id, None)

    async def _serve(
        self, organization_id: OrganizationId, event_id: EventId, batch: list[Waiting]
    ) -> None:
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

    async def _wait(
        self, organization_id: OrganizationId, event_id: EventId, waiting: Waiting
    ) -> None:
        """Decide a claim again when the ticket's home has answered, or its time is over."""
        claim_id = waiting.work.request.claim_id
        for _ in range(HOME_LOOKS):
            await asyncio.sleep(HOME_LOOK_S)
            # The next look may find it; and whoever decides at the end tells what is wrong.
            with contextlib.suppress(Exception):
                async with self._driver.read(organization_id) as transaction:
                    asks = await read_asks(transaction, organization_id, event_id, [claim_id])
                if claim_id not in asks or asks[claim_id].state != ASKED:
                    break
        else:
            waiting.work.waits_for_home = False
        self._queue(organization_id, event_id, waiting)

    async def _settle(
        self, organization_id: OrganizationId, event_id: EventId, works: list[ClaimWork]
    ) -> SettledBatch:
        book = await self._event_books.of_event(organization_id, event_id)
        now = self._context.clock.monotonic()
        paces = self._paces.left((one.device for one in works), now)
        refusals = {
            one.device.id: self._refusals.left(REFUSALS_KEPT, one.device.id, Instant(now))
            for one in works
        }
        guessing = (one.device.id for one in works if one.presented.can_be_guess)

        async def decide(book: EventBook) -> tuple[EventBook, SettledBatch]:
            for work in works:
                work.follow(book)
            left = AllowancesLeft(tries.counted, paces, refusals)
            return book, await settle_by(
                self._driver, book, works, left, self._now(), self._context.entropy
            )

        renew = partial(self._event_books.renewed, organization_id, event_id)
        async with counted_tries(self._context, book, guessing) as tries:
            book, settled = await by_current_books(book, renew, decide)
            tries.missed = settled.guessers
        for number in settled.refused:
            self._refusals.take(REFUSALS_KEPT, works[number].device.id, Instant(now))
        await self._count_admissions(book, works, settled)
        return settled

    async def _count_admissions(
        self, book: EventBook, works: Sequence[ClaimWork], settled: SettledBatch
    ) -> None:
        """Count who passed, and name the devices that let people pass faster than they may."""
        now = self._context.clock.monotonic()
        for number in settled.paced:
            self._paces.count(works[number].device, now)
        if not self._is_alone:
            passing = [works[number].device for number in settled.paced]
            with contextlib.suppress(StoreFault):  # it is told with the next ones
                await self._paces.share(self._driver, passing, self._context.clock)
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


def _instant_of(request: ClaimRequest) -> Instant:
    try:
        return parse_instant(request.scanned_at)
    except BadInput as error:
        raise wrong_field("scanned_at", str(error)) from None
