"""What devices fetch of an event that was handed over: its manifest, and the chunks of it."""

from __future__ import annotations

from typing import Final

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.db.unit import Context
from server.devices.device_of_request import KnownDevices
from server.devices.proofs import admitted_device
from server.http.parameters import AnyRequest
from server.keys.organization_keys import present_document
from server.problem_answers import not_found
from server.publishing.publisher import Publisher, get_chunk, get_manifest
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import EventId
from shared.kernel.packing import MSGPACK

OCTETS: Final = "application/octet-stream"
_YEAR: Final = "private, max-age=31536000, immutable"
_HASH_DIGITS: Final = 64


@get("/events/{event_id:str}/manifest", tags=["sync"], media_type=MSGPACK)
async def fetch_manifest(
    request: AnyRequest,
    context: NamedDependency[Context],
    event_id: FromPath[EventId],
) -> Response[bytes]:
    """Fetch the signed manifest header of the device's event, which names its chunks' hashes."""
    known_devices: KnownDevices = request.app.state["known_devices"]
    device = await known_devices.admitted(admitted_device(request.scope), event_id)
    publisher: Publisher = request.app.state["publisher"]
    async with context.read(device.organization_id) as unit:
        kept = (await get_manifest(unit, event_id)).document
        document = await present_document(unit, publisher.vault, kept)
    tag = f'"{sha256(document).hex()}"'
    headers = {"etag": tag, "cache-control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers, media_type=MSGPACK)
    return Response(document, headers=headers, media_type=MSGPACK)


@get("/chunks/{digest:str}", tags=["sync"], media_type=OCTETS)
async def fetch_chunk(
    request: AnyRequest,
    context: NamedDependency[Context],
    digest: FromPath[str],
) -> Response[bytes]:
    """Fetch a chunk of the device's event by its SHA-256; it never changes: cache it for good."""
    known_devices: KnownDevices = request.app.state["known_devices"]
    # What it was assigned to just now counts: fetching is rare.
    device = await known_devices.renewed(admitted_device(request.scope))
    try:
        wanted = bytes.fromhex(digest) if len(digest) == _HASH_DIGITS else b""
    except ValueError:
        wanted = b""
    if not wanted:
        raise not_found("chunk; its name is 64 hex digits")
    async with context.read(device.organization_id) as unit:
        chunk = await get_chunk(unit, device.event_id or EventId(""), wanted)
    return Response(chunk, headers={"cache-control": _YEAR}, media_type=OCTETS)
