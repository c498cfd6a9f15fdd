"""Refund terms as the desk's form has them: put in order, said in words, wrong ones named."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanItem, PlanKind
from gatekeeper.organizer.prepare.refund_rules import (
    RulesFlaw,
    Start,
    ahead_of,
    find_flaw,
    guess_until,
    in_order,
    terms_for,
)
from gatekeeper.presenters.desk.refund_words import spell_country, spell_flaw, spell_terms
from gatekeeper.wording.texts import TEXTS
from shared.sales.refund_terms import TERMS_MAX

DOORS = "2027-04-03T18:00:00Z"
WEEK_BEFORE = "2027-03-27T19:00:00Z"
"""As many days by the clock of Berlin, though clocks turn in between."""


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    before = TEXTS.language
    TEXTS.use("en")
    yield
    TEXTS.use(before)


def rule(until: str | None, percent_points: int = 10_000, fee_minor: int = 0) -> dict[str, Any]:
    """Make a rule as the API has it."""
    return {"until": until, "percent_points": percent_points, "fee_minor": fee_minor}


def make_plan(*, price_minor: int = 2_500, dates: int = 1) -> EventPlan:
    """Make a plan of one type and so many dates."""
    event = {"name": "Fair", "timezone": "Europe/Berlin", "policy": {}, "pricing": {}}
    date = {"name": "", "doors_at": DOORS, "starts_at": "2027-04-03T19:00:00Z", "ends_at": None}
    things = [
        PlanItem(kind=PlanKind.EVENT, id="ev_1", etag="", fields=event),
        *(PlanItem(kind=PlanKind.DATE, id=f"oc_{n}", etag="", fields=date) for n in range(dates)),
        PlanItem(
            kind=PlanKind.TYPE, id="tt_0", etag="", fields={"name": "Free", "price_minor": 0}
        ),
        PlanItem(kind=PlanKind.TYPE, id="tt_1", etag="", fields={"price_minor": price_minor}),
    ]
    return EventPlan(state="draft", currency="EUR", things=tuple(things), made_at=DOORS)


def test_terms_are_said_for_the_first_ticket_that_costs_something() -> None:
    """In order of date whatever the order of rows, with how long before the doors that is."""
    said = spell_terms(
        [rule(DOORS, 5_000, 100), rule(WEEK_BEFORE, fee_minor=200)], terms_for(make_plan())
    )
    assert said == (
        "Until 2027-03-27 20:00 (7 days before doors open): all but €2.00. "
        "For a ticket of €25.00, €23.00 is refunded.\n"
        "Until 2027-04-03 20:00 (when doors open): 50% of it, less €1.00. "
        "For a ticket of €25.00, €11.50 is refunded.\n"
        "After that: nothing."
    )


def test_no_terms_a_term_for_good_and_one_of_nothing_have_words() -> None:
    """And a fee above the price never costs the buyer more than the price."""
    said_for = terms_for(make_plan(dates=2))
    assert spell_terms([], said_for).startswith("The full price is refunded")
    assert spell_terms([rule(None, 8_000)], said_for) == (
        "At any time: 80% of it. For a ticket of €25.00, €20.00 is refunded."
    )
    assert spell_terms(
        [rule(None, 0, 50), rule(DOORS, fee_minor=3_000)], said_for
    ).splitlines() == [
        "Until 2027-04-03 20:00: all but €30.00. For a ticket of €25.00, €0.00 is refunded.",
        "After that: nothing.",
    ]


def test_rows_that_never_hold_are_named() -> None:
    """As the server would refuse them, only with the row."""
    assert find_flaw([rule(DOORS), rule(WEEK_BEFORE), rule(None)]) is None
    same = [rule(DOORS), rule(None), rule("2027-04-03T20:00:00+02:00")]
    assert find_flaw(same) == (RulesFlaw.SAME_DATE, 3)
    assert find_flaw([rule(None), rule(None)]) == (RulesFlaw.BOTH_FOR_GOOD, 2)
    many = [rule(f"2027-04-{day:02}T18:00:00Z") for day in range(1, TERMS_MAX + 2)]
    assert find_flaw(many) == (RulesFlaw.TOO_MANY, TERMS_MAX + 1)
    assert find_flaw(many[:TERMS_MAX]) is None
    for flaw in RulesFlaw:
        assert spell_flaw(flaw, 2).startswith("Row 2: ")


def test_rows_stand_in_order_of_instant_and_not_of_text() -> None:
    """An offset does not decide, and what holds for good is last."""
    early = rule("2027-04-03T19:30:00+02:00")
    assert in_order([rule(None), rule(DOORS), early]) == [early, rule(DOORS), rule(None)]


@pytest.mark.parametrize(
    ("until", "days_and_hours"),
    [
        (WEEK_BEFORE, (7, 0)),
        (DOORS, (0, 0)),
        ("2027-04-03T15:00:00Z", (0, 3)),
        ("2027-04-03T15:20:00Z", None),
        ("2027-04-03T19:00:00Z", None),
    ],
)
def test_only_a_round_time_before_the_doors_is_said(
    until: str, days_and_hours: tuple[int, int] | None
) -> None:
    """Else the date alone stands there."""
    start = Start(datetime.fromisoformat(DOORS), is_doors=True)
    ahead = ahead_of(start, datetime.fromisoformat(until), "Europe/Berlin")
    assert (None if ahead is None else (ahead.days, ahead.hours)) == days_and_hours


def test_a_new_row_is_a_week_before_the_doors_by_the_venue_s_clock_and_the_next_the_doors() -> (
    None
):
    """So what is usual is one touch."""
    assert guess_until(make_plan(), 0) == WEEK_BEFORE
    assert guess_until(make_plan(), 1) == DOORS


def test_a_country_is_said_with_what_cash_is_rounded_to() -> None:
    """In the event's currency; one that nobody knows by its letters."""
    assert spell_country("NL", "EUR") == "Netherlands: cash is rounded to €0.05"
    assert spell_country("DE", "EUR") == "Germany: cash is not rounded"
    usual = spell_country(None, "CHF")
    assert usual.startswith("As usual for the currency: cash is rounded to")
    assert usual.endswith("0.05")
    assert spell_country("QQ", "EUR").startswith("QQ: ")
    countries = set(TEXTS.countries())
    assert {"CH", "TH", "EG"} <= countries
    assert not countries & {"EU", "UN", "ZZ"}
