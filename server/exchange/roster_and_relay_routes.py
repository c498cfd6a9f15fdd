"""For devices that claim among themselves: the roster, and what they relay for each other."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from server.devices.finding_devices import newest_roster, note_lan_address
from server.devices.proofs import ADMITTED_DEVICES, admitted_device
from server.exchange.relayed_by_gates import relay_claim, relay_entries
from server.exchange.worker_parts import WorkerParts
from server.http.body_sizes import DEVICE_BODY_SIZE_MAX
from server.http.parameters import AnyRequest
from shared.kernel.id_types import EventId
from shared.kernel.packing import MSGPACK
from shared.manifest.signed_document import DocumentKind, encode_document

ADDRESS_SIZE_MAX: Final = 64
NUMBER_MAX: Final = 1 << 62


@get("/events/{event_id:str}/roster", tags=["sync"], guards=ADMITTED_DEVICES, media_type=MSGPACK)
async def tell_roster(
    request: AnyRequest,
    event_id: FromPath[EventId],
    epoch: Annotated[int, QueryParameter(ge=0, le=NUMBER_MAX)] = 0,
    sequence: Annotated[int, QueryParameter(ge=0, le=NUMBER_MAX)] = 0,
    lan_address: Annotated[str, QueryParameter(max_length=ADDRESS_SIZE_MAX)] = "",
) -> Response[bytes]:
    """Fetch the signed roster of an event's gates, if it is newer; empty if not.

    `lan_address` is where the device listens for them, `host:port`; without a host, it is where
    the request comes from.
    """
    parts: WorkerParts = request.app.state["parts"]
    device = await parts.known_devices.admitted(admitted_device(request.scope), event_id)
    book = await parts.event_books.of_event(device.organization_id, event_id)
    context, org = parts.context, device.organization_id
    if lan_address:
        host = None if request.client is None else request.client.host
        await note_lan_address(context, org, device.id, lan_address, host)
    roster = await newest_roster(context, parts.driver, org, book.event_id)
    if roster.version <= (epoch, sequence):
        return Response(b"", media_type=MSGPACK)
    signer = await parts.signers.of(org)
    document = signer.sign(DocumentKind.ROSTER, roster, context.clock.wall())
    return Response(encode_document(document), media_type=MSGPACK)


@get("/events/{event_id:str}/feed", tags=["sync"], guards=ADMITTED_DEVICES, media_type=MSGPACK)
async def tell_feed(
    request: AnyRequest,
    event_id: FromPath[EventId],
    epoch: Annotated[int, QueryParameter(ge=0, le=NUMBER_MAX)],
    after: Annotated[int, QueryParameter(ge=0, le=NUMBER_MAX)],
) -> Response[bytes]:
    """Fetch a signed page of an event's feed, to pass on to a device that does not get here.

    It holds what an exchange would give from that epoch and number on.
    """
    parts: WorkerParts = request.app.state["parts"]
    device = await parts.known_devices.admitted(admitted_device(request.scope), event_id)
    page = await parts.exchanges.tell_feed(device, event_id, epoch, after)
    return Response(encode_document(page), media_type=MSGPACK)


@post("/relayed/claims", status_code=200, tags=["sync"], media_type=MSGPACK)
async def tell_claim(request: AnyRequest) -> Response[bytes]:
    """Put a claim of a device that does not reach the server; answered with a signed document.

    The body is a `RelayedClaim` in MessagePack, signed by the device that claims.
    """
    parts: WorkerParts = request.app.state["parts"]
    relay = admitted_device(request.scope)
    document = await relay_claim(parts, relay, await request.body())
    return Response(encode_document(document), media_type=MSGPACK)


@post(
    "/relayed/entries",
    status_code=200,
    tags=["sync"],
    media_type=MSGPACK,
    request_max_body_size=DEVICE_BODY_SIZE_MAX,
)
async def tell_entries(request: AnyRequest) -> Response[bytes]:
    """Upload journal entries of other devices, and hear how far each journal is held.

    The body is `RelayedEntries` in MessagePack; each entry bears its own device's signature.
    """
    parts: WorkerParts = request.app.state["parts"]
    relay = admitted_device(request.scope)
    marks = await relay_entries(parts, relay, await request.body())
    return Response(msgspec.msgpack.encode(marks), media_type=MSGPACK)
