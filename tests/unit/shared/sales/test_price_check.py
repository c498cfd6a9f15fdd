"""A sale is judged by its plan: what was priced by it fits, and what was not does not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.journal.sale_body import CountedUse, SaleBody, SaleLine, SalePayment, SoldTicket
from shared.kernel.id_types import TicketId, TicketTypeId
from shared.kernel.instant import Duration, Instant
from shared.manifest.price_plan import PricePlan, PricePromotion, PriceTier, TypePrices
from shared.sales.basket_pricing import Priced, WantedTickets, price_basket
from shared.sales.dividing_money import spread
from shared.sales.price_check import check_prices, check_sums

NOON = Instant(1_000_000)
HALF = Duration(500)
EARLY = PriceTier(id="e", name="Early", price_minor=1_500, ends_at=NOON)
FIRST = PriceTier(id="f", name="First", price_minor=1_000, count=5)
OFFER = PricePromotion(id="p", name="3 for 2", kind="buy_get", buy=2, free=1)
CODE = PricePromotion(
    id="c", name="10 %", kind="percent", percent_points=1_000, code_hash=b"c", uses=9
)


def plan_of(*tiers: PriceTier, promotions: tuple[PricePromotion, ...] = ()) -> PricePlan:
    """Return a plan of two types."""
    types = tuple(
        TypePrices(
            code=code,
            ticket_type_id=TicketTypeId(f"tt_{code}"),
            price_minor=price,
            currency="EUR",
            tiers=tiers if code == 1 else (),
            fee_minor=50,
            tax_basis_points=rate,
        )
        for code, price, rate in ((1, 2_000, 1_900), (2, 999, 700))
    )
    return PricePlan(types=types, promotions=promotions)


def sale_of(
    plan: PricePlan,
    counts: dict[int, int],
    at: Instant,
    *,
    codes: Sequence[bytes] = (),
    left: Mapping[str, int] | None = None,
) -> SaleBody:
    """Sell as an honest till does."""
    wanted = [WantedTickets(code, count) for code, count in counts.items()]
    priced = price_basket(plan, wanted, at, codes=codes, left=left or {})
    assert isinstance(priced, Priced)
    lines = tuple(
        SaleLine(
            ticket_type_code=line.ticket_type_code,
            count=line.count,
            unit_minor=line.unit_minor,
            discount_minor=line.discount_minor,
            fee_minor=line.fee_minor,
            tax_basis_points=line.tax_basis_points,
            tax_minor=line.tax_minor,
            promo=line.promo,
        )
        for line in priced.lines
    )
    tickets = tuple(
        SoldTicket(
            ticket_id=TicketId(number * 1_000 + place),
            ticket_type_code=line.ticket_type_code,
            generation=0,
            key_id=1,
            manual_code=1,
            valid_from=None,
            valid_until=None,
            price_minor=share,
            line=number,
        )
        for number, line in enumerate(lines)
        for place, share in enumerate(spread(line.gross_minor, [1] * line.count))
    )
    total = priced.total_minor
    return SaleBody(
        sale_id="00",
        receipt_number=1,
        currency="EUR",
        total_minor=total,
        tender="cash",
        tickets=tickets,
        lines=lines,
        payments=(SalePayment(kind="cash", amount_minor=total, given_minor=total),),
        uses=tuple(CountedUse(*use) for use in sorted(priced.uses.items())),
    )


@given(
    st.dictionaries(st.sampled_from([1, 2]), st.integers(1, 12), min_size=1),
    st.integers(-2_000, 2_000),
    st.integers(0, 5),
    st.sampled_from([(), (OFFER,), (CODE,), (OFFER, CODE)]),
    st.booleans(),
)
def test_what_a_plan_prices_fits_it(
    counts: dict[int, int],
    moved: int,
    left: int,
    promotions: tuple[PricePromotion, ...],
    is_coded: bool,
) -> None:
    """Whatever was left of what is counted, and wherever the clock stood within its error."""
    plan = plan_of(FIRST, EARLY, promotions=promotions)
    at = Instant(NOON + moved)
    codes = (b"c",) if is_coded and CODE in promotions else ()
    sale = sale_of(plan, counts, at, codes=codes, left={"f": left, "c": 1})
    assert check_sums(sale, [1]) == []
    assert check_prices([plan], sale, Instant(at + 400), HALF) == []
    assert check_prices([plan], sale, at, None) == []


def test_tier_of_before_is_wrong_once_the_clock_is_sure() -> None:
    """Half a millisecond of error does not stretch over one."""
    plan = plan_of(EARLY)
    sale = sale_of(plan, {1: 1}, Instant(NOON - 1))
    assert check_prices([plan], sale, Instant(NOON + 1_000), HALF) != []
    assert check_prices([plan], sale, Instant(NOON + 400), HALF) == []


def test_discount_without_anybodys_name_is_named() -> None:
    """A cashier may have the right to one; what nobody answers for is told."""
    plan = plan_of()
    sale = sale_of(plan, {1: 1}, NOON)
    (line,) = sale.lines
    cheaper = msgspec.structs.replace(line, discount_minor=200, tax_minor=295)
    ticket = msgspec.structs.replace(sale.tickets[0], price_minor=1_850)
    taken = msgspec.structs.replace(
        sale, lines=(cheaper,), tickets=(ticket,), total_minor=1_850, payments=()
    )
    assert check_prices([plan], taken, NOON, HALF) != []
    signed = msgspec.structs.replace(taken, cashier="ca_1")
    assert check_prices([plan], signed, NOON, HALF) == []
    untaxed = msgspec.structs.replace(cheaper, tax_minor=0)
    wrong = msgspec.structs.replace(signed, lines=(untaxed,))
    assert check_prices([plan], wrong, NOON, HALF) != []


@pytest.mark.parametrize("currency", ["USD", "eur", ""])
def test_price_in_another_currency_is_another_price(currency: str) -> None:
    """So many yen are not so many euros; of a type whose currency nobody says, any is right."""
    plan = plan_of()
    sale = msgspec.structs.replace(sale_of(plan, {1: 1}, NOON), currency=currency)
    without_lines = msgspec.structs.replace(
        sale, lines=(), tickets=(msgspec.structs.replace(sale.tickets[0], price_minor=2_000),)
    )
    assert check_prices([plan], sale, NOON, HALF) != []
    assert check_prices([plan], without_lines, NOON, HALF) != []
    types = tuple(msgspec.structs.replace(one, currency="") for one in plan.types)
    plan = msgspec.structs.replace(plan, types=types)
    assert check_prices([plan], sale, NOON, HALF) == []
    assert check_prices([plan], without_lines, NOON, HALF) == []


@pytest.mark.parametrize(
    ("payment", "rounding", "steps", "is_right"),
    [
        (SalePayment(kind="cash", amount_minor=2_050), 0, [1], True),
        (SalePayment(kind="cash", amount_minor=2_048), -2, [5], True),
        (SalePayment(kind="cash", amount_minor=2_048), -2, [1], False),
        (SalePayment(kind="cash", amount_minor=2_047), -3, [5], False),
        (SalePayment(kind="card", amount_minor=2_048), -2, [5], False),
        (SalePayment(kind="cash", amount_minor=2_048), 0, [5], False),
        (SalePayment(kind="card", amount_minor=2_050, state="reversed"), 0, [1], False),
        (
            SalePayment(kind="cash", amount_minor=2_050, given_minor=1, change_minor=2),
            0,
            [1],
            False,
        ),
        (
            SalePayment(kind="cash", amount_minor=2_050, given_minor=5_000, change_minor=2_950),
            0,
            [1],
            True,
        ),
        (
            SalePayment(kind="cash", amount_minor=2_050, given_minor=5_000, change_minor=3_950),
            0,
            [1],
            False,
        ),
        (
            SalePayment(kind="card", amount_minor=2_050, given_minor=5_000, change_minor=2_950),
            0,
            [1],
            False,
        ),
        (SalePayment(kind="card", amount_minor=2_050, state="unknown"), 0, [1], True),
        (SalePayment(kind="cash", amount_minor=2_050, state="unknown"), 0, [1], False),
        (SalePayment(kind="cash", amount_minor=2_050, state="later"), 0, [1], False),
        (SalePayment(kind="card", amount_minor=2_050, state="later"), 0, [1], False),
        (SalePayment(kind="purse", amount_minor=2_050), 0, [1], False),
    ],
)
def test_payments_are_what_was_due_and_only_cash_is_rounded(
    payment: SalePayment, rounding: int, steps: list[int], is_right: bool
) -> None:
    """By half a coin at most. No drawer expects what is of no tender, or called unknown."""
    sale = sale_of(plan_of(), {1: 1}, NOON)
    sale = msgspec.structs.replace(sale, payments=(payment,), rounding_minor=rounding)
    assert (check_sums(sale, steps) == []) is is_right


def test_counted_price_that_the_sale_does_not_say_is_named() -> None:
    """A tier of so many is a price only as far as the sale says that it used it."""
    tier = PriceTier(id="f", name="First", price_minor=5, count=10)
    plan = plan_of(tier)
    sale = sale_of(plan, {1: 2}, NOON, left={"f": 10})
    assert sale.uses == (CountedUse("f", 2),)
    assert check_prices([plan], sale, NOON, HALF) == []
    for uses in ((), (CountedUse("f", 1),), (CountedUse("f", 3),), (CountedUse("x", 2),)):
        assert check_prices([plan], msgspec.structs.replace(sale, uses=uses), NOON, HALF)
