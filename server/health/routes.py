"""`/health/live`, `/health/ready`, `/metrics`, and the first page in a browser."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

from litestar import Litestar, Response, get
from litestar.di import NamedDependency

from server.db.unit import Context
from server.health.checks import Readiness, ReadinessCheck
from server.http.asgi import CLIENT
from server.http.metrics import CONTENT_TYPE, render_metrics
from server.http.parameters import AnyRequest
from server.problem_answers import Problem
from server.settings import Settings


@get("/health/live", sync_to_thread=False, tags=["health"], security=[{}])
def live() -> dict[str, str]:
    """Tell that the process answers; never asks the database."""
    return {"status": "ok"}


@get("/health/ready", tags=["health"], security=[{}])
async def ready(request: AnyRequest) -> Response[Readiness]:
    """Tell whether requests can be served: database, migrations, ledger.

    Answers 503 with the same body if not.
    """
    check: ReadinessCheck = request.app.state["readiness"]
    found = await check.read()
    return Response(found, status_code=200 if found.status == "ok" else 503)


@get("/metrics", sync_to_thread=False, tags=["health"], include_in_schema=False)
def metrics(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[bytes]:
    """Give Prometheus its numbers: with the configured token, else to this machine only."""
    if not _may_scrape(request, settings):
        raise Problem("forbidden", "Set GATEKEEPER_METRICS_TOKEN to scrape from elsewhere.")
    return Response(render_metrics(), media_type=CONTENT_TYPE)


def _may_scrape(request: AnyRequest, settings: Settings) -> bool:
    if settings.metrics_token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.metrics_token.encode())
    # A proxy on this machine makes everybody look local; what it forwards is not.
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False
    try:
        return ip_address(str(request.scope.get(CLIENT, ""))).is_loopback
    except ValueError:
        return False


@asynccontextmanager
async def begin_checks(app: Litestar) -> AsyncIterator[None]:
    """Note from the program's start on what the checks compare the present with."""
    context: Context = app.state["context"]
    app.state["readiness"] = ReadinessCheck(context)
    yield


lifespans = [begin_checks]
