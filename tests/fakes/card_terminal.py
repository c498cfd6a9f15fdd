"""A card terminal with a ledger of its own, that may fall silent before or after it has booked."""

from __future__ import annotations

from collections.abc import Iterable

from gatekeeper.boxoffice.payment_ports import Charge, ChargeState
from shared.kernel.money import Money

SILENT = Charge(ChargeState.UNKNOWN)


class CardTerminal:
    """Charges one name once; fulfils `Charger`.

    Attributes:
        charged: Minor units by payment's name: what was really taken and not given back.
        asked: Names in the order asked, for charges.
        behaviour: What it does with the next requests: `pay`, `decline`, `lose` (books and says
            nothing), `silent` (books nothing and says nothing), `away`. Then it pays.
    """

    def __init__(self, behaviour: Iterable[str] = ()) -> None:
        self.charged: dict[str, int] = {}
        self.asked: list[str] = []
        self.behaviour = list(behaviour)

    async def pay(self, name: str, amount: Money, code: str) -> Charge:
        """Charge, or do what is planned."""
        self.asked.append(name)
        what = self.behaviour.pop(0) if self.behaviour else "pay"
        if what in {"pay", "lose"}:
            self.charged[name] = amount.minor_units
        return {
            "pay": Charge(ChargeState.PAID, f"T{len(self.asked)}"),
            "decline": Charge(ChargeState.DECLINED, text="card refused"),
            "away": Charge(ChargeState.AWAY),
        }.get(what, SILENT)

    async def find(self, name: str) -> Charge:
        """Look the payment up in the ledger."""
        if self.behaviour and self.behaviour[0] == "silent":
            self.behaviour.pop(0)
            return SILENT
        if name in self.charged:
            return Charge(ChargeState.PAID, f"F{len(self.charged)}")
        return Charge(ChargeState.DECLINED)

    async def reverse(self, name: str, reference: str) -> Charge:
        """Give back."""
        what = self.behaviour.pop(0) if self.behaviour else "pay"
        if what in {"pay", "lose"}:
            del self.charged[name]
        if what == "pay":
            return Charge(ChargeState.PAID)
        return Charge(ChargeState.DECLINED) if what == "decline" else SILENT

    async def settle(self, name: str, *, is_paid: bool, reference: str) -> None:
        """Believe the person."""
