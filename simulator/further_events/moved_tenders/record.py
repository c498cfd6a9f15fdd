"""What customers really paid and had back, as somebody would write it down who sees the coins."""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from shared.kernel.id_types import TicketId

CASH: Final = "cash"
CARD: Final = "card"
PRICE: Final = 2_500
"""Of every ticket there, in minor units."""
Parts = tuple[tuple[str, int], ...]
"""What a customer has put down, in order: by which tender, and how much."""


class Purchase(msgspec.Struct, kw_only=True):
    """What one customer bought; amounts in minor units.

    Attributes:
        sale_id: The till's number of it.
        order_id: The office's; "" while nobody has looked.
        tickets: What was handed out.
        paid: What the customer has really paid, by tender.
        keyed: And what the cashier keyed in.
        moved: Moves of it: how much, from which tender, to which.
        back: Tickets that were given back: how much the till handed out for each, by which tender.
        taken: Tickets that the office has taken back.
        settled: Those of them whose money the till had handed out before the office could send it.
        sent: What it has sent back for the others, by which tender.
        shift: In which shift it was, from 1.
    """

    sale_id: str
    tickets: tuple[TicketId, ...]
    paid: Counter[str]
    keyed: Counter[str]
    shift: int
    order_id: str = ""
    moved: list[tuple[int, str, str]] = []
    back: dict[TicketId, tuple[int, str]] = {}
    taken: set[TicketId] = set()
    settled: set[TicketId] = set()
    sent: list[tuple[int, str]] = []

    @property
    def booked(self) -> Counter[str]:
        """What stands under each tender by what was keyed in and moved."""
        held = Counter(self.keyed)
        for amount, wrong, right in self.moved:
            held[wrong] -= amount
            held[right] += amount
        return held

    @property
    def net(self) -> Counter[str]:
        """What each tender has brought of that, less what has gone back by it anywhere."""
        held = self.booked
        for amount, tender in (*self.back.values(), *self.sent):
            held[tender] -= amount
        return held

    def left_at_till(self, tender: str) -> int:
        """Return what stands under a tender, less what the till has handed out by it."""
        gone = sum(amount for amount, kind in self.back.values() if kind == tender)
        return self.booked[tender] - gone

    @property
    def kept(self) -> list[TicketId]:
        """The tickets that nobody has taken back."""
        return [one for one in self.tickets if one not in self.back and one not in self.taken]

    @property
    def twice(self) -> list[TicketId]:
        """The tickets whose money went back at the till and at the office."""
        sent = self.taken - self.settled
        return [one for one in self.tickets if one in self.back and one in sent]

    @property
    def wrong(self) -> int:
        """How much more cash was keyed in than was paid; negative for less."""
        return self.booked[CASH] - self.paid[CASH]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a report said of the drawer, beside what whoever sees the coins has written down.

    Attributes:
        what: Which report.
        said: What it says is in the drawer, and what each tender has brought in this shift.
        seen: What is written down of the same: coins and what was keyed in wrongly, and so on.
        coins: What lies in the drawer.
    """

    what: str
    said: tuple[int, int, int]
    seen: tuple[int, int, int]
    coins: int


class OnCounter(msgspec.Struct, frozen=True, kw_only=True):
    """What the till said to be paid of a sale that was not made yet.

    Attributes:
        sale_id: Of the sale that it will be.
        said: What it said.
        may: What it may be by what customer and cashier have seen.
    """

    sale_id: str
    said: Parts
    may: frozenset[Parts]


class Purse:
    """The coins in the drawer and the slips beside it, one after another.

    Attributes:
        purchases: In order.
        coins: What lies in the drawer.
        wrong: What of it the books cannot know: cash keyed in that was not, in this shift.
        brought: What each tender has brought in this shift by what was keyed in.
        shift: The shift, from 1; 0 before the first.
    """

    def __init__(self) -> None:
        self.purchases: list[Purchase] = []
        self.coins = self.wrong = self.shift = 0
        self.brought: Counter[str] = Counter()

    def open(self, coins: int) -> None:
        """Begin a shift with what lies in the drawer."""
        self.shift, self.coins, self.wrong = self.shift + 1, coins, 0
        self.brought = Counter()

    def sell(self, one: Purchase) -> None:
        """Take what a customer pays."""
        self.purchases.append(one)
        self.coins += one.paid[CASH]
        self.wrong += one.wrong
        self.brought.update(one.keyed)

    def move(self, one: Purchase, amount: int, wrong: str, right: str) -> None:
        """Write down that a part stands under another tender now."""
        one.moved.append((amount, wrong, right))
        self.wrong += amount * ((right == CASH) - (wrong == CASH))
        self.brought[wrong] -= amount
        self.brought[right] += amount

    def give_back(self, one: Purchase, ticket: TicketId, amount: int, tender: str) -> None:
        """Hand out what a ticket has cost."""
        one.back[ticket] = amount, tender
        self.coins -= amount if tender == CASH else 0
        self.brought[tender] -= amount

    @property
    def seen(self) -> tuple[int, int, int]:
        """What a report must say: coins and what is keyed in wrongly, and what tenders brought."""
        return self.coins + self.wrong, self.brought[CASH], self.brought[CARD]
