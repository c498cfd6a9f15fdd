"""What goes wrong at a till ends in a clear next step; no money, no ticket is lost or doubled."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.presenters.till.customer_display_content import show_customer
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.printing.printer_profiles import EscposProfile
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.wording.texts import TEXTS
from shared.kernel.instant import HOUR
from tests.factories.gate_event import STANDARD
from tests.factories.till_bench import Bench
from tests.factories.till_house import TillHouse, make_market, sales_of
from tests.factories.waiting import PATIENCE_S
from tests.fakes.receipt_printer import NetworkPrinter
from tests.fakes.zvt_terminal import ZvtTerminal
from tests.ui.card_bench import CardBench, cashier


@pytest.fixture
def house(tmp_path: Path) -> TillHouse:
    server = make_market(granted=20)
    server.cashiers = (cashier(),)
    return TillHouse(tmp_path, server)


def tenders(house: TillHouse) -> list[str]:
    """Return how each sale of the till's journal was paid, once its window is closed."""

    async def read() -> list[str]:
        session = await house.open()
        try:
            return [one.tender for one in sales_of(session)]
        finally:
            await session.close()

    return asyncio.run(read())


def open_sale(bench: CardBench) -> str:
    """Return the id of the one sale that is not finished."""
    (sale,) = bench.flow.desk.state.facts.open_sales
    return sale.sale_id


@pytest.mark.parametrize("is_booked", [True, False])
def test_a_terminal_that_is_silent_after_pay_is_asked_again(
    qtbot: QtBot, house: TillHouse, terminal: ZvtTerminal, *, is_booked: bool
) -> None:
    """The screen says so; one tap asks, and the sale is made once, or may be paid another way."""
    bench = CardBench(qtbot, house, terminal)
    try:
        bench.sign_in()
        terminal.moods.next = ["silent_booked" if is_booked else "silent"]
        bench.tap(f"type:{STANDARD}")
        bench.tap("card")
        bench.wait(TillStep.OPEN)
        sale_id = open_sale(bench)
        assert "Do not charge again" in bench.till("tillNote")
        bench.tap(f"ask:{sale_id}")
        bench.wait(TillStep.DONE if is_booked else TillStep.SELL)
        if not is_booked:
            bench.tap("cash")
            bench.tap("amount:2500")
            bench.wait(TillStep.DONE)
    finally:
        bench.flow.stop()
    assert terminal.charged_minor == (2_500 if is_booked else 0)
    assert terminal.count("0601") == 1
    assert tenders(house) == ["card" if is_booked else "cash"]


def test_a_persons_word_ends_a_payment_that_the_terminal_cannot_explain(
    qtbot: QtBot, house: TillHouse, terminal: ZvtTerminal
) -> None:
    """Cash is taken meanwhile, cards are not; the slip settles it, and cards are taken again."""
    bench = CardBench(qtbot, house, terminal)
    try:
        bench.sign_in()
        terminal.moods.next = ["cut"]
        bench.tap(f"type:{STANDARD}")
        bench.tap("card")
        bench.wait(TillStep.OPEN)
        terminal.book_by_hand(9_900)
        sale_id = open_sale(bench)
        bench.tap(f"ask:{sale_id}")
        said = TEXTS.say("till.doubt.other")
        bench.qtbot.waitUntil(lambda: bench.till("tillNote") == said)
        bench.tap(f"unpaid:{sale_id}")
        bench.wait(TillStep.SELL)
        bench.tap("card")
        bench.wait(TillStep.DONE)
    finally:
        bench.flow.stop()
    assert tenders(house) == ["card"]
    assert terminal.charged_minor == 9_900 + 2_500


def test_a_cashier_is_told_of_both_bookings_of_one_payment(
    qtbot: QtBot, house: TillHouse, terminal: ZvtTerminal
) -> None:
    """The guest was charged twice under a screen that said *paid*; one is cancelled there."""
    bench = CardBench(qtbot, house, terminal)
    try:
        bench.sign_in()
        terminal.moods.next = ["book_twice"]
        bench.tap(f"type:{STANDARD}")
        bench.tap("card")
        bench.wait(TillStep.OPEN)
        sale_id = open_sale(bench)
        both = "1-1-28004869 + 2-2-28004869"
        assert bench.till("tillNote") == TEXTS.say("till.doubt.twice", receipts=both)
        title = "Card: €25.00 was booked more than once: " + both
        assert bench.till("tillTitle") == title
        terminal.give_back_by_hand(2_500)
        bench.tap(f"paid:{sale_id}")
        bench.wait(TillStep.DONE)
    finally:
        bench.flow.stop()
    assert tenders(house) == ["card"]
    assert terminal.charged_minor == 2_500


