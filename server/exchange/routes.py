"""`/sync/v1`: what devices call over and over: claims, exchanges, the time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Final

import msgspec
from litestar import Litestar, Response, get, post
from litestar.params import JSONBody, QueryParameter

from server.devices.proofs import asking_device, for_devices
from server.exchange.round_trip import decode_exchange
from server.exchange.worker_parts import WorkerParts, open_parts
from server.exchange.worker_upkeep import keep_up
from server.host_machine import hand_over_often
from server.http.body_sizes import DEVICE_BODY_SIZE_MAX
from server.http.parameters import AnyRequest
from server.problem_answers import not_found, wrong_field
from shared.kernel.packing import MSGPACK
from shared.manifest.signed_document import DOCUMENT_VERSION, DocumentKind, encode_document
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.server_time import TimeStatement

NONCE_SIZE_MAX: Final = 64
_PACK: Final = msgspec.msgpack.Encoder().encode


@post("/claims", status_code=200, tags=["sync"])
async def claim(data: JSONBody[ClaimRequest]) -> ClaimAnswer:
    """Ask to let a holder pass; answered 200 also when denied.

    The same `claim_id` again gets the same answer, and 409 with other content.
    """
    # `server/claims/http_fast_path.py` answers every claim before it comes this far.
    del data
    raise not_found("address")


@post(
    "/exchange",
    status_code=200,
    tags=["sync"],
    media_type=MSGPACK,
    request_max_body_size=DEVICE_BODY_SIZE_MAX,
)
async def exchange(request: AnyRequest) -> Response[bytes]:
    """Upload the journal and fetch what changed, in one round trip."""
    parts: WorkerParts = request.app.state["parts"]
    device = asking_device(request.scope)
    wanted = decode_exchange(await request.body())
    answer = await parts.exchanges.exchange(device, wanted)
    return Response(_PACK(answer), media_type=MSGPACK)


@get("/time", tags=["sync"], guards=[for_devices], media_type=MSGPACK)
async def tell_time(
    request: AnyRequest,
    nonce: Annotated[str, QueryParameter(max_length=2 * NONCE_SIZE_MAX)],
) -> Response[bytes]:
    """State the server's time, signed, for a nonce (hex) that the device has drawn."""
    parts: WorkerParts = request.app.state["parts"]
    device = asking_device(request.scope)
    try:
        drawn = bytes.fromhex(nonce)
    except ValueError:
        raise wrong_field("nonce", "is not hexadecimal") from None
    signer = await parts.signers.of(device.organization_id)
    now = parts.context.clock.wall()
    statement = TimeStatement(DOCUMENT_VERSION, drawn, now)
    document = signer.sign(DocumentKind.TIME, statement, now)
    return Response(encode_document(document), media_type=MSGPACK)


@asynccontextmanager
async def keep_parts(app: Litestar) -> AsyncIterator[None]:
    """Serve devices while the application runs."""
    hand_over_often()
    parts = await open_parts(
        app.state["context"],
        app.state["settings"],
        app.state["driver"],
        known_devices=app.state["known_devices"],
        vault=app.state["vault"],
        signers=app.state["signers"],
        changes=app.state["changes"],
        checks=app.state["checks"],
        stocks=app.state["stocks"],
    )
    app.state.update(
        {
            "parts": parts,
            "claims": parts.claims,
            "rulings": parts.rulings,
            "evacuations": parts.evacuations,
            "pauses": parts.pauses,
        }
    )
    upkeep = asyncio.create_task(keep_up(parts))
    try:
        yield
    finally:
        upkeep.cancel()
        with suppress(asyncio.CancelledError):
            await upkeep
        await parts.close()


lifespans = [keep_parts]
