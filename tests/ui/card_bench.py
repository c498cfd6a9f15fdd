"""A till's window with a card terminal on a real line and the customer's display beside it."""

from __future__ import annotations

import contextlib

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.opened_till import OpenedTill, add_printer
from gatekeeper.presenters.colors import THEMES
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.printing.printer_setup import PrinterSetup
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.terminals.terminal_of_till import use_terminal
from gatekeeper.terminals.terminal_setup import keep_setup, make_setup
from gatekeeper.terminals.zvt_dialogue import Pace
from gatekeeper.ui.application import make_application
from gatekeeper.ui.till.customer_display_window import CustomerDisplay
from gatekeeper.ui.till.customer_watch import CustomerWatch, DisplayWish
from gatekeeper.ui.till.till_flow import TillFlow
from gatekeeper.ui.till.till_thread import TillThread
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import KeySource
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.credential.badges_and_pins import hash_badge
from shared.kernel.errors import ServerFault
from shared.kernel.instant import Duration
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import ORGANIZATION
from tests.factories.till_house import TillHouse
from tests.fakes.zvt_terminal import ZvtTerminal

BADGE = "GKC1-MARA-AT-THE-TILL"
NAME = "Mara Lindqvist"
PACE = Pace(connect=1.0, ack=0.4, answer=1.0, result=0.8, longest=5.0, idle=3.0, quiet=0.1)


class CardBench(QObject):
    """A till's window, its terminal and the customer's display."""

    def __init__(
        self,
        qtbot: QtBot,
        house: TillHouse,
        terminal: ZvtTerminal | None = None,
        printer: PrinterSetup | None = None,
    ) -> None:
        super().__init__()
        make_application()
        self.qtbot, self.taps = qtbot, 0
        self.keys = KeySource()
        self.window = TillWindow()
        self.display = CustomerDisplay(THEMES["light"])
        qtbot.addWidget(self.window)
        qtbot.addWidget(self.display)

        async def open_session() -> OpenedTill:
            session = await AttendedGate.open(house.paired.folder, system=house.paired.system())
            with contextlib.suppress(ServerFault):
                await session.sync_once()
            session.keep_drawer()
            if terminal is not None:
                if session.store.cards.read_setup() is None:
                    keep_setup(session.store, make_setup(terminal.address))
                use_terminal(session.till, session.store, PACE)
            opened = add_printer(session, house.paired.system())
            if printer is not None:
                opened.printer.use(printer)
            return opened

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
        self.qtbot.waitUntil(lambda: page.property("step") == step.value)

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

    def show_badge(self) -> None:
        """Scan the badge of who works here."""
        scan = WedgeScan(text=BADGE, other_texts=(), at=Duration(0))
        self.keys.scanned.emit(scan)

    def sign_in(self) -> None:
        """Scan the badge, and open a shift with 200.00."""
        self.show_badge()
        self.wait(TillStep.FLOAT)
        for sign in ("2", "00", "00"):
            self.tap(f"digit:{sign}")
        self.tap("enter")
        self.wait(TillStep.SELL)
        self.taps = 0


def _text(label: object) -> str:
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def cashier(refund_minor: int = 0) -> CashierConfig:
    """Give the one who works there."""
    return CashierConfig(
        id="ca_mara",
        name=NAME,
        badge_hash=hash_badge(BADGE, ORGANIZATION),
        rights=CashierRights(sell=True, open_drawer=True, refund_minor=refund_minor),
    )
