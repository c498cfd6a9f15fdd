"""What the till's window asks the engine for, and what it is answered, as plain values."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gatekeeper.boxoffice.answers import ExchangeAnswer, TillAnswer
from gatekeeper.boxoffice.finding_past_sales import PastSale, TicketLook
from gatekeeper.boxoffice.order_search_at_till import FoundOrder
from gatekeeper.boxoffice.refunds_reprints_and_pick_ups import AfterAnswer, AfterRequest
from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.boxoffice.till_requests import PartlyPaid, SellRequest, TicketExchangeRequest
from gatekeeper.supervisor.unlocking_and_locking_again import Badge, UnlockAnswer
from gatekeeper.terminals.printer_and_terminal import (
    LookAtMachines,
    Machines,
    TryPrinter,
    UsePrinter,
    UseTerminal,
)
from shared.kernel.id_types import TicketId
from shared.sales.cashier_rights import NO_RIGHTS, CashierRights
from shared.sales.tenders import Tender


class PersonAtTill(NamedTuple):
    """Who is at the till.

    Attributes:
        id: Opaque; stands in entries.
        name: Shown while they are at work.
        rights: As they were when the badge was shown: for hints, the till itself judges.
        badge_hash: Of the badge that was shown.
    """

    id: str
    name: str
    rights: CashierRights = NO_RIGHTS
    badge_hash: str = ""


class PrintRequest(NamedTuple):
    """What a cashier says of a paper that only a person can judge.

    Attributes:
        number: The job's.
        is_printed: It is there; else it is printed again.
    """

    number: int
    is_printed: bool


class PrintReceipt(NamedTuple):
    """The receipt of an earlier sale is to be printed once more, as a copy."""

    sale_id: str


class SettleSale(NamedTuple):
    """Something is done about a sale that is not finished.

    Attributes:
        act: `ask`, `paid`, `unpaid`, `finish` or `give_up`.
        sale_id: Which.
        tenders: Of `finish`: how the rest is paid.
        person: Opaque id of who does it.
    """

    act: str
    sale_id: str
    tenders: tuple[Tender, ...] = ()
    person: str = ""


class Park(NamedTuple):
    """Ask the till to put a basket aside."""

    request: SellRequest


class KeepParts(NamedTuple):
    """A part of a basket was paid, or given back: these tenders lie on the counter."""

    request: PartlyPaid


class TakeUp(NamedTuple):
    """A basket that was put aside is taken up again."""

    parked_id: str


class LookAt(NamedTuple):
    """A code was scanned or typed: whose badge or which ticket is it?

    Attributes:
        code: As it came.
        signs_in: A cashier's badge is taken for whoever works here from now on.
        other_texts: What a scanner's keys say in other ways: in another layout, without Caps Lock.
            The first that is known here counts, where the code is not.
    """

    code: str
    signs_in: bool = False
    other_texts: tuple[str, ...] = ()


class LookUp(NamedTuple):
    """Something was typed: a ticket's code, or what buyers are found by.

    Attributes:
        text: As typed.
        cashier: Opaque id of who is at work; buyers open by their badge only.
    """

    text: str
    cashier: str


class AddGuest(NamedTuple):
    """A guest is added to a host's list.

    Attributes:
        sell: Their places, which cost nothing.
        name: The guest's; it stands in no entry.
    """

    sell: SellRequest
    name: str


class AskWorth(NamedTuple):
    """Ask the till what tickets pay of others that are taken instead."""

    ticket_ids: tuple[TicketId, ...]


class ListSales(NamedTuple):
    """Ask the till for its latest sales."""


class Unlock(NamedTuple):
    """Ask the till whether a supervisor's PIN is right."""

    badge: Badge
    pin: str


class Lock(NamedTuple):
    """Ask the till to forget a supervisor's badge: nothing came of it.

    Attributes:
        has_left: So is that of the cashier, who finds buyers by it.
    """

    has_left: bool = False


