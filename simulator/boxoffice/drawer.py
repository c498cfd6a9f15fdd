"""The model of a drawer: what a report must say, added up from the till's own entries.

A second fold, from docs/specs/journal.md, section 5, and decision record 0049: it calls nothing of
the product, which folds the same entries at the till and at the office.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody, ShiftSums
from shared.journal.withdrawal_body import WithdrawalBody
from simulator.boxoffice.paid_in_parts import parts_of
from simulator.judging.ledger_and_device_views import HeldEntry

ENDING: Final = frozenset({"refund", "void", "exchange"})
PLAIN: Final = (
    "float",
    "paid_in",
    "paid_out",
    "dropped",
    "expected",
    "gross",
    "discount",
    "fee",
    "rounding",
    "payout",
)
COUNTS: Final = (
    "sale_count",
    "ticket_count",
    "payout_count",
    "void_count",
    "no_sale_count",
    "first_receipt",
    "last_receipt",
)


class Tally:
    """One shift, added up so far."""

    def __init__(self, seq: int, opened: ShiftBody) -> None:
        self.shift_id, self.first_seq = opened.shift_id, seq
        self.cashier = opened.cashier
        self._is = dict.fromkeys([*PLAIN, *COUNTS], 0)
        self._is["float"] = opened.amount_minor
        self._tenders: dict[str, dict[str, int]] = {}
        self._taxes: dict[int, list[int]] = {}
        self._types: dict[tuple[str, int], list[int]] = {}

    @property
    def expected(self) -> int:
        """What the drawer must hold: what went in as cash, less what went out."""
        cash = self._tenders.get("cash", {})
        came = self._is["float"] + self._is["paid_in"] + cash.get("sale", 0)
        went = self._is["paid_out"] + self._is["dropped"] + cash.get("payout", 0)
        return came - went + cash.get("moved", 0)

    @property
    def card(self) -> int:
        """What cards have brought."""
        card = self._tenders.get("card", {})
        return card.get("sale", 0) - card.get("payout", 0) + card.get("moved", 0)

    def add(self, event_id: str, body: object) -> None:
        """Add what an entry says."""
        if isinstance(body, SaleBody):
            self._sell(event_id, body)
        elif isinstance(body, WithdrawalBody) and body.purpose in ENDING:
            self._pay_back(event_id, body)
        elif isinstance(body, ShiftBody):
            self._act(body)

    def _tender(self, kind: str, what: str, amount: int) -> None:
        held = self._tenders.setdefault(kind, {})
        held[what] = held.get(what, 0) + amount

    def _sell(self, event_id: str, body: SaleBody) -> None:
        self._is["sale_count"] += 1
        self._is["first_receipt"] = self._is["first_receipt"] or body.receipt_number
        self._is["last_receipt"] = body.receipt_number
        self._is["rounding"] += body.rounding_minor
        for line in body.lines:
            gross = line.unit_minor * line.count - line.discount_minor + line.fee_minor
            self._is["gross"] += gross
            self._is["discount"] += line.discount_minor
            self._is["fee"] += line.fee_minor
            self._is["ticket_count"] += line.count
            self._tax(line.tax_basis_points, gross, line.tax_minor)
            self._type(event_id, line.ticket_type_code, line.count, gross, 0, 0)
        for part in body.payments:
            self._tender(part.kind, "sale", part.amount_minor)
            self._tender(part.kind, "sales", 1)

    def _pay_back(self, event_id: str, body: WithdrawalBody) -> None:
        amount = body.amount_minor
        self._is["payout_count"] += 1
        self._is["void_count"] += body.purpose == "void"
        self._is["payout"] += amount
        self._type(event_id, body.ticket_type_code, 0, 0, 1, amount)
        for kind, part in parts_of(body):
            self._tender(kind, "payout", part)
            self._tender(kind, "payouts", 1)
        if amount:
            self._tax(body.tax_basis_points, -amount, -body.tax_minor)

    def _act(self, body: ShiftBody) -> None:
        amount = body.amount_minor
        match str(body.act):
            case "paid_in" | "paid_out":
                self._is[str(body.act)] += amount
            case "drop":
                self._is["dropped"] += amount
            case "no_sale":
                self._is["no_sale_count"] += 1
            case "tender_moved":
                self._tender(body.tender, "moved", -amount)
                self._tender(body.tender_to, "moved", amount)
            case "hand_over":
                self.cashier = body.receiver
            case _:
                pass

    def _tax(self, rate: int, gross: int, tax: int) -> None:
        held = self._taxes.setdefault(rate, [0, 0])
        held[0] += gross
        held[1] += tax

    def _type(self, event_id: str, code: int, *added: int) -> None:
        held = self._types.setdefault((event_id, code), [0, 0, 0, 0])
        for place, amount in enumerate(added):
            held[place] += amount

    def differences(self, said: ShiftSums) -> list[str]:
        """Name each figure of a report that is another one."""
        found = []
        mine = self._is | {"expected": self.expected}
        for name, amount in mine.items():
            there = getattr(said, f"{name}_minor" if name in PLAIN else name)
            if there != amount:
                found.append(f"{name} {there}, not {amount}")
        if said.first_seq != self.first_seq:
            found.append(f"it begins at {said.first_seq}, not {self.first_seq}")
        tenders = {
            one.kind: (
                one.sale_minor,
                one.sale_count,
                one.payout_minor,
                one.payout_count,
                one.moved_minor,
                one.unknown_minor,
            )
            for one in said.tenders
        }
        names = ("sale", "sales", "payout", "payouts", "moved", "unknown")
        own = {
            kind: tuple(held.get(name, 0) for name in names)
            for kind, held in self._tenders.items()
        }
        found += _unlike("tenders", tenders, own)
        taxes = {one.basis_points: (one.gross_minor, one.tax_minor) for one in said.taxes}
        found += _unlike("taxes", taxes, {one: tuple(sums) for one, sums in self._taxes.items()})
        types = {
            (one.event_id, one.code): (
                one.sold_count,
                one.sold_minor,
                one.returned_count,
                one.returned_minor,
            )
            for one in said.types
        }
        own_types = {one: tuple(sums) for one, sums in self._types.items()}
        return found + _unlike("types", types, own_types)


def _unlike(name: str, said: object, own: object) -> list[str]:
    return [] if said == own else [f"{name} {said}, not {own}"]


def acts_of(entries: Iterable[HeldEntry]) -> list[tuple[HeldEntry, object]]:
    """Return what a till's journal says of its drawer, in order."""
    kinds = (SaleBody, ShiftBody, WithdrawalBody)
    return [(held, held.body) for held in entries if isinstance(held.body, kinds)]
