"""The one round trip: a journal goes up, what changed comes down, signed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

import msgspec

from server.cashiers.cashiers_and_badges import tell_cashiers
from server.db.hot_path_connections import Driver
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity, KnownDevices
from server.devices.device_reports import DeviceReports
from server.devices.finding_devices import RosterVersions
from server.devices.place_codes import PlaceCodes
from server.devices.schemas import SELLING_ROLES
from server.entries.checking_uploaded_entries import CheckedEntry, check_entries
from server.entries.rows import JournalOwner
from server.entries.signature_checks import SignatureChecks
from server.entries.upload_quota import Uploads
from server.entries.uploaded_chain import HeldBoot, newest_boot
from server.exchange.epochs import note_offer
from server.exchange.ledger_rollback import LedgerView, RollbackDetector
from server.exchange.zone_share_codes import ShareCodes
from server.exchange.zone_share_offers import ShareOffers
from server.feed.feed_pages import ReadPage, page_reading, read_page
from server.feed.push_hub import Poke
from server.homes.abandoned_asks import AbandonedAsks
from server.homes.moving import finish_all_moves, finish_moves
from server.http.msgpack_body import read_packed
from server.journals.event_poster import EventPoster
from server.journals.ingest import Ingested, ingest
from server.journals.seen_proofs import check_proofs
from server.journals.snapshot_and_postings import Ingest
from server.journals.till_entry_booking import NotedEntries
from server.keys.signers import Signers
from server.plans.event_book import EventBook, EventBooks, by_current_books
from server.plans.plan_changes import PlanTeller
from server.problem_answers import Problem, not_found
from server.reconciliation.conflicts_and_sides import COUNT_OPEN
from server.ticketing.ports import ChangeFeed
from server.tills.telling_tills_stock import StockOffers
from shared.journal.chain import SignedEntry
from shared.journal.entry import ReleaseBody
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId, TicketId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.manifest.signed_document import DocumentKind, SignedDocument
from shared.sales.cashiers import CashierConfig, digest_cashiers
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX, fill_request
from shared.wire.exchange import (
    EXCHANGE_VERSION,
    FEED_PAGE_ITEMS_MAX,
    BootMark,
    EntryAnswer,
    EntryStatus,
    ExchangeRequest,
    ExchangeResponse,
)
from shared.wire.feed import FeedPage

BOOKED_WITHIN: Final[Duration] = SECOND
"""A till's upload waits so long for its sales to be booked, and those that are left go on without
it. The till waits for two seconds; with hundreds, of an evening cut off, it stood for a minute."""

TAKEN_AT_ONCE: Final = 125
"""Entries in one transaction: claims of the same event wait for it, for some 40 ms."""
FEW: Final = 25
"""Entries that wait for no turn: a gate in touch brings one or two, a till those of a sale."""


class Posted(msgspec.Struct, frozen=True):
    """What became of a device's entries.

    Attributes:
        answers: One for each entry, in order.
        boots: All boots of the device as they are held now.
        is_revoked: The device is, by now.
    """

    answers: Sequence[EntryAnswer]
    boots: Mapping[bytes, HeldBoot]
    is_revoked: bool


class Exchanges:
    """Serves exchanges of one worker."""

    def __init__(  # noqa: PLR0913 - the parts of an exchange, each by name
        self,
        context: Context,
        driver: Driver,
        event_books: EventBooks,
        *,
        signers: Signers,
        guard: RollbackDetector,
        known_devices: KnownDevices,
        plans: PlanTeller,
        sales: NotedEntries,
        changes: ChangeFeed,
        checks: SignatureChecks,
        poke: Poke,
        codes: ShareCodes,
        places: PlaceCodes,
        stocks: StockOffers,
    ) -> None:
        self._context = context
        self._driver = driver
        self._event_books = event_books
        self._signers = signers
        self._guard = guard
        self._known_devices = known_devices
        self._plans = plans
        self._sales = sales
        self._changes = changes
        self._shares = ShareOffers(context, driver, event_books, codes)
        self._places = places
        self._stocks = stocks
        self._reports = DeviceReports(context)
        self._rosters = RosterVersions(context, driver)
        self._returns = AbandonedAsks(driver, poke)
        self._poke = poke
        self._checks = checks
        self._uploads = Uploads()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def exchange(self, device: DeviceIdentity, request: ExchangeRequest) -> ExchangeResponse:
        """Serve one exchange; of an event that it does not serve a device is told nothing.

        Its journal is taken all the same: what it has of an event that it served before, too.

        Raises:
            Problem: `too-large` for too many entries, `ledger-behind`; `not-found` where a device
                that serves no event yet names none of its organization's.
        """
        received_at = self._context.clock.wall()
        if len(request.entries) > ENTRIES_AT_ONCE_MAX:
            raise Problem("too-large", f"Send at most {ENTRIES_AT_ONCE_MAX} entries at once.")
        view = await self._guard.check(device, request.head)
        checked = await self.check(device, request.entries)
        await self._recall(device, request, view)
        goes_on = fill_request(request.entries)
        done = await self.post(device, checked, received_at, goes_on=goes_on)
        is_revoked = device.is_revoked or done.is_revoked
        has_gap = any(one.status == EntryStatus.GAP for one in done.answers)
        reoffer = await note_offer(self._context, device, request, view, has_gap=has_gap)
        page, grant, conflicts, roster = None, None, 0, (0, 0)
        if request.event_id and not is_revoked:
            device = await self._known_devices.assigned(device, request.event_id, request.gate_id)
        if request.event_id and device.event_id == request.event_id and not is_revoked:
            org = device.organization_id
            grant = await self._stocks.settle(device, request)
            await self._reports.keep(device, request.report)
            found = await self._page(device, request)
            told = await self._shares.settle(device, request, found.status)
            if told is not None:
                self._poke(request.event_id, *told)
            if await self._plans.tell(org, request.event_id, found.status) or told is not None:
                found = await self._page(device, request)
            page, conflicts = await self._sign(org, found.page), found.besides
            roster = await self._rosters.of_event(org, request.event_id)
        return ExchangeResponse(
            v=EXCHANGE_VERSION,
            answers=tuple(done.answers),
            marks=_marks(done, checked),
            page=page,
            received_at=received_at,
            answered_at=self._context.clock.wall(),
            conflicts=conflicts,
            notices=(_REVOKED,) if is_revoked else (),
            reoffer=reoffer,
            roster=roster,
            assigned=self._places.tell(device),
            epoch=view.epoch,
            cashiers=await self._cashiers(device, request, is_revoked=is_revoked),
            grant=grant,
        )

    async def _recall(
        self, device: DeviceIdentity, request: ExchangeRequest, view: LedgerView
    ) -> None:
        """Learn from a device what was given to it and is forgotten, before it is judged by it."""
        if view.must_offer and request.places:
            await self._places.recall(self._context, device, request.places)
        if request.event_id and not device.is_revoked:
            await self._stocks.recall(device, request)

    async def _cashiers(
        self, device: DeviceIdentity, request: ExchangeRequest, *, is_revoked: bool
    ) -> tuple[CashierConfig, ...] | None:
        """Tell a till who may work at it, if it does not know; gates are told of no cashier.

        At a till that was revoked, or made a gate, nobody may any more: it forgets their names.
        """
        if is_revoked or device.role not in SELLING_ROLES:
            return () if request.cashiers else None
        if request.cashiers is None:
            return None
        async with self._context.read(device.organization_id) as unit:
            told = await tell_cashiers(unit)
        known = digest_cashiers(told) if told else b""
        return None if known == request.cashiers else told

    async def post(
        self,
        device: DeviceIdentity,
        checked: Sequence[CheckedEntry],
        received_at: Instant,
        *,
        goes_on: bool,
        is_relayed: bool = False,
    ) -> Posted:
        """Take in entries of one device that were read and verified, with all their effects.

        Some at a time, so that claims come in between; and of many entries one upload of an
        organization after the other: a claim draws lots with all that wait for the same rows. What
        was taken in stays if the rest cannot be: the device sends all of it again then, as after
        an answer that was lost.

        Args:
            device: Whose.
            checked: The entries.
            received_at: When they came.
            goes_on: More may follow: no more went into the request.
            is_relayed: Another device brings them.

        Raises:
            Problem: `unavailable` while the event is being changed; `too-many-requests`.
        """
        if checked:
            self._uploads.check(device.id, self._context.clock.monotonic())
        async with self._turn_of(device.organization_id, len(checked)):
            return await self._post(
                device, checked, received_at, goes_on=goes_on, is_relayed=is_relayed
            )

    def _turn_of(
        self, organization_id: OrganizationId, count: int
    ) -> AbstractAsyncContextManager[None]:
        if count <= FEW:
            return nullcontext()
        return self._turns.setdefault(organization_id, asyncio.Lock())

    async def _post(
        self,
        device: DeviceIdentity,
        checked: Sequence[CheckedEntry],
        received_at: Instant,
        *,
        goes_on: bool,
        is_relayed: bool,
    ) -> Posted:
        posted, until = Posted((), {}, is_revoked=False), 0
        for start in range(0, len(checked), TAKEN_AT_ONCE):
            some = checked[start : start + TAKEN_AT_ONCE]
            is_last = start + TAKEN_AT_ONCE >= len(checked)
            more = goes_on or not is_last
            done = await self._ingest(device, some, received_at, goes_on=more)
            until = until or self._context.clock.monotonic() + BOOKED_WITHIN
            await self._follow(device, some, done, is_relayed=is_relayed, until=until)
            answers = (*posted.answers, *done.sorted.answers)
            posted = Posted(answers, done.boots, is_revoked=done.is_revoked)
        return posted

    async def _follow(
        self,
        device: DeviceIdentity,
        checked: Sequence[CheckedEntry],
        done: Ingested,
        *,
        is_relayed: bool,
        until: int,
    ) -> None:
        """Do what follows from entries that were taken in; sales are booked until an instant."""
        clock = self._context.clock
        self._uploads.count(device.id, checked, done.sorted.answers, clock.monotonic())
        for event_id, (epoch, head) in done.heads.items():
            self._poke(event_id, epoch, head)
        # What is given up comes first: else what the till did afterwards looks like a second one.
        released = [one.body.claim_id for one in checked if isinstance(one.body, ReleaseBody)]
        if released and device.role in SELLING_ROLES:
            await self._sales.free_released(released)
        if done.sales:
            await self._sales.book(
                device,
                done.sales,
                is_relayed=is_relayed,
                is_late=lambda: clock.monotonic() > until,
            )
        for moved_id in done.moved:
            org = device.organization_id
            await finish_moves(self._context, self._changes, org, EventId(moved_id))

    async def review(
        self,
        organization_id: OrganizationId,
        device_id: DeviceId,
        event_id: EventId,
        ticket_ids: Collection[TicketId],
    ) -> None:
        """Look at tickets again whose sale was booked: gates may have let them in before.

        Raises:
            Problem: `unavailable` while the event is being changed.
        """
        book = await self._event_books.of_event(organization_id, event_id)
        owner, now = JournalOwner(organization_id, device_id), self._context.clock.wall()

        async def post(book: EventBook) -> tuple[int, int] | None:
            upload = Ingest(
                owner=owner,
                received_at=now,
                entropy=self._context.entropy,
                book_of={event_id: book}.get,
            )
            async with self._driver.write(organization_id) as transaction:
                return await EventPoster(transaction, upload, book).post((), tickets=ticket_ids)

        head = await by_current_books(
            book, partial(self._event_books.renewed, organization_id, event_id), post
        )
        if head is not None:
            self._poke(event_id, *head)

    async def check_ledger(self, device: DeviceIdentity, head: SignedDocument | None) -> None:
        """See that the ledger is open and has forgotten nothing that a device holds of it.

        Raises:
            Problem: `ledger-behind`; `bad-request` if the page was not signed here.
        """
        await self._guard.check(device, head)

    async def tell_feed(
        self, device: DeviceIdentity, event_id: EventId, epoch: int, after: int
    ) -> SignedDocument:
        """Give a page of an event's feed, for another device that does not get here itself.

        Raises:
            Problem: `not-found` for another organization's event, `ledger-behind`.
        """
        await self._guard.check(device, None)
        asked = ExchangeRequest(
            v=EXCHANGE_VERSION,
            event_id=event_id,
            epoch=epoch,
            cursor=after,
            head=None,
            entries=(),
            sent_at=Instant(0),
        )
        org = device.organization_id
        found = await self._page(device, asked)
        if await self._plans.tell(org, event_id, found.status):
            found = await self._page(device, asked)
        return await self._sign(org, found.page)

    async def check(
        self, device: DeviceIdentity, entries: Sequence[SignedEntry]
    ) -> list[CheckedEntry]:
        """Read and verify entries of one device, in order."""
        return await check_entries(self._checks, entries, device.id, device.public_key)

    async def catch_up(self) -> None:
        """Finish what a stop cut short: moves of homes, and entries that nobody made use of."""
        await finish_all_moves(self._context, self._changes)
        await self._returns.work(self._context)

    async def close(self) -> None:
        """Let go of what checks signatures."""
        await self._checks.close()

    async def _ingest(
        self,
        device: DeviceIdentity,
        checked: Sequence[CheckedEntry],
        received_at: Instant,
        *,
        goes_on: bool,
    ) -> Ingested:
        owner = JournalOwner(device.organization_id, device.id)
        books = await self._books(device, checked, is_renewed=False)

        async def take_in(books: dict[EventId, EventBook]) -> Ingested:
            upload = Ingest(
                owner=owner,
                received_at=received_at,
                entropy=self._context.entropy,
                book_of=books.get,
                home_event=device.event_id or EventId(""),
                home_gate=device.gate_id or GateId(""),
                takes_given_times=device.profile != "live",
                goes_on=goes_on,
                proofs=await check_proofs(self._checks, checked, books, self._signers),
            )
            async with self._driver.write(device.organization_id) as transaction:
                return await ingest(transaction, upload, checked, self._context.clock)

        renew = partial(self._books, device, checked, is_renewed=True)
        return await by_current_books(books, renew, take_in)

    async def _books(
        self, device: DeviceIdentity, checked: Sequence[CheckedEntry], *, is_renewed: bool
    ) -> dict[EventId, EventBook]:
        """Fetch the books of the events that the entries name, if the organization has them.

        An entry of none of them may raise an alarm at the event that the device serves. What is
        refused names none: its words may be such as no database can be asked for.
        """
        named = {
            one.entry.event_id for one in checked if one.entry is not None and not one.problem
        }
        named = (named | {device.event_id or EventId("")}) - {EventId("")}
        books: dict[EventId, EventBook] = {}
        for event_id in named:
            try:
                if is_renewed:
                    book = await self._event_books.renewed(device.organization_id, event_id)
                else:
                    book = await self._event_books.of_event(device.organization_id, event_id)
            except Problem:
                continue  # no event of ours: the entry is kept and has no effect
            if book.counts(device.profile):  # else likewise: tests spend no real ticket
                books[event_id] = book
        return books

    async def _page(self, device: DeviceIdentity, request: ExchangeRequest) -> ReadPage:
        """Read what comes after the device's cursor, and how many conflicts are open.

        Raises:
            Problem: `not-found` for another organization's event.
        """
        limit = max(1, min(request.page_items_max, FEED_PAGE_ITEMS_MAX))
        found = await read_page(
            self._driver,
            device.organization_id,
            request.event_id,
            epoch=request.epoch,
            after=request.cursor,
            limit=limit,
            reading=_PAGE,
        )
        if found is None:
            raise not_found("event")
        return found

    async def _sign(self, org: OrganizationId, page: FeedPage) -> SignedDocument:
        signer = await self._signers.of(org)
        return signer.sign(DocumentKind.FEED, page, self._context.clock.wall())


_PAGE: Final = page_reading(COUNT_OPEN)
_DECODER: Final = msgspec.msgpack.Decoder(ExchangeRequest)
_REVOKED: Final = "This device has been revoked: its uploads are kept as evidence only."


def _marks(done: Posted, checked: Sequence[CheckedEntry]) -> tuple[BootMark, ...]:
    """Tell how far the boots that were sent are held, and the newest of the others.

    That is the one before, as the device knows; or its folder was put back, or is at work twice.
    """
    if not checked:
        return ()
    wanted = {one.entry.boot for one in checked if one.entry is not None}
    newest = newest_boot({boot: one for boot, one in done.boots.items() if boot not in wanted})
    if newest is not None:
        wanted.add(newest.boot)
    return tuple(
        BootMark(boot, done.boots[boot].dseq if boot in done.boots else 0)
        for boot in sorted(wanted)
    )


def decode_exchange(body: bytes) -> ExchangeRequest:
    """Read a request's body.

    Raises:
        Problem: `bad-request` if it is none of this version, with the wrong field.
    """
    request = read_packed(body, _DECODER, EXCHANGE_VERSION, "exchange request")
    if not request.event_id.isprintable():
        raise Problem("bad-request", "The event in this request is not an event.")
    return request
