"""The till's window over a real till: sales counted in taps, by touch, keyboard and badge."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from gatekeeper.device.opened_till import OpenedTill
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.ui.application import make_application
from gatekeeper.ui.till.till_flow import TillFlow
from gatekeeper.ui.till.till_thread import TillThread
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import KeySource
from gatekeeper.wording.codes_in_sentences import hold_codes
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import BADGE, Bench, cashier, scan_of
from tests.factories.till_house import REDUCED, TillHouse, make_market, sales_of
from tests.fakes.receipt_printer import NetworkPrinter


@pytest.fixture
def house(tmp_path: Path) -> TillHouse:
    server = make_market(granted=20)
    server.cashiers = (cashier(),)
    return TillHouse(tmp_path, server)


@pytest.fixture
def open_bench(qtbot: QtBot, house: TillHouse) -> Iterator[Callable[[], Bench]]:
    opened: list[Bench] = []

    def open_one() -> Bench:
        opened.append(Bench(qtbot, house))
        return opened[-1]

    yield open_one
    for one in opened:
        one.flow.stop()


def sales(house: TillHouse) -> int:
    """Count the sales in the till's journal, once its window is closed."""

    async def count() -> int:
        session = await house.open()
        try:
            return len(sales_of(session))
        finally:
            await session.close()

    return asyncio.run(count())


def test_one_ticket_paid_exactly_takes_three_taps(open_bench: Callable[[], Bench]) -> None:
    """Tile, CASH, exact; the ticket's code on the screen is read as a gate reads it."""
    bench = open_bench()
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    bench.tap("amount:2500")
    bench.wait(TillStep.DONE)
    assert bench.taps == 3
    assert bench.text("tillAmount") == "€0.00"
    sale = bench.flow.desk.state.sale
    assert sale is not None
    picture = bench.window.page.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    data = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
    (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(data))
    assert code.text == sale.tickets[0].digits
    assert hold_codes(sale.tickets[0].manual_code) in bench.text("tillCodeText")


def test_card_of_a_cashiers_own_is_known_by_a_scanner_of_another_layout(
    house: TillHouse, open_bench: Callable[[], Bench]
) -> None:
    """As at a gate: of two readings of a scanner's keys the one that is known here counts."""
    house.paired.link.server.cashiers = (cashier(badge="Staff-7zy"),)
    bench = open_bench()
    bench.keys.scanned.emit(scan_of("Staffß7yz", "Staff-7zy"))
    bench.wait(TillStep.FLOAT)


