"""What of a price goes back: full, a part, less a fee, nothing, by date."""

from __future__ import annotations

import pytest

from shared.kernel.instant import DAY, Duration, Instant
from shared.manifest.price_plan import PricePlan, RefundTerm
from shared.sales.refund_terms import money_back, most_back

START = Instant(1_800_000_000_000_000)
TERMS = (
    RefundTerm(until=START),
    RefundTerm(until=Instant(START + DAY), percent_points=5_000, fee_minor=100),
)


@pytest.mark.parametrize(
    ("after", "price", "back"),
    [
        (-1, 2_501, 2_501),
        (0, 2_501, 1_151),
        (DAY - 1, 2_501, 1_151),
        (DAY - 1, 150, 0),
        (DAY, 2_501, 0),
    ],
)
def test_first_term_that_holds_says_what_goes_back(after: int, price: int, back: int) -> None:
    """Its date is not in it; a half unit goes to the guest, and nothing is ever owed by them."""
    assert money_back(TERMS, price, Instant(START + after)) == back


def test_without_terms_all_goes_back_and_a_term_without_a_date_holds_for_good() -> None:
    """An event of before has no terms."""
    assert money_back((), 999, START) == 999
    assert money_back((RefundTerm(percent_points=0),), 999, START) == 0
    assert money_back((RefundTerm(fee_minor=200),), 999, Instant(START + 900 * DAY)) == 799


def test_most_is_what_any_plan_gives_within_the_clocks_error() -> None:
    """Nobody is accused of an instant that nobody knows."""
    plan, at = PricePlan(refunds=TERMS), Instant(START + 5)
    assert most_back([plan], 1_000, at, Duration(4)) == 400
    assert most_back([plan], 1_000, at, Duration(6)) == 1_000
    assert most_back([plan], 1_000, Instant(START + 9 * DAY), None) == 1_000
    assert most_back([plan, PricePlan()], 1_000, at, Duration(0)) == 1_000
