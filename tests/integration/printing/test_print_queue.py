"""Print jobs: on disk before anything is sent, followed to their end, and open after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest
import zxingcpp

from command_line.clock_and_randomness import SystemClock
from gatekeeper.printing import printer_setup
from gatekeeper.printing.escpos_printer import EscposPrinter
from gatekeeper.printing.ports import Paper
from gatekeeper.printing.print_outcome import SendResult, Why
from gatekeeper.printing.print_queue import DISPLAY, PrintQueue, advice_key
from gatekeeper.printing.printer_profiles import EscposProfile, PdfProfile, PictureProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.store.print_job_table import JobState, PrintJob
from gatekeeper.store.store import Store
from gatekeeper.wording.texts import Texts
from shared.kernel.errors import BadInput
from shared.kernel.instant import MILLISECOND
from shared.kernel.languages import LANGUAGE_NAMES
from tests.factories.gate_store import open_store
from tests.factories.papers import make_badge, make_digits, make_receipt, make_ticket
from tests.factories.waiting import until
from tests.fakes.receipt_printer import NetworkPrinter
from tests.fakes.small_disk import SmallDisk


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path)
    yield store
    store.close()


@pytest.fixture
def printer() -> Iterator[NetworkPrinter]:
    with NetworkPrinter() as made:
        yield made


def make_desk(store: Store, printer: NetworkPrinter | None) -> PrintQueue:
    desk = PrintQueue(store, SystemClock(), again_after=20 * MILLISECOND)
    if printer is not None:
        desk.use(PrinterSetup(printer.address, EscposProfile(drawer_pin=2)))
    return desk


async def until_state(desk: PrintQueue, job: PrintJob, state: JobState) -> None:
    """Let the desk work until a job is so."""
    while desk.get(job.number).state is not state:  # noqa: ASYNC110 - the desk tells nobody, it writes rows
        await asyncio.sleep(0.01)


async def test_a_job_is_on_disk_before_anything_is_sent_and_printed_after(
    store: Store, printer: NetworkPrinter
) -> None:
    """Queued, then printed, confirmed by the printer itself."""
    desk = make_desk(store, printer)
    jobs = desk.enqueue_all([make_ticket(), make_receipt()], "sale-1")
    assert [(job.kind, job.state) for job in jobs] == [
        ("ticket", JobState.QUEUED),
        ("receipt", JobState.QUEUED),
    ]
    assert printer.cuts == 0
    assert await desk.print_waiting() is False
    done = desk.list_about("sale-1")
    assert [(job.state, job.confirmed_by, job.copy) for job in done] == [
        (JobState.PRINTED, "printer", 0)
    ] * 2
    assert (printer.cuts, desk.list_open()) == (2, [])


async def test_a_job_is_printed_by_itself_once_paper_is_loaded(
    store: Store, printer: NetworkPrinter
) -> None:
    """Out of paper: nothing was sent, nobody taps anything, and it is no copy."""
    printer.paper.feed(b"x\n")
    printer.rows_left = 0
    desk = make_desk(store, printer)
    job = desk.enqueue(make_ticket(), "sale-1")
    work = asyncio.create_task(desk.work())
    try:
        await until_state(desk, job, JobState.OUT_OF_PAPER)
        assert desk.get(job.number).reason == Why.NO_PAPER
        printer.load_paper()
        await until_state(desk, job, JobState.PRINTED)
    finally:
        work.cancel()
    assert desk.get(job.number).copy == 0


async def test_a_printer_that_is_gone_holds_no_sale_and_prints_in_order_when_it_is_back(
    store: Store, printer: NetworkPrinter
) -> None:
    """The first waits, the others behind it, and they come out as they were sold."""
    desk = PrintQueue(store, SystemClock())
    desk.use(PrinterSetup("tcp:127.0.0.1:1", EscposProfile()))
    jobs = [desk.enqueue(make_ticket(seat=f"Seat {n}"), "sale-1") for n in range(3)]
    assert await desk.print_waiting() is True
    assert [desk.get(job.number).state for job in jobs] == [
        JobState.GONE,
        JobState.QUEUED,
        JobState.QUEUED,
    ]
    desk.use(PrinterSetup(printer.address, EscposProfile()))
    assert await desk.print_waiting() is False
    said = printer.paper.texts()
    assert said.index("Seat 0") < said.index("Seat 1") < said.index("Seat 2")


async def test_half_a_ticket_waits_for_a_person_and_is_printed_again_as_a_copy(
    store: Store, printer: NetworkPrinter
) -> None:
    """The printer forgets the first half before; the second print is marked."""
    printer.rows_left = 200
    desk = make_desk(store, printer)
    job = desk.enqueue(make_ticket(), "sale-1")
    assert await desk.print_waiting() is False
    half = desk.get(job.number)
    assert (half.state, half.reason) == (JobState.HALF_PRINTED, Why.PAPER_ENDED)
    printer.load_paper()
    assert await desk.print_waiting() is False  # not by itself
    assert desk.again(job.number).copy == 1
    await desk.print_waiting()
    assert desk.get(job.number).state is JobState.PRINTED
    assert "forget" in [event.kind for event in printer.paper.events]


async def test_an_unknown_print_is_confirmed_by_whoever_looks(
    store: Store, printer: NetworkPrinter
) -> None:
    """The cashier says that it is there; nothing is printed twice."""
    desk = make_desk(store, None)
    cheap = EscposProfile(tells_status=False, tells_done=False)
    desk.use(PrinterSetup(printer.address, cheap))
    job = desk.enqueue(make_ticket(), "sale-1")
    await desk.print_waiting()
    assert desk.get(job.number).state is JobState.UNKNOWN
    assert desk.confirm(job.number).confirmed_by == "cashier"
    assert desk.list_open() == []
    until(lambda: printer.cuts == 1)


async def test_a_till_that_was_switched_off_while_it_printed_asks_after_its_start(
    tmp_path: Path,
) -> None:
    """What was being sent is unknown, what was queued is printed."""
    store = open_store(tmp_path)
    desk = make_desk(store, None)
    first, second = desk.enqueue_all([make_ticket(), make_receipt()], "sale-1")
    with store.transaction("print_job"):
        printing = msgspec.structs.replace(first, state=JobState.PRINTING, sends=1)
        store.prints.put(printing)
    store.close()
    store = open_store(tmp_path)
    try:
        desk = PrintQueue(store, SystemClock())
        assert [(job.number, job.state) for job in desk.list_open()] == [
            (first.number, JobState.UNKNOWN),
            (second.number, JobState.QUEUED),
        ]
        assert desk.get(first.number).reason == Why.TILL_STOPPED
    finally:
        store.close()


async def test_a_paper_whose_end_nobody_has_noted_is_asked_about_at_once(
    store: Store, printer: NetworkPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk was full, or the worker died, when the printer had answered: the next one asks."""
    desk = make_desk(store, printer)
    job = desk.enqueue(make_ticket(), "sale-1")
    full = SmallDisk()
    full.hold(store)

    class Filling(EscposPrinter):
        def send(self, paper: Paper) -> SendResult:
            full.is_full = True
            return super().send(paper)

    monkeypatch.setattr(printer_setup, "EscposPrinter", Filling)
    assert await desk.print_waiting() is True
    assert desk.get(job.number).state is JobState.PRINTING
    full.make_room()
    assert await desk.print_waiting() is False
    asked = desk.get(job.number)
    assert (asked.state, asked.reason) == (JobState.UNKNOWN, Why.NO_ANSWER)
    assert printer.cuts == 1, "not printed again by itself"


