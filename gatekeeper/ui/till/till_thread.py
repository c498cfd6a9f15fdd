"""The till's engine in a thread of its own: the window asks, and is answered later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QObject, Signal

from gatekeeper.boxoffice.answers import Sale, TillAnswer
from gatekeeper.boxoffice.paper_facts import house_of
from gatekeeper.boxoffice.papers import Papers
from gatekeeper.boxoffice.requests import SellRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.terminal_day import add_terminal_sum
from gatekeeper.fiscal.desk import FiscalDesk
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.presenters.till_values import Person, PrintRequest, TillFacts
from gatekeeper.printing.desk import PrintDesk, advice_key
from gatekeeper.session import GateSession
from gatekeeper.store.print_jobs import ASKING
from gatekeeper.system import System
from gatekeeper.terminals.card_desk import CardDesk
from gatekeeper.terminals.opening import use_terminal
from gatekeeper.ui.loop_thread import LoopThread, OnDone, OnFailed, keep_at
from gatekeeper.wording.texts import ENGLISH
from shared.kernel.errors import BadInput, GatekeeperError
from shared.sales.tenders import CASH


class OpenedTill(NamedTuple):
    """A till that is open, with its printer.

    Attributes:
        session: Its engine.
        printer: Its print jobs.
        papers: Makes tickets, receipts and reports of what was recorded.
    """

    session: GateSession
    printer: PrintDesk
    papers: Papers


Open = Callable[[], Awaitable[OpenedTill]]


def add_printer(session: GateSession, system: System) -> OpenedTill:
    """Put an open till and its printer together."""
    printer = PrintDesk(session.store, system.clock, run_blocking=system.run_blocking)
    language = ENGLISH if printer.setup is None else printer.setup.profile.language
    papers = Papers(
        session.store,
        session.knowledge,
        system.entropy,
        house_of(session.profile, language),
        fiscal=FiscalDesk(session.store, NoSigner(), system.clock),
        desk=printer,
    )
    return OpenedTill(session, printer, papers)


async def open_till(folder: Path, system: System) -> OpenedTill:
    """Open a till's profile, with its drawer.

    Raises:
        BadInput: if the folder is no till's.
        StoreFault: if it is in use, or its database cannot be used.
    """
    session = await GateSession.open(folder, system=system)
    if not session.profile.is_till:
        await session.close()
        message = "this folder is a gate's, not a till's; enrol a device of the role till"
        raise BadInput(message)
    session.keep_drawer()
    use_terminal(session.till, session.store)
    return add_printer(session, system)


class TillThread(LoopThread):
    """Owns the open till.

    Args:
        open_session: Opens it.
        parent: Owner.
    """

    stepped = Signal(object)  # a `CardStep` of the card terminal's
    broke = Signal(object)  # what keeps in touch, or prints, has failed; it begins anew

    def __init__(self, open_session: Open, parent: QObject | None = None) -> None:
        super().__init__("till", parent)
        self._open_session = open_session
        self._till: OpenedTill | None = None
        self._background: list[asyncio.Task[None]] = []

    def open(self, on_done: OnDone[TillFacts], on_failed: OnFailed) -> None:
        """Open the till, and let it keep in touch with the server from then on."""
        self._post(self._open, on_done, on_failed)

    def read(self, on_done: OnDone[TillFacts], on_failed: OnFailed) -> None:
        """Read what the till knows now."""

        async def read() -> TillFacts:
            return read_facts(self._opened())

        self._post(read, on_done, on_failed)

    def sell(self, request: SellRequest, on_done: OnDone[TillAnswer], on_failed: OnFailed) -> None:
        """Sell; what is answered is on disk."""

        async def sell() -> TillAnswer:
            till = self._opened()
            answer = await till.session.till.sell(request)
            till.session.engine.poke()
            if answer.sale is not None:
                await self._print(till, answer.sale)
            return answer

        self._post(sell, on_done, on_failed)

    def do_shift(
        self, request: ShiftRequest, on_done: OnDone[ShiftAnswer], on_failed: OnFailed
    ) -> None:
        """Do something at the drawer; what is answered is on disk."""

        async def do() -> ShiftAnswer:
            till = self._opened()
            answer = till.session.shifts.do(
                await add_terminal_sum(
                    request, till.session.shifts, till.session.till.ports.terminal_day
                )
            )
            till.session.engine.poke()
            if answer.ok and till.printer.setup is not None:
                if request.act == "close":
                    till.papers.print_report(answer.seq)
                elif request.act == "no_sale":
                    self._kick(till)
            return answer

        self._post(do, on_done, on_failed)

    def find_badge(self, code: str, on_done: OnDone[Person | None], on_failed: OnFailed) -> None:
        """Find out whose badge a scanned code is."""

        async def find() -> Person | None:
            found = self._opened().session.desk.find_badge(code)
            return None if found is None else Person(found.id, found.name)

        self._post(find, on_done, on_failed)

    def settle_job(
        self, request: PrintRequest, on_done: OnDone[TillFacts], on_failed: OnFailed
    ) -> None:
        """Do with a print job what the cashier says of its paper."""

        async def settle() -> TillFacts:
            till = self._opened()
            if request.is_printed:
                till.printer.confirm(request.number)
            else:
                till.printer.again(request.number)
            return read_facts(till)

        self._post(settle, on_done, on_failed)

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

    async def _print(self, till: OpenedTill, sale: Sale) -> None:
        """Put a sale's papers on disk as jobs; the sale stands whatever becomes of them."""
        if till.printer.setup is None:
            return
        if any(payment.kind == CASH for payment in sale.payments):
            self._kick(till)
        with contextlib.suppress(GatekeeperError):
            await till.papers.print_sale(sale.seq)

    def _kick(self, till: OpenedTill) -> None:
        """Open the drawer; nobody waits for it, and it can be opened by its key."""
        task = self._loop.create_task(till.printer.kick_drawer())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open(self) -> TillFacts:
        self._till = till = await self._open_session()
        terminal = _terminal_of(till)
        if terminal is not None:
            terminal.on_step = self.stepped.emit
        for work in (till.session.run_background, till.printer.work):
            self._background.append(self._loop.create_task(keep_at(work, self.broke.emit)))
        if till.printer.setup is not None:
            # The till was switched off between a sale and its papers.
            with contextlib.suppress(GatekeeperError):
                if (seq := till.papers.unprinted_sale()) is not None:
                    await till.papers.print_sale(seq)
        return read_facts(till)

    def _opened(self) -> OpenedTill:
        if self._till is None:
            message = "this till is not open"
            raise BadInput(message)
        return self._till

    async def _close(self) -> None:
        till, self._till = self._till, None
        for task in self._background:
            task.cancel()
        if self._background:
            await asyncio.wait(self._background)
        if till is not None:
            await till.session.close()


def _terminal_of(opened: OpenedTill) -> CardDesk | None:
    terminal = opened.session.till.ports.terminal
    return terminal if isinstance(terminal, CardDesk) else None


def read_facts(opened: OpenedTill) -> TillFacts:
    """Gather what the window shows."""
    session = opened.session
    till = session.till
    jobs = opened.printer.list_open()
    asking = next((job for job in jobs if job.state in ASKING), None)
    stuck = asking or next((job for job in jobs if job.reason), None)
    stock = till.stock()
    status = session.status()
    return TillFacts(
        event=status.event,
        currency=stock[0].currency if stock else "",
        stock=stock,
        plan=till.prices(),
        now=till.now(),
        mode=till.ports.mode(),
        waiting=status.pending,
        shift=session.shifts.current(),
        paper_key="" if stuck is None else advice_key(stuck),
        asked_job=None if asking is None else asking.number,
        has_terminal=till.ports.terminal is not None,
        has_printer=opened.printer.setup is not None,
    )
