"""Who hears whom, by what arrived."""

from __future__ import annotations

from shared.kernel.instant import SECOND
from simulator.kernel.loop import Process
from simulator.kernel.reachability import Reachability


def _greet(
    reachability: Reachability, pairs: list[tuple[Process, Process]], seconds: range
) -> None:
    for second in seconds:
        for sender, receiver in pairs:
            reachability.note(sender, receiver, second * SECOND)


def test_two_programs_are_in_touch_after_hearing_each_other_for_a_while() -> None:
    """It takes both directions and some time."""
    reachability, one, other = Reachability(), Process("one"), Process("other")
    reachability.expect(gap=2 * SECOND, steady=6 * SECOND)
    _greet(reachability, [(one, other), (other, one)], range(7))
    assert reachability.are_in_touch(one, other, 6 * SECOND)
    assert not reachability.are_in_touch(one, other, 9 * SECOND)


def test_a_silence_ends_it_and_it_begins_anew() -> None:
    """What was before a gap counts no more."""
    reachability, one, other = Reachability(), Process("one"), Process("other")
    reachability.expect(gap=2 * SECOND, steady=6 * SECOND)
    _greet(reachability, [(one, other), (other, one)], range(7))
    _greet(reachability, [(one, other), (other, one)], range(10, 13))
    assert not reachability.are_in_touch(one, other, 12 * SECOND)


def test_hearing_one_way_is_no_touch() -> None:
    """An asymmetric link is none."""
    reachability, one, other = Reachability(), Process("one"), Process("other")
    reachability.expect(gap=2 * SECOND, steady=6 * SECOND)
    _greet(reachability, [(one, other)], range(20))
    assert not reachability.are_in_touch(one, other, 19 * SECOND)


def test_what_was_heard_before_two_had_the_same_to_say_does_not_count() -> None:
    """A gate that has just turned to the other's event is in touch with nobody yet."""
    reachability, one, other = Reachability(), Process("one"), Process("other")
    reachability.expect(gap=2 * SECOND, steady=6 * SECOND)
    _greet(reachability, [(one, other), (other, one)], range(21))
    assert not reachability.are_in_touch(one, other, 20 * SECOND, since=15 * SECOND)
    assert reachability.are_in_touch(one, other, 20 * SECOND, since=14 * SECOND)
