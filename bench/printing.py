"""From the last tap of a sale to its print jobs, at a till that is cut off, an event cached.

The till, its disk and its printer's desk are the product's own; the printer is emulated on a port.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from bench.writing_figures import Figure, at_most, floor, percentile
from command_line.clock_and_randomness import SystemClock, SystemEntropy
from gatekeeper.boxoffice.name_and_tax_number_on_papers import issuer_of
from gatekeeper.boxoffice.papers_from_journal import Papers
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.fiscal.fiscal_signing import FiscalSigning
from gatekeeper.fiscal.unsigned import NoSigner
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.printing.printer_profiles import EscposProfile, PageSize, PaperProfile, PdfProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.printing.rendering import render
from shared.kernel.id_types import TicketId
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_event import STANDARD
from tests.factories.papers import make_receipt, make_ticket
from tests.factories.till_house import TillHouse, basket, cash, make_market
from tests.fakes.receipt_printer import NetworkPrinter

TICKETS: Final = int(os.environ.get("GATEKEEPER_BENCH_TICKETS", "1000000"))
SALES: Final = 200
PRINTED: Final = 20
LAST_TAP_MS_BUDGET: Final = 300.0


def measure(folder: Path) -> list[Figure]:
    """Measure sales, drawing and one printer."""
    return asyncio.run(_sell(folder)) + _draw()


async def _sell(folder: Path) -> list[Figure]:
    server = make_market(granted=SALES + PRINTED + 1)
    facts = TicketClass(ticket_type_code=STANDARD, state="paid", persons=1)
    step = (1 << 64) // (TICKETS + 1)
    for number in range(TICKETS):
        ticket_id = TicketId(number * step + 1)
        server.office.rows[ticket_id] = TicketRow(ticket_id, facts, None)
    server.publish()
    session = await TillHouse(folder, server).open()
    await session.sync_once()
    server.is_cut = True
    clock = SystemClock()
    with NetworkPrinter() as printer:
        desk = PrintQueue(session.store, clock)
        desk.use(PrinterSetup(printer.address, EscposProfile()))
        fiscal = FiscalSigning(session.store, NoSigner(), clock)
        papers = Papers(
            session.store,
            session.knowledge,
            SystemEntropy(),
            issuer_of(session.profile),
            fiscal=fiscal,
            queue=desk,
        )
        jobs = sorted([await _sale(session, papers, None) for _ in range(SALES)])
        for job in desk.list_open():
            desk.drop(job.number)
        await _sale(session, papers, desk)  # libraries are read once
        confirmed = sorted([await _sale(session, papers, desk) for _ in range(PRINTED)])
    await session.close()
    name = f"last tap to print job, cut off, {TICKETS:,} tickets cached"
    return [
        at_most(
            f"{name}, p99", percentile(jobs, 0.99), "ms", LAST_TAP_MS_BUDGET, SALES,
            f"median {percentile(jobs, 0.5):.1f} ms: entry and jobs on disk",
        ),
        floor(
            "last tap to ticket and receipt confirmed by the printer, median",
            percentile(confirmed, 0.5), "ms", PRINTED, "the emulated printer takes no time",
        ),
    ]  # fmt: skip


async def _sale(session: GateSession, papers: Papers, desk: PrintQueue | None) -> float:
    """Sell one ticket for cash and return how long its papers took, in milliseconds."""
    started = time.perf_counter()
    answer = await session.till.sell(basket((STANDARD, 1), tenders=(cash(5_000),)))
    await papers.print_sale(answer.sold().seq)
    if desk is not None:
        await desk.print_waiting()
        assert desk.list_open() == []
    return (time.perf_counter() - started) * 1e3


def _draw() -> list[Figure]:
    profiles: dict[str, PaperProfile] = {
        "ESC/POS": EscposProfile(),
        "ESC/POS in Arabic": EscposProfile(language="ar"),
        "PDF of A4": PdfProfile(size=PageSize.A4),
    }
    figures = []
    for name, profile in profiles.items():
        for what, document in (("ticket", make_ticket()), ("receipt", make_receipt())):
            render(document, profile)  # fonts and libraries are read once
            times = sorted(_timed(partial(render, document, profile)) for _ in range(20))
            figures.append(
                floor(f"{what} drawn as {name}, median", percentile(times, 0.5), "ms", len(times))
            )
    return figures


def _timed(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e3
