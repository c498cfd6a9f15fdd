"""A camera as a reader; the camera is a film of a ticket."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gatekeeper.readers.debounce import Debounce
from gatekeeper.system import SystemClock
from gatekeeper.ui.camera_source import CameraSource, choose_camera
from tests.factories.pictures import pixels_of

pytestmark = pytest.mark.ui

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
    health: list[bool] = []
    camera.scanned.connect(scans.append)
    camera.pictured.connect(pictures.append)
    camera.health_changed.connect(health.append)
    camera.start()
    qtbot.waitUntil(lambda: health == [True, False])
    camera.close()
    qtbot.waitUntil(lambda: scans == [CODE])
    assert pictures[0].width() == 640


def test_a_camera_that_is_not_there_is_no_fault(tmp_path: Path, qtbot: QtBot) -> None:
    """The gate goes on with its other readers."""
    camera = CameraSource(str(tmp_path / "nothing.avi"), SystemClock(), Debounce())
    health: list[bool] = []
    camera.health_changed.connect(health.append)
    camera.start()
    qtbot.waitUntil(lambda: health == [False])
    camera.close()


def test_which_camera_is_meant() -> None:
    """None, a number, or a stream's address."""
    assert choose_camera("none") is None
    assert choose_camera("1") == 1
    assert choose_camera("rtsp://10.0.0.7/door") == "rtsp://10.0.0.7/door"
