"""What was seen at the box office of a world, by somebody with a true clock."""

from __future__ import annotations

import msgspec

from gatekeeper.boxoffice.shift_requests import ShiftAnswer
from gatekeeper.boxoffice.till_requests import SellRequest
from shared.kernel.id_types import DeviceId, TicketId
from shared.kernel.instant import Instant
from simulator.boxoffice.offers import PriceList
from simulator.boxoffice.terminal import CardTerminal
from simulator.history import Code


class PricesSet(msgspec.Struct, frozen=True):
    """What was sold for how much from a version of the event's plan on."""

    plan: int
    prices: PriceList


class Sold(msgspec.Struct, frozen=True, kw_only=True):
    """A sale that a cashier was told of.

    Attributes:
        node: The till.
        sale_id: Which.
        tickets: In the order printed.
        request: What was asked.
        began: True time of the question.
        ended: Of the answer.
        was_open: It was an open sale for a while.
    """

    node: str
    sale_id: str
    tickets: tuple[TicketId, ...]
    request: SellRequest
    began: Instant
    ended: Instant
    was_open: bool = False


class Acted(msgspec.Struct, frozen=True):
    """An act at a drawer that its cashier was told of."""

    node: str
    answer: ShiftAnswer


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """An order by the web that was placed, committed at the server.

    Attributes:
        order_id: Which.
        lines: Types by code, with how many.
        words: The codes that the buyer knew.
        began, ended: True time.
        plan: Version of the plan by which it was priced.
    """

    order_id: str
    lines: tuple[tuple[int, int], ...]
    words: tuple[str, ...]
    began: Instant
    ended: Instant
    plan: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket's right that a till took away, as the cashier was told.

    Attributes:
        node: The till.
        purpose: What for.
        ticket_id: Which.
        seq: The entry's number.
        mode: `online` or `offline`.
        amount: What was paid out.
        code: The credential that its holder got, or "".
        began, ended: True time.
        is_calm: Nothing had kept the till from the server for so long that it must have asked.
    """

    node: str
    purpose: str
    ticket_id: TicketId
    seq: int | None
    mode: str
    amount: int
    code: str
    began: Instant
    ended: Instant
    is_calm: bool = False


class HeldVoucher(msgspec.Struct, frozen=True):
    """A voucher that somebody has: its id at the office, its code, and what it is worth."""

    id: str
    code: str
    value: int
    currency: str


class WithdrawnVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher that the office has withdrawn.

    Attributes:
        id: The office's.
        spent: What was off it in that very transaction.
        charges: Ids of the charges by tills that it had paid by then.
        ended: True time of the office's answer.
    """

    id: str
    spent: int
    charges: frozenset[str]
    ended: Instant


class PutAside(msgspec.Struct, frozen=True):
    """A basket that a cashier put aside, under which id; "" where nobody was told."""

    node: str
    parked_id: str
    basket: SellRequest


class TakenUp(msgspec.Struct):
    """A cashier's wish to have a basket again, and what came of it.

    Attributes:
        node: The till.
        parked_id: Which.
        basket: What the till gave; None for nothing, or where it stopped before it had.
        sale_id: What was sold of it, or "".
    """

    node: str
    parked_id: str
    basket: SellRequest | None = None
    sale_id: str = ""


class Guest(msgspec.Struct, frozen=True):
    """A guest whom a cashier wrote down, and how many were to come with them."""

    node: str
    name: str
    heads: int


class BoxOfficeRecord:
    """Everything that was seen there.

    Attributes:
        currency: Of the event.
        prices: What was sold for how much, in order.
        sold: Sales that cashiers were told of.
        acts: What they did at their drawers.
        orders: Placed by the web.
        taken: Rights that tills took away.
        papers: Of tickets that came to a till: all their credentials so far.
        refused: How often a till said no, by its reason.
        terminals: Of each till, by its node.
        cashiers: Their ids, by name.
        device_ids: Of the tills, by node.
        vouchers: Those that people have.
        withdrawn: Of these, those of which the office lets nothing more be spent, by id.
        paid_by: Codes of the vouchers that were taken for a sale, by its id.
        guests: Whom cashiers wrote down, whatever came of it.
        aside: Baskets that were put aside.
        taken_up: Whenever somebody wished to have one again.
        added: Names of guests by the sale that gave them their places.
    """

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.prices: list[PricesSet] = []
        self.sold: list[Sold] = []
        self.acts: list[Acted] = []
        self.orders: list[Ordered] = []
        self.taken: list[Taken] = []
        self.papers: dict[int, list[Code]] = {}
        self.refused: dict[str, int] = {}
        self.terminals: dict[str, CardTerminal] = {}
        self.cashiers: dict[str, str] = {}
        self.device_ids: dict[str, DeviceId] = {}
        self.vouchers: list[HeldVoucher] = []
        self.withdrawn: dict[str, WithdrawnVoucher] = {}
        self.paid_by: dict[str, set[str]] = {}
        self.aside: list[PutAside] = []
        self.taken_up: list[TakenUp] = []
        self.guests: list[Guest] = []
        self.added: dict[str, str] = {}

    def refuse(self, reason: str) -> None:
        """Count a no."""
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def prices_of(self, plan: int) -> PriceList | None:
        """Return what was sold for how much under a version of the plan."""
        found = None
        for one in self.prices:
            if one.plan <= plan:
                found = one.prices
        return found

    def is_paid_by_withdrawn(self, sale_id: str) -> bool:
        """Tell whether somebody has withdrawn a voucher that was taken for a sale."""
        over = {one.code for one in self.vouchers if one.id in self.withdrawn}
        return not over.isdisjoint(self.paid_by.get(sale_id, ()))
