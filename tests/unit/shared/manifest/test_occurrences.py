"""A credential's window tells for which of several occurrences its ticket is."""

from __future__ import annotations

import pytest

from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, HOUR, MINUTE
from shared.manifest.event_config import OccurrenceConfig
from shared.manifest.occurrences import find_occurrence, sign_window
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
