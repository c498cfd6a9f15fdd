"""Server time from exchanges: the bound always holds, and jumps move nothing."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gatekeeper.gate.clock import DRIFT_PARTS, GateClock, OffsetSample
from shared.journal.entry import CLOCK_STEP_MAX
from shared.kernel.instant import DAY, HOUR, MILLISECOND, MINUTE, SECOND, Duration, Instant
from tests.fakes.clock import ManualClock

DELAYS = st.integers(0, 5 * SECOND)


@given(
    truth=st.integers(-10 * HOUR, 10 * HOUR),
    ways=st.lists(st.tuples(DELAYS, st.integers(0, SECOND), DELAYS), min_size=1, max_size=80),
)
def test_the_error_bound_always_holds(truth: int, ways: list[tuple[int, int, int]]) -> None:
    """Whatever the delays there and back, the true offset lies within the stated bound."""
    machine = ManualClock()
    gate = GateClock(machine)
    for there, work, back in ways:
        sent = machine.monotonic()
        machine.advance(Duration(there))
        received = machine.wall() + truth
        machine.advance(Duration(work))
        answered = machine.wall() + truth
        machine.advance(Duration(back))
        gate.add_sample(
            OffsetSample(sent, machine.monotonic(), Instant(received), Instant(answered))
        )
        machine.advance(MINUTE)
    offset, error = gate.offset(), gate.offset_error()
    assert offset is not None
    assert error is not None
    assert abs(offset - truth) <= error
    best = min((there + back) // 2 for there, _, back in ways[-64:])
    assert error <= best + 2 + 85 * (MINUTE + 11 * SECOND) // DRIFT_PARTS


def test_offset_is_unknown_before_the_first_exchange() -> None:
    """Without a sample there is no offset to state, and the machine's own time is used."""
    machine = ManualClock()
    gate = GateClock(machine)
    assert gate.offset() is None
    assert gate.offset_error() is None
    assert gate.now() == machine.wall()


def test_a_kept_offset_is_used_without_a_bound() -> None:
    """After a restart the last good offset goes on, but nothing proves it yet."""
    machine = ManualClock()
    gate = GateClock(machine, HOUR)
    assert gate.now() == machine.wall() + HOUR
    assert gate.offset() == HOUR
    assert gate.offset_error() is None


def test_a_bound_is_kept_for_as_long_as_the_machine_runs() -> None:
    """Started again on the same run of the machine, it has grown by the drift, and no more."""
    machine = ManualClock()
    first = GateClock(machine, boot=7)
    machine.advance(HOUR)
    at = machine.monotonic()
    machine.advance(SECOND)
    first.add_sample(OffsetSample(at, machine.monotonic(), machine.wall(), machine.wall()))
    kept = (first.offset(), first.wall_base, 7)
    machine.advance(HOUR)
    machine.step_wall(-HOUR)
    again = GateClock(machine, *kept, boot=7, error_before=first.error_at_zero)
    assert (again.now(), again.offset_error()) == (first.now(), first.offset_error())
    other = GateClock(machine, *kept, boot=8, error_before=first.error_at_zero)
    assert other.offset_error() is None


def test_a_jump_is_told_until_it_is_settled_and_moves_nothing() -> None:
    """The monotonic clock carries the time; the wall clock may do what it wants."""
    machine = ManualClock()
    gate = GateClock(machine)
    before = gate.now()
    machine.step_wall(-3 * HOUR)
    machine.advance(SECOND)
    assert gate.now() == before + SECOND
    jump = gate.find_jump()
    assert jump == gate.find_jump() == -3 * HOUR
    gate.settle_jump(jump)
    assert gate.find_jump() is None
    machine.step_wall(MILLISECOND)
    assert gate.find_jump() is None


def test_a_clock_behind_what_was_signed_is_not_trusted_until_an_exchange() -> None:
    """The server cannot have signed in the future, so the device's clock is slow."""
    machine = ManualClock()
    gate = GateClock(machine)
    gate.check_against(machine.wall() + HOUR)
    assert not gate.is_trusted
    now = machine.wall() + HOUR
    gate.add_sample(OffsetSample(Duration(0), Duration(10), now, now))
    assert gate.is_trusted


