"""Bodies of tills' stock, as the organizer sizes and sees it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Answer, Body, IdOf
from server.http.etags import Tagged
from server.quotas import TYPES_MAX
from server.seating.schemas import SeatIds
from shared.field_limits import TILL_STOCK_MAX
from shared.kernel.id_types import DeviceId, SeatId, TicketTypeId

Size = Annotated[int, msgspec.Meta(ge=0, le=TILL_STOCK_MAX)]


class TypeSize(Body):
    """How many unsold tickets of a type a till is to hold.

    Attributes:
        size: What is above goes back to the stock when the till hears of it; 0 for none, so that
            it sells the type only connected.
        low_mark: It is refilled when no more are unsold; null for half of the size.
    """

    ticket_type_id: IdOf[TicketTypeId]
    size: Size
    low_mark: Size | None = None


class StockBody(Body):
    """A till's sizes of all types; one that is not named follows the server's own rule.

    Attributes:
        returns_at_close: Whether what is unsold goes back when a shift is closed; else the till
            keeps it for the next one, which may open cut off.
    """

    types: Annotated[list[TypeSize], msgspec.Meta(max_length=TYPES_MAX)]
    returns_at_close: bool = True


class TypeStockAnswer(Answer):
    """What a till has of a type, as far as the server has heard.

    Attributes:
        size: As it was set; null where the server's own rule holds.
        granted: Ever given to it.
        returned: Ever taken back.
        sold: Of its sales that are booked.
        unsold: What it may still sell on its own.
    """

    ticket_type_id: TicketTypeId
    code: int
    name: str
    size: int | None
    low_mark: int | None
    granted: int
    returned: int
    sold: int
    unsold: int


class TillStockAnswer(Tagged, kw_only=True):
    """What a till has of an event.

    Attributes:
        serial: Of its newest grant; 0 before anything was given.
        seats: Reserved seats that it alone may sell, as far as the server has heard.
    """

    device_id: DeviceId
    device: str
    serial: int
    returns_at_close: bool
    types: list[TypeStockAnswer]
    seats: Sequence[SeatId]


class TillSeatsBody(Body):
    """Reserved seats that a till alone shall sell."""

    seats: SeatIds


class FreedSeatsAnswer(Answer):
    """How many seats of a revoked till everybody may have again."""

    freed: int


class MaybeSold(Answer):
    """How many of a type a lost till may have sold that nobody has heard of."""

    ticket_type_id: TicketTypeId
    code: int
    name: str
    count: int
