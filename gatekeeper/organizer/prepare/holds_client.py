"""What of an event's tickets is kept back from sale: for whom, why, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking

_KEPT: Final = ("name", "reason", "ticket_type_id", "quantity")
"""What of a hold tells it from others."""


class StockHold(msgspec.Struct, frozen=True, kw_only=True):
    """Tickets or seats that nobody can buy, as the server's `HoldAnswer` says.

    Attributes:
        name: For whom.
        ends_at: From when on everybody may have them; None until they are released.
        ended_at: When they were; None while they are kept.
        ticket_type_id: Of tickets; None where it keeps seats.
        quantity: How many tickets.
        seats: Which seats.
    """

    id: str
    name: str
    reason: str
    ends_at: datetime | None
    ended_at: datetime | None
    ticket_type_id: str | None
    quantity: int
    seats: tuple[str, ...]


class TypeInventory(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a type's tickets, as the server's `TicketTypeAnswer` says.

    Attributes:
        allotted: Handed to tills, which may sell them without a server.
        quantity_limit: At most so many; None for no limit.
        available: How many are left; None for no limit.
    """

    id: str
    name: str
    sold: int
    held: int
    allotted: int
    quantity_limit: int | None
    available: int | None
    selling: dict[str, Any]

    @property
    def is_seated(self) -> bool:
        """Whether each of its tickets has a seat, so that seats are kept and no numbers."""
        return self.selling.get("seats") is not None


class KeptBack(msgspec.Struct, frozen=True):
    """An event's types, and its holds that have not ended."""

    types: tuple[TypeInventory, ...]
    holds: tuple[StockHold, ...]

    def find_type(self, type_id: str | None) -> TypeInventory | None:
        """Return a type by its id."""
        return next((one for one in self.types if one.id == type_id), None)


async def read_kept(api: ServerApi, site: EventSite) -> KeptBack:
    """Read what is kept back of an event.

    Raises:
        Refused: if this needs staff.
    """
    types = await api.get(f"{site.path}/ticket-types")
    standing = await _read_holds(api, site)
    return KeptBack(msgspec.convert(types, tuple[TypeInventory, ...]), standing)


async def _read_holds(api: ServerApi, site: EventSite) -> tuple[StockHold, ...]:
    rows = await api.list_all(f"{site.path}/holds")
    holds = msgspec.convert(rows, tuple[StockHold, ...])
    return tuple(one for one in holds if one.ended_at is None)


async def keep_back(
    api: ServerApi, site: EventSite, fields: Fields, making: UnheardMaking
) -> StockHold:
    """Keep so many tickets of a type back; all of them or none.

    Args:
        api: Somebody signed in.
        site: Of which event.
        fields: As they were typed.
        making: Asked for again because no answer came, it is the same hold.

    Raises:
        Refused: if this needs a manager, fewer are left, or its time has passed.
    """

    async def look() -> tuple[StockHold, ...]:
        return await _read_holds(api, site)

    async def make() -> StockHold:
        return await api.make(StockHold, f"{site.path}/holds", fields)

    def is_meant(one: StockHold) -> bool:
        return all(getattr(one, name) == fields.get(name) for name in _KEPT)

    return await making.once(fields | {"event": site.event_id}, look, is_meant, make)


async def release_hold(api: ServerApi, site: EventSite, hold: StockHold) -> None:
    """Let everybody have what was kept; released twice, it is released once.

    Raises:
        Refused: if this needs a manager.
    """
    await api.delete(f"{site.path}/holds/{hold.id}", UNTAGGED)
