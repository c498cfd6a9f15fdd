"""What facts make of a payment or of money that goes back; pure.

A state is folded from the set of facts that are known, whatever their order and however often each
was told: so whoever hears of them in another order ends in the same state.
"""

from __future__ import annotations

from collections.abc import Iterable
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
_DISPUTES: Final = {FactKind.DISPUTED, FactKind.DISPUTE_WON, FactKind.DISPUTE_LOST}


class Standing(msgspec.Struct, frozen=True):
    """What a payment comes to; amounts in minor units.

    Attributes:
        state: As it is shown.
        paid_minor: What was taken: all of it, or nothing.
        refunded_minor: What went back for certain.
        is_disputed: Somebody took it back and it is not decided.
        is_lost: A dispute took it back for good.
    """

    state: PaymentState
    paid_minor: int
    refunded_minor: int
    is_disputed: bool
    is_lost: bool

    @property
    def kept_minor(self) -> int:
        """Return what is ours of it."""
        return 0 if self.is_lost else self.paid_minor - self.refunded_minor


def fold_payment(
    amount_minor: int, facts: Iterable[FactKind], refunded_minor: int = 0
) -> Standing:
    """Tell where a payment stands.

    Args:
        amount_minor: What it is for.
        facts: All that was heard of it, in any order.
        refunded_minor: What of it went back for certain; who says so knows that it was paid.
    """
    heard = set(facts)
    is_paid = FactKind.PAID in heard or refunded_minor > 0 or bool(heard & _DISPUTES)
    reached = [_RANKS[fact] for fact in heard if fact in _RANKS]
    state = max(reached, key=_ORDER.index, default=PaymentState.PENDING)
    if is_paid:
        state = PaymentState.PAID
    if 0 < refunded_minor < amount_minor:
        state = PaymentState.PARTLY_REFUNDED
    elif refunded_minor and refunded_minor >= amount_minor:
        state = PaymentState.REFUNDED
    is_lost = FactKind.DISPUTE_LOST in heard
    is_open = FactKind.DISPUTED in heard and FactKind.DISPUTE_WON not in heard
    if is_open or is_lost:
        state = PaymentState.DISPUTED
    return Standing(
        state=state,
        paid_minor=amount_minor if is_paid else 0,
        refunded_minor=refunded_minor,
        is_disputed=is_open and not is_lost,
        is_lost=is_lost,
    )


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
