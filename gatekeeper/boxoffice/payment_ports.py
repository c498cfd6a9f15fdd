"""What a till needs of a card terminal and of whoever redeems vouchers.

Each payment has a name of its own. Whoever is asked for the same name twice charges once, or says
what became of it; an answer that does not come is *unknown*, never *declined*.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from shared.kernel.money import Money
from shared.wire.voucher import VoucherAnswer


class ChargeState(StrEnum):
    """What is known of a charge."""

    PAID = "paid"
    DECLINED = "declined"
    """Surely not charged."""
    UNKNOWN = "unknown"
    AWAY = "away"
    """Nobody was asked: surely not charged."""


class Doubt(StrEnum):
    """What a person has to know of a charge that is not simply made or not."""

    AWAY = "away"
    """Whoever was asked for it does not answer now."""
    BUSY = "busy"
    """Whoever was asked for it is still at work."""
    OTHER = "other"
    """What was booked last is not surely this one: perhaps another amount was."""
    LATE = "late"
    """Nobody was asked for this one: the one before, said not to be made, seems to be booked."""
    TWICE = "twice"
    """Two bookings were made of it, which its reference names: one is to be cancelled there."""
    NOT_BACK = "not_back"
    """It was to go back, and cannot from here: a person cancels it at the terminal."""


class Charge(msgspec.Struct, frozen=True):
    """What the other side said.

    Attributes:
        state: What is known.
        reference: Its own number of the payment, for the receipt; or "".
        text: What it shows, or what to do; or "".
        voucher: The ledger's own no to a voucher, or None.
        doubt: Why nothing is known, where more is known than that.
    """

    state: ChargeState
    reference: str = ""
    text: str = ""
    voucher: VoucherAnswer | None = None
    doubt: Doubt | None = None


class Charger(Protocol):
    """A card terminal, or the server's desk for vouchers; it raises nothing."""

    async def pay(self, name: str, amount: Money, code: str) -> Charge:
        """Charge an amount.

        Args:
            name: Of this payment, for good.
            amount: What to charge.
            code: The voucher's; "" for a card.
        """

    async def find(self, name: str) -> Charge:
        """Say whether a payment stands now.

        Returns:
            `paid`; or `declined` where it surely was never made, or was given back.
        """

    async def reverse(self, name: str, reference: str) -> Charge:
        """Give a payment back; `paid` here says that it was given back."""

    async def settle(self, name: str, *, is_paid: bool, reference: str) -> None:
        """Take a person's word for whether a payment stands; nothing is asked about it again."""


class TerminalDay(Protocol):
    """What a card terminal has taken, by its own count."""

    async def count_day(
        self, shift_id: str, currency: str, card_minor: int, *, ends_day: bool
    ) -> int | None:
        """Return its sum for a shift in minor units, and let it settle its day; None for none.

        Args:
            shift_id: Which shift.
            currency: ISO 4217.
            card_minor: What the till says that cards have brought in it so far.
            ends_day: It is the end of the terminal's day as well.
        """