class FoundCode(NamedTuple):
    """Whom or what the till knows a scanned code as: a cashier, a supervisor, a ticket.

    Attributes:
        person: A cashier, by their badge.
        badge: A supervisor, by theirs.
        ticket: What else it is.
        is_new_address: Of a server's signed word of where it is: whether it is this till's, and
            newer than what was known. None of any other code.
    """

    person: PersonAtTill | None = None
    badge: Badge | None = None
    ticket: TicketLook | None = None
    is_new_address: bool | None = None

    @property
    def is_known(self) -> bool:
        """Whether it is anybody's or anything here."""
        is_ticket = self.ticket is not None and self.ticket.is_ticket
        is_address = self.is_new_address is not None
        return is_ticket or is_address or self.person is not None or self.badge is not None


class TakenUp(NamedTuple):
    """A basket that was put aside, or None where somebody else has taken it up."""

    request: SellRequest | None


class Sales(NamedTuple):
    """The latest sales, the newest first."""

    sales: tuple[PastSale, ...]


class Worth(NamedTuple):
    """What tickets pay of others that are taken instead.

    Attributes:
        minor: In minor units.
        reason: Why they cannot be exchanged here, or "".
        past: The sale that they were of.
    """

    minor: int = 0
    reason: str = ""
    past: PastSale | None = None


class Orders(NamedTuple):
    """The orders that were found.

    Attributes:
        orders: The newest first.
        reason: Why nothing could be looked up, or "".
    """

    orders: tuple[FoundOrder, ...]
    reason: str = ""


class Parked(NamedTuple):
    """A basket is put aside, under this id."""

    parked_id: str


class Settled(NamedTuple):
    """The till did what it was asked, and there is nothing to show of that."""


Request = (
    SellRequest
    | TicketExchangeRequest
    | AskWorth
    | AddGuest
    | ShiftRequest
    | AfterRequest
    | PrintRequest
    | PrintReceipt
    | SettleSale
    | Park
    | KeepParts
    | TakeUp
    | LookAt
    | LookUp
    | ListSales
    | LookAtMachines
    | UsePrinter
    | TryPrinter
    | UseTerminal
    | Unlock
    | Lock
)
Answer = (
    TillAnswer
    | ExchangeAnswer
    | Worth
    | ShiftAnswer
    | AfterAnswer
    | Machines
    | FoundCode
    | TakenUp
    | Sales
    | Orders
    | Parked
    | UnlockAnswer
    | Settled
)
Allowed = (
    SellRequest | TicketExchangeRequest | ShiftRequest | AfterRequest | UseTerminal | SettleSale
)
"""What a supervisor may allow where a cashier's rights do not suffice."""
Drafted = SellRequest | ShiftRequest | AfterRequest
"""What is asked for once its reason is known or it was confirmed, by whoever is at work then."""


def allow(request: Allowed, person: str) -> Allowed:
    """Return a request as somebody allows it; what is not finished they finish themselves."""
    if isinstance(request, SettleSale):
        return request._replace(person=person)
    if isinstance(request, TicketExchangeRequest):
        sell = msgspec.structs.replace(request.sell, authorized_by=person)
        return msgspec.structs.replace(request, sell=sell)
    return msgspec.structs.replace(request, authorized_by=person)


def allowed_by(request: Request) -> str:
    """Return who allows a request, where `allow` has put them; "" for nobody."""
    match request:
        case TicketExchangeRequest():
            return request.sell.authorized_by
        case SettleSale():
            return request.person
        case SellRequest() | ShiftRequest() | AfterRequest() | UseTerminal():
            return request.authorized_by
        case _:
            return ""


def give_reason(request: Allowed, why: str) -> Allowed:
    """Return a request with the code word of why it is made; of one without, it is the same."""
    if isinstance(request, SettleSale):
        return request
    if isinstance(request, AfterRequest | TicketExchangeRequest):
        return msgspec.structs.replace(request, reason=why)
    return msgspec.structs.replace(request, why=why)
