"""A camera as a reader; the camera is a film of a ticket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from command_line.clock_and_randomness import SystemClock
from gatekeeper.presenters.colors import ScreenState
from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.readers.camera_from_text import find_cameras
from gatekeeper.readers.debounce import Debounce
from gatekeeper.readers.decoder_libraries import ReadSymbol
from gatekeeper.readers.decoding import LiveDecoder
from gatekeeper.readers.qr_grid import Grey
from gatekeeper.ui.camera_source import CameraSource
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.wording.texts import TEXTS
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from tests.factories.keys import Typist
from tests.factories.pictures import pixels_of
from tests.factories.waiting import until
from tests.fakes.clock import ManualClock
from tests.fakes.gate_answers import make_answer
from tests.fakes.gate_session import FakeGateSession
from tests.ui.shown import until_shown

CODE = "12345678901234567890"


@pytest.fixture
def film(tmp_path: Path, make_qr: Callable[[str], QImage]) -> Path:
    """Make a film: a second of nothing, then a ticket."""
    path = tmp_path / "ticket.avi"
    ticket = pixels_of(make_qr(CODE))
    frame = np.full((480, 640, 3), 128, np.uint8)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (640, 480))
    for _ in range(10):
        writer.write(frame)
    height, width = ticket.shape[:2]
    frame[100 : 100 + height, 200 : 200 + width] = ticket
    for _ in range(20):
        writer.write(frame)
    writer.release()
    return path


def test_a_ticket_in_view_is_one_scan_and_the_picture_is_shown(film: Path, qtbot: QtBot) -> None:
    """Twenty frames of one ticket are one scan."""
    camera = CameraSource(str(film), SystemClock(), Debounce())
    scans: list[str] = []
    pictures: list[QImage] = []
    camera.scanned.connect(scans.append)
    camera.pictured.connect(pictures.append)
    camera.start()
    qtbot.waitUntil(lambda: bool(pictures) and camera.state is CameraState.GONE)
    camera.close()
    qtbot.waitUntil(lambda: scans == [CODE])
    assert pictures[0].width() == 640


def test_a_steward_is_told_of_a_camera_that_is_gone_and_scans_on(
    start_kiosk: Callable[..., Kiosk],
    session: FakeGateSession,
    film: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    """The bar and the device page say what to do; a scanner goes on; plugged in, all is well."""
    address = tmp_path / "camera.avi"
    kiosk = start_kiosk(camera=str(address))
    bar = kiosk.window.gate_page.bottom
    told = "Camera: " + TEXTS.say("device.camera_gone")
    qtbot.waitUntil(lambda: told in {fact.text for fact in bar.facts})
    qtbot.waitUntil(lambda: kiosk.staff.window_facts().camera is CameraState.GONE)
    session.answers[CODE] = make_answer("ok")
    Typist(kiosk.window).scan(CODE)
    until_shown(qtbot, kiosk, ScreenState.ADMIT)
    film.rename(address)
    qtbot.waitUntil(lambda: told not in {fact.text for fact in bar.facts})


def test_which_cameras_are_meant() -> None:
    """None, a number, or a stream's address."""
    assert find_cameras("none") == []
    assert find_cameras("1") == [1]
    assert find_cameras("rtsp://10.0.0.7/door") == ["rtsp://10.0.0.7/door"]


