"""The window over a prepared gate, as large as a small laptop, with a clock that really runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

import pytest
import segno
from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtGui import QFontDatabase, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot, _WaitWidgetContextManager
from pytestqt.wait_signal import SignalBlocker

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.profile_folder import ProfileFolder
from gatekeeper.presenters.gate.verdict_content import Tone
from gatekeeper.readers.camera_from_text import NONE
from gatekeeper.ui.application import make_application
from gatekeeper.ui.gate import start_flow
from gatekeeper.ui.gate.decision_flow import DecisionPace
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.ui.sound_player import Sounder
from gatekeeper.ui.widgets.action_button import ActionButton
from shared.kernel.ports import Clock
from shared.sales.cashier_rights import CashierRights
from tests.factories.till_bench import RIGHTS, Bench
from tests.factories.till_evening import OpenBench, make_house
from tests.factories.till_house import TillHouse
from tests.factories.waiting import PATIENCE_S
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.gate_session import FakeBackend, FakeGateSession
from tests.fakes.zvt_terminal import terminal
from tests.ui.shown import until_open

__all__ = ["terminal"]

WINDOW_SIZE = (1366, 768)
ShowKiosk = Callable[..., Kiosk]
_NS_OF_MS = 1_000_000


@pytest.fixture(autouse=True)
def _own_letters() -> None:
    """Draw what a test opens in the system's letters, not in those of a window before it."""
    app, letters = QApplication.instance(), QFontDatabase.SystemFont.GeneralFont
    if isinstance(app, QApplication) and app.font() != QFontDatabase.systemFont(letters):
        app.setFont(QFontDatabase.systemFont(letters))


@pytest.fixture(autouse=True)
def _own_finger() -> None:
    """Let a test's first tap be no echo of what the test before it tapped there."""
    ActionButton._latest.invalidate()
    ActionButton._echoed.invalidate()


@pytest.fixture
def starts_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a gate that could not start try again after a second; the product waits for five."""
    monkeypatch.setattr(start_flow, "LOOP_RESTART_SECONDS", 1.0)


class ListeningSounder:
    """Remembers the sounds instead of playing them."""

    is_audible = True

    def __init__(self) -> None:
        self.played: list[Tone] = []
        self.volume = 1.0

    def play(self, tone: Tone) -> None:
        self.played.append(tone)

    def set_volume(self, volume: float) -> None:
        self.volume = volume
        self.is_audible = volume > 0

    def close(self) -> None:
        pass


class PatientQtBot(QtBot):
    """Waits as long as a busy machine may need; the library's own five seconds are too few."""

    def wait(self, ms: int) -> None:
        """Wait that long at least: the library's timer is a coarse one, up to 5 % early."""
        end = time.monotonic_ns() + ms * _NS_OF_MS
        while (missing := end - time.monotonic_ns()) > 0:
            super().wait(-(-missing // _NS_OF_MS))

    def waitUntil(  # noqa: N802 - the library's name
        self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_S * 1_000
    ) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitActive(  # noqa: N802 - the same
        self, widget: QWidget, *, timeout: int = PATIENCE_S * 1_000
    ) -> _WaitWidgetContextManager:
        return super().waitActive(widget, timeout=timeout)

    def waitExposed(  # noqa: N802 - the same
        self, widget: QWidget, *, timeout: int = PATIENCE_S * 1_000
    ) -> _WaitWidgetContextManager:
        return super().waitExposed(widget, timeout=timeout)

    def waitSignal(  # noqa: N802 - the same
        self,
        signal: SignalInstance,
        *,
        timeout: int = PATIENCE_S * 1_000,
        raising: bool | None = None,
        check_params_cb: Callable[..., bool] | None = None,
    ) -> SignalBlocker:
        return super().waitSignal(
            signal, timeout=timeout, raising=raising, check_params_cb=check_params_cb
        )


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientQtBot(request)


@pytest.fixture
def session() -> FakeGateSession:
    return FakeGateSession()


@pytest.fixture
def backend(session: FakeGateSession) -> FakeBackend:
    return FakeBackend(session)


@pytest.fixture
def sounder() -> ListeningSounder:
    return ListeningSounder()


@pytest.fixture
def pace() -> DecisionPace:
    return DecisionPace()


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def show_kiosk(qtbot: QtBot) -> Iterator[ShowKiosk]:
    """Show and start a kiosk; it is stopped and closed after the test."""
    shown: list[Kiosk] = []
    app = make_application()

    def show(
        backend: ProfileFolder,
        options: KioskOptions,
        *,
        sounder: Sounder | None = None,
        clock: Clock | None = None,
        size: tuple[int, int] = WINDOW_SIZE,
    ) -> Kiosk:
        kiosk = Kiosk(app, backend, sounder or ListeningSounder(), clock or SystemClock(), options)
        shown.append(kiosk)
        kiosk.window.resize(*size)
        with qtbot.waitActive(kiosk.window):
            kiosk.window.show()
            kiosk.window.activateWindow()
        kiosk.start()
        return kiosk

    yield show
    for kiosk in shown:
        kiosk.stop()
        app.removeEventFilter(kiosk.wedge)
        app.clipboard().clear()
        kiosk.window.close()
        kiosk.window.deleteLater()
        kiosk.deleteLater()


@pytest.fixture
def start_kiosk(
    show_kiosk: ShowKiosk,
    backend: FakeBackend,
    sounder: ListeningSounder,
    pace: DecisionPace,
    clock: Clock,
) -> Callable[..., Kiosk]:
    """Start a kiosk over the prepared gate."""

    def start(*, camera: str = NONE) -> Kiosk:
        options = KioskOptions(zone=UTC, pace=pace, camera=camera)
        return show_kiosk(backend, options, sounder=sounder, clock=clock)

    return start


@pytest.fixture
def kiosk(start_kiosk: Callable[[], Kiosk], qtbot: QtBot) -> Kiosk:
    """Give a kiosk whose gate is open."""
    kiosk = start_kiosk()
    until_open(qtbot, kiosk)
    return kiosk


@pytest.fixture
def make_qr() -> Callable[[str], QImage]:
    """Give a function that draws a QR code."""

    def draw(text: str) -> QImage:
        code = segno.make(text, micro=False)
        scale, border = 8, 4
        side = len(code.matrix) * scale + 2 * border * scale
        image = QImage(side, side, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        for row, modules in enumerate(code.matrix):
            for column, module in enumerate(modules):
                if module:
                    x, y = (column + border) * scale, (row + border) * scale
                    painter.fillRect(x, y, scale, scale, Qt.GlobalColor.black)
        painter.end()
        return image

    return draw


@pytest.fixture
def open_bench(qtbot: QtBot, tmp_path: Path) -> Iterator[OpenBench]:
    opened: list[Bench] = []

    def open_one(
        rights: CashierRights = RIGHTS,
        *,
        house: TillHouse | None = None,
        terminal: CardTerminal | None = None,
    ) -> Bench:
        home = house or make_house(tmp_path, rights)
        home.terminal = terminal or home.terminal
        bench = Bench(qtbot, home)
        opened.append(bench)
        if house is None:
            bench.sign_in()
        return bench

    yield open_one
    for one in opened:
        one.flow.stop()
