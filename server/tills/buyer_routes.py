"""Who bought what, for tills."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any, Final

from litestar import Litestar, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.db.unit import Context
from server.devices.identity import DeviceDoor
from server.devices.proofs import admitted_device
from server.entries.journal_reading import find_sale_time
from server.erasures.service import PURPOSE
from server.keys.vault import Vault
from server.orders.till_sales import name_till_buyer
from server.problems import Problem
from server.tills.sealed_buyers import BuyerFiles
from shared.kernel.id_types import EventId
from shared.wire.buyer_note import BuyerNote

MSGPACK: Final = "application/msgpack"
KNOWN_SIZE_MAX: Final = 64


@get("/events/{event_id:str}/buyers", tags=["sync"], media_type=MSGPACK)
async def tell_buyers(
    request: Request[Any, Any, Any],
    event_id: FromPath[EventId],
    known: Annotated[str, QueryParameter(max_length=KNOWN_SIZE_MAX)] = "",
) -> Response[bytes]:
    """Fetch an event's buyers for a till, sealed to who may find; empty if it holds the newest.

    `known` is the version that the till holds.
    """
    door: DeviceDoor = request.app.state["parts"].door
    device = await door.admitted(admitted_device(request.scope), event_id)
    files: BuyerFiles = request.app.state["buyer_files"]
    if not await files.may_hold(device.organization_id, device.id):
        raise Problem("forbidden", "Buyers are told to tills only.")
    content = await files.read(device.organization_id, event_id, known)
    return Response(content, media_type=MSGPACK)


@post("/buyers", status_code=204, tags=["sync"])
async def note_buyer(
    data: JSONBody[BuyerNote], request: Request[Any, Any, Any], context: NamedDependency[Context]
) -> None:
    """Say who a till's sale was for, such as a guest of a list; the first name stays.

    Of somebody who was erased meanwhile nothing is kept.
    """
    door: DeviceDoor = request.app.state["parts"].door
    device = await door.admitted(admitted_device(request.scope), data.event_id)
    files: BuyerFiles = request.app.state["buyer_files"]
    if not await files.may_hold(device.organization_id, device.id):
        raise Problem("forbidden", "Buyers are named by tills only.")
    vault: Vault = request.app.state["vault"]
    async with context.write(device.organization_id) as unit:
        await name_till_buyer(
            unit,
            data.event_id,
            device.id,
            data.sale_id,
            data.name,
            key=vault.derive(PURPOSE),
            sold_at=partial(find_sale_time, unit, device.id, data.event_id, data.sale_id),
        )


@asynccontextmanager
async def keep_files(app: Litestar) -> AsyncIterator[None]:
    """Keep the newest file of each event that tills ask for."""
    app.state["buyer_files"] = BuyerFiles(app.state["context"])
    yield


lifespans = [keep_files]
