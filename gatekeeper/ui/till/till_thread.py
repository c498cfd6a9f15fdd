"""The till's engine in a thread of its own: the window asks, and is answered later."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Final

import msgspec
from PySide6.QtCore import Signal

from gatekeeper.boxoffice.answers import ExchangeAnswer, TillAnswer
from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.last_sale_before_start import LastSale, find_last_sale, find_papers
from gatekeeper.boxoffice.open_sales import OpenSaleBook
from gatekeeper.boxoffice.papers_and_drawer import PapersAndDrawer
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.terminal_totals import add_terminal_sum
from gatekeeper.boxoffice.till_requests import SellRequest, TicketExchangeRequest
from gatekeeper.device.opened_till import Open, OpenedTill
from gatekeeper.presenters.till.state import TillFacts
from gatekeeper.presenters.till.till_facts import read_facts
from gatekeeper.presenters.till.window_requests import (
    AddGuest,
    Answer,
    AskWorth,
    FoundCode,
    KeepParts,
    ListSales,
    Lock,
    LookAt,
    LookUp,
    Orders,
    Park,
    Parked,
    PersonAtTill,
    PrintReceipt,
    PrintRequest,
    Request,
    Sales,
    Settled,
    SettleSale,
    TakenUp,
    TakeUp,
    Unlock,
    Worth,
    allowed_by,
)
from gatekeeper.sync.moved_server import is_address
from gatekeeper.terminals.card_payments import CardPayments
from gatekeeper.terminals.printer_and_terminal import (
    LookAtMachines,
    MachineRequest,
    Machines,
    TryPrinter,
    UsePrinter,
    UseTerminal,
    see_to_machines,
)
from gatekeeper.ui.loop_thread import LoopThread, OnDone, OnFailed, keep_at
from shared.admission.purpose import Purpose
from shared.kernel.errors import BadInput, GatekeeperError, StoreFault
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import SECOND, Duration
from shared.sales.sale_refusals import Refusal, SaleReason

GUEST_PACE: Final[Duration] = 2 * SECOND
"""Who was added to lists is told no more often."""
GUEST_REFUSED_PACE: Final[Duration] = 60 * SECOND
"""Nor so often, while the server refuses one of them."""


class TillThread(LoopThread):
    """Owns the open till."""

    stepped = Signal(object)  # a `CardStep` of the card terminal's
    broke = Signal(object)  # what keeps in touch, or prints, has failed; it begins anew

    def __init__(self, open_session: Open) -> None:
        super().__init__("till")
        self._open_session = open_session
        self._till: OpenedTill | None = None
        self._last: LastSale | None = None
        self._papers: PapersAndDrawer | None = None
        self._unkept: KeepParts | None = None
        self._background: list[asyncio.Task[None]] = []
        self._watching: asyncio.Task[None] | None = None

    def open(self, on_done: OnDone[TillFacts], on_failed: OnFailed) -> None:
        """Open the till, and let it keep in touch with the server from then on."""
        self._post(self._open, on_done, on_failed, opens=True)

    def read(self, on_done: OnDone[TillFacts], on_failed: OnFailed) -> None:
        """Read what the till knows now."""

        async def read() -> TillFacts:
            till = self._opened()
            await self._papers_of(till).make_owed()
            with contextlib.suppress(StoreFault):
                self._keep_unkept(till)
            return self._read(till)

        self._post(read, on_done, on_failed)

    def do(self, request: Request, on_done: OnDone[Answer], on_failed: OnFailed) -> None:
        """Do what the window asks for; what is answered is on disk."""

        async def do() -> Answer:
            till = self._opened()
            try:
                return await self._do(till, request)
            finally:
                _lock(till, allowed_by(request))
                if not isinstance(request, LookAt | LookUp | ListSales):
                    self._last = None
                    till.session.engine.poke()

        self._post(do, on_done, on_failed)

    def watch_seats(self) -> None:
        """Hear which seats were taken meanwhile; what is read next shows it."""

        def watch() -> None:
            if self._till is None or (self._watching is not None and not self._watching.done()):
                return
            self._watching = self._loop.create_task(self._watch_seats(self._till))
            self._tasks.add(self._watching)
            self._watching.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(watch)

    def cancel_card(self) -> None:
        """Ask the card terminal to give up the payment that it is doing."""

        def cancel() -> None:
            terminal = None if self._till is None else _terminal_of(self._till)
            if terminal is not None:
                task = self._loop.create_task(terminal.cancel())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(cancel)

    # ---- in the till's thread

    async def _do(self, till: OpenedTill, request: Request) -> Answer:
        match request:
            case SellRequest() | SettleSale():
                return await self._sell(till, request)
            case ShiftRequest():
                return await self._do_shift(till, request)
            case AddGuest():
                return await self._add_guest(till, request)
            case TicketExchangeRequest():
                return await self._exchange(till, request)
            case AfterRequest():
                return await self._take_back(till, request)
            case LookUp():
                return await _find_orders(till, request)
            case LookAtMachines() | UsePrinter() | TryPrinter() | UseTerminal():
                return await self._see_to_machines(till, request)
            case KeepParts():
                return self._keep_parts(till, request)
            case Unlock():
                return await till.session.unlock(request.badge, request.pin)
            case _:
                return await _look_up(till, request)

    async def _watch_seats(self, till: OpenedTill) -> None:
        try:
            await till.session.seats.refresh()
        except GatekeeperError as fault:
            self.broke.emit(fault)

    async def _sell(self, till: OpenedTill, request: SellRequest | SettleSale) -> TillAnswer:
        """Sell, or settle a sale that is not finished; then print it."""
        engine = till.session.till
        if isinstance(request, SellRequest):
            self._keep_unkept(till)
            answer = await engine.sell(request)
        else:
            answer = await _settle(engine.open_sales, request)
        self._take_off_counter(answer)
        if answer.sale is not None:
            await self._papers_of(till).print_sold(answer.sale)
        return answer

    def _keep_parts(self, till: OpenedTill, request: KeepParts) -> Answer:
        """Keep what lies on the counter; where the disk is full, once it has room."""
        self._unkept = request
        event_id = till.session.knowledge.event_id or EventId("")
        till.session.till.open_sales.keep_parts(event_id, request.request)
        self._unkept = None
        return Settled()

    def _keep_unkept(self, till: OpenedTill) -> None:
        """Keep what lies on the counter before anybody is asked for the rest: it counts as taken.

        Raises:
            StoreFault: if the disk still has no room; nobody was asked then.
        """
        if self._unkept is not None:
            self._keep_parts(till, self._unkept)

    def _take_off_counter(self, answer: TillAnswer | None) -> None:
        """Keep no parts any more that a sale has taken, or one that is not finished holds."""
        if answer is not None and (answer.is_ok or answer.open_sale is not None):
            self._unkept = None

    async def _add_guest(self, till: OpenedTill, request: AddGuest) -> TillAnswer:
        """Give a guest their places; the name is sealed, and told once the server is there."""
        session = till.session
        event_id = session.knowledge.event_id or EventId("")
        answer = await session.guests.add(session.till, event_id, request.sell, request.name)
        if answer.sale is not None:
            await self._papers_of(till).print_sold(answer.sale)
        return answer

    async def _exchange(self, till: OpenedTill, request: TicketExchangeRequest) -> ExchangeAnswer:
        self._keep_unkept(till)
        answer = await till.exchanges.do(request)
        self._take_off_counter(answer.sale)
        await self._papers_of(till).print_exchanged(answer)
        return answer

    async def _do_shift(self, till: OpenedTill, request: ShiftRequest) -> ShiftAnswer:
        shifts, day = till.session.shifts, till.session.till.ports.terminal_day
        answer = shifts.do(await add_terminal_sum(request, shifts, day))
        await self._papers_of(till).print_shift(request.act, answer)
        return answer

    async def _take_back(self, till: OpenedTill, request: AfterRequest) -> AfterAnswer:
        finder = till.session.finder
        if request.purpose is Purpose.HAND_OVER and finder.person == request.cashier:
            request = msgspec.structs.replace(request, found_by=finder.found_by)
        answer = await till.after.do(request)
        await self._papers_of(till).print_taken_back(answer)
        return answer

    def _papers_of(self, till: OpenedTill) -> PapersAndDrawer:
        if self._papers is None:
            kick = partial(self._kick, till)
            self._papers = PapersAndDrawer(till.papers, till.printer, kick)
        return self._papers

    def _kick(self, till: OpenedTill) -> None:
        """Open the drawer; nobody waits for it, and it can be opened by its key."""
        task = self._loop.create_task(till.printer.kick_drawer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self) -> TillFacts:
        self._till = till = await self._open_session()
        self._hear_terminal(till)
        for work in (till.session.run_background, till.printer.work, partial(_tell_guests, till)):
            self._background.append(self._loop.create_task(keep_at(work, self.broke.emit)))
        await self._papers_of(till).print_unprinted()
        journal = DrawerJournal(till.session.store)
        self._last = find_last_sale(till.past, journal, till.session.shifts.current())
        return self._read(till)

    def _read(self, till: OpenedTill) -> TillFacts:
        facts, last = read_facts(till), self._last
        papers = self._papers_of(till)
        if papers.owed:
            unprinted, key = facts.unprinted | papers.owed, f"trouble.{papers.trouble}"
            facts = facts._replace(unprinted=unprinted, paper_key=key)
        if last is None:
            return facts
        found = find_papers(till.printer, last.sale.sale_id)
        return facts._replace(last_sale=msgspec.structs.replace(last, papers=found))

    def _hear_terminal(self, till: OpenedTill) -> None:
        terminal = _terminal_of(till)
        if terminal is not None:
            terminal.on_step = self.stepped.emit

    async def _see_to_machines(self, till: OpenedTill, request: MachineRequest) -> Machines:
        found = await see_to_machines(
            till.session.till,
            till.session.store,
            till.session.staff,
            till.papers,
            till.printer,
            request,
        )
        self._hear_terminal(till)
        return found

    def _opened(self) -> OpenedTill:
        if self._till is None:
            raise BadInput("this till is not open")
        return self._till

    async def _close(self) -> None:
        till, self._till = self._till, None
        for task in self._background:
            task.cancel()
        if self._background:
            await asyncio.wait(self._background)
        if till is not None:
            await till.session.close()


async def _tell_guests(till: OpenedTill) -> None:
    """Tell the server who was added to lists, whenever it can be had."""
    guests = till.session.guests
    while True:
        pace = GUEST_PACE
        with contextlib.suppress(GatekeeperError):
            if guests.has_waiting() and not till.session.store.journal.pending:
                pace = GUEST_PACE if await guests.tell() else GUEST_REFUSED_PACE
        await asyncio.sleep(pace / SECOND)


async def _settle(book: OpenSaleBook, request: SettleSale) -> TillAnswer:
    sale_id, person = request.sale_id, request.person
    match request.act:
        case "ask":
            return await book.ask_again(sale_id)
        case "finish":
            return await book.finish(sale_id, request.tenders, person)
        case "give_up":
            return await book.give_up(sale_id, person)
        case _:
            return await book.decide(sale_id, is_paid=request.act == "paid", person=person)


async def _look_up(till: OpenedTill, request: Request) -> Answer:
    """Answer what is found in the till's own store, or said to its printer."""
    session = till.session
    match request:
        case LookAt():
            return _find(till, request)
        case AskWorth():
            worth = till.exchanges.worth(request.ticket_ids)
            if isinstance(worth, Refusal):
                return Worth(reason=worth.reason.value)
            return Worth(
                worth, past=till.past.find_ticket(format_ticket_id(request.ticket_ids[0]))
            )
        case ListSales():
            return Sales(till.past.recent())
        case Park():
            event_id = session.knowledge.event_id or EventId("")
            return Parked(session.till.open_sales.park(event_id, request.request))
        case TakeUp():
            return TakenUp(session.till.open_sales.take_up(request.parked_id))
        case PrintRequest():
            if request.is_printed:
                till.printer.confirm(request.number)
            else:
                till.printer.again(request.number)
        case PrintReceipt():
            await till.papers.print_receipt_again(request.sale_id)
        case Lock():
            _lock(till, "all")
            if request.has_left:
                session.finder.forget()
                session.guests.forget()
        case _:
            pass
    return Settled()


