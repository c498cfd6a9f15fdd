"""What tills ask: a key that signs, stock, seats that are free, buyers, and what vouchers pay."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Final

from litestar import Litestar, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.db.unit import Context, Unit
from server.devices.device_of_request import KnownDevices
from server.devices.finding_devices import get_device
from server.devices.proofs import ADMITTED_DEVICES, admitted_device
from server.devices.schemas import SELLING_ROLES
from server.entries.journal_reading import find_sale_time
from server.erasures.hashed_words import PURPOSE as ERASED
from server.events.event_states import SELLABLE
from server.events.events_and_dates import get_event
from server.http.logs import log
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.keys.vault import Vault
from server.keys.voucher_codes import PURPOSE as PAID
from server.keys.voucher_codes import VoucherCodes
from server.orders.till_sales import name_till_buyer
from server.payments import till_vouchers
from server.problem_answers import Problem
from server.publishing.publisher import Publisher
from server.seating.taking_seats import list_changes
from server.tills.sealed_buyers import BuyerFiles
from server.tills.telling_tills_stock import StockOffers
from server.tills.till_keys import (
    check_not_taken_over,
    check_till,
    delegate_key,
    hold_unrevoked,
)
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.packing import MSGPACK, pack
from shared.manifest.signed_document import encode_document
from shared.wire.buyer_note import BuyerNote
from shared.wire.seat_states import SeatStates
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest
from shared.wire.voucher import VoucherAnswer, VoucherCharge, VoucherQuestion

KNOWN_SIZE_MAX: Final = 64
SEATS_AT_ONCE: Final = 5_000
VOUCHERS: Final = "/till-vouchers"


@post("/till-key", status_code=200, tags=["sync"], guards=ADMITTED_DEVICES)
async def request_till_key(
    data: JSONBody[TillKeyRequest], request: AnyRequest, context: NamedDependency[Context]
) -> TillKeyAnswer:
    """Delegate ticket signing to a till's own key, for ids of a range that only it has."""
    publisher: Publisher = request.app.state["publisher"]
    device = admitted_device(request.scope)
    signer = await request.app.state["signers"].of(device.organization_id)
    answer = await delegate_key(context, publisher, signer, device, data)
    log().info("till.delegated", device_id=device.id, event_id=data.event_id)
    return answer


@post("/till-stock", status_code=200, tags=["sync"], guards=ADMITTED_DEVICES, media_type=MSGPACK)
async def request_stock(data: JSONBody[StockRequest], request: AnyRequest) -> Response[bytes]:
    """Give a connected till more for one sale; answered with its grant, a signed document.

    It asks for totals, so that the same request again gives nothing more.
    """
    stocks: StockOffers = request.app.state["stocks"]
    device = admitted_device(request.scope)
    return Response(encode_document(await stocks.add(device, data)), media_type=MSGPACK)


@get("/events/{event_id:str}/seats", tags=["sync"], guards=ADMITTED_DEVICES, media_type=MSGPACK)
async def tell_seats(
    request: AnyRequest,
    event_id: FromPath[EventId],
    after: Annotated[int, QueryParameter(ge=0, le=2**53)] = 0,
) -> Response[bytes]:
    """Tell a till which seats of its event changed since a cursor, and what they are now."""
    known_devices: KnownDevices = request.app.state["parts"].known_devices
    device = await known_devices.admitted(admitted_device(request.scope), event_id)
    context: Context = request.app.state["devices_context"]
    async with context.read(device.organization_id) as unit:
        if (await get_device(unit, device.id)).role not in SELLING_ROLES:
            raise Problem("forbidden", "Seats are told to tills only.")
        cursor, seats = await list_changes(unit, event_id, after=after, limit=SEATS_AT_ONCE)
    said = SeatStates(cursor, tuple((one.seat_id, one.state) for one in seats))
    return Response(pack(said), media_type=MSGPACK)


