"""The last sale or refund before a till started: it is told then, so that it is made once.

A till that is switched off between an entry and its screen has sold, or has paid back, and nobody
saw it.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from itertools import chain
from typing import Final

import msgspec

from gatekeeper.boxoffice.drawer_journal import DrawerJournal
from gatekeeper.boxoffice.finding_past_sales import PastSale, PastSales
from gatekeeper.boxoffice.shift_requests import OpenShift
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.store.print_job_table import ASKING, JobState
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant
from shared.sales.shift_totals import PAYOUTS

_MOVES_CASH: Final = frozenset({ShiftAct.PAID_IN, ShiftAct.PAID_OUT, ShiftAct.DROP})


class LastPapers(StrEnum):
    """What became of the papers of a sale."""

    NONE = "none"
    """Nothing was printed, and nothing will be."""
    WAITING = "waiting"
    """The printer gets them, or has them before it."""
    UNSURE = "unsure"
    """Only a person can tell."""
    PRINTED = "printed"


class LastSale(msgspec.Struct, frozen=True):
    """The last sale before a till started, or what was paid back after it.

    Attributes:
        sale: As its journal has it; of a refund, what that was of.
        papers: What became of its tickets and its receipt.
        change_minor: The cash that the guest gets from it, in minor units.
        back: What goes back, in minor units, by ticket: of a sale, for those in exchange.
        tender: By what that goes back.
        back_by: What of it goes back by each tender, in minor units.
        is_refund: It was paid back last, and nothing was sold.
        moved: The act by which cash was put in or taken out since then, and how much.
        made_at: When it was recorded, as `sold_at` of its sale says it.
    """

    sale: PastSale
    papers: LastPapers = LastPapers.NONE
    change_minor: int = 0
    back: tuple[tuple[str, int], ...] = ()
    tender: str = ""
    back_by: tuple[tuple[str, int], ...] = ()
    is_refund: bool = False
    moved: tuple[str, int] | None = None
    made_at: Instant | None = None

    @property
    def back_minor(self) -> int:
        """All that goes back, in minor units."""
        return sum(amount for _, amount in self.back)


def find_last_sale(
    past: PastSales, journal: DrawerJournal, shift: OpenShift | None
) -> LastSale | None:
    """Return the newest sale or refund, if it is of the open shift.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    made: SaleBody | None = None
    ended: list[WithdrawalBody] = []
    moved: tuple[str, int] | None = None
    made_seq = 0
    for entry in () if shift is None else journal.entries(shift.opened_seq):
        if isinstance(entry.body, SaleBody):
            sale_id = entry.body.sale_id
            made, ended = entry.body, [one for one in ended if one.credited_to == sale_id]
            made_seq, moved = entry.seq, None
        elif isinstance(entry.body, WithdrawalBody) and entry.body.purpose in PAYOUTS:
            ended.append(entry.body)
            made_seq, moved = entry.seq, None
        elif isinstance(entry.body, ShiftBody) and entry.body.act in _MOVES_CASH:
            moved = entry.body.act, entry.body.amount_minor
    refunds = [one for one in ended if not one.credited_to]
    if refunds:
        found = past.find_ticket(format_ticket_id(refunds[-1].ticket_id))
    else:
        sale_id = "" if made is None else made.sale_id
        found = next((one for one in past.recent(1) if one.sale_id == sale_id), None)
    if found is None:
        return None
    of_sale = {one.ticket_id for one in found.tickets}
    paid = {
        ticket_id: one
        for one in refunds or ended
        if (ticket_id := format_ticket_id(one.ticket_id)) in of_sale or not refunds
    }
    back_by = Counter[str]()
    for part in chain.from_iterable(one.paid_out_by() for one in paid.values()):
        back_by[part.tender] += part.amount_minor
    tenders = [one.tender for one in ended if one.tender]
    return LastSale(
        found,
        change_minor=sum(one.change_minor for one in made.payments) if made is not None else 0,
        back=tuple((name, one.amount_minor - one.credited_minor) for name, one in paid.items()),
        tender=tenders[-1] if tenders else "",
        back_by=tuple(back_by.items()),
        is_refund=bool(refunds),
        moved=moved,
        made_at=past.recorded_at(made_seq),
    )


def find_papers(printer: PrintQueue, sale_id: str) -> LastPapers:
    """Return what became of a sale's papers, by the till's print jobs.

    Raises:
        StoreFault: if the disk refuses.
    """
    states = {job.state for job in printer.list_about(sale_id)} - {JobState.DROPPED}
    if not states:
        return LastPapers.NONE
    if states & ASKING:
        return LastPapers.UNSURE
    return LastPapers.PRINTED if states == {JobState.PRINTED} else LastPapers.WAITING
