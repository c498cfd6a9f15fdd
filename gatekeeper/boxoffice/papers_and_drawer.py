"""What a till prints after which act, and when its drawer opens. Without Qt.

Each act stands, whatever becomes of its papers; a till without a printer does neither. What a disk
had no room for, or could not read, is made once it has and can.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from gatekeeper.boxoffice.answers import ExchangeAnswer, Sale, TicketOutcome
from gatekeeper.boxoffice.papers_from_journal import Papers, name_payback, name_report
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer
from gatekeeper.boxoffice.shift_requests import ShiftAnswer
from gatekeeper.printing.print_queue import PrintQueue
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.kernel.errors import GatekeeperError, StoreFault, trouble_of
from shared.kernel.ids import parse_ticket_id
from shared.kernel.trouble import TroubleKind
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CASH

_OPENS_DRAWER: Final = frozenset({"open", "no_sale", "paid_in", "paid_out", "drop", "count"})
"""At an opening the float goes in; whoever takes the drawer looks into it once it is counted."""
_IS_REPORTED: Final = frozenset({"close", "x"})

Make = Callable[[], Awaitable[object]]
"""Puts papers on disk as jobs."""


class PapersAndDrawer:
    """Puts the papers of acts on disk as jobs.

    Args:
        papers: Makes them.
        printer: Where they wait.
        open_drawer: Opens it; nobody waits for that, and it can be opened by its key.

    Attributes:
        trouble: Why the disk took none last.
    """

    def __init__(
        self, papers: Papers, printer: PrintQueue, open_drawer: Callable[[], None]
    ) -> None:
        self._papers, self._printer, self._open_drawer = papers, printer, open_drawer
        self._owed: dict[str, Make] = {}
        self.trouble = TroubleKind.DISK_FULL

    @property
    def owed(self) -> frozenset[str]:
        """Sales, tickets and reports, by id, for whose papers the disk had no room."""
        return frozenset(self._owed)

    async def make_owed(self) -> None:
        """Make what the disk had no room for, as far as it has some now."""
        for about, make in tuple(self._owed.items()):
            await self._make(about, make)

    async def print_sold(self, sale: Sale) -> None:
        """Print tickets and receipt of a sale, also of a host's guest; cash opens the drawer."""
        if self._printer.setup is None:
            return
        if any(payment.kind == CASH for payment in sale.payments):
            self._open_drawer()
        await self._sell(sale.sale_id, sale.seq)

    async def print_exchanged(self, answer: ExchangeAnswer) -> None:
        """Print what was taken in an exchange; what goes back in cash opens the drawer."""
        sale = None if answer.sale is None else answer.sale.sale
        if sale is None:
            return
        is_printing = self._printer.setup is not None
        if is_printing and answer.paid_out_by.get(CASH):
            self._open_drawer()
        await self.print_sold(sale)
        if is_printing and answer.paid_out_minor:
            # The tickets that were given back stand right before the sale that they have paid.
            await self._pay_back(range(sale.seq - len(answer.ended), sale.seq))

    async def print_shift(self, act: str, answer: ShiftAnswer) -> None:
        """Print the report of a close or a look, and open the drawer for what moves cash.

        Args:
            act: Of the shift's request.
            answer: What came of it.
        """
        if not answer.ok or self._printer.setup is None:
            return
        if act in _IS_REPORTED:
            await self._report(answer.seq)
        elif act in _OPENS_DRAWER:
            self._open_drawer()

    async def print_taken_back(self, answer: AfterAnswer) -> None:
        """Print copies of tickets, or the receipt of what goes back for them.

        What is paid out in cash opens the drawer. A credential that takes the place of another is
        a job already: it was put on disk with the withdrawal itself.
        """
        if self._printer.setup is None:
            return
        if answer.paid_out_by[CASH]:
            self._open_drawer()
        done = [one for one in answer.tickets if one.reason == SaleReason.OK]
        for one in done:
            if one.is_copy:
                await self._copy(one)
        if answer.paid_out_minor:
            await self._pay_back([one.seq for one in done if one.seq is not None])

    async def print_unprinted(self) -> None:
        """Print what the till was switched off before, and what its full disk owed until then."""
        if self._printer.setup is None:
            return
        try:
            acts = self._papers.list_unprinted()
        except StoreFault:
            return  # the disk's fault is shown elsewhere
        for act in acts:
            last = act[-1]
            if isinstance(last.body, SaleBody):
                await self._sell(last.body.sale_id, last.entry.seq)
            elif isinstance(last.body, ShiftBody):
                await self._report(last.entry.seq)
            else:
                await self._pay_back([one.entry.seq for one in act])

    async def _sell(self, sale_id: str, seq: int) -> None:
        await self._make(sale_id, lambda: self._papers.print_sale(seq))

    async def _pay_back(self, seqs: Sequence[int]) -> None:
        await self._make(name_payback(seqs[-1]), lambda: self._papers.print_payback(seqs))

    async def _report(self, seq: int) -> None:
        async def make() -> None:
            self._papers.print_report(seq)

        await self._make(name_report(seq), make)

    async def _copy(self, one: TicketOutcome) -> None:
        async def make() -> None:
            number = parse_ticket_id(one.ticket_id)
            self._papers.print_copy(number, one.digits, one.manual_code)

        await self._make(one.ticket_id, make)

    async def _make(self, about: str, make: Make) -> None:
        """Make papers, or know that they are owed; what can never be made is not."""
        self._owed.pop(about, None)
        try:
            await make()
        except StoreFault as fault:
            self._owed[about] = make
            self.trouble = trouble_of(fault).kind or TroubleKind.STORE
        except GatekeeperError:
            pass  # the till has no key for it any more, and can say nothing of it
