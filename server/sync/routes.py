"""`/sync/v1`: what devices call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from litestar import Litestar, Request, Response, Router, post

from server.sync.claim_body import read_claim
from server.sync.ledger import Ledger, open_ledger

JSON: Final = "application/json"
CLAIM_SIZE_MAX: Final = 2_000_000
"""Bytes; an absurd code is answered, up to a point, like any other that is no ticket."""


@post("/claims", status_code=200, tags=["sync"], request_max_body_size=CLAIM_SIZE_MAX)
async def claim(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Ask to let a holder pass; answered 200 also when denied."""
    ledger: Ledger = request.app.state["ledger"]
    device = await ledger.door.identify(request.headers.get("authorization", ""))
    answer = await ledger.claims.claim(device, read_claim(await request.body()))
    return Response(answer, media_type=JSON)


@asynccontextmanager
async def keep_ledger(app: Litestar) -> AsyncIterator[None]:
    """Serve devices while the application runs."""
    ledger = await open_ledger(
        app.state["context"],
        app.state["settings"],
        door=app.state["door"],
        publisher=app.state["publisher"],
        feed=app.state["changes"],
    )
    app.state["ledger"] = ledger
    try:
        yield
    finally:
        await ledger.close()


routers = [Router("/sync/v1", route_handlers=[claim])]
lifespans = [keep_ledger]