@get("/events/{event_id:str}/buyers", tags=["sync"], guards=ADMITTED_DEVICES, media_type=MSGPACK)
async def tell_buyers(
    request: AnyRequest,
    event_id: FromPath[EventId],
    known: Annotated[str, QueryParameter(max_length=KNOWN_SIZE_MAX)] = "",
) -> Response[bytes]:
    """Fetch an event's buyers for a till, sealed to who may find; empty if it holds the newest.

    `known` is the version that the till holds.
    """
    known_devices: KnownDevices = request.app.state["parts"].known_devices
    device = await known_devices.admitted(admitted_device(request.scope), event_id)
    files: BuyerFiles = request.app.state["buyer_files"]
    if not await files.may_hold(device.organization_id, device.id):
        raise Problem("forbidden", "Buyers are told to tills only.")
    content = await files.read(device.organization_id, event_id, known)
    return Response(content, media_type=MSGPACK)


@post("/buyers", status_code=204, tags=["sync"], guards=ADMITTED_DEVICES)
async def note_buyer(
    data: JSONBody[BuyerNote], request: AnyRequest, context: NamedDependency[Context]
) -> None:
    """Say who a till's sale was for, such as a guest of a list; the first name stays.

    Of somebody who was erased meanwhile nothing is kept.
    """
    known_devices: KnownDevices = request.app.state["parts"].known_devices
    device = await known_devices.admitted(admitted_device(request.scope), data.event_id)
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
            key=vault.derive(ERASED),
            sold_at=partial(find_sale_time, unit, device.id, data.event_id, data.sale_id),
        )


@post(VOUCHERS + "/pay", status_code=200, tags=["sync"], guards=ADMITTED_DEVICES)
@look_again
async def pay_by_voucher(
    data: JSONBody[VoucherCharge], request: AnyRequest, context: NamedDependency[Context]
) -> VoucherAnswer:
    """Let a voucher pay for what a till is about to sell; one name is charged once."""
    device = admitted_device(request.scope)
    async with context.write(device.organization_id) as unit:
        await check_till(unit, device.id, data.event_id)
        await check_not_taken_over(unit)
        if (await get_event(unit, data.event_id)).state not in SELLABLE:
            raise Problem("conflict", "The event is not on sale.")
        return await till_vouchers.charge(unit, device.id, data, _codes(request))


@post(VOUCHERS + "/find", status_code=200, tags=["sync"], guards=ADMITTED_DEVICES)
@look_again
async def find_voucher_payment(
    data: JSONBody[VoucherQuestion], request: AnyRequest, context: NamedDependency[Context]
) -> VoucherAnswer:
    """Tell whether a voucher paid; what was never charged by then never will be."""
    return await _ask(till_vouchers.find_charge, data, request, context)


@post(VOUCHERS + "/reverse", status_code=200, tags=["sync"], guards=ADMITTED_DEVICES)
@look_again
async def reverse_voucher_payment(
    data: JSONBody[VoucherQuestion], request: AnyRequest, context: NamedDependency[Context]
) -> VoucherAnswer:
    """Put a payment back on its voucher, unless the sale that it paid has come."""
    return await _ask(till_vouchers.reverse_charge, data, request, context)


async def _ask(
    work: Callable[[Unit, DeviceId, VoucherQuestion, VoucherCodes], Awaitable[VoucherAnswer]],
    asked: VoucherQuestion,
    request: AnyRequest,
    context: Context,
) -> VoucherAnswer:
    device = admitted_device(request.scope)
    async with context.write(device.organization_id) as unit:
        # By name, its own payments only: what it has charged as a till it may put back, also once
        # it was made a gate or moved to another event with the sale still open.
        await hold_unrevoked(unit, device.id)
        return await work(unit, device.id, asked, _codes(request))


def _codes(request: AnyRequest) -> VoucherCodes:
    vault: Vault = request.app.state["vault"]
    return VoucherCodes(vault.derive(PAID))


@asynccontextmanager
async def keep_files(app: Litestar) -> AsyncIterator[None]:
    """Keep the newest file of each event that tills ask for."""
    app.state["buyer_files"] = BuyerFiles(app.state["context"])
    yield


lifespans = [keep_files]
