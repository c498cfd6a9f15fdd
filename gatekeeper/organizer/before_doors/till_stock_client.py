"""What a till may sell on its own: sizes of each type, set by the organizer and merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from gatekeeper.organizer.edit_clashes import save_over
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.kernel.id_types import TicketTypeId

SELLING: Final = frozenset({"till", "both"})
"""Roles of devices that have a stock."""
RETURNS: Final = "returns_at_close"
SIZE: Final = "size"
LOW: Final = "low"


class TillStockLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a till has of a type, as far as the server has heard.

    Attributes:
        size: How many unsold ones it is to hold; None where the server's own rule says.
        low_mark: It is refilled when no more are unsold; None for half of the size.
        sold: Of its sales that are booked.
        unsold: What it may still sell on its own.
    """

    ticket_type_id: TicketTypeId
    code: int
    name: str
    size: int | None = None
    low_mark: int | None = None
    sold: int = 0
    unsold: int = 0


class StockOfTill(msgspec.Struct, frozen=True, kw_only=True):
    """What a till has of an event.

    Attributes:
        returns_at_close: Whether what is unsold goes back when a shift is closed.
        lines: Of every type of the event, also where it was given none yet.
        seats: How many reserved seats it alone may sell.
    """

    device_id: str
    returns_at_close: bool
    lines: tuple[TillStockLine, ...]
    seats: int
    etag: str

    @property
    def fields(self) -> Fields:
        """What an edit sets, by `field_of`."""
        fields: Fields = {RETURNS: self.returns_at_close}
        for line in self.lines:
            fields[field_of(SIZE, line.ticket_type_id)] = line.size
            fields[field_of(LOW, line.ticket_type_id)] = line.low_mark
        return fields

    @property
    def names(self) -> dict[str, str]:
        """The types' names by their ids."""
        return {line.ticket_type_id: line.name for line in self.lines}


def field_of(what: str, type_id: str) -> str:
    """Return the field of a type's size or low mark."""
    return f"{what}:{type_id}"


def find_flaw(fields: Fields, type_ids: Sequence[str]) -> str:
    """Return the first type whose low mark is above its size; "" for none."""
    for type_id in type_ids:
        size, low = (fields.get(field_of(what, type_id)) for what in (SIZE, LOW))
        if size is not None and low is not None and low > size:
            return type_id
    return ""


async def read_stock(api: ServerApi, site: EventSite, device_id: str) -> StockOfTill:
    """Read what a till has of each type.

    Raises:
        Refused: if the device or the event is gone.
    """
    kinds = await api.get(f"{site.path}/ticket-types")
    told = await api.get(_path(site, device_id))
    # A till that was given nothing yet has lines of no type.
    return _stock_of(told, {one["id"]: _first_line(one) for one in kinds})


async def save_stock(
    api: ServerApi, site: EventSite, stock: StockOfTill, fields: Fields, etag: str = ""
) -> StockOfTill | Clash:
    """Size a till's stock: it is given at once what is free of that.

    Args:
        api: Somebody signed in, a manager.
        site: The event.
        stock: As it was read.
        fields: As `TillStock.fields`, as they shall be.
        etag: Of what was looked at last; "" for the one of `stock`.

    Returns:
        What it has by now; or what somebody else changed meanwhile: then nothing was written.

    Raises:
        Refused: if this needs a manager, or the device is no till of this event any more.
    """

    async def write(etag: str) -> StockOfTill:
        return _stock_of(await api.put(_path(site, stock.device_id), _body(fields), etag))

    return await save_over(
        stock, fields, lambda: read_stock(api, site, stock.device_id), write, etag
    )


def _path(site: EventSite, device_id: str) -> str:
    return f"{site.path}/till-stock/{device_id}"


def _first_line(kind: dict[str, Any]) -> TillStockLine:
    return TillStockLine(ticket_type_id=kind["id"], code=kind["code"], name=kind["name"])


def _stock_of(
    told: dict[str, Any], lines: Mapping[str, TillStockLine] | None = None
) -> StockOfTill:
    given = {one["ticket_type_id"]: msgspec.convert(one, TillStockLine) for one in told["types"]}
    every = dict(lines or {}) | given
    return StockOfTill(
        device_id=told["device_id"],
        returns_at_close=told[RETURNS],
        lines=tuple(sorted(every.values(), key=lambda line: line.code)),
        seats=len(told["seats"]),
        etag=told["etag"],
    )


def _body(fields: Fields) -> dict[str, Any]:
    """Name the types that are sized; a low mark means nothing without a size."""
    types = []
    for path, size in fields.items():
        what, _, type_id = path.partition(":")
        if what == SIZE and size is not None:
            low = fields.get(field_of(LOW, type_id))
            types.append({"ticket_type_id": type_id, "size": size, "low_mark": low})
    return {"types": types, RETURNS: fields[RETURNS]}
