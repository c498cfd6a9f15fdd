"""The model of sales that are paid in parts: how much of a ticket's money goes back by what.

Written from decision records 0120 and 0124, in whole minor units; it calls nothing of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from simulator.boxoffice.money import round_cash

CASH: Final = "cash"
CREDIT: Final = "exchange"
SPLIT: Final = "split"
Part = tuple[str, int]
"""By which tender, and how much."""


def parts_of(body: WithdrawalBody) -> list[Part]:
    """Say by what a ticket's money went back, and what of it pays for another sale."""
    out = [(one.tender, one.amount_minor) for one in body.parts]
    if body.tender != SPLIT:
        out = [(body.tender, body.amount_minor - body.credited_minor)]
    return [(kind, amount) for kind, amount in (*out, (CREDIT, body.credited_minor)) if amount]


def kept_by(sale: SaleBody) -> Counter[str]:
    """Say by what a sale was paid in the end, and how much by each."""
    kept = Counter[str]()
    for one in sale.payments:
        kept[one.kind] += one.amount_minor if one.state != "reversed" else 0
    return +kept


def handed_over(sale: SaleBody, due: int, left: int, tender: str, step: int) -> int:
    """Say what of a sum is paid: no more than is left, and cash in coins that there are.

    Smaller ones lie in the drawer where they were laid down for that sale, and not handed back.
    """
    if tender != CASH:
        return min(due, left)
    if due == left and (left - kept_by(sale)[CASH]) % step == 0:
        return due
    return min(round_cash(due, step), left // step * step)


class Counted:
    """A sale's payments in the order paid, and what has not gone back of each."""

    def __init__(self, sale: SaleBody, gone: Iterable[Part]) -> None:
        self._sale = sale
        kept = (one for one in sale.payments if one.state != "reversed")
        self._left: list[tuple[str, int]] = [(one.kind, one.amount_minor) for one in kept]
        for tender, amount in gone:
            self._take(tender, amount)

    def _take(self, tender: str, amount: int) -> None:
        """Take what went back off the payments of its tender, then off others; newest first."""
        newest = range(len(self._left))[::-1]
        for place in sorted(newest, key=lambda one: self._left[one][0] != tender):
            kind, left = self._left[place]
            part = min(amount, left)
            self._left[place] = kind, left - part
            amount -= part

    def goes_back(self, due: int, credited: int, step: int) -> Counter[str]:
        """Say what goes back by each: what was paid last goes first, and cash in coins.

        What no coin pays is not due any more, nor what pays for another sale.
        """
        room = sum(left for _, left in self._left) - credited
        found = Counter[str]()
        for kind, left in reversed(self._left):
            part, most = min(due, left), min(left, room)
            share = handed_over(self._sale, min(part, most), most, kind, step)
            found[kind] += share
            due, room = due - max(part, share), room - share
        return +found


class Purses:
    """What came in and went back of sales; those that one pays in exchange have one purse."""

    def __init__(self) -> None:
        self._purse_of: dict[str, str] = {}
        self._came: dict[str, Counter[str]] = {}
        self._went: dict[str, Counter[str]] = {}
        self._times = Counter[str]()

    def come(self, sale_id: str, paid: Iterable[Part]) -> None:
        """Take what a sale was paid by; a move of it takes from one what it gives to another."""
        came = self._came.setdefault(sale_id, Counter())
        for kind, amount in paid:
            came[kind] += amount

    def go(self, sale_id: str, body: WithdrawalBody) -> None:
        """Let a ticket's money go back in parts, or pay for another sale."""
        if body.tender == SPLIT:
            self._times[sale_id] += 1
            went = self._went.setdefault(sale_id, Counter())
            for one in body.parts:
                went[one.tender] += one.amount_minor
        if body.credited_to:
            self._purse_of[self._root(body.credited_to)] = self._root(sale_id)

    def _root(self, sale_id: str) -> str:
        above = self._purse_of.get(sale_id, sale_id)
        return sale_id if above == sale_id else self._root(above)

    def overdrawn(self, step: int) -> list[str]:
        """Name each purse out of which more went in parts by a tender than came in by it.

        Each time cash may be rounded up by less than a coin, at the expense of what else paid.
        """
        came, went = self._sum(self._came), self._sum(self._went)
        coins = Counter[str]()
        for sale_id, times in self._times.items():
            coins[self._root(sale_id)] += times * (step - 1)
        return [
            f"{amount} went back by {kind} in parts of sale {root}, and {came[root][kind]} came"
            for root, parts in went.items()
            for kind, amount in parts.items()
            if amount > came[root][kind] + (coins[root] if kind == CASH else 0)
        ]

    def _sum(self, of: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
        found: dict[str, Counter[str]] = {}
        for sale_id, parts in of.items():
            found.setdefault(self._root(sale_id), Counter()).update(parts)
        return found
