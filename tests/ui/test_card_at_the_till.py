"""Cards at the till's window: a real terminal on a real line, and the customer's own display."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.attended_gate import AttendedGate
from gatekeeper.presenters.colors import THEMES
from gatekeeper.presenters.till_values import TillStep
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.terminals.opening import use_terminal
from gatekeeper.terminals.setup import keep_setup, make_setup
from gatekeeper.terminals.zvt_dialogue import Pace
from gatekeeper.ui.app import make_application
from gatekeeper.ui.appearance import load_font_family
from gatekeeper.ui.till.customer_display import CustomerDisplay
from gatekeeper.ui.till.customer_watch import CustomerWatch, DisplayWish
from gatekeeper.ui.till.till_flow import TillFlow
from gatekeeper.ui.till.till_thread import OpenedTill, TillThread, add_printer
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import KeySource
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.credential.staff_secrets import hash_badge
from shared.kernel.instant import Duration
from shared.sales.cashiers import CashierConfig
from shared.sales.rights import CashierRights
from tests.factories.gate_event import ORGANIZATION, STANDARD
from tests.factories.till_house import REDUCED, TillHouse, make_market
from tests.fakes.zvt_terminal import ZvtTerminal

BADGE = "GKC1-MARA-AT-THE-TILL"
NAME = "Mara Lindqvist"
PACE = Pace(connect=1.0, ack=0.4, answer=1.0, result=0.8, longest=5.0, idle=3.0, quiet=0.1)


class Bench(QObject):
    """A till's window, its terminal and the customer's display."""

    def __init__(self, qtbot: QtBot, house: TillHouse, terminal: ZvtTerminal | None) -> None:
        super().__init__()
        make_application()
        self.qtbot, self.taps = qtbot, 0
        self.keys = KeySource()
        self.window = TillWindow(load_font_family())
        self.display = CustomerDisplay(load_font_family(), THEMES["light"])
        qtbot.addWidget(self.window)
        qtbot.addWidget(self.display)

        async def open_session() -> OpenedTill:
            session = await AttendedGate.open(house.paired.folder, system=house.paired.system())
            await session.sync_once()
            session.keep_drawer()
            if terminal is not None:
                keep_setup(session.store, make_setup(terminal.address))
                use_terminal(session.till, session.store, PACE)
            return add_printer(session, house.paired.system())

        self.flow = TillFlow(self.window, TillThread(open_session), self.keys)
        self.watch = CustomerWatch(self.display, self.window, DisplayWish.ALWAYS)
        self.flow.shown.connect(self.watch.take_state)
        self.window.resize(1280, 800)
        self.window.show()
        self.display.resize(1024, 600)
        self.display.show()
        self.flow.begin()
        self.wait(TillStep.WHO)

    def wait(self, step: TillStep) -> None:
        """Wait for a screen of the till's."""
        page = self.window.page
        self.qtbot.waitUntil(lambda: page.property("step") == step.value, timeout=15_000)

    def tap(self, key: str) -> None:
        """Tap a button that can be seen and pressed."""
        self.taps += 1
        found = [
            one
            for one in self.window.findChildren(ActionButton, f"option_{key}")
            if one.isVisible() and one.isEnabled()
        ]
        assert found, f"{key} is not on this screen"
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def till(self, name: str) -> str:
        """Return what a label of the till's says."""
        return _text(self.window.findChild(QLabel, name))

    def customer(self, name: str) -> str:
        """Return what a label of the display says."""
        return _text(self.display.findChild(QLabel, name))

    def shown_to_customer(self) -> str:
        """Return all that the display says."""
        return "\n".join(
            label.text() for label in self.display.findChildren(QLabel) if label.isVisible()
        )

    def sign_in(self) -> None:
        """Scan the badge, and open a shift with 200.00."""
        scan = WedgeScan(text=BADGE, symbology=None, other_text=None, at=Duration(0), is_cut=False)
        self.keys.scanned.emit(scan)
        self.wait(TillStep.FLOAT)
        for sign in ("2", "00", "00"):
            self.tap(f"digit:{sign}")
        self.tap("enter")
        self.wait(TillStep.SELL)
        self.taps = 0


def _text(label: object) -> str:
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


@pytest.fixture
def terminal() -> Iterator[ZvtTerminal]:
    with ZvtTerminal() as made:
        yield made


@pytest.fixture
def house(tmp_path: Path) -> TillHouse:
    server = make_market(granted=20)
    server.cashiers = (
        CashierConfig(
            id="ca_mara",
            name=NAME,
            badge_hash=hash_badge(BADGE, ORGANIZATION),
            rights=CashierRights(sell=True, open_drawer=True),
        ),
    )
    return TillHouse(tmp_path, server)


Open = Callable[..., Bench]


@pytest.fixture
def open_bench(qtbot: QtBot, house: TillHouse) -> Iterator[Open]:
    opened: list[Bench] = []

    def open_one(terminal: ZvtTerminal | None = None) -> Bench:
        opened.append(Bench(qtbot, house, terminal))
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
    """Nothing was charged, and the basket is still there for another tender."""
    bench = open_bench(terminal)
    terminal.moods.next = ["slow"]
    bench.tap(f"type:{STANDARD}")
    bench.tap("card")
    bench.qtbot.waitUntil(lambda: terminal.count("0601") == 1)
    bench.qtbot.waitUntil(lambda: "at work" in bench.till("tillTitle"))
    bench.tap("cancel_card")
    bench.wait(TillStep.SELL)
    assert "another tender" in bench.till("tillNote")
    assert terminal.charged_minor == 0
    bench.tap("cash")
    bench.tap("amount:2500")
    bench.wait(TillStep.DONE)


def test_a_terminal_that_is_gone_says_so_and_nothing_was_charged(
    open_bench: Open, terminal: ZvtTerminal
) -> None:
    """The next step is another tender, or its cable."""
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
