"""What each ticket of an order cost: the same whoever asks, and together what its line cost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.orders.pricing import LineSum, TicketOfLine, price_tickets, tax_tickets
from shared.kernel.id_types import TicketId
from shared.sales.dividing_money import spread

TOTALS = st.one_of(
    st.integers(0, 200_000),  # yen, forints
    st.integers(0, 99_999).map(lambda euros: euros * 100 + 99),
    st.integers(0, 99_999_999),  # dinars, of a thousand parts
)
IDS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=12, unique=True)


@given(TOTALS, IDS, st.booleans(), st.randoms(use_true_random=False))
def test_parts_add_up_whoever_pays_which_in_whichever_order(
    total: int, numbers: list[int], is_of_till: bool, dice: object
) -> None:
    """A till pays what its journal says, the office what it reckons; nothing is over or short."""
    said = spread(total, [1] * len(numbers))
    tickets = [
        TicketOfLine(TicketId(number), 1, price if is_of_till else None)
        for number, price in zip(numbers, said, strict=True)
    ]
    shuffled = list(tickets)
    dice.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis' own kind of random
    prices = price_tickets({1: LineSum(total, len(numbers))}, shuffled)
    assert sum(prices.values()) == total
    assert max(prices.values()) - min(prices.values()) <= 1
    if is_of_till:
        assert prices == {one.ticket_id: one.price_minor for one in tickets}


@given(TOTALS, IDS, st.data())
def test_the_tax_of_a_lines_tickets_is_the_lines(
    total: int, numbers: list[int], data: st.DataObject
) -> None:
    """So that nothing of it is left when all of them have gone back."""
    tax = data.draw(st.integers(0, total))
    tickets = [TicketOfLine(TicketId(number), 1, None) for number in numbers]
    taxes = tax_tickets({1: LineSum(total, len(numbers), 700, tax)}, tickets)
    whole = {ticket: one.within(one.price_minor) for ticket, one in taxes.items()}
    assert sum(whole.values()) == tax
    assert all(0 <= whole[ticket] <= one.price_minor + 1 for ticket, one in taxes.items())


def test_the_tax_of_parts_is_off_by_less_than_a_unit_and_to_no_side() -> None:
    """Eighty in a hundred of each of a hundred tickets: rounded down each, 65 units stayed."""
    line = LineSum(100 * 2_503, 100, 1_900, 100 * 400 - 36)
    tickets = [TicketOfLine(TicketId(number), 1, None) for number in range(100)]
    exact = line.tax_minor * 2_002 / line.total_minor
    parts = [one.within(2_002) for one in tax_tickets({1: line}, tickets).values()]
    assert all(abs(part - exact) < 1 for part in parts)
    assert abs(sum(parts) - 100 * exact) < 5


@given(TOTALS, IDS, st.lists(st.integers(0, 10**9), max_size=12))
def test_no_word_of_a_till_makes_tickets_cost_more_than_their_line(
    total: int, numbers: list[int], said: list[int]
) -> None:
    """Whatever prices it names, and however many of the line's tickets are on record."""
    tickets = [
        TicketOfLine(TicketId(number), 1, price)
        for number, price in zip(numbers, said, strict=False)
    ]
    prices = price_tickets({1: LineSum(total, len(numbers))}, tickets)
    assert prices.keys() == {one.ticket_id for one in tickets}
    assert sum(prices.values()) <= total


def test_a_ticket_beyond_its_line_cost_nothing() -> None:
    """What a dishonest till put onto a line besides has no part of it."""
    tickets = [TicketOfLine(TicketId(number), 1, None) for number in (3, 1, 2)]
    prices = price_tickets({1: LineSum(101, 2)}, tickets)
    assert prices == {1: 51, 2: 50, 3: 0}
