"""What a till asks so that it can sell on its own: a key that signs, and stock."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.db.unit import Context
from server.devices.proofs import admitted_device
from server.http.logs import log
from server.publishing.service import Publisher
from server.tills.telling_tills_stock import StockOffers
from server.tills.till_keys import delegate_key
from shared.manifest.document import encode_document
from shared.wire.till_key import TillKeyAnswer, TillKeyRequest
from shared.wire.till_stock import StockRequest

AnyRequest = Request[Any, Any, Any]
MSGPACK: Final = "application/msgpack"


@post("/till-key", status_code=200, tags=["sync"])
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


@post("/till-stock", status_code=200, tags=["sync"], media_type=MSGPACK)
async def request_stock(data: JSONBody[StockRequest], request: AnyRequest) -> Response[bytes]:
    """Give a connected till more for one sale; answered with its grant, a signed document.

    It asks for totals, so that the same request again gives nothing more.
    """
    stocks: StockOffers = request.app.state["stocks"]
    device = admitted_device(request.scope)
    return Response(encode_document(await stocks.add(device, data)), media_type=MSGPACK)
