"""A basket of several types: every line, every ticket and the sum add up to the minor unit."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sales.basket import (
    GIVEN_AWAY,
    TICKETS_IN_SALE_MAX,
    Basket,
    Discount,
    TypePrice,
    WantedLine,
    price_basket,
)
from shared.sales.reasons import Refusal, SaleReason

ADULT = TypePrice(unit_minor=2_500, currency="EUR", tax_basis_points=1_900)
CHILD = TypePrice(unit_minor=1_250, currency="EUR", fee_minor=50, tax_basis_points=700)
DOLLAR = TypePrice(unit_minor=1_000, currency="USD")
PRICES = {1: ADULT, 2: CHILD, 3: DOLLAR}


def basket_of(*wanted: tuple[int, int], discount: Discount | None = None) -> Basket:
    """Price what must be sold here."""
    lines = [WantedLine(code, count) for code, count in wanted]
    priced = price_basket(lines, PRICES, discount=discount or Discount())
    assert isinstance(priced, Basket)
    return priced


def test_types_stand_in_one_basket_each_as_one_line() -> None:
    """Two taps on a tile are one line of two."""
    basket = basket_of((1, 1), (2, 1), (1, 1))
    adult, child = basket.lines
    assert (adult.count, adult.gross_minor, adult.tax_minor) == (2, 5_000, 798)
    assert (child.count, child.gross_minor, child.fee_minor) == (1, 1_300, 50)
    assert (basket.total_minor, basket.count, basket.currency) == (6_300, 3, "EUR")


def test_fixed_discount_is_spread_over_tickets_without_loss() -> None:
    """10.00 off three of 9.99 leaves 19.97, in shares of 6.66, 6.66 and 6.65."""
    price = TypePrice(unit_minor=999, currency="EUR")
    basket = price_basket(
        [WantedLine(1, 3)], {1: price}, discount=Discount(fixed_minor=1_000, promo="early")
    )
    assert isinstance(basket, Basket)
    assert basket.shares == ((666, 666, 665),)
    assert basket.lines[0].promo == "early"


def test_what_is_given_away_costs_nothing_fees_included_and_says_its_worth() -> None:
    """The line keeps the price; the tax of nothing is nothing."""
    basket = basket_of((2, 2), discount=GIVEN_AWAY)
    line = basket.lines[0]
    assert (basket.total_minor, line.unit_minor, line.discount_minor) == (0, 1_250, 2_500)
    assert (line.fee_minor, line.tax_minor, line.promo) == (0, 0, "comp")


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ((), SaleReason.TOO_MANY),
        (((1, 0),), SaleReason.TOO_MANY),
        (((1, 5), (1, -4)), SaleReason.TOO_MANY),
        (((1, TICKETS_IN_SALE_MAX), (2, 1)), SaleReason.TOO_MANY),
        (((9, 1),), SaleReason.NOT_SOLD_HERE),
        (((1, 1), (3, 1)), SaleReason.TWO_CURRENCIES),
    ],
)
def test_what_is_no_sale_is_refused_with_its_reason(
    wanted: tuple[tuple[int, int], ...], reason: SaleReason
) -> None:
    """Nothing is sold in part."""
    refused = price_basket([WantedLine(code, count) for code, count in wanted], PRICES)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


_PRICE = st.builds(
    TypePrice,
    unit_minor=st.integers(0, 10**6),
    currency=st.just("KWD"),
    fee_minor=st.integers(0, 1_000),
    tax_basis_points=st.sampled_from([0, 500, 700, 1_900, 2_500]),
)


@given(
    st.lists(_PRICE, min_size=1, max_size=6),
    st.data(),
    st.integers(0, 10_000),
    st.integers(0, 10**7),
)
def test_shares_lines_and_sum_agree_whatever_is_bought(
    prices: list[TypePrice], data: st.DataObject, percent: int, fixed: int
) -> None:
    """No minor unit is made or lost, none is negative, and tax is a part of what is paid."""
    counts = [data.draw(st.integers(1, 16)) for _ in prices]
    basket = price_basket(
        [WantedLine(code, count) for code, count in enumerate(counts)],
        dict(enumerate(prices)),
        discount=Discount(percent_points=percent, fixed_minor=fixed),
    )
    assert isinstance(basket, Basket)
    for line, shares in zip(basket.lines, basket.shares, strict=True):
        assert sum(shares) == line.gross_minor >= 0
        assert len(shares) == line.count
        assert max(shares) - min(shares) <= 1
        assert 0 <= line.tax_minor <= line.gross_minor
        assert msgspec.convert(msgspec.to_builtins(line), type(line)) == line
    assert sum(map(sum, basket.shares)) == basket.total_minor