def exchanged(
    gate: GateClock,
    machine: ManualClock,
    ahead: int,
    *,
    step: int = 0,
    way: int = 10 * MILLISECOND,
) -> None:
    """Make a round trip; the server's clock is ahead, and may be set in the middle of it."""
    sent = machine.monotonic()
    machine.advance(Duration(way))
    at = machine.wall() + ahead
    machine.advance(Duration(way))
    gate.add_sample(OffsetSample(sent, machine.monotonic(), Instant(at), Instant(at + step)))
    machine.advance(5 * SECOND)


@given(step=st.integers(SECOND, 10 * HOUR), sign=st.sampled_from([-1, 1]))
def test_a_server_whose_clock_was_set_is_followed_at_once(step: int, sign: int) -> None:
    """What it said before is of another clock: nobody is sure of that any more."""
    machine = ManualClock()
    gate = GateClock(machine)
    for _ in range(3):
        exchanged(gate, machine, 0, way=MILLISECOND)
    exchanged(gate, machine, sign * step)
    offset, error = gate.offset(), gate.offset_error()
    assert offset is not None
    assert error is not None
    assert abs(offset - sign * step) <= error <= 11 * MILLISECOND


def test_an_answer_during_which_the_server_s_clock_was_set_tells_nothing() -> None:
    """It seems to have taken less time than nothing: no bound can be made of it."""
    machine = ManualClock()
    gate = GateClock(machine)
    exchanged(gate, machine, 0, step=HOUR)
    assert gate.offset_error() is None
    exchanged(gate, machine, 0)
    exchanged(gate, machine, 0, step=HOUR)
    offset, error = gate.offset(), gate.offset_error()
    assert offset is not None
    assert error is not None
    assert abs(offset) <= error <= 11 * MILLISECOND


@pytest.mark.parametrize("wrong", [-2 * HOUR, -10 * MINUTE, 10 * MINUTE, 2 * HOUR, 24 * HOUR])
def test_an_offset_does_not_outlive_the_wrong_clock_it_was_learned_under(wrong: int) -> None:
    """The machine's clock was wrong, was set right, and the program is started cut off."""
    machine = ManualClock()
    truth = machine.wall()
    machine.step_wall(Duration(wrong))
    before = GateClock(machine)
    base, offset = before.wall_base, -wrong
    machine.advance(MINUTE)
    machine.step_wall(Duration(-wrong))
    gate = GateClock(machine, Duration(offset), base)
    gate.check_against(truth)
    assert gate.is_trusted
    assert abs(gate.now() - (truth + MINUTE)) < SECOND


@given(
    wrong=st.integers(5 * SECOND, 400 * 24 * HOUR),
    sign=st.sampled_from([-1, 1]),
    left=st.integers(-MINUTE, MINUTE),
)
def test_a_clock_set_right_by_hand_is_believed_and_not_what_was_learned_before(
    wrong: int, sign: int, left: int
) -> None:
    """Hands leave up to a minute: the gate is no more wrong than that, and states no offset."""
    assume(2 * abs(left) <= wrong)
    machine = ManualClock()
    truth = machine.wall()
    machine.step_wall(Duration(sign * wrong))
    base, offset = GateClock(machine).wall_base, Duration(-sign * wrong)
    machine.advance(MINUTE)
    machine.step_wall(Duration(-sign * wrong + left))
    gate = GateClock(machine, offset, base)
    assert abs(gate.now() - (truth + MINUTE)) == abs(left)
    assert gate.offset() is None
    assert gate.offset_error() is None
    assert not gate.is_checked
    gate.check_against(Instant(truth + MINUTE))
    assert gate.is_trusted == (left >= -CLOCK_STEP_MAX)


@given(
    wrong=st.integers(-10 * HOUR, 10 * HOUR),
    moved=st.integers(-10 * HOUR, 10 * HOUR),
)
def test_a_clock_that_was_set_is_never_made_more_wrong_by_doubting_its_offset(
    wrong: int, moved: int
) -> None:
    """An offset is dropped only where it would mislead more than the clock does now."""
    machine = ManualClock()
    truth = machine.wall()
    machine.step_wall(Duration(wrong))
    base = GateClock(machine).wall_base
    machine.step_wall(Duration(moved))
    off = abs(GateClock(machine, Duration(-wrong), base).now() - truth)
    assert off <= max(abs(moved), CLOCK_STEP_MAX)


