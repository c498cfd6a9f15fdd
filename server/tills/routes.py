"""Delegated keys for tills."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Request, Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.db.unit import Context
from server.devices.proofs import admitted_device
from server.http.logs import log
from server.publishing.service import Publisher
from server.tills.till_keys import delegate_key, withdraw_till
from shared.wire.enrol import TillKeyAnswer, TillKeyRequest


@post("/till-key", status_code=200, tags=["sync"])
async def request_till_key(
    data: JSONBody[TillKeyRequest],
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
) -> TillKeyAnswer:
    """Delegate ticket signing to a till's own key, for ids of a range that only it has."""
    publisher: Publisher = request.app.state["publisher"]
    device = admitted_device(request.scope)
    answer = await delegate_key(context, publisher, device, data)
    log().info("till.delegated", device_id=device.id, event_id=data.event_id)
    return answer


@asynccontextmanager
async def watch_revocations(app: Litestar) -> AsyncIterator[None]:
    """Let a till's revocation end its key and free what it held."""
    app.state["on_revoked"] = partial(withdraw_till, publisher=app.state["publisher"])
    yield


routers = [Router("/sync/v1", route_handlers=[request_till_key])]
lifespans = [watch_revocations]
