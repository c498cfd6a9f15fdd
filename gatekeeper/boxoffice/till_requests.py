"""What a till is asked: values that travel whole from window, line or test to the engine."""

from __future__ import annotations

import msgspec

from shared.journal.bounds import IdOf, KeyedName
from shared.kernel.id_types import SeatId, TicketId
from shared.sales.basket_pricing import WantedTickets
from shared.sales.tenders import CASH, COMP, Tender
from shared.sales.till_basket import GIVEN_AWAY, NO_DISCOUNT, Discount


class WantedSeats(msgspec.Struct, frozen=True):
    """Named reserved seats, one for each ticket of a type."""

    ticket_type_code: int
    seats: tuple[IdOf[SeatId], ...]


class SellRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Sell what is in a basket.

    Attributes:
        lines: What is wanted; several types in one sale.
        tenders: How it is paid, in the order taken.
        discount: What the cashier takes off.
        promo: A code that the guest shows, or "".
        cashier: Opaque id of who sells.
        authorized_by: Opaque id of who allows what the cashier alone may not, or "".
        why: Code of the reason for that, or "".
        seats: Of types with reserved seats; of one that is not named the till takes its best.
        sale_id: The sale's id, where something was written down under it beforehand; "" to have
            one drawn.
        shown_minor: What the guest was told that it comes to, in minor units: it is sold for no
            other sum; None where nobody has shown one.
    """

    lines: tuple[WantedTickets, ...]
    tenders: tuple[Tender, ...]
    discount: Discount = NO_DISCOUNT
    promo: KeyedName = ""
    cashier: KeyedName = ""
    authorized_by: KeyedName = ""
    why: KeyedName = ""
    seats: tuple[WantedSeats, ...] = ()
    sale_id: KeyedName = ""
    shown_minor: int | None = None

    @property
    def is_comp(self) -> bool:
        """Whether it is given away."""
        return any(tender.kind == COMP for tender in self.tenders)

    @property
    def price_off(self) -> Discount:
        """What comes off the prices."""
        return GIVEN_AWAY if self.is_comp else self.discount


class PartlyPaid(SellRequest, frozen=True, kw_only=True):
    """A basket in hand: its tenders lie on the counter, and are only a part of what is due.

    Attributes:
        giving: The tickets that go back for it in exchange.
        on_card: What is just keyed into a card terminal by hand, in minor units; 0 for nothing.
    """

    giving: tuple[TicketId, ...] = ()
    on_card: int = 0


def in_hand(
    request: SellRequest,
    tenders: tuple[Tender, ...],
    giving: tuple[TicketId, ...],
    on_card: int = 0,
) -> PartlyPaid:
    """Return a basket as it is in hand, with what was taken for it by now."""
    fields = msgspec.structs.asdict(request) | {"tenders": tenders, "giving": giving}
    return PartlyPaid(**fields, on_card=on_card)


class TicketExchangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Take tickets of this till's back, and sell others for them, with the difference.

    Attributes:
        ticket_ids: What goes back.
        sell: What is wanted instead; its tenders pay what it costs more.
        tender: By what is paid back what it costs less; "" for what the old tickets were paid by,
            `split` for each part by what has paid it.
        reason: A code word; needed for another tender.
        in_full: Pay all of the difference back, whatever the event's refund terms say of it; takes
            a supervisor, and a reason.
        shown_minor: What was shown to go back; where it is less by now, nothing is done.
    """

    ticket_ids: tuple[TicketId, ...]
    sell: SellRequest
    tender: KeyedName = ""
    reason: KeyedName = ""
    in_full: bool = False
    shown_minor: int = 0


def one_type(
    ticket_type_code: int, count: int = 1, kind: str = CASH, cashier: str = ""
) -> SellRequest:
    """Ask for tickets of one type, paid exactly by one tender."""
    return SellRequest(
        lines=(WantedTickets(ticket_type_code, count),),
        tenders=(Tender(kind=kind),),
        cashier=cashier,
    )
