"""A credential's window tells for which of several occurrences its ticket is."""

from __future__ import annotations

import pytest

from shared.credential.sizes_and_bounds import WINDOW_EPOCH, WINDOW_STEP, WINDOW_STEPS_MAX
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, HOUR, MINUTE, Instant
from shared.manifest.event_config import DateTimes, OccurrenceConfig
from shared.manifest.signed_windows import find_occurrence, follow_move, sign_window
from tests.factories.house import DOORS, START

NONE = (None, None)
TONIGHT = OccurrenceConfig(
    OccurrenceId("oc_1"), "Tonight", START, START + 3 * HOUR + 7 * MINUTE, DOORS
)
MATINEE = OccurrenceConfig(OccurrenceId("oc_0"), "Matinee", START - 4 * HOUR, START - 2 * HOUR)
TOMORROW = OccurrenceConfig(OccurrenceId("oc_2"), "Tomorrow", START + DAY, None, DOORS + DAY)
DAYS = (MATINEE, TONIGHT, TOMORROW)


@pytest.mark.parametrize("one", DAYS)
def test_signed_window_names_its_own_occurrence(one: OccurrenceConfig) -> None:
    """Also where two are near each other, and where an end lies between a credential's steps."""
    window = sign_window(DAYS, one.id, NONE)
    assert window == sign_window(DAYS, one.id, NONE)
    assert find_occurrence(DAYS, window) == one.id


def test_own_window_is_only_narrowed() -> None:
    """What the organizer allows no longer is not allowed by the evening's length."""
    first, last = sign_window(DAYS, OccurrenceId("oc_1"), (DOORS, START + DAY))
    assert (first, last) == (DOORS, START + 3 * HOUR + 15 * MINUTE)
    outside = (START + 2 * DAY, START + 3 * DAY)
    assert sign_window(DAYS, OccurrenceId("oc_1"), outside) == outside


def test_own_window_is_signed_as_far_as_a_credential_can_say_it() -> None:
    """Good for ever has no end; what begins beyond the last step begins at it."""
    last = Instant(WINDOW_EPOCH + WINDOW_STEPS_MAX * WINDOW_STEP)
    assert sign_window((TONIGHT,), None, (Instant(0), Instant(last + DAY))) == NONE
    assert sign_window(DAYS, TONIGHT.id, (Instant(0), Instant(last + DAY))) == sign_window(
        DAYS, TONIGHT.id, NONE
    )
    assert sign_window((TONIGHT,), None, (Instant(last + 1), None)) == (last, None)
    first = Instant(WINDOW_EPOCH + WINDOW_STEP)
    assert sign_window((TONIGHT,), None, (None, Instant(0))) == (None, first)


def test_nothing_is_added_where_no_one_has_to_ask() -> None:
    """An event of one evening, and a ticket for all of them, keep their own window."""
    assert sign_window((TONIGHT,), OccurrenceId("oc_1"), NONE) == NONE
    assert sign_window(DAYS, None, NONE) == NONE


def test_two_occurrences_at_one_time_are_told_apart_by_no_window() -> None:
    """A person has to look."""
    twice = (
        TONIGHT,
        OccurrenceConfig(OccurrenceId("oc_9"), "Hall 2", START, TONIGHT.ends_at, DOORS),
    )
    assert find_occurrence(twice, sign_window(twice, OccurrenceId("oc_1"), NONE)) is None


WEEK = 7 * DAY
MOVED = OccurrenceConfig(
    OccurrenceId("oc_1"),
    "Tonight",
    START + WEEK,
    START + WEEK + 5 * HOUR,
    DOORS + WEEK,
    earlier=(DateTimes(START, TONIGHT.ends_at, DOORS),),
)


def test_what_was_signed_before_a_move_is_for_the_date_as_it_is() -> None:
    """Found as its own, and good for all of the new evening, however long that is."""
    then = sign_window(DAYS, MOVED.id, NONE)
    days = (MATINEE, MOVED, TOMORROW)
    assert find_occurrence(days, then) == MOVED.id
    assert follow_move(days, MOVED.id, then) == sign_window(days, MOVED.id, NONE)
    now = sign_window(days, MOVED.id, NONE)
    assert find_occurrence(days, now) == MOVED.id
    assert follow_move(days, MOVED.id, now) == now


def test_a_narrower_window_moves_with_the_start() -> None:
    """Only until nine stays only until nine; what is none stays none."""
    early = (DOORS, DOORS + HOUR)
    assert follow_move((MOVED,), None, early) == (DOORS + WEEK, DOORS + WEEK + HOUR)
    assert follow_move((MOVED,), None, NONE) == NONE
    other = sign_window(DAYS, TOMORROW.id, NONE)
    assert follow_move((MATINEE, MOVED, TOMORROW), TOMORROW.id, other) == other


def test_hours_without_an_end_or_a_beginning_move_with_the_start() -> None:
    """From ten on is from ten on, a week later; of an only date the next morning as well."""
    assert follow_move((MOVED,), None, (DOORS, None)) == (DOORS + WEEK, None)
    assert follow_move((MOVED,), None, (None, DOORS)) == (None, DOORS + WEEK)
    morning = (DOORS, START + DAY)
    assert follow_move((MOVED,), None, morning) == (DOORS + WEEK, START + DAY + WEEK)
    assert follow_move((TONIGHT,), None, morning) == morning
    assert follow_move((MATINEE, MOVED), MOVED.id, morning) == morning


