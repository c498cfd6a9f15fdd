"""A till that is open, with its printer, its papers and what takes back what it sold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from gatekeeper.boxoffice.exchanging import Exchanges
from gatekeeper.boxoffice.finding_past_sales import PastSales
from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterSale
from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.opened_gate import GateSession, closed_on_fault
from gatekeeper.device.refund_and_exchange_parts import after_sale_of, exchanges_of
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.store.print_job_table import PrintJob
from gatekeeper.terminals.terminal_of_till import use_terminal
from gatekeeper.this_machine import System
from shared.journal.entry import NoteBody
from shared.kernel.languages import ENGLISH


class OpenedTill(NamedTuple):
    """A till that is open, with its printer.

    Attributes:
        session: Its engine.
        printer: Its print jobs.
        papers: Makes tickets, receipts and reports of what was recorded.
        after: Takes back what was sold.
        past: Finds it again.
        exchanges: Takes it back for something else.
    """

    session: AttendedGate
    printer: PrintQueue
    papers: Papers
    after: AfterSale
    past: PastSales
    exchanges: Exchanges


Open = Callable[[], Awaitable[OpenedTill]]
PAPER_AGAIN: Final = "paper_again"
"""The topic of the note that says which paper was printed again, and as which copy."""
DRAWER_BY_COMMAND: Final = "drawer_by_command"
"""Why a shift's drawer was opened without the till's window; without a shift a note's topic."""


def add_printer(session: AttendedGate, system: System) -> OpenedTill:
    """Put an open till and its printer together."""
    printer = PrintQueue(session.store, system.clock, run_blocking=system.run_blocking)
    language = ENGLISH if printer.setup is None else printer.setup.profile.language
    fiscal = FiscalSigning(session.store, NoSigner(), system.clock)
    session.till.ports = msgspec.structs.replace(
        session.till.ports, signer=partial(fiscal.refuses, session.profile.device_id)
    )
    papers = Papers(
        session.store,
        session.knowledge,
        system.entropy,
        issuer_of(session.profile, language),
        fiscal=fiscal,
        queue=printer,
    )
    printer.is_needed = papers.is_needed
    printer.on_copy = partial(note_copy, session)
    session.withdrawer.keep_paper = papers.keep_replacement
    past = PastSales(session.store, session.knowledge)
    after, exchanges = after_sale_of(session), exchanges_of(session)
    return OpenedTill(session, printer, papers, after, past, exchanges)


def note_copy(session: GateSession, job: PrintJob) -> None:
    """Put on record that a paper is printed again that may be out, and whose drawer it is."""
    _note(session, PAPER_AGAIN, f"{job.kind} {job.about} {job.copy}")


def note_drawer(session: GateSession) -> None:
    """Put on record that the drawer is opened by a command: its shift's report counts it."""
    if not session.shifts.count_opening(DRAWER_BY_COMMAND):
        _note(session, DRAWER_BY_COMMAND, "")


def _note(session: GateSession, topic: str, text: str) -> None:
    shift = session.shifts.current()
    session.supervision.do(NoteBody(topic, text, "" if shift is None else shift.cashier))


async def open_till(folder: Path, system: System) -> OpenedTill:
    """Open a till's profile, with its drawer.

    Raises:
        BadInput: if the folder is no till's.
        StoreFault: if it is in use, or its database cannot be used.
    """
    session = await AttendedGate.open(folder, system=system)
    async with closed_on_fault(session):
        session.profile.demand_till()
        session.keep_drawer()
        use_terminal(session.till, session.store)
        opened = add_printer(session, system)
        await opened.papers.recover()
    return opened
