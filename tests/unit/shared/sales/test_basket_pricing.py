"""What a basket comes to under a plan."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.id_types import EventId, TicketTypeId
from shared.kernel.instant import Instant
from shared.manifest.price_plan import PricePlan, PricePromotion, PriceTier, TypePrices
from shared.sales.basket_pricing import (
    Channel,
    Priced,
    PriceRefusal,
    Unpriced,
    WantedTickets,
    price_basket,
)
from shared.sales.promotion_code import hash_promotion_code
from shared.sales.tax import TaxRounding

NOON = Instant(1_000_000)
EVENT = EventId("ev_1")
ADULT = TypePrices(
    code=1,
    ticket_type_id=TicketTypeId("tt_1"),
    price_minor=2_000,
    currency="EUR",
    tax_basis_points=1_900,
)
CHILD = TypePrices(
    code=2,
    ticket_type_id=TicketTypeId("tt_2"),
    price_minor=999,
    currency="EUR",
    tax_basis_points=700,
)
EARLY = PriceTier(id="t_early", name="Early", price_minor=1_500, ends_at=NOON)
FIRST = PriceTier(id="t_first", name="First 3", price_minor=1_000, count=3)


def price(
    plan: PricePlan,
    *wanted: tuple[int, int],
    at: Instant = NOON,
    codes: tuple[bytes, ...] = (),
    left: dict[str, int] | None = None,
    channel: Channel = Channel.TILL,
) -> Priced:
    """Price a basket that has a price."""
    asked = [WantedTickets(*one) for one in wanted]
    priced = price_basket(plan, asked, at, codes=codes, left=left or {}, channel=channel)
    assert isinstance(priced, Priced)
    return priced


def refuse(
    plan: PricePlan,
    *wanted: tuple[int, int],
    at: Instant = NOON,
    codes: tuple[bytes, ...] = (),
    left: dict[str, int] | None = None,
    channel: Channel = Channel.TILL,
) -> Unpriced:
    """Price a basket that has none."""
    asked = [WantedTickets(*one) for one in wanted]
    refused = price_basket(plan, asked, at, codes=codes, left=left or {}, channel=channel)
    assert isinstance(refused, Unpriced)
    return refused


def plan_of(*types: TypePrices, promotions: tuple[PricePromotion, ...] = ()) -> PricePlan:
    """Return a plan."""
    return PricePlan(types=types, promotions=promotions)


def test_tier_holds_until_its_end_and_no_longer() -> None:
    """At the very instant of its end the next price holds."""
    plan = plan_of(msgspec.structs.replace(ADULT, tiers=(EARLY,)))
    assert price(plan, (1, 2), at=Instant(NOON - 1)).total_minor == 3_000
    assert price(plan, (1, 2)).total_minor == 4_000


def test_quantity_tier_gives_what_is_left_and_then_the_next_price() -> None:
    """The parts stand as lines of their own, so that a person sees both prices."""
    plan = plan_of(msgspec.structs.replace(ADULT, tiers=(FIRST,)))
    priced = price(plan, (1, 2), (1, 3), left={"t_first": 3})
    assert [(line.wanted, line.tier, line.count) for line in priced.lines] == [
        (0, "t_first", 2),
        (1, "t_first", 1),
        (1, "", 2),
    ]
    assert priced.uses == {"t_first": 3}
    assert price(plan, (1, 1)).uses == {}


def test_percent_comes_before_fixed_whatever_their_order() -> None:
    """20 % and 15.00 off 100.00 leave 65.00."""
    fixed = PricePromotion(id="a", name="15 off", kind="fixed", fixed_minor=1_500)
    percent = PricePromotion(id="b", name="20 %", kind="percent", percent_points=2_000)
    plan = plan_of(ADULT, promotions=(fixed, percent))
    assert price(plan, (1, 5)).total_minor == 6_500


def test_cheapest_tickets_come_free_once() -> None:
    """Buy 2 get 1, with 2 at 20.00 and 2 at 9.99: one of 9.99 is free."""
    offer = PricePromotion(id="a", name="3 for 2", kind="buy_get", buy=2, free=1)
    plan = plan_of(ADULT, CHILD, promotions=(offer,))
    priced = price(plan, (1, 2), (2, 2))
    assert [line.discount_minor for line in priced.lines] == [0, 999]
    twice = plan_of(ADULT, promotions=(offer, msgspec.structs.replace(offer, id="b")))
    assert sum(line.discount_minor for line in price(twice, (1, 3)).lines) == 2_000


def test_fee_is_not_discounted_and_bears_tax() -> None:
    """All of the ticket may be free; the fee is due."""
    gift = PricePromotion(id="a", name="all", kind="percent", percent_points=10_000)
    plan = plan_of(msgspec.structs.replace(ADULT, fee_minor=119), promotions=(gift,))
    (line,) = price(plan, (1, 2)).lines
    assert (line.gross_minor, line.tax_minor) == (238, 38)


def test_code_is_known_whatever_its_case_and_only_at_its_event() -> None:
    """And it stands on the lines that it was used for."""
    code = hash_promotion_code(EVENT, "Sum-MER 26")
    offer = PricePromotion(
        id="p1",
        name="Summer",
        kind="percent",
        percent_points=1_000,
        code_hash=code,
        ticket_type_ids=(ADULT.ticket_type_id,),
    )
    plan = plan_of(ADULT, CHILD, promotions=(offer,))
    priced = price(plan, (1, 1), (2, 1), codes=(hash_promotion_code(EVENT, "summer26"),))
    assert [(line.promo, line.discount_minor) for line in priced.lines] == [("p1", 200), ("", 0)]
    other = hash_promotion_code(EventId("ev_2"), "summer26")
    assert refuse(plan, (1, 1), codes=(other,)).reason is PriceRefusal.UNKNOWN_CODE
    assert price(plan, (1, 1)).total_minor == 2_000


def test_limited_code_needs_a_use_that_is_left() -> None:
    """Without a count of its own a till gives none away."""
    offer = PricePromotion(
        id="p1", name="x", kind="fixed", fixed_minor=100, code_hash=b"1", uses=5
    )
    plan = plan_of(ADULT, promotions=(offer,))
    assert refuse(plan, (1, 1), codes=(b"1",)).reason is PriceRefusal.CODE_USED_UP
    assert price(plan, (1, 4), codes=(b"1",), left={"p1": 1}).uses == {"p1": 1}


def test_codes_stand_together_only_where_both_allow_it() -> None:
    """One code an order is the rule."""
    one = PricePromotion(id="a", name="a", kind="fixed", fixed_minor=100, code_hash=b"1")
    two = PricePromotion(
        id="b", name="b", kind="percent", percent_points=1_000, code_hash=b"2", combinable=True
    )
    refused = refuse(plan_of(ADULT, promotions=(one, two)), (1, 1), codes=(b"1", b"2"))
    assert refused.reason is PriceRefusal.CODES_DO_NOT_COMBINE
    both = (msgspec.structs.replace(one, combinable=True), two)
    priced = price(plan_of(ADULT, promotions=both), (1, 1), codes=(b"1", b"2"))
    assert (priced.total_minor, priced.lines[0].promo) == (1_700, "b,a")


@pytest.mark.parametrize(
    ("changes", "count", "reason"),
    [
        ({"sales_from": Instant(NOON + 1)}, 1, PriceRefusal.NOT_ON_SALE),
        ({"sales_until": Instant(NOON - 1)}, 1, PriceRefusal.NOT_ON_SALE),
        ({"order_min": 2}, 1, PriceRefusal.TOO_FEW),
        ({"order_max": 4}, 5, PriceRefusal.TOO_MANY),
        ({"visibility": "code"}, 1, PriceRefusal.NOT_SOLD_HERE),
        ({"code": 9}, 1, PriceRefusal.NOT_SOLD_HERE),
    ],
)
def test_what_is_not_sold_has_no_price(
    changes: dict[str, object], count: int, reason: PriceRefusal
) -> None:
    """Each with its reason and the type at fault."""
    prices = msgspec.structs.replace(ADULT, **changes)
    refused = refuse(plan_of(prices), (1, count))
    assert (refused.reason, refused.ticket_type_code) == (reason, 1)


def test_bounds_hold_for_the_order_not_for_the_line() -> None:
    """Two lines of three are six."""
    plan = plan_of(msgspec.structs.replace(ADULT, order_max=5))
    assert refuse(plan, (1, 3), (1, 3)).bound == 5


def test_staffs_types_are_not_sold_to_the_public() -> None:
    """A till sells them; a code opens what is hidden."""
    staffs = plan_of(msgspec.structs.replace(ADULT, visibility="staff"))
    assert refuse(staffs, (1, 1), channel=Channel.PUBLIC).reason is PriceRefusal.NOT_SOLD_HERE
    assert price(staffs, (1, 1)).total_minor == 2_000
    opens = PricePromotion(
        id="a",
        name="a",
        kind="fixed",
        code_hash=b"1",
        ticket_type_ids=(ADULT.ticket_type_id,),
    )
    hidden = plan_of(msgspec.structs.replace(ADULT, visibility="code"), promotions=(opens,))
    assert price(hidden, (1, 1), codes=(b"1",)).total_minor == 2_000


def test_currencies_do_not_mix() -> None:
    """A basket is paid in one."""
    plan = plan_of(ADULT, msgspec.structs.replace(CHILD, currency="CHF"))
    assert refuse(plan, (1, 1), (2, 1)).reason is PriceRefusal.MIXED_CURRENCIES


def test_till_charges_what_it_shows() -> None:
    """Rounding by net moves what businesses are invoiced, not what stands on a till's tile."""
    prices = msgspec.structs.replace(ADULT, price_minor=10_000)
    plan = PricePlan(types=(prices,), tax_rounding=TaxRounding.SUM_BY_NET)
    assert price(plan, (1, 5)).total_minor == 50_000
    assert price(plan, (1, 5), channel=Channel.STAFF).total_minor == 49_998