def test_a_printer_that_is_gone_opens_no_drawer_and_costs_no_sale(
    qtbot: QtBot, house: TillHouse
) -> None:
    """The sale stands; the screen shows the ticket, and says what the printer needs."""
    printer = NetworkPrinter()
    setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
    printer._listener.close()
    bench = CardBench(qtbot, house, printer=setup)
    try:
        bench.sign_in()
        bench.tap(f"type:{STANDARD}")
        bench.tap("cash")
        bench.tap("amount:5000")
        bench.wait(TillStep.DONE)
        bench.qtbot.waitUntil(lambda: "cannot be reached" in bench.till("tillNote"))
        assert bench.till("tillAmount") == "€25.00", "the change stays in sight"
    finally:
        bench.flow.stop()
    assert tenders(house) == ["cash"]


def test_without_paper_guests_photograph_their_tickets_until_it_is_loaded(
    qtbot: QtBot, house: TillHouse
) -> None:
    """Nobody is told to take tickets that are not there; nor to photograph those that are."""
    with NetworkPrinter() as printer:
        printer.rows_left = -1
        setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
        bench = CardBench(qtbot, house, printer=setup)

        def says(key: str) -> bool:
            shown = show_customer(bench.flow.desk.state)
            is_shown = bool(shown.code)
            return shown.note == TEXTS.say(key) and is_shown is (key == "customer.photograph")

        try:
            bench.sign_in()
            for note in ("customer.photograph", "customer.thanks"):
                bench.tap(f"type:{STANDARD}")
                bench.tap("cash")
                bench.tap("amount:2500")
                bench.wait(TillStep.DONE)
                bench.qtbot.waitUntil(partial(says, note))
                printer.load_paper()
                bench.qtbot.waitUntil(partial(says, "customer.thanks"))
        finally:
            bench.flow.stop()


def test_of_two_papers_each_is_named_before_somebody_says_that_it_is_there(
    qtbot: QtBot, house: TillHouse
) -> None:
    """Ticket and receipt lay torn in the tray, and nobody knew of which the till asked."""
    with NetworkPrinter() as printer:
        printer.rows_left = 100
        setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
        bench = CardBench(qtbot, house, printer=setup)

        def asks_of(name: str) -> bool:
            return bench.flow.desk.state.facts.asked_paper == name

        try:
            bench.sign_in()
            bench.tap(f"type:{STANDARD}")
            bench.tap("cash")
            bench.tap("amount:2500")
            bench.wait(TillStep.DONE)
            sale = bench.flow.desk.state.sale
            assert sale is not None
            ticket = TEXTS.beside("Standard", f"…{sale.tickets[0].manual_code[-6:]}")
            bench.qtbot.waitUntil(partial(asks_of, ticket))
            bench.tap("paper")
            bench.wait(TillStep.MENU)
            (printed,) = [one for one in bench.flow.desk.screen().ways if one.key == "printed"]
            assert printed.hint == ticket
            printer.load_paper()
            printer.rows_left = printer.paper.picture.shape[0] + 100
            bench.tap("printed")
            bench.qtbot.waitUntil(partial(asks_of, TEXTS.say("till.receipt", number=1)))
        finally:
            bench.flow.stop()


@pytest.mark.parametrize("deed", ["reprint", "refund"])
def test_a_printer_that_is_gone_is_told_where_its_paper_or_drawer_is_waited_for(
    qtbot: QtBot, house: TillHouse, deed: str
) -> None:
    """No ticket lies in the tray to be handed over; cash is to be paid out of a shut drawer."""
    house.paired.link.server.cashiers = (cashier(refund_minor=100_000),)
    printer = NetworkPrinter()
    setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
    printer._listener.close()
    bench = CardBench(qtbot, house, printer=setup)
    try:
        bench.sign_in()
        bench.tap(f"type:{STANDARD}")
        bench.tap("cash")
        bench.tap("amount:2500")
        bench.wait(TillStep.DONE)
        sale = bench.flow.desk.state.sale
        assert sale is not None
        if deed == "reprint":
            bench.tap("reprint_list")
            bench.wait(TillStep.TICKETS)
            keys = [f"again:{sale.tickets[0].ticket_id}", "why:damaged"]
        else:
            bench.tap("last")
            bench.wait(TillStep.SALE)
            keys = ["back_why:mistake", "pay_back"]
        for key in keys:
            bench.tap(key)
        bench.wait(TillStep.HANDED if deed == "reprint" else TillStep.PAID_BACK)
        bench.qtbot.waitUntil(lambda: "cannot be reached" in bench.till("tillNote"))
    finally:
        bench.flow.stop()


