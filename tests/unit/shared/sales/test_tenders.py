"""Tenders become payments that come to what is due; what does not is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import (
    CARD,
    CASH,
    COMP,
    VOUCHER,
    Part,
    Tender,
    Tendered,
    take_tenders,
    tender_word,
)


def tender(kind: str, amount: int | None = None, code: str = "") -> Tender:
    """Return one tender."""
    return Tender(kind=kind, amount_minor=amount, code=code)


def settled(due: int, *tenders: Tender, step: int = 1) -> Tendered:
    """Settle what must be accepted."""
    found = take_tenders(due, tenders, cash_step=step)
    assert isinstance(found, Tendered)
    return found


def test_exact_cash_needs_no_amount() -> None:
    """The button *exact*."""
    assert settled(4_500, tender(CASH)).parts == (
        Part(kind=CASH, amount_minor=4_500, given_minor=4_500),
    )


def test_note_gives_change() -> None:
    """50.00 for 45.00."""
    found = settled(4_500, tender(CASH, 5_000))
    [part] = found.parts
    assert (part.amount_minor, part.change_minor) == (4_500, 500)


def test_card_and_cash_split_rounds_what_cash_pays_only() -> None:
    """68.32: 30.00 by card, of 38.32 in cash 38.30 are due in steps of 0.05."""
    found = settled(6_832, tender(CARD, 3_000), tender(CASH, 4_000), step=5)
    assert [part.amount_minor for part in found.parts] == [3_000, 3_830]
    assert (found.rounding_minor, found.parts[1].change_minor) == (-2, 170)


def test_cash_first_and_the_rest_by_card_rounds_nothing() -> None:
    """What is left for the card is exact."""
    found = settled(6_832, tender(CASH, 2_000), tender(CARD), step=5)
    assert [part.amount_minor for part in found.parts] == [2_000, 4_832]
    assert found.rounding_minor == 0


def test_whoever_pays_to_the_last_coin_pays_what_is_due() -> None:
    """Small coins are still money where the till rounds."""
    found = settled(998, tender(CASH, 998), step=5)
    assert (found.rounding_minor, found.parts[0].change_minor) == (0, 0)


def test_sale_of_nothing_takes_no_tender() -> None:
    """A type that is free."""
    assert settled(0).parts == (Part(kind=CASH, amount_minor=0),)


@pytest.mark.parametrize(
    ("due", "tenders", "reason"),
    [
        (100, (tender("gold"),), SaleReason.WRONG_TENDER),
        (100, (), SaleReason.SUM_DIFFERS),
        (100, (tender(CASH, 99),), SaleReason.SUM_DIFFERS),
        (100, (tender(CARD, 99),), SaleReason.SUM_DIFFERS),
        (100, (tender(CARD, 101),), SaleReason.SUM_DIFFERS),
        (100, (tender(CARD, 0), tender(CASH)), SaleReason.SUM_DIFFERS),
        (100, (tender(CASH), tender(CARD)), SaleReason.SUM_DIFFERS),
        (100, (tender(CASH, 200), tender(CASH, 1)), SaleReason.SUM_DIFFERS),
        (100, (tender(VOUCHER, 40), tender(CASH, 59)), SaleReason.SUM_DIFFERS),
        (0, (tender(COMP), tender(CASH)), SaleReason.WRONG_TENDER),
        (0, (tender(COMP, 5),), SaleReason.WRONG_TENDER),
        (0, (tender(CARD, 1),), SaleReason.SUM_DIFFERS),
        (100, (tender(CASH, 1),) * 21, SaleReason.WRONG_TENDER),
    ],
)
def test_what_does_not_come_to_the_sum_is_refused(
    due: int, tenders: tuple[Tender, ...], reason: SaleReason
) -> None:
    """Nothing is charged before it adds up."""
    found = take_tenders(due, tenders)
    assert isinstance(found, Refusal)
    assert found.reason is reason


def test_several_kinds_are_called_split() -> None:
    """Two cards are still card."""
    assert tender_word((CARD, CARD)) == CARD
    assert tender_word((CARD, CASH)) == "split"


@given(
    st.integers(0, 10**7),
    st.lists(st.tuples(st.sampled_from([CASH, CARD, VOUCHER]), st.integers(0, 10**7)), max_size=4),
    st.sampled_from([1, 5, 10, 50, 100, 500]),
)
def test_payments_always_come_to_what_is_due_and_its_rounding(
    due: int, keyed: list[tuple[str, int]], step: int
) -> None:
    """Whatever is keyed in: accepted, it adds up; change comes from cash, and never exceeds it."""
    found = take_tenders(due, [tender(*one) for one in keyed], cash_step=step)
    if isinstance(found, Refusal):
        return
    assert sum(part.amount_minor for part in found.parts) == due + found.rounding_minor
    assert abs(found.rounding_minor) * 2 <= step
    assert not found.rounding_minor or found.parts[-1].kind == CASH
    for part in found.parts:
        if part.kind == CASH:
            assert part.given_minor - part.change_minor == part.amount_minor
        else:
            assert part.given_minor == part.change_minor == 0