def test_two_tickets_and_a_note_take_four_taps_and_say_the_change(
    open_bench: Callable[[], Bench],
) -> None:
    """Tile, tile, CASH, note: the change stays until the next tile begins the next sale."""
    bench = open_bench()
    bench.sign_in()
    for key in (f"type:{REDUCED}", f"type:{REDUCED}", "cash", "amount:5000"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    assert bench.taps == 4
    assert bench.text("tillAmount") == "€25.00"
    first = bench.flow.desk.state.shown
    bench.tap("turn")
    assert bench.flow.desk.state.shown != first
    bench.tap(f"type:{STANDARD}")
    assert bench.text("tillAmount") == "€25.00", "what the next one costs"
    assert bench.flow.desk.state.counts == {STANDARD: 1}


def test_what_stands_beside_each_other_is_parted_by_points(
    open_bench: Callable[[], Bench],
) -> None:
    """A comma would run on where a name has one: who is at work, and what a line comes to."""
    bench = open_bench()
    bench.sign_in()
    assert bench.text("tillStatus").startswith(
        TEXTS.beside(bench.flow.desk.state.facts.event, "Mara")
    )
    bench.tap(f"type:{STANDARD}")
    button = bench.window.page.rows.button(f"less:{STANDARD}")
    assert button.text() == TEXTS.beside("− 1 × Standard", "€25.00")


def test_a_sale_needs_no_mouse(open_bench: Callable[[], Bench], house: TillHouse) -> None:
    """F-keys are tiles, C is cash, digits are the amount, Enter takes it, Esc leads back."""
    bench = open_bench()
    bench.sign_in()
    key = Qt.Key
    bench.press(key.Key_F1, key.Key_C, key.Key_Escape, key.Key_C)
    bench.press(key.Key_5, key.Key_0, key.Key_0, key.Key_0, key.Key_Return)
    bench.wait(TillStep.DONE)
    assert bench.text("tillAmount") == "€25.00"
    bench.press(key.Key_F2, key.Key_K, key.Key_Y)
    bench.wait(TillStep.DONE)
    bench.flow.stop()
    assert sales(house) == 2


def test_too_little_money_and_a_strange_badge_are_refused_with_what_to_do(
    open_bench: Callable[[], Bench],
) -> None:
    """Nothing is sold for less than it costs, and a badge of nobody opens nothing."""
    bench = open_bench()
    bench.keys.scanned.emit(scan_of("GKC1-SOMEBODY"))
    bench.qtbot.waitUntil(lambda: "badge" in bench.text("tillNote").lower())
    bench.wait(TillStep.WHO)
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    for sign in ("1", "00"):
        bench.tap(f"digit:{sign}")
    bench.press(Qt.Key.Key_Return)
    assert bench.flow.desk.state.step is TillStep.CASH
    said = "That is less than what is due. Enter more, or press “Part payment”."
    assert bench.text("tillNote") == said


def test_the_drawer_is_counted_blind_compared_and_closed(open_bench: Callable[[], Bench]) -> None:
    """What it must hold appears after the count; closing gives the Z report's number."""
    bench = open_bench()
    bench.sign_in()
    for key in (f"type:{STANDARD}", "cash", "amount:2500"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    bench.tap("menu")
    bench.tap("count")
    assert "225" not in bench.text("tillAmount")
    for sign in ("2", "2", "0", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    assert (bench.text("tillLabel"), bench.text("tillAmount")) == (
        "Missing from the drawer",
        "€5.00",
    )
    bench.tap("count")
    for sign in ("2", "3", "0", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    assert bench.text("tillLabel") == "Too much in the drawer"
    bench.tap("close")
    bench.wait(TillStep.CLOSED)
    assert "1" in bench.text("tillNote")


def test_a_sale_is_printed_and_opens_the_drawer(qtbot: QtBot, house: TillHouse) -> None:
    """Two tickets and a receipt come out, each confirmed; the drawer is kicked for cash."""
    with NetworkPrinter() as printer:
        bench = Bench(qtbot, house, printer.address)
        try:
            bench.sign_in()
            for key in (f"type:{REDUCED}", f"type:{REDUCED}", "cash", "amount:2500"):
                bench.tap(key)
            bench.wait(TillStep.DONE)
            qtbot.waitUntil(lambda: printer.cuts == 3)
            qtbot.waitUntil(lambda: "drawer" in kinds(printer))
            assert bench.text("tillNote") == ""
        finally:
            bench.flow.stop()


def test_a_printer_without_paper_stops_no_sale_and_says_what_to_do(
    qtbot: QtBot, house: TillHouse
) -> None:
    """The sale stands, its code is on the screen, and with paper it is printed by itself."""
    with NetworkPrinter() as printer:
        printer.rows_left = 0
        printer.paper.feed(b"\n")
        bench = Bench(qtbot, house, printer.address)
        try:
            bench.sign_in()
            for key in (f"type:{STANDARD}", "cash", "amount:2500"):
                bench.tap(key)
            bench.wait(TillStep.DONE)
            qtbot.waitUntil(lambda: "Load paper" in bench.text("tillNote"))
            bench.tap(f"type:{STANDARD}")
            assert bench.flow.desk.state.step is TillStep.SELL
            printer.load_paper()
            qtbot.waitUntil(lambda: printer.cuts == 2)
            qtbot.waitUntil(lambda: bench.text("tillNote") == "")
        finally:
            bench.flow.stop()


def kinds(printer: NetworkPrinter) -> set[str]:
    """Return what a printer was told to do."""
    return {event.kind for event in printer.paper.events}


def test_a_badge_at_a_till_that_cannot_open_sells_nothing(qtbot: QtBot) -> None:
    """The page goes on saying why, and nothing else: not that it sells on, nor at a scan."""
    make_application()

    async def refuse() -> OpenedTill:
        message = "this folder belongs to a gate, not a till"
        raise BadInput(message)

    keys, window = KeySource(), TillWindow()
    qtbot.addWidget(window)
    flow = TillFlow(window, TillThread(refuse), keys)
    try:
        flow.begin()
        qtbot.waitUntil(lambda: bool(flow.desk.state.facts.problem))
        keys.scanned.emit(scan_of(BADGE))
        qtbot.wait(100)
        screen = flow.desk.screen()
        assert (screen.step, screen.note, screen.status) == (TillStep.STARTING, "", ())
    finally:
        flow.stop()


def test_a_cashier_who_leaves_leaves_the_basket(open_bench: Callable[[], Bench]) -> None:
    """In mid-queue another badge takes over, and what was begun goes on."""
    bench = open_bench()
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    bench.tap("menu")
    bench.tap("leave")
    bench.wait(TillStep.WHO)
    bench.keys.scanned.emit(scan_of(BADGE))
    bench.wait(TillStep.SELL)
    assert bench.flow.desk.state.counts == {STANDARD: 1}


def test_whose_badge_is_withdrawn_works_on_no_further_and_leaves_the_basket(
    house: TillHouse, open_bench: Callable[[], Bench]
) -> None:
    """It was copied, and who has the copy is at work with it: the sale in hand is the last."""
    bench = open_bench()
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    house.paired.link.server.cashiers = (cashier(badge="GKC1-ANOTHER-OF-MARA"),)
    bench.tap("amount:5000")
    bench.wait(TillStep.DONE)
    bench.tap(f"type:{STANDARD}")
    bench.wait(TillStep.WHO)
    assert bench.flow.desk.state.person is None
    bench.scan(BADGE)
    bench.qtbot.waitUntil(lambda: "badge" in bench.text("tillNote").lower())
    bench.scan("GKC1-ANOTHER-OF-MARA")
    bench.wait(TillStep.SELL)
    assert bench.flow.desk.state.counts == {STANDARD: 1}


def test_the_last_cashier_who_is_removed_works_on_no_further_either(
    house: TillHouse, open_bench: Callable[[], Bench]
) -> None:
    """They looked like somebody at work, whose every key was refused."""
    bench = open_bench()
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    house.paired.link.server.cashiers = ()
    bench.wait(TillStep.WHO)
    assert bench.flow.desk.state.person is None
    assert bench.text("tillNote") == TEXTS.say("till.badge_unknown")
    assert bench.flow.desk.state.counts == {STANDARD: 1}


def test_every_control_is_large_enough_and_on_the_screen(
    open_bench: Callable[[], Bench],
) -> None:
    """At the panels that tills have, upright ones too: nothing under 9 mm or outside."""
    bench = open_bench()
    bench.sign_in()
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    for size in ((800, 480), (1024, 600), (1280, 800), (480, 800), (1920, 1080)):
        bench.window.resize(*size)
        QTest.qWait(200)
        least = bench.window.sizes.touch_least
        page = bench.window.page
        for key in page.foot.keys:
            button = page.foot.button(key)
            corner = button.mapTo(page, button.rect().bottomRight())
            assert min(button.width(), button.height()) >= least, (size, key)
            assert page.rect().contains(corner), (size, key)