def test_a_z_report_that_is_not_printed_is_told_before_the_cashier_leaves(
    qtbot: QtBot, house: TillHouse
) -> None:
    """That it is recorded prints nothing; its number stands on the button that approves it."""
    printer = NetworkPrinter()
    setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
    printer._listener.close()
    bench = CardBench(qtbot, house, printer=setup)
    try:
        bench.sign_in()
        for key in ("menu", "count", "digit:2", "digit:00", "digit:00", "enter"):
            bench.tap(key)
        bench.wait(TillStep.COMPARED)
        bench.tap("close")
        bench.wait(TillStep.CLOSED)
        bench.qtbot.waitUntil(lambda: "cannot be reached" in bench.till("tillNote"))
    finally:
        bench.flow.stop()


def test_a_roll_near_its_end_is_told_until_another_one_prints(
    qtbot: QtBot, house: TillHouse
) -> None:
    """A new one is fetched before the queue stands; whatever stands against a sale goes before."""
    with NetworkPrinter() as printer:
        printer.is_low = True
        setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
        bench = CardBench(qtbot, house, printer=setup)

        def sell() -> None:
            bench.tap(f"type:{STANDARD}")
            bench.tap("cash")
            bench.tap("amount:2500")
            bench.wait(TillStep.DONE)

        try:
            bench.sign_in()
            sell()
            bench.qtbot.waitUntil(lambda: "nearly empty" in bench.till("tillNote"))
            assert not bench.flow.desk.screen().is_bad, "nothing went wrong"
            printer.is_low = False
            sell()
            bench.qtbot.waitUntil(lambda: "nearly empty" not in bench.till("tillNote"))
        finally:
            bench.flow.stop()


def test_a_drawer_that_does_not_open_is_opened_by_its_key(qtbot: QtBot, house: TillHouse) -> None:
    """Nothing waits to be printed, and yet the cashier is told."""
    printer = NetworkPrinter()
    setup = PrinterSetup(printer.address, EscposProfile(drawer_pin=2))
    printer._listener.close()
    bench = CardBench(qtbot, house, printer=setup)
    try:
        bench.sign_in()
        bench.tap("menu")
        bench.tap("no_sale")
        bench.wait(TillStep.SELL)
        bench.qtbot.waitUntil(lambda: "with its key" in bench.till("tillNote"))
    finally:
        bench.flow.stop()


def test_a_wrong_clock_is_told_and_stops_no_sale(qtbot: QtBot, house: TillHouse) -> None:
    """It stands hours behind what the server has signed: set it right, or connect."""
    first = CardBench(qtbot, house)
    first.sign_in()
    first.flow.stop()
    house.paired.clock.step_wall(-30 * HOUR)
    house.paired.link.server.is_cut = True
    bench = CardBench(qtbot, house)
    try:
        bench.qtbot.waitUntil(lambda: "clock is wrong" in bench.till("tillNote"))
        bench.show_badge()
        bench.wait(TillStep.SELL)
        bench.tap(f"type:{STANDARD}")
        bench.tap("cash")
        bench.tap("amount:2500")
        bench.wait(TillStep.DONE)
    finally:
        bench.flow.stop()
    assert tenders(house) == ["cash"]


def test_till_that_was_revoked_says_so_to_whoever_stands_before_it(
    qtbot: QtBot, tmp_path: Path
) -> None:
    """It knows no cashier any more: asked for a badge, nobody would learn why none is taken."""
    server = make_market(granted=20)
    server.cashiers = (cashier(),)
    house = TillHouse(tmp_path, server)
    opened, sessions = house.open, list[AttendedGate]()

    async def open_noted() -> AttendedGate:
        sessions.append(await opened())
        return sessions[-1]

    house.open = open_noted  # type: ignore[assignment,method-assign]  # the same, and noted
    bench = Bench(qtbot, house)
    try:
        bench.sign_in()
        server.revoked.add("dv_till")
        loop = bench.flow._thread._loop
        asyncio.run_coroutine_threadsafe(sessions[-1].sync_once(), loop).result(PATIENCE_S)
        said = TEXTS.say("till.refused.revoked")
        qtbot.waitUntil(lambda: bench.text("tillNote") == said)
    finally:
        bench.flow.stop()
