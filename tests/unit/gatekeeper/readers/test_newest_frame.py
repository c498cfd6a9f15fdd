"""Of frames that come faster than they are looked at, the newest is seen."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from gatekeeper.readers.newest_frame import Frame, NewestFrame
from tests.factories.waiting import PATIENCE_S


class Backlog:
    """A camera with many frames ready, then none until it is told to go on, then one more."""

    def __init__(self, count: int, fault: Exception | None = None) -> None:
        self.count, self.fault = count, fault
        self.is_drained, self.goes_on = threading.Event(), threading.Event()
        self.is_released = threading.Event()

    def read(self) -> tuple[bool, Frame]:
        """Give frames that bear their number."""
        self.count -= 1
        if self.count == 0:
            self.is_drained.set()
            assert self.goes_on.wait(PATIENCE_S)
        elif self.count < 0:
            if self.fault is not None:
                raise self.fault
            return False, np.zeros(1, np.uint8)
        return True, np.full(1, self.count, np.uint8)

    def release(self) -> None:
        """Take note of it."""
        self.is_released.set()


def test_the_newest_of_many_frames_is_taken_and_the_last_is_not_lost() -> None:
    """A hundred that wait are one: who is looked at stands there now."""
    camera = Backlog(100)
    frames = NewestFrame(camera)
    assert camera.is_drained.wait(PATIENCE_S)
    assert frames.take() == 1
    camera.goes_on.set()
    assert frames.take() == 0
    assert frames.take() is None
    assert camera.is_released.wait(PATIENCE_S)
    frames.close()


def test_what_reading_raises_is_raised_where_frames_are_taken() -> None:
    """After the frames that came before it."""
    camera = Backlog(1, fault=RuntimeError("a fault of the driver"))
    frames = NewestFrame(camera)
    camera.goes_on.set()
    assert frames.take() == 0
    with pytest.raises(RuntimeError, match="driver"):
        frames.take()
    assert camera.is_released.wait(PATIENCE_S)


def test_whoever_waits_for_a_frame_is_let_go_at_the_end() -> None:
    """A camera that hangs holds up no program that ends."""
    camera = Backlog(1)
    frames = NewestFrame(camera)
    assert camera.is_drained.wait(PATIENCE_S)
    taken: list[Frame | None] = []
    waiting = threading.Thread(target=lambda: taken.append(frames.take()))
    waiting.start()
    camera.goes_on.set()
    frames.close()
    waiting.join(PATIENCE_S)
    assert len(taken) == 1
    assert camera.is_released.is_set()
