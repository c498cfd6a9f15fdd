"""The harder look at a frame runs beside the camera, never before its next frame."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from PySide6.QtGui import QImage

from command_line.clock_and_randomness import SystemClock
from gatekeeper.readers.decoding import LiveDecoder
from gatekeeper.readers.picture_filters import as_grey
from gatekeeper.readers.qr_grid import Grey
from gatekeeper.readers.second_pass import SecondPass
from tests.factories.pictures import pixels_of

CODE = "12345678901234567890"
FRAME = as_grey(np.zeros((720, 1280), np.uint8))


class SlowLook:
    """Looks at a frame for as long as a test holds it."""

    def __init__(self) -> None:
        self.begun, self.may_end, self.told = (threading.Event() for _ in range(3))
        self.frames: list[Grey] = []
        self.texts: list[str] = []

    def look(self, frame: Grey) -> Sequence[str]:
        self.frames.append(frame)
        self.begun.set()
        assert self.may_end.wait(60)
        return [CODE]

    def tell(self, texts: Sequence[str]) -> None:
        self.texts += texts
        self.told.set()


def test_a_busy_worker_lets_frames_pass_and_holds_nobody_up() -> None:
    """While a frame is looked at hard, sixty more are handed over in no time and skipped."""
    slow, clock = SlowLook(), SystemClock()
    worker = SecondPass(slow.look, slow.tell)
    assert worker.offer(FRAME)
    assert slow.begun.wait(60)
    before = clock.monotonic()
    assert not any(worker.offer(FRAME) for _ in range(60))
    assert clock.monotonic() - before < 50_000
    slow.may_end.set()
    assert slow.told.wait(60)
    assert (len(slow.frames), slow.texts) == (1, [CODE])
    worker.close()


def test_the_next_frame_is_taken_when_the_worker_is_free() -> None:
    """The newest frame is the one that is looked at next."""
    slow = SlowLook()
    slow.may_end.set()
    worker = SecondPass(slow.look, slow.tell)
    assert worker.offer(FRAME)
    assert slow.told.wait(60)
    newest = as_grey(np.ones((720, 1280), np.uint8))
    slow.told.clear()
    assert worker.offer(newest)
    assert slow.told.wait(60)
    assert slow.frames[-1] is newest
    worker.close()


def test_nothing_is_taken_after_the_end() -> None:
    """A camera that goes away leaves no thread behind."""
    slow = SlowLook()
    worker = SecondPass(slow.look, slow.tell)
    worker.close()
    assert not worker.offer(FRAME)
    assert not worker._thread.is_alive()


def test_a_code_that_the_first_pass_misses_is_read_by_the_worker(
    make_qr: Callable[[str], QImage],
) -> None:
    """A faint ticket in the shade comes through the second pass."""
    ticket = cv2.cvtColor(pixels_of(make_qr(CODE)), cv2.COLOR_RGB2GRAY)
    faint = cv2.GaussianBlur((ticket.astype(np.float32) * 0.06 + 110).astype(np.uint8), (0, 0), 3)
    frame = np.full((480, 640), 118, np.uint8)
    frame[80 : 80 + faint.shape[0], 160 : 160 + faint.shape[1]] = faint
    grey = as_grey(frame)
    decoder = LiveDecoder(SystemClock())
    assert decoder.first_pass(grey) == []
    found, read = threading.Event(), list[str]()

    def tell(texts: Sequence[str]) -> None:
        read.extend(texts)
        found.set()

    worker = SecondPass(lambda one: [code.text for code in decoder.second_pass(one)], tell)
    for _ in range(200):
        worker.offer(grey)
        if found.wait(0.1):
            break
    worker.close()
    assert read[:1] == [CODE]
