"""A till's stock: what the server has granted it to sell on its own, as one signed document.

All counts are totals since the till first sold for the event, and none ever falls: a grant that
comes twice, late or out of order gives nothing twice, and neither does a return. What a till may
still sell of a type is `granted - returned - sold`.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.journal.bounds import GivenKeyedIdOf, GivenKeyedName
from shared.kernel.id_types import DeviceId, EventId, SeatId
from shared.kernel.instant import Instant

GRANT_VERSION: Final = 1
STOCK_MAX: Final = 1 << 40
"""Of any count in a grant or a return: nobody sells so many."""

_Total = Annotated[int, msgspec.Meta(ge=0, le=STOCK_MAX)]
_Code = Annotated[int, msgspec.Meta(ge=1, le=65_535)]
_Number = Annotated[int, msgspec.Meta(ge=0, le=1 << 62)]


class GrantedType(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What a till has of one ticket type; totals.

    Attributes:
        ticket_type_code: Which.
        granted: Ever given to it.
        returned: Ever taken back of that.
        sold: Sales of its that the server has booked.
        size: How many unsold ones it is to hold at most; what is above goes back.
        sells_from: From when on the type is sold, or None.
        sells_until: Until when, that instant included, or None; then all goes back.
    """

    ticket_type_code: int
    granted: int
    returned: int
    sold: int
    size: int
    sells_from: Instant | None = None
    sells_until: Instant | None = None


class GrantedCount(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """What a till has of a counted price: a quantity tier or a limited promotion; totals.

    Attributes:
        id: The tier's or the promotion's in the event's plan of prices.
        granted: Ever given to it.
        returned: Ever taken back of that.
        used: Uses of its that the server has booked.
        size: How many unused ones it is to hold at most.
    """

    id: str
    granted: int
    returned: int
    used: int
    size: int


class GrantedKey(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A ticket key that a till was ever delegated for an event: what its sales may bear.

    Attributes:
        public_key: 32 bytes.
        key_id: Stands in its credentials.
        id_prefix, id_prefix_bits: The ticket ids that it may sign.
        manual_prefix, manual_prefix_bits: The manual codes.
        ticket_type_codes: The types.
        id_limit: How many ids of the range were granted; None for no bound.
    """

    public_key: bytes
    key_id: int
    id_prefix: int
    id_prefix_bits: int
    manual_prefix: int
    manual_prefix_bits: int
    ticket_type_codes: tuple[int, ...] | None
    id_limit: int | None


class StockGrant(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """The body of a signed document of the kind `grant`; fields are only appended.

    Attributes:
        v: `GRANT_VERSION`.
        event_id: Which event.
        device_id: Whose.
        epoch: The ledger's when it was signed.
        serial: Within the till's grants of the event; an older one is passed over.
        types: In order of code.
        returns_at_close: Whether what is unsold goes back when a shift is closed.
        counts: In order of id.
        seats: Reserved seats that it alone may sell, in order of id: those that are neither
            booked as sold nor given back.
        keys: All that the till was ever delegated for the event: by them a ledger that was put
            back to an older copy knows again what the till has sold.
    """

    v: int
    event_id: EventId
    device_id: DeviceId
    epoch: int
    serial: int
    types: tuple[GrantedType, ...]
    returns_at_close: bool = True
    counts: tuple[GrantedCount, ...] = ()
    seats: tuple[SeatId, ...] = ()
    keys: tuple[GrantedKey, ...] = ()


class KnownStock(msgspec.Struct, frozen=True, array_like=True):
    """What a till says of its stock with each exchange.

    Attributes:
        epoch: Of the grant that it holds; 0 for none.
        serial: That grant's.
        wants: It is at work: refill it where it runs low.
        sold: All tickets that it knows to have sold for the event; fewer than the server has
            booked tells that it was put back to an older copy.
        held: Tickets that its open sales hold, and that it may sell yet whatever it hears.
    """

    epoch: _Number
    serial: _Number
    wants: bool
    sold: _Number = 0
    held: _Number = 0


class WantedType(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A total that a till wants of a type; the same total again gives nothing more."""

    ticket_type_code: _Code
    granted: _Total


class WantedCount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A total that a till wants of a counted price."""

    id: GivenKeyedName
    granted: _Total


class StockRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A till that is connected asks for more, for one sale; `POST /sync/v1/till-stock`, JSON.

    The answer is its grant, signed: all of what was asked for, or nothing more.
    """

    event_id: GivenKeyedIdOf[EventId]
    types: Annotated[tuple[WantedType, ...], msgspec.Meta(max_length=100)] = ()
    counts: Annotated[tuple[WantedCount, ...], msgspec.Meta(max_length=100)] = ()
    seats: Annotated[tuple[GivenKeyedIdOf[SeatId], ...], msgspec.Meta(max_length=100)] = ()