def _find(till: OpenedTill, request: LookAt) -> FoundCode:
    """Tell whose badge or which ticket a code is, read in the first way in which it is any."""
    first = _find_code(till, request.code, signs_in=request.signs_in)
    if first.is_known:
        return first
    others = (_find_code(till, one, signs_in=request.signs_in) for one in request.other_texts)
    return next((found for found in others if found.is_known), first)


def _find_code(till: OpenedTill, code: str, *, signs_in: bool) -> FoundCode:
    """Tell whose badge or which ticket a code is: cashiers first, then supervisors."""
    session = till.session
    if is_address(code):
        return FoundCode(is_new_address=session.mover.hear(code))
    person = session.staff.find_badge(code)
    if person is not None:
        if signs_in:
            session.finder.show_badge(code)  # it finds buyers while they are at work
            session.guests.show_badge(person.id, code, session.profile.organization_id)
        at_till = PersonAtTill(person.id, person.name, person.rights, person.badge_hash)
        return FoundCode(person=at_till)
    badge = session.find_badge(code)
    if badge is not None:
        return FoundCode(badge=badge)
    return FoundCode(ticket=till.past.look(code))


async def _find_orders(till: OpenedTill, request: LookUp) -> FoundCode | Orders:
    """Look up a ticket by its code; else orders, by the badge of whoever is at work."""
    look = till.past.look(request.text, is_manual=True)
    if look.is_ticket:
        return FoundCode(ticket=look)
    finder = till.session.finder
    if not finder.person or finder.person != request.cashier:
        return Orders((), SaleReason.NOT_ALLOWED.value)
    found = await finder.find(request.text)
    return Orders((), found.reason.value) if isinstance(found, Refusal) else Orders(found)


def _lock(till: OpenedTill, person: str) -> None:
    """Forget the badge that was shown: it allows one thing."""
    if person:
        till.session.names.forget()


def _terminal_of(opened: OpenedTill) -> CardPayments | None:
    terminal = opened.session.till.ports.terminal
    return terminal if isinstance(terminal, CardPayments) else None
