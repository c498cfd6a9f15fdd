"""A card terminal's booking pays for one sale: a second one that it is said to have paid is named.

Two tills at one terminal: the line of one is cut, the other takes the same amount, and the first
is told by the terminal that this was its own.
"""

from __future__ import annotations

import pytest

from shared.journal.sale_body import SalePayment
from tests.factories.sales_till import PRICE, Till
from tests.integration.server_sync.tills.test_till_prices import add_sale, line_of, mismatches

BOOKING = "17-204-28004869"


def sell_by_card(till: Till, number: int, *references: str) -> None:
    """Sell a ticket by cards, each with the word of whoever has charged it."""
    part = PRICE // len(references)
    parts = tuple(SalePayment(kind="card", amount_minor=part, reference=one) for one in references)
    add_sale(till, [till.mint(number)], lines=(line_of(1, PRICE),), payments=parts, tender="card")


async def another_till(till: Till) -> Till:
    """Give a second one of the same event."""
    other = Till(till.office, await till.office.enrol(role="till"))
    await other.open()
    return other


@pytest.mark.either_database
async def test_a_sale_that_another_tills_booking_has_paid_is_named(till: Till) -> None:
    """It is booked, as what was sold is; its money is in no terminal, and somebody has to look."""
    other = await another_till(till)
    sell_by_card(till, 1, BOOKING)
    sell_by_card(till, 2, "18-205-28004869")
    assert await mismatches(till) == []
    sell_by_card(other, 1, BOOKING)
    (named,) = await mismatches(other)
    office = till.office
    orders = (await office.office.ok("GET", f"{office.path}/orders", office.owner))["items"]
    first = orders[-1]["number"]
    assert named == f"{PRICE} by the card booking {BOOKING}, which has paid for order {first}"
    assert len(orders) == 3
    assert await mismatches(other) == [named], "brought once more it is the same"


@pytest.mark.either_database
@pytest.mark.parametrize(
    "reference", ["", "4711", "17-28004869", "17-204-28004869 by hand", "17-204-2800486"]
)
async def test_what_need_not_be_one_booking_accuses_nobody(till: Till, reference: str) -> None:
    """Slips count from 1 again, cashiers key in what they like, and two cards may pay one sale."""
    other = await another_till(till)
    sell_by_card(till, 1, reference)
    sell_by_card(till, 2, BOOKING, BOOKING)
    assert await mismatches(till) == []
    sell_by_card(other, 1, reference)
    assert await mismatches(other) == []
