"""An event's draft: what cannot be meant is found before anything is made."""

# ruff: noqa: DTZ001, DTZ901 - a venue's clock shows no zone

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.organizer.prepare.event_draft import (
    DateDraft,
    DraftFlaw,
    EventDraft,
    FlawKind,
    TypeDraft,
    ZoneDraft,
    find_flaws,
    to_utc,
)
from gatekeeper.organizer.prepare.new_event import make_slug

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = DateDraft(
    name="Friday",
    doors=datetime(2026, 11, 13, 18, 0),
    starts=datetime(2026, 11, 13, 19, 30),
    ends=datetime(2026, 11, 14, 1, 0),
)
HALL = ZoneDraft(name="Hall", gates=("North", "South"), capacity=800)
STANDING = TypeDraft(name="Standing", price_minor=2500)
GOOD = EventDraft(
    name="Night of the Lanterns",
    timezone="Europe/Berlin",
    currency="EUR",
    dates=(FRIDAY,),
    zones=(HALL,),
    types=(STANDING,),
    supervisors=("Sam Okafor",),
)


def change(**fields: object) -> EventDraft:
    return msgspec.structs.replace(GOOD, **fields)


def test_an_event_over_midnight_has_no_flaw() -> None:
    """An ordinary evening can be made."""
    assert find_flaws(GOOD) == ()


@pytest.mark.parametrize(
    ("draft", "flaw"),
    [
        (change(name=" "), DraftFlaw(FlawKind.NO_NAME, "event", 0)),
        (change(name="x" * 201), DraftFlaw(FlawKind.LONG_NAME, "event", 0)),
        (change(timezone="Europe/Nowhere"), DraftFlaw(FlawKind.NO_ZONE_TIME, "event")),
        (change(timezone="../etc/passwd"), DraftFlaw(FlawKind.NO_ZONE_TIME, "event")),
        (change(dates=()), DraftFlaw(FlawKind.NO_DATE, "dates")),
        (change(zones=()), DraftFlaw(FlawKind.NO_ZONE, "zones")),
        (change(types=()), DraftFlaw(FlawKind.NO_TYPE, "types")),
        (change(dates=(FRIDAY, FRIDAY)), DraftFlaw(FlawKind.SAME_NAME, "dates", 1)),
        (
            change(zones=(ZoneDraft(name="Hall", gates=()),)),
            DraftFlaw(FlawKind.NO_GATE, "zones", 0),
        ),
        (
            change(zones=(HALL, ZoneDraft(name="Gallery", gates=("north ",)))),
            DraftFlaw(FlawKind.SAME_GATE, "zones", 1),
        ),
        (change(supervisors=("Sam", "sam")), DraftFlaw(FlawKind.SAME_NAME, "supervisors", 1)),
        (change(types=(STANDING,) * 201), DraftFlaw(FlawKind.TOO_MANY, "types")),
    ],
)
def test_what_cannot_be_meant_is_named_with_its_place(draft: EventDraft, flaw: DraftFlaw) -> None:
    """Each flaw says where it is."""
    assert flaw in find_flaws(draft)


@pytest.mark.parametrize(
    ("fields", "flaw"),
    [
        ({"doors": datetime(2026, 11, 13, 20, 0)}, FlawKind.DOORS_LATE),
        ({"ends": datetime(2026, 11, 13, 19, 30)}, FlawKind.ENDS_EARLY),
        ({"doors": datetime(2026, 3, 29, 2, 30)}, FlawKind.NO_SUCH_TIME),
    ],
)
def test_a_date_whose_times_cannot_be_is_named(
    fields: dict[str, datetime], flaw: FlawKind
) -> None:
    """Times out of order, and a time that clocks skip, are refused."""
    date = msgspec.structs.replace(FRIDAY, **fields)

    assert DraftFlaw(flaw, "dates", 0) in find_flaws(change(dates=(date,)))


def test_the_first_year_and_the_last_are_no_crash() -> None:
    """Dates at the ends of the calendar are flaws."""
    early = msgspec.structs.replace(FRIDAY, doors=datetime.min)
    late = msgspec.structs.replace(FRIDAY, ends=datetime.max)

    assert find_flaws(change(dates=(early, late), timezone="Pacific/Kiritimati"))


def test_a_time_that_is_shown_twice_is_the_first() -> None:
    """When clocks go back, doors open at the first of two equal times."""
    moment = to_utc(datetime(2026, 10, 25, 2, 30), BERLIN)

    assert moment == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1)))
def test_a_moment_shows_the_time_that_was_written(local: datetime) -> None:
    """What is stored is what the venue reads."""
    moment = to_utc(local, BERLIN)

    assert moment is None or moment.astimezone(BERLIN).replace(tzinfo=None, fold=0) == local


@given(st.text(max_size=100))
def test_every_name_makes_a_short_name_that_servers_take(name: str) -> None:
    """Names in any script make an address."""
    slug = make_slug(name, "a1b2c3")

    assert slug[0].isalnum()
    assert len(slug) <= 63
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
