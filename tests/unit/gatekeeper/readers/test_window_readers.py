"""The desk hears of a scanner that types what is not read, and of a camera without a picture."""

from __future__ import annotations

from functools import partial

from gatekeeper.readers.black_still_or_silent_camera import CameraState
from gatekeeper.readers.unread_keys import UNREAD_TOLD_FOR
from gatekeeper.readers.window_readers import UNREAD, WindowReaders
from shared.kernel.instant import SECOND
from tests.fakes.clock import ManualClock


def test_what_was_not_read_is_told_until_a_code_is_read() -> None:
    """Or until so long nothing more came that somebody may have put the scanner away."""
    clock = ManualClock()
    watch = WindowReaders(clock)
    assert watch.tell() == ()
    watch.note_unread()
    assert watch.tell() == (UNREAD,)
    watch.note_read()
    assert watch.tell() == ()
    watch.note_unread()
    clock.advance(UNREAD_TOLD_FOR)
    assert watch.tell() == (UNREAD,)
    clock.advance(SECOND)
    assert watch.tell() == ()


def test_a_camera_without_a_picture_is_told_and_one_in_the_dark_is_not() -> None:
    """Nor is a machine's that has none."""
    watch = WindowReaders(ManualClock())
    told = {}
    for state in CameraState:
        watch.watch_camera(partial(CameraState, state.value))
        told[state] = [one.state for one in watch.tell()]
    assert {state for state, said in told.items() if said} == {
        CameraState.GONE,
        CameraState.FROZEN,
    }
    assert told[CameraState.GONE] == ["gone"]
