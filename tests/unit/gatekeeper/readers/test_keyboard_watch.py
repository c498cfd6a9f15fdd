"""The desk hears of a scanner that types what is not read, until something is, or for a while."""

from __future__ import annotations

from gatekeeper.limits_and_times import UNREAD_TOLD_FOR
from gatekeeper.readers.keyboard_watch import UNREAD, KeyboardWatch
from shared.kernel.instant import SECOND
from tests.fakes.clock import ManualClock


def test_what_was_not_read_is_told_until_a_code_is_read() -> None:
    """Or until so long nothing more came that somebody may have put the scanner away."""
    clock = ManualClock()
    watch = KeyboardWatch(clock)
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