PROMOTIONS = st.builds(
    PricePromotion,
    id=st.sampled_from(["a", "b", "c"]),
    name=st.just("x"),
    kind=st.sampled_from(["percent", "fixed", "buy_get"]),
    percent_points=st.integers(0, 10_000),
    fixed_minor=st.integers(0, 100_000),
    buy=st.integers(0, 5),
    free=st.integers(0, 3),
    ticket_type_ids=st.sampled_from([None, (ADULT.ticket_type_id,), ()]),
)
TYPES = st.builds(
    TypePrices,
    code=st.sampled_from([1, 2]),
    ticket_type_id=st.sampled_from([ADULT.ticket_type_id, CHILD.ticket_type_id]),
    price_minor=st.integers(0, 10**6),
    currency=st.sampled_from(["JPY", "EUR", "KWD"]),
    tiers=st.sampled_from([(), (EARLY,), (FIRST,), (FIRST, EARLY)]),
    fee_minor=st.integers(0, 500),
    tax_basis_points=st.sampled_from([0, 700, 1_900]),
)


@given(
    TYPES,
    st.lists(PROMOTIONS, max_size=4),
    st.lists(st.integers(1, 40), min_size=1, max_size=4),
    st.sampled_from(TaxRounding),
    st.integers(0, 5),
)
def test_lines_are_exact_whatever_is_on_offer(
    prices: TypePrices,
    promotions: list[PricePromotion],
    counts: list[int],
    mode: TaxRounding,
    left: int,
) -> None:
    """Every ticket is priced once; no line falls below its fee; tax is within the line."""
    plan = PricePlan(types=(prices,), promotions=tuple(promotions), tax_rounding=mode)
    priced = price(plan, *((prices.code, count) for count in counts), left={"t_first": left})
    for place, count in enumerate(counts):
        assert sum(line.count for line in priced.lines if line.wanted == place) == count
    for line in priced.lines:
        assert 0 <= line.discount_minor <= line.unit_minor * line.count
        assert line.gross_minor >= line.fee_minor
        assert 0 <= line.tax_minor <= line.gross_minor
    assert priced.uses.get("t_first", 0) <= left
