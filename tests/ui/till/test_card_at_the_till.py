"""Cards at the till's window: a real terminal on a real line, and the customer's own display."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.till.state import TillStep
from tests.factories.gate_event import STANDARD
from tests.factories.till_house import REDUCED, TillHouse, make_market
from tests.fakes.zvt_terminal import ZvtTerminal
from tests.ui.card_bench import NAME, CardBench, cashier


@pytest.fixture
def house(tmp_path: Path) -> TillHouse:
    server = make_market(granted=20)
    server.cashiers = (cashier(),)
    return TillHouse(tmp_path, server)


Open = Callable[..., CardBench]


@pytest.fixture
def open_bench(qtbot: QtBot, house: TillHouse) -> Iterator[Open]:
    opened: list[CardBench] = []

    def open_one(terminal: ZvtTerminal | None = None) -> CardBench:
        opened.append(CardBench(qtbot, house, terminal))
        opened[-1].sign_in()
        return opened[-1]

    yield open_one
    for one in opened:
        one.flow.stop()


def test_two_types_by_card_take_three_taps_and_the_guests_card(
    open_bench: Open, terminal: ZvtTerminal
) -> None:
    """Tile, tile, CARD: the terminal leads, and says what to do on both screens."""
    bench = open_bench(terminal)
    terminal.moods.next = ["slow"]
    bench.tap(f"type:{STANDARD}")
    bench.tap(f"type:{REDUCED}")
    seen: list[tuple[str, str, str]] = []
    bench.flow.shown.connect(
        lambda _: seen.append(
            (
                bench.till("tillTitle"),
                bench.customer("customerNote"),
                bench.customer("customerAmount"),
            )
        )
    )
    bench.tap("card")
    bench.wait(TillStep.DONE)
    assert bench.taps == 3
    card = "Please present your card"
    assert (card, card, "€37.50") in seen
    assert any(title == note == "Please enter your PIN" for title, note, _ in seen)
    assert terminal.charged_minor == 3_750


def test_a_card_payment_is_cancelled_from_the_till(
    open_bench: Open, terminal: ZvtTerminal
) -> None:
    """Nothing was charged, and the basket is still there for choose another."""
    bench = open_bench(terminal)
    terminal.moods.next = ["slow"]
    bench.tap(f"type:{STANDARD}")
    bench.tap("card")
    bench.qtbot.waitUntil(lambda: terminal.count("0601") == 1)
    bench.qtbot.waitUntil(lambda: "is working" in bench.till("tillTitle"))
    bench.tap("cancel_card")
    bench.wait(TillStep.SELL)
    assert "choose another" in bench.till("tillNote")
    assert terminal.charged_minor == 0
    bench.tap("cash")
    bench.tap("amount:2500")
    bench.wait(TillStep.DONE)


def test_a_terminal_that_is_gone_says_so_and_nothing_was_charged(
    open_bench: Open, terminal: ZvtTerminal
) -> None:
    """The next step is choose another, or its cable."""
    bench = open_bench(terminal)
    terminal.stop()
    bench.tap(f"type:{STANDARD}")
    bench.tap("card")
    bench.wait(TillStep.SELL)
    assert bench.till("tillNote") == "The terminal cannot be reached. Nothing was charged."
    assert bench.flow.desk.state.counts == {STANDARD: 1}


def test_the_display_shows_what_is_bought_due_and_given_back(open_bench: Open) -> None:
    """From the event's name to the change; the code is read off it as a phone would."""
    bench = open_bench()
    assert bench.display.property("kind") == "idle"
    assert bench.customer("customerTitle") == "Welcome"
    bench.tap(f"type:{REDUCED}")
    bench.tap(f"type:{REDUCED}")
    assert "2 × Reduced" in bench.shown_to_customer()
    bench.tap("cash")
    assert (bench.customer("customerLabel"), bench.customer("customerAmount")) == (
        "To pay",
        "€25.00",
    )
    bench.tap("amount:5000")
    bench.wait(TillStep.DONE)
    assert bench.customer("customerAmount") == "€25.00"
    sale = bench.flow.desk.state.sale
    assert sale is not None
    shown = set()
    for _ in sale.tickets:
        picture = bench.display.grab().toImage()
        picture = picture.convertToFormat(QImage.Format.Format_Grayscale8)
        rows = np.frombuffer(picture.constBits(), np.uint8)
        pixels = rows.reshape(picture.height(), picture.bytesPerLine())[:, : picture.width()]
        (code,) = zxingcpp.read_barcodes(np.ascontiguousarray(pixels))
        shown.add(code.text)
        bench.tap("turn")
    assert shown == {ticket.digits for ticket in sale.tickets}
    bench.tap(f"type:{STANDARD}")
    assert bench.display.property("kind") == "basket"


def test_the_display_never_shows_who_works_here_nor_the_drawer(open_bench: Open) -> None:
    """Through sign-in, menu, count, comparison and close."""
    bench = open_bench()
    said = [bench.shown_to_customer()]
    bench.tap("menu")
    said.append(bench.shown_to_customer())
    bench.tap("count")
    for sign in ("1", "9", "9", "00"):
        bench.tap(f"digit:{sign}")
        said.append(bench.shown_to_customer())
    bench.tap("enter")
    bench.wait(TillStep.COMPARED)
    said.append(bench.shown_to_customer())
    everything = "\n".join(said)
    assert NAME.split(maxsplit=1)[0] not in everything
    assert "€" not in everything
    assert "Drawer" not in everything


def test_a_code_leaves_the_display_after_a_while(open_bench: Open) -> None:
    """The next in the queue finds no ticket of another; the till still has it."""
    bench = open_bench()
    for key in (f"type:{STANDARD}", "cash", "amount:2500"):
        bench.tap(key)
    bench.wait(TillStep.DONE)
    assert bench.customer("customerCode")
    bench.display.take_code_away()
    assert bench.customer("customerCode") == ""
    bench.qtbot.wait(1_100)  # the till reads its facts anew meanwhile
    assert bench.customer("customerCode") == ""


def test_the_rest_that_a_card_pays_is_what_both_screens_say(
    open_bench: Open, terminal: ZvtTerminal
) -> None:
    """Ten in cash are paid already: the card is asked for fifteen."""
    bench = open_bench(terminal)
    terminal.moods.next = ["slow"]
    bench.tap(f"type:{STANDARD}")
    bench.tap("cash")
    for sign in ("1", "0", "00"):
        bench.tap(f"digit:{sign}")
    bench.tap("part")
    bench.wait(TillStep.REST)
    bench.tap("card")
    bench.qtbot.waitUntil(lambda: "is working" in bench.till("tillTitle"))
    assert bench.till("tillAmount") == bench.customer("customerAmount") == "€15.00"
    bench.wait(TillStep.DONE)
    assert terminal.charged_minor == 1_500
