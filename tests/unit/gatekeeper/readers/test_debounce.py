"""One ticket held in front of a reader is one scan."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers.debounce import CAMERA_ABSENCE, IMAGER_HOLD, Debounce
from shared.kernel.instant import SECOND, Duration

_FRAME = 33_333


def test_imager_repeat_within_a_second_is_the_same_scan() -> None:
    """The hold runs from the scan that counted; after it the same text is a new scan."""
    debounce = Debounce()
    assert debounce.is_new("A", Duration(0))
    assert not debounce.is_new("A", IMAGER_HOLD // 2)
    assert not debounce.is_new("A", Duration(IMAGER_HOLD - 1))
    assert debounce.is_new("A", IMAGER_HOLD)


def test_code_in_view_of_a_camera_is_one_scan_however_long() -> None:
    """A minute in front of the camera, a blurred frame now and then, is one scan."""
    debounce = Debounce()
    at = 0
    assert debounce.is_new("A", Duration(at), is_in_view=True)
    for frame in range(1800):
        at += _FRAME * (20 if frame % 100 == 0 else 1)
        assert not debounce.is_new("A", Duration(at), is_in_view=True)
    assert debounce.is_new("A", Duration(at + CAMERA_ABSENCE), is_in_view=True)


def test_two_codes_in_view_are_both_seen_once() -> None:
    """They take turns in the frames, and neither wakes the other."""
    debounce = Debounce()
    news = [
        debounce.is_new("AB"[frame % 2], Duration(frame * _FRAME), is_in_view=True)
        for frame in range(100)
    ]
    assert news == [True, True] + [False] * 98


def test_code_in_view_of_a_camera_is_no_second_scan_by_an_imager() -> None:
    """Held before both for five seconds it is one scan, and so it is the other way round."""
    debounce = Debounce()
    news = [
        debounce.is_new("A", Duration(at), is_in_view=True) for at in range(0, 5 * SECOND, _FRAME)
    ]
    assert sum(news) == 1
    assert not debounce.is_new("A", 5 * SECOND)
    assert debounce.is_new("B", 5 * SECOND)
    assert not debounce.is_new("B", Duration(5 * SECOND + _FRAME), is_in_view=True)


def test_readers_that_tell_out_of_turn_make_one_scan() -> None:
    """A reading that was made a moment before another's, and told after it, is the same scan."""
    debounce = Debounce()
    assert debounce.is_new("A", 20 * SECOND, is_in_view=True)
    assert not debounce.is_new("A", Duration(20 * SECOND - 10_000))


def test_forgetting_keeps_what_a_camera_has_in_view() -> None:
    """After a refusal the copy that is still held there asks no second time; a new one does."""
    debounce = Debounce()
    assert debounce.is_new("seen", Duration(0), is_in_view=True)
    assert debounce.is_new("read", Duration(0))
    assert debounce.is_new("other", Duration(0))
    debounce.forget("read")
    assert [debounce.is_new(text, Duration(1)) for text in ("read", "other")] == [True, False]
    debounce.forget()
    assert [debounce.is_new(text, Duration(2)) for text in ("seen", "read")] == [False, True]


def test_change_of_direction_makes_the_same_ticket_new() -> None:
    """After `forget` nothing is in front."""
    debounce = Debounce()
    assert debounce.is_new("A", Duration(0))
    debounce.forget()
    assert debounce.is_new("A", Duration(1))


def test_clock_that_goes_back_does_not_hold_for_ever() -> None:
    """A restarted clock makes the text new rather than deaf."""
    debounce = Debounce()
    assert debounce.is_new("A", Duration(10**12))
    assert debounce.is_new("A", Duration(0))


@given(st.lists(st.text(max_size=3), max_size=300))
def test_memory_is_bounded(texts: list[str]) -> None:
    """Hundreds of texts in one instant are each seen, and not all kept."""
    debounce = Debounce()
    for text in texts:
        debounce.is_new(text, Duration(5), is_in_view=True)
    assert len(debounce._seen) <= 64
