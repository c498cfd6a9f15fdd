"""A basket of several types: every line, every ticket and the sum add up to the minor unit."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.id_types import TicketTypeId
from shared.kernel.instant import Instant
from shared.manifest.price_plan import PricePlan, PricePromotion, TypePrices
from shared.sales.basket_pricing import WantedTickets
from shared.sales.promotion_code import hash_promotion_code
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.till_basket import (
    GIVEN_AWAY,
    NO_DISCOUNT,
    TICKETS_IN_SALE_MAX,
    Basket,
    Discount,
    fill_basket,
)
from tests.factories.gate_event import EVENT

NOW = Instant(1_000)


def sold(code: int, price: int, currency: str = "EUR", fee: int = 0, tax: int = 0) -> TypePrices:
    """Make what one type costs."""
    return TypePrices(
        code=code,
        ticket_type_id=TicketTypeId(f"tt_{code}"),
        price_minor=price,
        currency=currency,
        fee_minor=fee,
        tax_basis_points=tax,
    )


PLAN = PricePlan(
    types=(
        sold(1, 2_500, tax=1_900),
        sold(2, 1_250, fee=50, tax=700),
        sold(3, 1_000, "USD"),
        sold(4, 999),
    ),
    promotions=(
        PricePromotion(
            id="pm_1",
            name="Early",
            kind="percent",
            percent_points=1_000,
            code_hash=hash_promotion_code(EVENT, "EARLY"),
        ),
    ),
)


def basket_of(
    *wanted: tuple[int, int], discount: Discount = NO_DISCOUNT, promo: str = ""
) -> Basket:
    """Price what must be sold here."""
    lines = [WantedTickets(code, count) for code, count in wanted]
    codes = [hash_promotion_code(EVENT, promo)] if promo else []
    priced = fill_basket(PLAN, lines, NOW, codes=codes, discount=discount)
    assert isinstance(priced, Basket)
    return priced


def test_types_stand_in_one_basket_each_as_one_line() -> None:
    """Two taps on a tile are one line of two."""
    basket = basket_of((1, 1), (2, 1), (1, 1))
    adult, child = basket.lines
    assert (adult.count, adult.gross_minor, adult.tax_minor) == (2, 5_000, 798)
    assert (child.count, child.gross_minor, child.fee_minor) == (1, 1_300, 50)
    assert (basket.total_minor, basket.currency) == (6_300, "EUR")


def test_fixed_discount_is_spread_over_tickets_without_loss() -> None:
    """10.00 off three of 9.99 leaves 19.97, in shares of 6.66, 6.66 and 6.65."""
    basket = basket_of((4, 3), discount=Discount(fixed_minor=1_000, promo="goodwill"))
    assert basket.shares == ((666, 666, 665),)
    assert (basket.lines[0].promo, basket.off_minor) == ("goodwill", 1_000)


def test_promotion_and_the_cashier_s_discount_come_off_one_after_the_other() -> None:
    """10 % by the code, and 10 % of what is left; only the second takes a right."""
    basket = basket_of((1, 2), discount=Discount(percent_points=1_000), promo="early")
    assert (basket.total_minor, basket.off_minor) == (4_050, 450)
    assert (basket.lines[0].discount_minor, basket.lines[0].promo) == (950, "pm_1")


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
        (((1, 1), (3, 1)), SaleReason.MIXED_CURRENCIES),
    ],
)
def test_what_is_no_sale_is_refused_with_its_reason(
    wanted: tuple[tuple[int, int], ...], reason: SaleReason
) -> None:
    """Nothing is sold in part."""
    lines = [WantedTickets(code, count) for code, count in wanted]
    refused = fill_basket(PLAN, lines, NOW)
    assert isinstance(refused, Refusal)
    assert refused.reason is reason


_PRICE = st.tuples(
    st.integers(0, 10**6), st.integers(0, 1_000), st.sampled_from([0, 500, 700, 1_900, 2_500])
)


@given(
    st.lists(_PRICE, min_size=1, max_size=6),
    st.data(),
    st.integers(0, 10_000),
    st.integers(0, 10**7),
    st.sampled_from(["line", "sum_by_net", "sum_by_net_keep_gross"]),
)
def test_shares_lines_and_sum_agree_whatever_is_bought(
    prices: list[tuple[int, int, int]],
    data: st.DataObject,
    percent: int,
    fixed: int,
    tax_rounding: str,
) -> None:
    """No minor unit is made or lost, none is negative, and tax is a part of what is paid."""
    plan = PricePlan(
        types=tuple(
            sold(code, price, "KWD", fee, tax) for code, (price, fee, tax) in enumerate(prices)
        ),
        tax_rounding=tax_rounding,
    )
    wanted = [WantedTickets(code, data.draw(st.integers(1, 16))) for code in range(len(prices))]
    discount = Discount(percent_points=percent, fixed_minor=fixed)
    basket = fill_basket(plan, wanted, NOW, discount=discount)
    assert isinstance(basket, Basket)
    for line, shares in zip(basket.lines, basket.shares, strict=True):
        assert sum(shares) == line.gross_minor >= 0
        assert len(shares) == line.count
        assert max(shares) - min(shares) <= 1
        assert 0 <= line.tax_minor <= line.gross_minor
        assert msgspec.convert(msgspec.to_builtins(line), type(line)) == line
    assert sum(map(sum, basket.shares)) == basket.total_minor
