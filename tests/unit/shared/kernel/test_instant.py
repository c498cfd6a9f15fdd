"""Instants: whole microseconds, and their ISO 8601 spelling there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.errors import BadInput
from shared.kernel.instant import (
    DAY,
    HOUR,
    INSTANT_MAX,
    MILLISECOND,
    MINUTE,
    SECOND,
    Instant,
    datetime_from_instant,
    format_instant,
    instant_from_datetime,
    parse_instant,
)

INSTANT_MIN = Instant(-62_135_596_800 * SECOND)
INSTANTS = st.integers(INSTANT_MIN, INSTANT_MAX)


@given(INSTANTS)
def test_an_instant_survives_its_spelling(instant: int) -> None:
    """To the microsecond, from the year 1 to 9999."""
    text = format_instant(Instant(instant))
    assert text.endswith("Z")
    assert parse_instant(text) == instant
    assert instant_from_datetime(datetime_from_instant(Instant(instant))) == instant


@given(INSTANTS, INSTANTS)
def test_spellings_sort_as_their_instants_do(one: int, other: int) -> None:
    """Of two whole seconds, the earlier one's spelling sorts first."""
    one, other = one - one % SECOND, other - other % SECOND
    assert (one < other) == (format_instant(Instant(one)) < format_instant(Instant(other)))


@given(INSTANTS, st.integers(-23, 23))
def test_zones_do_not_change_the_instant(instant: int, hours: int) -> None:
    """The same moment written for another zone is the same number."""
    zone = timezone(timedelta(hours=hours))
    try:
        moment = datetime_from_instant(Instant(instant)).astimezone(zone)
    except OverflowError:
        return
    assert parse_instant(moment.isoformat()) == instant


@given(st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)"))
def test_any_text_is_an_instant_that_can_be_written_or_bad_input(text: str) -> None:
    """No text makes the reader fail otherwise, nor gives what the writer cannot write."""
    try:
        instant = parse_instant(text)
    except BadInput:
        return
    assert parse_instant(format_instant(instant)) == instant


def test_known_instants() -> None:
    """The epoch, a second, a fraction, and the last second."""
    assert parse_instant("1970-01-01T00:00:00Z") == 0
    assert parse_instant("2026-07-04T19:00:00+02:00") == Instant(1_783_184_400 * SECOND)
    assert format_instant(Instant(1)) == "1970-01-01T00:00:00.000001Z"
    assert format_instant(INSTANT_MAX) == "9999-12-31T23:59:59Z"
    assert format_instant(INSTANT_MIN) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "", "yesterday", "2026-07-04", "2026-07-04T17:00:00", "2026-13-04T17:00:00Z",
        "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "\0", "2026-07-04X17:00Z",
        "2026-07-04T17:00:00.Z", "2026-07-04T17:00:00 Z", "2026-07-04T17:00+02:00:30",
        "2026-07-04\u200917:00Z",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused_with_an_example(text: str) -> None:
    """A time without a zone is none, nor one beyond the years 1 to 9999 or of no standard form."""
    with pytest.raises(BadInput, match="2026-07-04T17:00:00Z"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-07-04T17:00Z", "2026-07-04 17:00:00+00:00", "20260704T170000Z", "2026-W27-6T17Z",
        "2026-07-04T19:00:00,000+02", "2026-07-04T19:00:00.0000000+0200",
    ],
)  # fmt: skip
def test_forms_of_the_standard_are_read(text: str) -> None:
    """ISO 8601 has short and long forms, weeks, and two signs for the fraction."""
    assert parse_instant(text) == parse_instant("2026-07-04T17:00:00Z")


def test_a_naive_datetime_is_refused() -> None:
    """A time without a zone may be meant anywhere."""
    with pytest.raises(BadInput, match="without a zone"):
        instant_from_datetime(datetime(2026, 7, 4, tzinfo=UTC).replace(tzinfo=None))


def test_units_build_on_one_another() -> None:
    """All of them are microseconds."""
    assert (MILLISECOND, SECOND, MINUTE, HOUR, DAY) == (
        1_000, 1_000_000, 60_000_000, 3_600_000_000, 86_400_000_000,
    )  # fmt: skip
