"""A card terminal of a till: it lives on whatever becomes of the till, and does not always answer.

A payment has a name; whoever asks for the same name twice is charged once.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from shared.kernel.instant import SECOND, Duration
from shared.kernel.money import Money
from simulator.kernel.dice import Dice
from simulator.kernel.stage import Stage

THINKS: Final[Duration] = 3 * SECOND
SLOW: Final[Duration] = 30 * SECOND


class Charged(msgspec.Struct):
    """What the terminal knows of one payment.

    Attributes:
        amount: Minor units.
        state: `asked`, `booked`, `declined` or `reversed`.
        reference: Its own number.
    """

    amount: int
    state: str
    reference: str


class CardTerminal:
    """Fulfils `Charger` over what stands in the terminal itself.

    Attributes:
        payments: By name: what it has in its own journal.
        twice: Names that were asked for with two amounts.
    """

    def __init__(self, stage: Stage, dice: Dice) -> None:
        self._stage, self._dice = stage, dice
        self.payments: dict[str, Charged] = {}
        self.twice: list[str] = []
        self.is_well = False
        """Whether it answers always, and at once: after doors."""

    async def pay(self, name: str, amount: Money, code: str) -> Charge:
        """See `Charger`."""
        del code
        known = self.payments.get(name)
        if known is not None:
            if known.amount != amount.minor_units:
                self.twice.append(name)
            return await self.find(name)
        known = Charged(amount.minor_units, "asked", f"T{len(self.payments) + 1}")
        self.payments[name] = known
        turn = self._dice.below(100)
        if self.is_well:
            turn = 0
        lasts = self._dice.exponential(THINKS if turn < 90 else SLOW)
        # What becomes of it does not depend on whether the till still listens.
        self._stage.loop.call_after(lasts, lambda: self._book(known, is_paid=turn % 10 != 9))
        if turn >= 80:  # it says nothing, and may book before or after the till gives up
            await asyncio.sleep(self._dice.exponential(THINKS) / SECOND)
            return Charge(ChargeState.UNKNOWN)
        await asyncio.sleep((lasts + SECOND) / SECOND)
        return self._said(known)

    def _book(self, known: Charged, *, is_paid: bool) -> None:
        known.state = "booked" if is_paid else "declined"

    def _said(self, known: Charged) -> Charge:
        if known.state == "booked":
            return Charge(ChargeState.PAID, known.reference)
        if known.state == "asked":
            return Charge(ChargeState.UNKNOWN)
        return Charge(ChargeState.DECLINED)

    async def find(self, name: str) -> Charge:
        """See `Charger`."""
        await asyncio.sleep(self._dice.exponential(SECOND) / SECOND)
        if not self.is_well and self._dice.chance(0.2):
            return Charge(ChargeState.UNKNOWN)
        known = self.payments.get(name)
        return Charge(ChargeState.DECLINED) if known is None else self._said(known)

    async def reverse(self, name: str, reference: str) -> Charge:
        """See `Charger`."""
        del reference
        await asyncio.sleep(self._dice.exponential(SECOND) / SECOND)
        known = self.payments.get(name)
        if known is None or known.state == "asked":
            return Charge(ChargeState.UNKNOWN)
        turn = 0 if self.is_well else self._dice.below(10)
        if turn < 8 and known.state == "booked":
            known.state = "reversed"
        if turn in {7, 8}:
            return Charge(ChargeState.UNKNOWN)
        is_gone = known.state == "reversed"
        return Charge(ChargeState.PAID if is_gone else ChargeState.DECLINED)

    async def settle(self, name: str, *, is_paid: bool, reference: str) -> None:
        """See `Charger`; what the terminal itself has booked stays as it is."""
