"""A gate that waits grows dark, and is bright before anybody has to wait."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.debounce import Debounce
from gatekeeper.ui.application import make_application
from gatekeeper.ui.camera_source import CameraSource
from gatekeeper.ui.gate.kiosk import Kiosk, KioskOptions
from gatekeeper.ui.widgets.dimmer import Dimmer
from shared.kernel.instant import Instant
from tests.factories.keys import Typist, click
from tests.factories.pictures import pixels_of
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeBackend, FakeGateSession
from tests.ui.conftest import ShowKiosk
from tests.ui.shown import until_open

CODE = "12345678901234567890"


@pytest.fixture
def drowsy(show_kiosk: ShowKiosk, backend: FakeBackend, qtbot: QtBot) -> Kiosk:
    """Give a gate that dims after a third of a second."""
    kiosk = show_kiosk(backend, KioskOptions(dim_after_ms=300))
    until_open(qtbot, kiosk)
    return kiosk


def shade(kiosk: Kiosk) -> Dimmer:
    found = kiosk.window.findChild(Dimmer, "dimmer")
    assert isinstance(found, Dimmer)
    return found


def test_a_waiting_gate_is_dimmed_to_sixty_per_cent(drowsy: Kiosk, qtbot: QtBot) -> None:
    """What is white is grey; the words stay legible."""
    qtbot.waitUntil(lambda: shade(drowsy).is_dim)
    brightest = int(pixels_of(drowsy.window.grab().toImage()).max())
    assert brightest == pytest.approx(0.6 * 255, abs=3)


def test_a_key_a_touch_and_a_code_wake_it(
    drowsy: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """Whoever comes sees a bright screen at once, and a touch does what it was meant to."""
    typist = Typist(drowsy.window)
    qtbot.waitUntil(lambda: shade(drowsy).is_dim)
    typist.press(Qt.Key.Key_Space, " ")
    assert not shade(drowsy).is_dim
    qtbot.waitUntil(lambda: shade(drowsy).is_dim)
    session.answers[CODE] = make_answer("ok")
    drowsy.take_code(CODE)
    assert not shade(drowsy).is_dim
    drowsy.window.gate_page.show_idle()
    qtbot.waitUntil(lambda: shade(drowsy).is_dim)
    click(drowsy.window.gate_page._manual)
    assert not shade(drowsy).is_dim
    assert drowsy.window.page is drowsy.window.manual_page


def test_only_a_waiting_screen_is_dimmed(
    drowsy: Kiosk, session: FakeGateSession, qtbot: QtBot
) -> None:
    """A verdict, a question and a half-typed code stay bright for as long as they stand."""
    session.answers[CODE] = make_answer("supervisor")
    drowsy.take_code(CODE)
    qtbot.waitUntil(lambda: drowsy.scans.decisions.holds_lane)
    qtbot.wait(700)
    assert not shade(drowsy).is_dim


@pytest.mark.parametrize("word", [{"evacuation": "stop"}, {"paused_at": Instant(1)}])
def test_an_evacuation_and_a_pause_are_told_on_a_bright_screen(
    drowsy: Kiosk, session: FakeGateSession, qtbot: QtBot, word: dict[str, object]
) -> None:
    """Nobody touches a gate that is told of one from afar; whoever passes has to read it."""
    qtbot.waitUntil(lambda: shade(drowsy).is_dim)
    was = session.state
    session.state = msgspec.structs.replace(was, **word)
    qtbot.waitUntil(lambda: not shade(drowsy).is_dim)
    qtbot.wait(500)
    assert not shade(drowsy).is_dim
    session.state = was
    qtbot.waitUntil(lambda: shade(drowsy).is_dim)


def test_motion_before_the_camera_is_told_and_stillness_is_not() -> None:
    """Somebody who steps up wakes the screen before the code is held up."""
    make_application()
    camera = CameraSource("nothing", SystemClock(), Debounce())
    told: list[bool] = []
    camera.moved.connect(lambda: told.append(True))
    empty = np.full((480, 640, 3), 90, np.uint8)
    noise = empty + np.random.default_rng(1).integers(0, 9, empty.shape, np.uint8)
    person = empty.copy()
    person[100:400, 200:420] = 200
    for frame in (empty, noise, empty):
        camera._watch_motion(frame)
    QApplication.processEvents()
    assert told == []
    camera._watch_motion(person)
    QApplication.processEvents()
    assert told == [True]