def test_after_a_restart_of_the_machine_a_signed_time_tells_that_the_clock_was_set_right() -> None:
    """Monotonic time began anew; with the offset of before, signed times lay in the future."""
    machine = ManualClock()
    gate = GateClock(machine, -2 * HOUR, machine.wall() + 5 * HOUR)
    gate.check_against(machine.wall() - MINUTE)
    assert gate.is_trusted
    assert gate.now() == machine.wall()


@pytest.mark.parametrize("step", [-3 * HOUR, -MINUTE, MINUTE, HOUR, 400 * 24 * HOUR])
def test_a_clock_that_is_set_between_two_runs_of_the_program_moves_nothing(step: int) -> None:
    """As long as the machine runs on its own time goes on; started anew, it is another boot."""
    machine = ManualClock()
    offset, truth = Duration(5 * MINUTE), machine.wall() + 5 * MINUTE
    base = GateClock(machine).wall_base
    machine.advance(HOUR)
    machine.step_wall(Duration(step))
    gate = GateClock(machine, offset, base, 7, boot=7)
    assert gate.now() == truth + HOUR
    machine.step_wall(HOUR)
    assert gate.now() == truth + HOUR
    assert gate.is_checked, "what the server said in this run of the machine holds"
    assert gate.offset_error() is None, "how far it may be off was not kept"
    for boot in (0, 8):
        other = GateClock(machine, offset, base, boot, boot=boot and 7)
        assert other.now() in {machine.wall() + offset, machine.wall()}
        assert not other.is_checked


@pytest.mark.parametrize("left", [-MINUTE, 0, HOUR])
def test_a_slow_clock_is_trusted_again_once_a_person_has_set_it(left: int) -> None:
    """The gate asks for that; if it is slow still, it asks on."""
    machine = ManualClock()
    signed_at = machine.wall()
    machine.step_wall(-3 * HOUR)
    gate = GateClock(machine)
    gate.check_against(signed_at)
    assert not gate.is_trusted
    machine.advance(MINUTE)
    assert not gate.is_trusted
    jump = Duration(3 * HOUR + left)
    machine.step_wall(jump)
    assert gate.now() == (machine.wall() if left >= 0 else signed_at - 3 * HOUR + MINUTE)
    assert gate.is_trusted == (left >= 0)
    assert gate.find_jump() == jump, "it is on record as ever"
    assert gate.earliest() == (signed_at + MINUTE if left >= 0 else None)


@pytest.mark.parametrize("step", [-5 * 365 * DAY, -HOUR, HOUR])
def test_a_clock_that_nobody_compared_is_followed_where_it_is_set(step: int) -> None:
    """A person was asked to look at it; what the server says, or has signed, stands above it."""
    machine = ManualClock()
    signed_at = machine.wall()
    machine.advance(2 * HOUR)
    machine.step_wall(Duration(max(0, -step)))
    gate = GateClock(machine, SECOND)
    gate.check_against(signed_at)
    assert not gate.is_checked
    machine.step_wall(Duration(step))
    assert gate.now() == machine.wall()
    machine.step_wall(-3 * DAY)
    assert gate.now() == machine.wall() + 3 * DAY, "it would be before what was signed"
    machine.step_wall(3 * DAY)
    now, server = machine.monotonic(), machine.wall() + MINUTE
    gate.add_sample(OffsetSample(now, now, server, server))
    machine.step_wall(HOUR)
    assert gate.now() == server


def test_a_clock_without_a_battery_is_believed_once_a_person_has_set_it() -> None:
    """It began in 1970, hours ago and now again; by the kept offset it would be 2083."""
    machine = ManualClock()
    signed_at, years = machine.wall(), Duration(machine.wall())
    machine.advance(3 * HOUR)
    truth = machine.wall()
    machine.reboot()
    set_right = GateClock(machine, years, Instant(0))
    set_right.check_against(signed_at)
    assert set_right.is_trusted
    assert set_right.now() == truth
    machine.set_wall(Instant(MINUTE))
    left_wrong = GateClock(machine, years, Instant(0))
    left_wrong.check_against(signed_at)
    assert left_wrong.is_trusted
    assert left_wrong.now() == signed_at + MINUTE, "nothing better is known"


def test_a_clock_that_is_still_wrong_keeps_its_offset() -> None:
    """Nobody has set it: the offset of the last run is the best that is known."""
    machine = ManualClock()
    base = GateClock(machine).wall_base
    machine.advance(HOUR)
    assert GateClock(machine, 2 * HOUR, base).now() == machine.wall() + 2 * HOUR
