"""A camera that is gone, covered or hung is known by its frames."""

from __future__ import annotations

import numpy as np
import pytest

from gatekeeper.readers.black_still_or_silent_camera import (
    CAMERA_BLACK,
    CAMERA_SILENT,
    CAMERA_STILL,
    CameraState,
    CameraWatch,
)
from gatekeeper.readers.qr_grid import Grey
from shared.kernel.instant import SECOND, Duration
from tests.fakes.clock import ManualClock

CHANCE = np.random.default_rng(7)


def noisy(level: int) -> Grey:
    """What a live camera makes of an even ground: never the same twice."""
    return CHANCE.integers(level, level + 4, (120, 160), np.uint8)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def watch(clock: ManualClock) -> CameraWatch:
    """Watch a camera that shows a lit place."""
    watch = CameraWatch(clock)
    assert state_of(watch) is CameraState.NONE
    watch.begin()
    assert state_of(watch) is CameraState.FINE, "one that starts takes a moment"
    watch.see(noisy(90))
    return watch


def state_of(watch: CameraWatch) -> CameraState:
    return watch.state


def show(watch: CameraWatch, clock: ManualClock, level: int | Grey, for_: Duration) -> None:
    """Show frames, ten in a second."""
    for _ in range(for_ * 10 // SECOND):
        clock.advance(Duration(SECOND // 10))
        watch.see(noisy(level) if isinstance(level, int) else level)


def test_a_still_place_is_no_still_picture(watch: CameraWatch, clock: ManualClock) -> None:
    """Where nobody stands a live camera is well, for as long as that lasts."""
    show(watch, clock, 90, Duration(2 * CAMERA_STILL))
    assert state_of(watch) is CameraState.FINE


def test_a_camera_that_gives_nothing_is_gone_until_it_gives_a_picture(
    watch: CameraWatch, clock: ManualClock
) -> None:
    """Told at once where it is lost for certain, and after a moment where it only says nothing."""
    clock.advance(CAMERA_SILENT)
    assert state_of(watch) is CameraState.GONE
    watch.see(noisy(90))
    assert state_of(watch) is CameraState.FINE
    watch.lose()
    assert state_of(watch) is CameraState.GONE
    watch.begin()
    assert state_of(watch) is CameraState.GONE, "looking for it is not finding it"
    watch.see(noisy(90))
    assert state_of(watch) is CameraState.FINE


def test_a_camera_that_stops_is_called_gone_and_nothing_else(
    watch: CameraWatch, clock: ManualClock
) -> None:
    """It was called covered for a moment, and after half a minute without a picture hung."""
    show(watch, clock, 90, Duration(SECOND // 2))
    clock.advance(Duration(CAMERA_SILENT - 1))
    assert state_of(watch) is CameraState.FINE
    watch.see(noisy(90))
    clock.advance(CAMERA_SILENT)
    assert state_of(watch) is CameraState.GONE


def test_a_covered_lens_is_black_however_its_noise_changes(
    watch: CameraWatch, clock: ManualClock
) -> None:
    """A phone held before it in the dark is light enough."""
    show(watch, clock, 4, Duration(CAMERA_BLACK + SECOND))
    assert state_of(watch) is CameraState.BLACK
    phone = noisy(4)
    phone[40:60, 40:60] = 180
    show(watch, clock, phone, Duration(SECOND))
    assert state_of(watch) is CameraState.FINE


def test_a_picture_that_is_the_same_to_the_last_dot_stands_still(
    watch: CameraWatch, clock: ManualClock
) -> None:
    """A hung camera repeats its last frame and reads nothing more."""
    still = noisy(90)
    show(watch, clock, still, Duration(CAMERA_STILL // 2))
    assert state_of(watch) is CameraState.FINE
    show(watch, clock, still, Duration(CAMERA_STILL // 2 + 2 * SECOND))
    assert state_of(watch) is CameraState.FROZEN
    show(watch, clock, 90, Duration(SECOND))
    assert state_of(watch) is CameraState.FINE
