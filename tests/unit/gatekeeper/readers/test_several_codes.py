"""Crowds of codes in one view are parted from codes that are shown to be scanned."""

from __future__ import annotations

from gatekeeper.readers.debounce import CAMERA_ABSENCE
from gatekeeper.readers.several_codes import SeveralCodesWatch
from shared.kernel.instant import Duration

SHEET = [f"ticket {number}" for number in range(10)]


def test_two_codes_side_by_side_are_both_scans() -> None:
    """A couple holds two phones before one camera; one code read twice is one."""
    watch = SeveralCodesWatch()
    assert watch.pass_on(["a", "b", "a"], Duration(0)) == ("a", "b")
    assert watch.size == 0


def test_a_sheet_of_tickets_is_no_scan() -> None:
    """Nobody could see which of ten verdicts was a refusal."""
    watch = SeveralCodesWatch()
    assert watch.pass_on(SHEET, Duration(0)) == ()
    assert watch.size == 10


def test_a_frame_that_catches_one_of_the_crowd_admits_nobody() -> None:
    """What is read alone counts only after the crowd has been out of view for a while."""
    watch = SeveralCodesWatch()
    watch.pass_on(SHEET, Duration(0))
    assert watch.pass_on(SHEET[:1], Duration(CAMERA_ABSENCE - 1)) == ()
    assert watch.pass_on(SHEET[:1], CAMERA_ABSENCE) == ("ticket 0",)
    assert watch.size == 0


def test_a_crowd_is_as_large_as_the_most_that_was_seen_of_it() -> None:
    """Frames read more or less of it; a later crowd is counted anew."""
    watch = SeveralCodesWatch()
    for count, at in ((5, 0), (10, 100), (4, 200)):
        watch.pass_on(SHEET[:count], Duration(at))
    assert watch.size == 10
    watch.pass_on(SHEET[:3], Duration(200 + CAMERA_ABSENCE))
    assert watch.size == 3
