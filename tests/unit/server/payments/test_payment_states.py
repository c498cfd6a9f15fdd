"""Where payments stand: folded from what was heard, in whatever order it was."""

from __future__ import annotations

from functools import reduce
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.payments.payment_states import (
    Covered,
    FactKind,
    PaymentStanding,
    PaymentState,
    PayoutFact,
    PayoutState,
    cover,
    fold_payment,
    fold_payout,
    join_amounts,
    share_payout,
)

FACTS = st.lists(st.sampled_from(FactKind), max_size=8)


@given(FACTS, st.integers(0, 100), st.data())
def test_any_order_and_any_repetition_ends_in_the_same_state(
    facts: list[FactKind], refunded: int, draw: st.DataObject
) -> None:
    """Whoever hears of it late, twice or the other way round knows the same."""
    once = fold_payment(100, facts, refunded)
    again = draw.draw(st.permutations(facts + facts))
    assert fold_payment(100, again, refunded) == once


@given(FACTS, st.sampled_from(FactKind))
def test_state_moves_one_way_only(facts: list[FactKind], more: FactKind) -> None:
    """What is heard later never takes a payment back up its list; a dispute stands beside it."""
    order = list(PaymentState)
    before, after = fold_payment(100, facts), fold_payment(100, [*facts, more])
    assert after.paid_minor >= before.paid_minor
    if not {before.state, after.state} & {PaymentState.DISPUTED}:
        assert order.index(after.state) >= order.index(before.state)


def kept_of(standing: PaymentStanding) -> int:
    """Say how much of a payment is ours."""
    return standing.paid_minor - standing.refunded_minor - standing.lost_minor


@pytest.mark.parametrize(
    ("facts", "refunded", "state", "kept"),
    [
        ([], 0, "pending", 0),
        (["unknown"], 0, "unknown", 0),
        (["unknown", "paid"], 0, "paid", 100),
        (["unknown", "failed"], 0, "failed", 0),
        (["authorised", "failed"], 0, "failed", 0),
        (["failed", "paid"], 0, "paid", 100),
        (["authorised"], 0, "authorised", 0),
        (["paid"], 40, "partly_refunded", 60),
        (["paid"], 100, "refunded", 0),
        ([], 40, "partly_refunded", 60),
        (["paid", "disputed"], 0, "disputed", 100),
        (["paid", "disputed", "dispute_won"], 0, "paid", 100),
        (["paid", "disputed", "dispute_lost"], 0, "disputed", 0),
    ],
)
def test_facts_make_the_state(facts: list[str], refunded: int, state: str, kept: int) -> None:
    """And what is ours of the money."""
    standing = fold_payment(100, [FactKind(fact) for fact in facts], refunded)
    assert (standing.state, kept_of(standing)) == (state, kept)


@pytest.mark.parametrize(
    ("told", "refunded", "disputed", "lost"),
    [
        ({"disputed": 30}, 0, 30, 0),
        ({"disputed": 30, "dispute_lost": None}, 0, 0, 30),
        ({"disputed": 30, "dispute_lost": 10}, 0, 20, 10),
        ({"disputed": 30, "dispute_lost": 10, "dispute_won": None}, 0, 0, 10),
        ({"disputed": 30, "dispute_won": 10}, 0, 20, 0),
        ({"disputed": None}, 40, 60, 0),
        ({"dispute_lost": None}, 40, 0, 60),
        ({"dispute_lost": 100}, 40, 0, 100),
        ({"disputed": None, "dispute_lost": 10}, 0, 90, 10),
    ],
)
def test_a_dispute_is_about_a_part_or_about_all_that_has_not_gone_back(
    told: dict[str, int | None], refunded: int, disputed: int, lost: int
) -> None:
    """What is neither lost nor won stays in dispute; what nobody said is taken for the most."""
    heard = {FactKind(kind): amount for kind, amount in told.items()}
    amounts = {kind: amount for kind, amount in heard.items() if amount is not None}
    standing = fold_payment(100, heard, refunded, amounts)
    assert (standing.disputed_minor, standing.lost_minor) == (disputed, lost)
    assert kept_of(standing) == 100 - refunded - lost


@given(st.lists(st.none() | st.integers(1, 9), min_size=1), st.data())
def test_the_amount_of_a_dispute_is_the_same_in_whatever_order_it_is_told(
    told: list[int | None], draw: st.DataObject
) -> None:
    """What is exact stands over what nobody said, and the more over the less."""
    again = draw.draw(st.permutations(told + told))
    assert reduce(join_amounts, again, None) == reduce(join_amounts, told, None)


@pytest.mark.parametrize(
    ("disputed", "lost", "paid_again", "covered"),
    [
        (0, 0, 0, Covered()),
        (40, 0, 0, Covered(0, 40)),
        (0, 40, 0, Covered(40, 0)),
        (20, 40, 0, Covered(40, 20)),
        (0, 40, 40, Covered()),
        (20, 40, 40, Covered(0, 20)),
        (0, 40, 10, Covered(30, 0)),
    ],
)
def test_what_a_dispute_took_covers_debts_until_somebody_pays_it_again(
    disputed: int, lost: int, paid_again: int, covered: Covered
) -> None:
    """Of an order of 100."""
    assert cover(100, 100 + paid_again, disputed, lost) == covered


@pytest.mark.parametrize("facts", [(), ("unknown",), ("unknown", "failed"), ("failed", "done")])
def test_payout_ends_in_the_same_state_in_any_order(facts: tuple[str, ...]) -> None:
    """What is done is done, whatever else was said of it."""
    ends = {fold_payout([PayoutFact(one) for one in order]) for order in permutations(facts)}
    assert ends == {PayoutState(facts[-1]) if facts else PayoutState.PENDING}


@given(st.integers(0, 500), st.lists(st.integers(-5, 100), max_size=6))
def test_money_goes_back_by_what_came_last_and_never_more(amount: int, most: list[int]) -> None:
    """Each payment gets at most what is left of it; the newest first; all of it, or none."""
    shares = share_payout(amount, most)
    room = sum(max(0, one) for one in most)
    assert (shares is None) == (amount > room)
    if shares is not None:
        assert sum(shares) == amount
        assert all(0 <= share <= max(0, one) for share, one in zip(shares, most, strict=True))
        touched = [place for place, share in enumerate(shares) if share]
        full = [place for place, one in enumerate(most) if one > 0][: len(touched)]
        assert touched == full
