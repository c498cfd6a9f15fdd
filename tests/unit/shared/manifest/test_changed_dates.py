"""Dates that are called off or moved, as gates judge their tickets, with and without a row."""

from __future__ import annotations

import pytest

from shared.admission.reasons import Reason
from shared.kernel.id_types import OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import DAY, HOUR
from shared.manifest.event_config import DateTimes, OccurrenceConfig, ZoneConfig
from shared.manifest.signed_windows import sign_window
from tests.factories.house import DOORS, START, make_digits
from tests.unit.shared.manifest.test_fact_building import decide, make_row

FRIDAY = OccurrenceConfig(
    OccurrenceId("oc_1"), "Friday", START, START + 6 * HOUR, DOORS, is_cancelled=True
)
SATURDAY = OccurrenceConfig(
    OccurrenceId("oc_2"), "Saturday", START + DAY, START + DAY + 6 * HOUR, DOORS + DAY
)
ANY_DATE = ZoneConfig(id=ZoneId("zn_1"), name="Arena")


@pytest.mark.parametrize(
    ("date", "reason"),
    [("oc_1", Reason.CANCELLED), ("oc_2", Reason.OK), (None, Reason.OK)],
)
def test_a_ticket_for_a_date_that_is_off_is_denied_and_no_other(
    date: str | None, reason: Reason
) -> None:
    """A pass for any date, and a ticket for another, are as good as ever."""
    row = make_row(occurrence_id=date)
    days = (FRIDAY, SATURDAY)
    code = make_digits(TicketId(42))
    assert decide(code, row, occurrences=days, zones=(ANY_DATE,)) is reason


def test_without_a_row_the_signed_window_says_that_its_date_is_off() -> None:
    """A gate that never heard of the ticket needs to know of the date alone."""
    window = sign_window((FRIDAY, SATURDAY), FRIDAY.id, (None, None))
    code = make_digits(TicketId(42), valid_from=window[0], valid_until=window[1])
    days = (FRIDAY, SATURDAY)
    assert decide(code, None, occurrences=days, zones=(ANY_DATE,)) is Reason.CANCELLED


def test_without_a_row_a_ticket_of_a_moved_date_is_good_for_its_new_time() -> None:
    """Signed for last week's evening and shown this evening: as the plan tells of the move."""
    week = 7 * DAY
    then = DateTimes(START - week, START - week + 6 * HOUR, DOORS - week)
    before = OccurrenceConfig(
        OccurrenceId("oc_1"), "Friday", then.starts_at, then.ends_at, then.doors_at
    )
    moved = OccurrenceConfig(
        OccurrenceId("oc_1"), "Friday", START, START + 6 * HOUR, DOORS, (then,)
    )
    window = sign_window((before, SATURDAY), before.id, (None, None))
    code = make_digits(TicketId(42), valid_from=window[0], valid_until=window[1])
    said = decide(code, None, occurrences=(before, SATURDAY), zones=(ANY_DATE,))
    assert said is Reason.EXPIRED
    said = decide(code, None, occurrences=(moved, SATURDAY), zones=(ANY_DATE,))
    assert said is Reason.OK


def test_without_a_row_a_ticket_of_a_date_that_moved_on_is_too_early_today() -> None:
    """Signed for this evening, which is next week by now."""
    week = 7 * DAY
    today = OccurrenceConfig(OccurrenceId("oc_1"), "Friday", START, START + 6 * HOUR, DOORS)
    ahead = OccurrenceConfig(
        OccurrenceId("oc_1"),
        "Friday",
        START + week,
        START + week + 6 * HOUR,
        DOORS + week,
        (DateTimes(START, START + 6 * HOUR, DOORS),),
    )
    window = sign_window((today, SATURDAY), today.id, (None, None))
    code = make_digits(TicketId(42), valid_from=window[0], valid_until=window[1])
    assert decide(code, None, occurrences=(today, SATURDAY), zones=(ANY_DATE,)) is Reason.OK
    said = decide(code, None, occurrences=(ahead, SATURDAY), zones=(ANY_DATE,))
    assert said is Reason.NOT_YET_VALID