class SlowCamera:
    """Gives pictures of a ticket, each so long after the one before; then nothing more.

    Attributes:
        count_looks: How many pictures have been looked at.
    """

    def __init__(self, clock: ManualClock, picture: NDArray[np.uint8], pauses: list[int]) -> None:
        self._clock, self._picture, self._pauses = clock, picture, pauses
        self._given = 0
        self.count_looks: Callable[[], int] = lambda: 0

    def isOpened(self) -> bool:  # noqa: N802 - OpenCV's name
        """Say that it is there."""
        return bool(self._pauses)

    def read(self) -> tuple[bool, NDArray[np.uint8]]:
        """Give the next picture, once the one before was looked at."""
        until(lambda: self.count_looks() == self._given)
        if not self._pauses:
            return False, self._picture
        self._clock.advance(Duration(self._pauses.pop(0)))
        self._given += 1
        return True, self._picture

    def release(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    ("pauses", "count"),
    [
        ([30 * MILLISECOND] * 5 + [3 * SECOND] + [30 * MILLISECOND] * 5, 1),
        ([SECOND] * 8, 1),
        ([30 * MILLISECOND] * 5 + [30 * SECOND] + [30 * MILLISECOND] * 5, 2),
    ],
    ids=["held up", "a picture a second", "gone for long"],
)
def test_a_ticket_is_the_same_over_the_time_in_which_a_camera_saw_nothing(
    make_qr: Callable[[str], QImage],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
    pauses: list[int],
    count: int,
) -> None:
    """A machine that stood still for a moment called whom it had just let in a second holder."""
    clock, frame = ManualClock(), np.full((480, 640, 3), 128, np.uint8)
    ticket = pixels_of(make_qr(CODE))
    frame[100 : 100 + ticket.shape[0], 200 : 200 + ticket.shape[1]] = ticket
    slow = SlowCamera(clock, frame, list(pauses))
    monkeypatch.setattr("gatekeeper.ui.camera_source._open", lambda _: slow)
    camera = CameraSource("0", clock, Debounce())
    slow.count_looks = lambda: camera.frame_count
    scans: list[str] = []
    camera.scanned.connect(scans.append)
    camera.start()
    qtbot.waitUntil(lambda: camera.frame_count == len(pauses))
    camera.close()
    qtbot.waitUntil(lambda: bool(scans))
    assert scans == [CODE] * count


def test_a_machine_that_stands_still_amid_a_look_makes_no_second_scan(
    make_qr: Callable[[str], QImage], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    """A busy one looks most of the time: what a look reads was there when its picture came."""
    clock, frame = ManualClock(), np.full((480, 640, 3), 128, np.uint8)
    ticket = pixels_of(make_qr(CODE))
    frame[100 : 100 + ticket.shape[0], 200 : 200 + ticket.shape[1]] = ticket
    slow = SlowCamera(clock, frame, [30 * MILLISECOND] * 6)
    monkeypatch.setattr("gatekeeper.ui.camera_source._open", lambda _: slow)
    look = LiveDecoder.first_pass

    def look_held_up(decoder: LiveDecoder, picture: Grey) -> list[ReadSymbol]:
        clock.advance(Duration(2 * SECOND * (camera.frame_count == 3)))
        return look(decoder, picture)

    monkeypatch.setattr(LiveDecoder, "first_pass", look_held_up)
    camera = CameraSource("0", clock, Debounce())
    slow.count_looks = lambda: camera.frame_count
    scans: list[str] = []
    camera.scanned.connect(scans.append)
    camera.start()
    qtbot.waitUntil(lambda: camera.frame_count == 6)
    camera.close()
    qtbot.waitUntil(lambda: bool(scans))
    assert scans == [CODE]


class StumblingDebounce(Debounce):
    """Breaks once, as nobody foresaw."""

    is_broken = True

    def is_new(self, text: str, at: Duration, *, is_in_view: bool = False) -> bool:
        """Break, or go on."""
        was_broken, self.is_broken = self.is_broken, False
        if was_broken:
            raise RuntimeError("a fault of the program")
        return super().is_new(text, at, is_in_view=is_in_view)


def test_a_fault_of_the_program_ends_no_camera(
    film: Path, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    """It is opened again; its thread's death would look like a camera that sees no ticket."""
    camera = CameraSource(str(film), SystemClock(), StumblingDebounce())
    scans: list[str] = []
    camera.scanned.connect(scans.append)
    camera.start()
    qtbot.waitUntil(lambda: scans == [CODE])
    camera.close()
    assert "RuntimeError" in caplog.text
