"""A till's window over a real till, and a finger that is counted."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.device.opened_till import OpenedTill, add_printer
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.printing.printer_profiles import EscposProfile, PdfProfile
from gatekeeper.printing.printer_setup import make_setup
from gatekeeper.readers.wedge import WedgeScan
from gatekeeper.ui.application import make_application
from gatekeeper.ui.till.till_flow import TillFlow
from gatekeeper.ui.till.till_thread import TillThread
from gatekeeper.ui.till.till_window import TillWindow
from gatekeeper.ui.wedge_filter import KeySource
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.credential.badges_and_pins import hash_badge
from shared.kernel.instant import SECOND, Duration
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CashierConfig
from tests.factories.gate_event import ORGANIZATION
from tests.factories.till_house import TillHouse

_SCANS = itertools.count()
BADGE = "GKC1-MARA-AT-THE-TILL"
RIGHTS = CashierRights(sell=True, open_drawer=True)


def cashier(
    rights: CashierRights = RIGHTS, name: str = "Mara", badge: str = BADGE
) -> CashierConfig:
    """Return somebody who may work at the till."""
    hashed = hash_badge(badge, ORGANIZATION)
    return CashierConfig(id=f"ca_{name.lower()}", name=name, badge_hash=hashed, rights=rights)


def scan_of(code: str, *other_texts: str) -> WedgeScan:
    """Return what a scanner that types makes of a code, perhaps in several layouts.

    Each is a scan of its own, ten seconds after the one before.
    """
    at = Duration(next(_SCANS) * 10 * SECOND)
    return WedgeScan(text=code, other_texts=other_texts, at=at)


class Bench(QObject):
    """A till's window and a finger that is counted."""

    def __init__(self, qtbot: QtBot, house: TillHouse, printer: str = "") -> None:
        super().__init__()
        make_application()
        self.qtbot, self.house, self.taps = qtbot, house, 0
        self.keys = KeySource()
        self.window = TillWindow()
        qtbot.addWidget(self.window)

        async def open_session() -> OpenedTill:
            session = await house.open()
            await session.sync_once()
            session.keep_drawer()
            opened = add_printer(session, house.paired.system())
            if printer:
                paper = EscposProfile(language="en", drawer_pin=2), PdfProfile(language="en")
                opened.printer.use(make_setup(printer, *paper))
            return opened

        self.flow = TillFlow(self.window, TillThread(open_session), self.keys)
        self.window.resize(1280, 800)
        self.window.show()
        self.flow.begin()
        self.wait(TillStep.WHO)

    def wait(self, step: TillStep) -> None:
        """Wait for a screen."""
        page = self.window.page
        self.qtbot.waitUntil(lambda: page.property("step") == step.value)

    def tap(self, key: str) -> None:
        """Tap a button that can be seen and pressed."""
        self.taps += 1
        name = f"option_{key}"
        found = [one for one in self.window.findChildren(ActionButton, name) if one.isVisible()]
        assert found, f"{key} is not on this screen"
        assert found[0].isEnabled(), f"{key} cannot be pressed"
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def scan(self, code: str) -> None:
        """Let the barcode reader type a code."""
        self.keys.scanned.emit(scan_of(code))

    def step(self) -> TillStep:
        """Return which screen is shown."""
        return TillStep(self.window.page.property("step"))

    def press(self, *keys: Qt.Key) -> None:
        """Press keys as fingers do."""
        for key in keys:
            self.keys.tapped.emit(key, 0)

    def text(self, name: str) -> str:
        """Return what a label says, with usual spaces before its points."""
        label = self.window.findChild(QLabel, name)
        assert isinstance(label, QLabel)
        said = label.text().replace("\N{NO-BREAK SPACE}·", " ·")
        return said if label.isVisible() else ""

    def sign_in(self) -> None:
        """Scan the badge, and open a shift with 200.00."""
        self.keys.scanned.emit(scan_of(BADGE))
        self.wait(TillStep.FLOAT)
        for sign in ("2", "00", "00"):
            self.tap(f"digit:{sign}")
        self.tap("enter")
        self.wait(TillStep.SELL)
        self.taps = 0