async def test_what_is_dropped_while_it_is_drawn_is_not_printed(
    store: Store, printer: NetworkPrinter
) -> None:
    """Nor is a ticket that was taken back by then."""
    desk = make_desk(store, printer)
    dropped, needless = desk.enqueue_all([make_ticket(), make_ticket()], "sale-1")
    is_needed = True

    async def drawing(work: Callable[[], Any]) -> Any:
        nonlocal is_needed
        is_needed = False
        if desk.get(dropped.number).is_open:
            desk.drop(dropped.number)
        return work()

    desk._run_blocking = drawing
    desk.is_needed = lambda _document: is_needed
    assert await desk.print_waiting() is False
    states = [desk.get(one.number).state for one in (dropped, needless)]
    assert (states, printer.cuts) == ([JobState.DROPPED] * 2, 0)


async def test_each_further_print_has_the_next_number(
    store: Store, printer: NetworkPrinter
) -> None:
    """Copy 1, copy 2: on paper and in the row."""
    desk = make_desk(store, printer)
    job = desk.enqueue(make_receipt(), "sale-1")
    for copy in range(3):
        await desk.print_waiting()
        assert desk.get(job.number).copy == copy
        desk.again(job.number)
    desk.drop(job.number)
    assert desk.list_open() == []


async def test_a_till_without_a_printer_shows_its_tickets(store: Store) -> None:
    """The job stays open as a picture until it is shown and dropped, or a printer is set up."""
    desk = make_desk(store, None)
    job = desk.enqueue(make_ticket(), "sale-1")
    assert job.printer == DISPLAY
    assert await desk.print_waiting() is False
    picture = np.frombuffer(await desk.show(job.number, PictureProfile()), np.uint8)
    pixels = cv2.imdecode(picture, cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    (code,) = zxingcpp.read_barcodes(pixels)
    assert code.text == make_digits()
    assert desk.drop(job.number).state is JobState.DROPPED


async def test_a_printed_badge_is_forgotten(store: Store, printer: NetworkPrinter) -> None:
    """The only paper with a name on it leaves none in the till's store."""
    desk = make_desk(store, printer)
    job = desk.enqueue(make_badge(name="Wilhelmine"), "ticket-1")
    assert b"Wilhelmine" in job.document
    await desk.print_waiting()
    assert desk.get(job.number).document == b""
    with pytest.raises(BadInput, match="guest list"):
        desk.again(job.number)


async def test_a_document_that_cannot_be_drawn_holds_up_no_other(
    store: Store, printer: NetworkPrinter
) -> None:
    """It says so, and the next one is printed."""
    desk = make_desk(store, printer)
    bad = desk.enqueue(make_ticket(digits="7" * 8_000), "sale-1")
    good = desk.enqueue(make_ticket(), "sale-2")
    assert await desk.print_waiting() is False
    assert desk.get(bad.number).reason == Why.CANNOT_DRAW
    assert desk.get(good.number).state is JobState.PRINTED


async def test_pages_go_to_a_folder_under_names_of_their_own(store: Store, tmp_path: Path) -> None:
    """A copy is a file beside the first."""
    stick = tmp_path / "stick"
    stick.mkdir()
    desk = make_desk(store, None)
    desk.use(PrinterSetup(f"folder:{stick}", PdfProfile()))
    job = desk.enqueue(make_ticket(), "sale-1")
    await desk.print_waiting()
    desk.again(job.number)
    await desk.print_waiting()
    assert sorted(one.name for one in stick.iterdir()) == [
        f"ticket-{job.number}-copy-1.pdf",
        f"ticket-{job.number}.pdf",
    ]


async def test_the_set_up_is_kept(tmp_path: Path, printer: NetworkPrinter) -> None:
    """A till that starts again has its printer."""
    store = open_store(tmp_path)
    desk = make_desk(store, printer)
    setup = desk.setup
    store.close()
    store = open_store(tmp_path)
    assert PrintQueue(store, SystemClock()).setup == setup
    store.close()


async def test_the_drawer_is_kicked_between_papers(store: Store, printer: NetworkPrinter) -> None:
    """A till without a printer says that it cannot."""
    assert (await make_desk(store, None).kick_drawer()) is not None
    desk = make_desk(store, printer)
    assert await desk.kick_drawer() is None
    until(lambda: "drawer" in [event.kind for event in printer.paper.events])


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_each_state_says_what_to_do(store: Store, language: str) -> None:
    """In every language, for every reason; a person never reads a code word."""
    desk = make_desk(store, None)
    job = desk.enqueue(make_ticket(), "sale-1")
    texts = Texts(language)
    for state in (JobState.QUEUED, JobState.PRINTING, JobState.PRINTED, JobState.DROPPED):
        assert texts.say(advice_key(msgspec.structs.replace(job, state=state)))
    for why in Why:
        waiting = msgspec.structs.replace(job, state=JobState.GONE, reason=why.value)
        assert texts.say(advice_key(waiting))
