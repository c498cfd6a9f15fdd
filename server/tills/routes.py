"""Delegated keys for tills, and the stock that they sell on their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from litestar import Litestar, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Unit, Units
from server.devices.finding_devices import get_device
from server.events.events_and_dates import get_event
from server.http.etags import Expected
from server.http.logs import log
from server.http.retrying import look_again
from server.publishing.publisher import Publisher
from server.tills.allotments import hold_rows
from server.tills.revoked_tills import withdraw_till
from server.tills.schemas import (
    FreedSeatsAnswer,
    StockBody,
    TillSeatsBody,
    TillStockAnswer,
)
from server.tills.setting_stock import list_stocks, set_stock, show_stock
from server.tills.telling_tills_stock import StockOffers
from server.tills.till_seats import free_of_lost, give_to_till
from shared.kernel.id_types import DeviceId, EventId

EVENT: Final = "/organizations/{organization_id:str}/events/{event_id:str}"
STOCKS: Final = EVENT + "/till-stock"
STOCK: Final = STOCKS + "/{device_id:str}"
READ: Final = requires(Role.READER, "devices:read")
WRITE: Final = requires(Role.MANAGER, "devices:write")


@get(STOCKS, tags=["tills"], guards=[READ])
async def list_till_stock(
    units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[TillStockAnswer]:
    """List what each till may sell on its own."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        return await list_stocks(unit, event_id)


@get(STOCK, tags=["tills"], guards=[READ])
async def show_till_stock(
    units: NamedDependency[Units], event_id: FromPath[EventId], device_id: FromPath[DeviceId]
) -> TillStockAnswer:
    """Show what a till may sell on its own."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        return await show_stock(unit, event_id, await get_device(unit, device_id))


@put(STOCK, tags=["tills"], guards=[WRITE])
async def size_till_stock(
    data: JSONBody[StockBody],
    expected: NamedDependency[Expected],
    publisher: NamedDependency[Publisher],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    device_id: FromPath[DeviceId],
) -> TillStockAnswer:
    """Size a till's stock: it is given what is free at once, and returns what it has above."""
    async with units.write() as unit:
        await expected.check(unit, device_id, _locked, event_id, device_id)
        answer = await set_stock(unit, publisher, event_id, device_id, data)
    log().info("till.stock_sized", device_id=device_id, event_id=event_id, actor=units.actor)
    return answer


@post(STOCK + "/reserved", status_code=200, tags=["tills"], guards=[WRITE])
@look_again
async def give_till_seats(
    data: JSONBody[TillSeatsBody],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    device_id: FromPath[DeviceId],
) -> TillStockAnswer:
    """Let a till alone sell some reserved seats, all or none, also while it is cut off."""
    async with units.write() as unit:
        await give_to_till(unit, event_id, device_id, data.seats)
        return await show_stock(unit, event_id, await get_device(unit, device_id))


@post(STOCK + "/reserved/free", status_code=200, tags=["tills"], guards=[WRITE])
@look_again
async def free_till_seats(
    units: NamedDependency[Units], event_id: FromPath[EventId], device_id: FromPath[DeviceId]
) -> FreedSeatsAnswer:
    """Free the reserved seats of a revoked till; it may have sold some, which is named then."""
    async with units.write() as unit:
        return FreedSeatsAnswer(freed=await free_of_lost(unit, event_id, device_id))


@asynccontextmanager
async def watch_revocations(app: Litestar) -> AsyncIterator[None]:
    """Let a till's revocation end its key and free what it held; offer tills their stock."""
    publisher: Publisher = app.state["publisher"]
    app.state["on_revoked"] = partial(withdraw_till, publisher=publisher)
    app.state["stocks"] = StockOffers(app.state["context"], app.state["signers"], publisher)
    yield


async def _locked(unit: Unit, event_id: EventId, device_id: DeviceId) -> TillStockAnswer:
    await get_event(unit, event_id)
    device = await get_device(unit, device_id)
    await hold_rows(unit, event_id, device_id)
    return await show_stock(unit, event_id, device)


lifespans = [watch_revocations]
