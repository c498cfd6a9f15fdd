"""The last sale before a till started: it is told then, so that nobody makes it twice.

A till that is switched off between a sale's entry and its screen has sold, and nobody saw it.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from gatekeeper.boxoffice.past_sales import PastSale, PastSales
from gatekeeper.boxoffice.shift_requests import OpenShift
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.store.print_jobs import ASKING, JobState


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
    """The last sale before a till started.

    Attributes:
        sale: As its journal has it.
        papers: What became of its tickets and its receipt.
    """

    sale: PastSale
    papers: LastPapers


def find_last_sale(past: PastSales, shift: OpenShift | None) -> PastSale | None:
    """Return the newest sale, if it is of the open shift and something of it stands.

    Raises:
        StoreFault: if the journal cannot be read.
    """
    found = next(iter(past.recent(1)), None)
    if found is None or shift is None or found.shift_id != shift.shift_id:
        return None
    return None if all(one.is_gone for one in found.tickets) else found


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
