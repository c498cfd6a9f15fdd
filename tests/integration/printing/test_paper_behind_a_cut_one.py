"""A paper that was cut amid a picture takes nothing of the one behind it.

A printer that has half of a picture takes what comes next for its other half, whoever sends that
and over whichever line: the next guest's code was printed without its upper part, and called good.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import zxingcpp

from command_line.clock_and_randomness import SystemClock
from gatekeeper.printing.print_queue import PrintQueue
from gatekeeper.printing.printer_profiles import EscposProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.store.print_job_table import JobState
from gatekeeper.store.store import Store
from tests.factories.gate_store import open_store
from tests.factories.papers import make_digits, make_ticket
from tests.factories.waiting import until
from tests.fakes.receipt_printer import NetworkPrinter

CUT_AT = 9_000
"""Bytes of a ticket's: amid its code."""
SENT = frozenset({JobState.HALF_PRINTED, JobState.UNKNOWN})
"""What the kernel took last may never have left: nobody knows how much was sent."""
SECOND = make_digits(0xBEEF30A1C2D4E5F7)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def printer() -> Iterator[NetworkPrinter]:
    with NetworkPrinter() as made:
        yield made


def make_desk(store: Store, printer: NetworkPrinter) -> PrintQueue:
    desk = PrintQueue(store, SystemClock())
    desk.use(PrinterSetup(printer.address, EscposProfile(drawer_pin=2)))
    return desk


def codes_on(printer: NetworkPrinter) -> list[str]:
    return [one.text for one in zxingcpp.read_barcodes(printer.paper.picture)]


async def test_a_ticket_behind_one_whose_line_was_cut_is_whole(
    store: Store, printer: NetworkPrinter
) -> None:
    """It is the first print of its own, and no copy of anything."""
    desk = make_desk(store, printer)
    cut = desk.enqueue(make_ticket(), "sale-1")
    printer.hangs_up_after = CUT_AT
    await desk.print_waiting()
    assert desk.get(cut.number).state in SENT
    assert printer.paper.is_amid
    printer.hangs_up_after = None
    behind = desk.enqueue(make_ticket(digits=SECOND), "sale-2")
    await desk.print_waiting()
    done = desk.get(behind.number)
    assert (done.state, done.confirmed_by, done.copy) == (JobState.PRINTED, "printer", 0)
    assert codes_on(printer) == [SECOND]


async def test_a_ticket_behind_one_amid_which_the_till_died_is_whole(
    store: Store, printer: NetworkPrinter
) -> None:
    """Also where another program has looked at its jobs in between."""
    desk = make_desk(store, printer)
    desk.enqueue(make_ticket(), "sale-1")
    printer.hangs_up_after = CUT_AT
    await desk.print_waiting()
    printer.hangs_up_after = None
    for _ in range(2):
        desk = make_desk(store, printer)
    behind = desk.enqueue(make_ticket(digits=SECOND), "sale-2")
    await desk.print_waiting()
    assert desk.get(behind.number).state is JobState.PRINTED
    assert codes_on(printer) == [SECOND]


async def test_only_the_paper_behind_a_cut_one_lets_the_printer_forget(
    store: Store, printer: NetworkPrinter
) -> None:
    """Once one has come through, it is as before: another till's paper may be in its buffer."""
    desk = make_desk(store, printer)
    desk.enqueue(make_ticket(), "sale-1")
    printer.hangs_up_after = CUT_AT
    await desk.print_waiting()
    printer.hangs_up_after = None
    for number in range(3):
        desk.enqueue(make_ticket(digits=SECOND), f"sale-{number + 2}")
    await desk.print_waiting()
    assert [event.kind for event in printer.paper.events].count("forget") == 1
    assert codes_on(printer) == [SECOND] * 3


async def test_the_drawer_opens_behind_a_cut_paper(store: Store, printer: NetworkPrinter) -> None:
    """The word for it went into the picture as well, and was told to have been heard."""
    desk = make_desk(store, printer)
    desk.enqueue(make_ticket(), "sale-1")
    printer.hangs_up_after = CUT_AT
    await desk.print_waiting()
    printer.hangs_up_after = None
    assert await desk.kick_drawer() is None
    until(lambda: [event.kind for event in printer.paper.events].count("drawer") == 1)
