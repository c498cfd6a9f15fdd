"""Folds what is known of a payment, or of money that goes back, into the state it has; pure.

A state is folded from the set of facts that are known, whatever their order and however often each
was told: so whoever hears of them in another order ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec


class FactKind(StrEnum):
    """What was heard of a payment."""

    AUTHORISED = "authorised"
    PAID = "paid"
    FAILED = "failed"
    UNKNOWN = "unknown"
    DISPUTED = "disputed"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class PaymentState(StrEnum):
    """Where a payment stands; it moves down this list only, `disputed` apart."""

    PENDING = "pending"
    UNKNOWN = "unknown"
    AUTHORISED = "authorised"
    FAILED = "failed"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


TAKEN: Final = (
    PaymentState.PAID,
    PaymentState.PARTLY_REFUNDED,
    PaymentState.REFUNDED,
    PaymentState.DISPUTED,
)
"""States of payments whose money has come, whatever became of it later."""


class PayoutFact(StrEnum):
    """What was heard of money that is to go back."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class PayoutState(StrEnum):
    """Where money that is to go back stands; it moves down this list only.

    While it is pending or unknown it counts as gone: nobody pays it out a second time.
    """

    PENDING = "pending"
    UNKNOWN = "unknown"
    FAILED = "failed"
    DONE = "done"


_RANKS: Final = {
    FactKind.UNKNOWN: PaymentState.UNKNOWN,
    FactKind.AUTHORISED: PaymentState.AUTHORISED,
    FactKind.FAILED: PaymentState.FAILED,
    FactKind.PAID: PaymentState.PAID,
}
_ORDER: Final = tuple(PaymentState)
_PAYOUT_ORDER: Final = tuple(PayoutState)
DISPUTES: Final = {FactKind.DISPUTED, FactKind.DISPUTE_WON, FactKind.DISPUTE_LOST}
_NONE: Final[Mapping[FactKind, int]] = {}


class PaymentStanding(msgspec.Struct, frozen=True):
    """What a payment comes to; amounts in minor units.

    Attributes:
        state: As it is shown.
        paid_minor: What was taken: all of it, or nothing.
        refunded_minor: What went back for certain.
        disputed_minor: What somebody takes back of it, while that is not decided.
        lost_minor: What disputes took back for good.
    """

    state: PaymentState
    paid_minor: int
    refunded_minor: int
    disputed_minor: int = 0
    lost_minor: int = 0


def fold_payment(
    amount_minor: int,
    facts: Iterable[FactKind],
    refunded_minor: int = 0,
    amounts: Mapping[FactKind, int] = _NONE,
) -> PaymentStanding:
    """Tell where a payment stands.

    Args:
        amount_minor: What it is for.
        facts: All that was heard of it, in any order.
        refunded_minor: What of it went back for certain; who says so knows that it was paid.
        amounts: What of it facts about disputes are of, of all its disputes together. Where none
            was said: of all that has not gone back; of a loss, of all that was disputed; of one
            that was won, of all that is not lost.
    """
    heard = set(facts)
    is_paid = FactKind.PAID in heard or refunded_minor > 0 or bool(heard & DISPUTES)
    reached = [_RANKS[fact] for fact in heard if fact in _RANKS]
    state = max(reached, key=_ORDER.index, default=PaymentState.PENDING)
    if is_paid:
        state = PaymentState.PAID
    if 0 < refunded_minor < amount_minor:
        state = PaymentState.PARTLY_REFUNDED
    elif refunded_minor and refunded_minor >= amount_minor:
        state = PaymentState.REFUNDED
    disputed, lost = _fold_disputes(max(0, amount_minor - refunded_minor), heard, amounts)
    if disputed or FactKind.DISPUTE_LOST in heard:
        state = PaymentState.DISPUTED
    return PaymentStanding(
        state=state,
        paid_minor=amount_minor if is_paid else 0,
        refunded_minor=refunded_minor,
        disputed_minor=disputed,
        lost_minor=lost,
    )


def _fold_disputes(
    whole_minor: int, heard: set[FactKind], amounts: Mapping[FactKind, int]
) -> tuple[int, int]:
    """Return what is in dispute, and what disputes took back for good."""
    raised = lost = won = 0
    if FactKind.DISPUTED in heard:
        raised = amounts.get(FactKind.DISPUTED, whole_minor)
    if FactKind.DISPUTE_LOST in heard:
        most = amounts.get(FactKind.DISPUTED, whole_minor)
        lost = amounts.get(FactKind.DISPUTE_LOST, most)
    if FactKind.DISPUTE_WON in heard:
        won = amounts.get(FactKind.DISPUTE_WON, raised)
    return max(0, raised - lost - won), lost


def join_amounts(known: int | None, said: int | None) -> int | None:
    """Return the amount of a fact that is told again: what is exact, and the more of two."""
    return said if known is None else known if said is None else max(known, said)


class Covered(msgspec.Struct, frozen=True):
    """What buyers took back of an order by disputes; amounts in minor units.

    Attributes:
        lost_minor: For good, and not paid again since: no debt of ours goes out for it.
        open_minor: While that is not decided: nothing goes out for it until then.
    """

    lost_minor: int = 0
    open_minor: int = 0


def cover(due_minor: int, taken_minor: int, disputed_minor: int, lost_minor: int) -> Covered:
    """Tell what of an order's debts its disputes have paid, or may.

    Args:
        due_minor: What the order is to bring.
        taken_minor: What was taken for it, whatever was disputed.
        disputed_minor: What of that is in dispute.
        lost_minor: What of that was lost by disputes.
    """
    lost = min(lost_minor, max(0, due_minor - (taken_minor - lost_minor)))
    gone = lost_minor + disputed_minor
    return Covered(lost, min(gone, max(0, due_minor - (taken_minor - gone))) - lost)


def fold_payout(facts: Iterable[PayoutFact]) -> PayoutState:
    """Tell where money that is to go back stands, from all that was heard of it."""
    reached = [PayoutState(fact.value) for fact in facts]
    return max(reached, key=_PAYOUT_ORDER.index, default=PayoutState.PENDING)


def share_payout(amount_minor: int, open_minor: Iterable[int]) -> list[int] | None:
    """Share what goes back among payments, the newest first.

    Args:
        amount_minor: What is to go back.
        open_minor: What may still go back of each payment, the newest first.

    Returns:
        How much of each; None if they do not suffice.
    """
    shares = []
    for most in open_minor:
        share = min(amount_minor, max(0, most))
        shares.append(share)
        amount_minor -= share
    return None if amount_minor else shares