def test_the_date_s_own_bound_of_a_narrower_window_is_the_date_s_again() -> None:
    """Who was sold entry from nine on stays until the end, though that comes later now."""
    late = sign_window(DAYS, MOVED.id, (START + HOUR, None))
    early = sign_window(DAYS, MOVED.id, (None, START + HOUR))
    longer = OccurrenceConfig(
        MOVED.id,
        "Tonight",
        START,
        START + 9 * HOUR,
        DOORS - HOUR,
        earlier=(DateTimes(START, TONIGHT.ends_at, DOORS),),
    )
    days = (MATINEE, longer, TOMORROW)
    opens, closes = sign_window(days, MOVED.id, NONE)
    assert follow_move(days, MOVED.id, late) == (START + HOUR, closes)
    assert follow_move(days, MOVED.id, early) == (opens, START + HOUR)


@pytest.mark.parametrize("hours", [-2, -1, 1, 2])
def test_a_date_that_moves_by_hours_keeps_its_tickets_from_its_doors_on(hours: int) -> None:
    """Though the old evening lies within the new one, or the other way round."""
    moved = OccurrenceConfig(
        MOVED.id,
        "Tonight",
        START + hours * HOUR,
        START + 8 * HOUR,
        DOORS + hours * HOUR,
        earlier=(DateTimes(START, TONIGHT.ends_at, DOORS),),
    )
    days = (MATINEE, moved, TOMORROW)
    then = sign_window(DAYS, MOVED.id, NONE)
    assert follow_move(days, MOVED.id, then) == sign_window(days, MOVED.id, NONE)


def test_a_narrow_window_that_fits_several_times_of_a_date_holds_for_any_of_them() -> None:
    """Moved on by two hours: an hour at the doors is the new doors', and nobody loses the old."""
    moved = OccurrenceConfig(
        MOVED.id,
        "Tonight",
        START + 2 * HOUR,
        START + 8 * HOUR,
        DOORS + HOUR,
        earlier=(DateTimes(START, START + 8 * HOUR, DOORS),),
    )
    early = (DOORS + HOUR, DOORS + 2 * HOUR)
    assert follow_move((moved,), None, early) == (DOORS + HOUR, DOORS + 4 * HOUR)
    before = (DOORS - HOUR // 2, DOORS)
    shifted = (DOORS + 2 * HOUR - HOUR // 2, DOORS + 2 * HOUR)
    assert follow_move((moved,), None, before) == shifted


def test_dates_that_change_places_are_told_apart_by_no_window() -> None:
    """What was signed for one is the other's by now: a person has to look."""
    first = OccurrenceConfig(
        OccurrenceId("oc_1"), "One", START + DAY, None, None, (DateTimes(START),)
    )
    second = OccurrenceConfig(
        OccurrenceId("oc_2"), "Two", START, None, None, (DateTimes(START + DAY),)
    )
    for window in (sign_window((first, second), one.id, NONE) for one in (first, second)):
        assert find_occurrence((first, second), window) is None


def test_hours_that_begin_long_before_doors_are_signed_from_their_beginning() -> None:
    """A gate that never heard of the ticket lets in when one that has its row does."""
    early = DOORS - 3 * HOUR
    window = sign_window(DAYS, TONIGHT.id, (early, None))
    _, closes = sign_window(DAYS, TONIGHT.id, NONE)
    assert window == (early, closes)
    assert find_occurrence(DAYS, window) == TONIGHT.id, "of an end between two steps as well"
    until = (early, START + HOUR)
    assert sign_window(DAYS, TONIGHT.id, until) == until
    assert follow_move(DAYS, TONIGHT.id, window) == window


def test_hours_that_begin_the_day_before_are_signed_from_where_they_name_their_date() -> None:
    """Six hours before doors, as a date becomes the one that is on; to a whole step."""
    odd = OccurrenceConfig(TONIGHT.id, "Tonight", START, TONIGHT.ends_at, DOORS + 5 * MINUTE)
    days = (MATINEE, odd, TOMORROW)
    first, last = sign_window(days, odd.id, (DOORS - 2 * DAY, None))
    assert first == DOORS - 6 * HOUR + 15 * MINUTE
    assert find_occurrence(days, (first, last)) == odd.id


def test_hours_that_fit_another_date_as_well_are_signed_from_an_hour_before_doors() -> None:
    """Signed from their beginning nobody could say for which of the two the ticket is."""
    later = OccurrenceConfig(
        OccurrenceId("oc_9"), "Late show", START + HOUR, TONIGHT.ends_at, DOORS + HOUR
    )
    days = (TONIGHT, later)
    own = (DOORS - 2 * HOUR, None)
    assert sign_window(days, later.id, own) == sign_window(days, later.id, NONE)


def test_early_hours_move_with_their_date() -> None:
    """A week on they begin as long before doors, and end with the new evening."""
    early = sign_window(DAYS, MOVED.id, (DOORS - 3 * HOUR, None))
    days = (MATINEE, MOVED, TOMORROW)
    assert find_occurrence(days, early) == MOVED.id
    _, closes = sign_window(days, MOVED.id, NONE)
    assert follow_move(days, MOVED.id, early) == (DOORS - 3 * HOUR + WEEK, closes)
