"""Days and times that are typed whole: as an organizer means them, or refused."""

from __future__ import annotations

from datetime import datetime

import pytest

from gatekeeper.wording.typed_days_and_times import read_typed
from shared.kernel.errors import BadInput

SHOWN = datetime(2026, 11, 29, 18)  # noqa: DTZ001 - of no zone


def _read(typed: str, *, has_time: bool = True, is_english: bool = False) -> str | None:
    found = read_typed(typed, SHOWN, has_time=has_time, is_english=is_english)
    return None if found is None else f"{found:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2330", "2026-11-29 23:30"),
        ("1930", "2026-11-29 19:30"),
        ("2000", "2026-11-29 20:00"),
        ("2329", "2026-11-29 23:29"),
        ("930", "2026-11-29 09:30"),
        ("19.30", "2026-11-29 19:30"),
        ("19:30", "2026-11-29 19:30"),
        ("28.11.26", "2026-11-28 18:00"),
        ("28.11.26 19.30", "2026-11-28 19:30"),
        ("28.11.", "2026-11-28 18:00"),
        ("28.11", "2026-11-28 18:00"),
        ("28-11-2026", "2026-11-28 18:00"),
        ("20.10.", "2026-10-20 18:00"),
        ("2026", None),
        ("2027", None),
        ("2027-02", None),
        ("202702281930", None),
        ("2027-02-28 19.30", None),
    ],
)
def test_what_is_typed_means_what_an_organizer_means(typed: str, meant: str | None) -> None:
    """2330 and 1930 became years, 28.11.26 a day of the year 2811."""
    assert _read(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["2030", "20.10", "2399", "24:00", "31.02.", "28112026", "28.11.1826", "93", "7:30 pm", "x"],
)
def test_what_is_neither_or_could_be_two_is_refused(typed: str) -> None:
    """2030 is a year and a time that evenings begin at; of 20.10 nobody can tell either."""
    with pytest.raises(BadInput):
        _read(typed)


@pytest.mark.parametrize("typed", ["4/7/2026", "4/7", "4-7-26"])
def test_of_two_readers_of_english_none_is_followed(typed: str) -> None:
    """One means April, one July; where the day can be told by its size it is."""
    with pytest.raises(BadInput):
        _read(typed, is_english=True)
    assert _read(typed) == "2026-07-04 18:00"
    for order in ("28/11/2026", "11/28/2026"):
        assert _read(order, is_english=True) == "2026-11-28 18:00"


@pytest.mark.parametrize("typed", ["23:30", "2330", "28.11.26 19:30"])
def test_a_field_of_days_takes_no_time(typed: str) -> None:
    """A time says nothing of a day."""
    with pytest.raises(BadInput):
        _read(typed, has_time=False)
