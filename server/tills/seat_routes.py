"""Which seats of an event are free now, for the maps of tills."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath, QueryParameter

from server.db.unit import Context
from server.devices.identity import DeviceDoor
from server.devices.proofs import admitted_device
from server.devices.schemas import SELLING_ROLES
from server.devices.service import get_device
from server.problems import Problem
from server.seating.service import list_changes
from shared.kernel.id_types import EventId
from shared.kernel.packing import pack
from shared.wire.seat_states import SeatStates

MSGPACK: Final = "application/msgpack"
SEATS_AT_ONCE: Final = 5_000


@get("/events/{event_id:str}/seats", tags=["sync"], media_type=MSGPACK)
async def tell_seats(
    request: Request[Any, Any, Any],
    event_id: FromPath[EventId],
    after: Annotated[int, QueryParameter(ge=0, le=2**53)] = 0,
) -> Response[bytes]:
    """Tell a till which seats of its event changed since a cursor, and what they are now."""
    door: DeviceDoor = request.app.state["parts"].door
    device = await door.admitted(admitted_device(request.scope), event_id)
    context: Context = request.app.state["context"]
    async with context.read(device.organization_id) as unit:
        if (await get_device(unit, device.id)).role not in SELLING_ROLES:
            raise Problem("forbidden", "Seats are told to tills only.")
        cursor, seats = await list_changes(unit, event_id, after=after, limit=SEATS_AT_ONCE)
    said = SeatStates(cursor, tuple((one.seat_id, one.state) for one in seats))
    return Response(pack(said), media_type=MSGPACK)
