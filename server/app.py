"""The composition root: puts settings, database, domains and HTTP layers together."""

from __future__ import annotations

import importlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.util import find_spec
from typing import Any, Final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.db.engine import Database
from server.db.unit import Context
from server.http import exceptions
from server.http.asgi import App
from server.http.body import StrictBody
from server.http.content_type import ContentTypes
from server.http.docs import openapi_config
from server.http.logs import configure_logs, log
from server.http.metrics import MetricsLayer
from server.http.rate_limits import RateLimits
from server.http.request_log import RequestLog
from server.http.security_headers import SecurityHeaders
from server.settings import Settings, read_settings
from server.system import SystemClock, SystemEntropy
from server.ticketing.ports import ChangeFeed, SilentFeed
from shared.kernel.errors import GatekeeperError
from shared.kernel.ports import Clock, Entropy

BODY_SIZE_MAX: Final = 1_000_000
"""Bytes of a request's body; a handler that takes more says so itself."""

DOMAINS: Final = (
    "server.health.routes",
    "server.accounts.routes",
    "server.organizations.routes",
    "server.events.routes",
    "server.venues.routes",
    "server.ticketing.routes",
    "server.orders.routes",
    "server.devices.routes",
    "server.publishing.routes",
    "server.sync.routes",
    "server.reconciliation.routes",
)
"""Each domain exports `routers`, and may export `lifespans`: functions of the Litestar app that
give an asynchronous context manager, entered at start and left at stop."""

CHANGE_FEED: Final = "server.sync.feed"
"""Exports `make_change_feed() -> ChangeFeed`."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def create_app(
    settings: Settings,
    *,
    clock: Clock,
    entropy: Entropy,
    database: Database | None = None,
    change_feed: ChangeFeed | None = None,
) -> App:
    """Build the whole server as one ASGI application.

    Args:
        settings: See `server/settings.py`.
        clock: The server's time.
        entropy: Makes ids, tokens and codes.
        database: An open database; else one is opened from the settings, and closed at stop.
        change_feed: Who tells the gates; else the sync domain's.
    """
    owned = database is None
    db = database or Database(settings.database, pool_size=settings.pool_size)
    context = Context(database=db, clock=clock, entropy=entropy)
    framework = _create_framework(
        settings, context, change_feed or _find_change_feed(), closes_database=owned
    )
    app: App = framework
    app = RateLimits(
        app,
        database=db,
        clock=clock,
        per_minute=settings.rate_limit_per_minute,
        workers=settings.workers,
    )
    app = ContentTypes(app)
    app = MetricsLayer(app, clock)
    app = RequestLog(
        app,
        clock=clock,
        entropy=entropy,
        log=log().info,
        log_failure=log().exception,
        trusted_proxies=settings.trusted_proxies,
    )
    return SecurityHeaders(app, is_https=settings.is_https)


def create_worker_app() -> App:
    """Build the application of a worker process, from its environment."""
    configure_logs()
    entropy = SystemEntropy()
    settings = read_settings(os.environ, entropy)
    return create_app(settings, clock=SystemClock(), entropy=entropy)


def _create_framework(
    settings: Settings, context: Context, change_feed: ChangeFeed, *, closes_database: bool
) -> Litestar:
    routers, lifespans = _load_domains()
    provided: dict[str, Any] = {
        "settings": settings,
        "context": context,
        "changes": change_feed,
    }

    @asynccontextmanager
    async def database_lifespan(_app: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            if closes_database:
                await context.database.close()

    app = Litestar(
        route_handlers=routers,
        lifespan=[database_lifespan, *lifespans],
        dependencies={
            name: Provide(_constant(value), sync_to_thread=False)
            for name, value in provided.items()
        },
        dto=StrictBody,
        return_dto=None,
        exception_handlers={
            HTTPException: exceptions.on_http_error,
            GatekeeperError: exceptions.on_own_error,
            DBAPIError: exceptions.on_database_error,
            PoolTimeout: exceptions.on_pool_timeout,
            Exception: exceptions.on_unexpected,
        },
        openapi_config=openapi_config(settings.public_url),
        cors_config=_cors(settings),
        request_max_body_size=BODY_SIZE_MAX,
        logging_config=None,
        debug=False,
    )
    app.state.update(provided)
    return app


def _constant(value: Any) -> Callable[[], Any]:
    def give() -> Any:
        return value

    return give


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.allowed_origins:
        return None
    return CORSConfig(
        allow_origins=sorted(settings.allowed_origins),
        allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key"],
        allow_credentials=False,
    )


def _load_domains() -> tuple[list[Router], list[Lifespan]]:
    routers: list[Router] = []
    lifespans: list[Lifespan] = []
    for name in DOMAINS:
        if _exists(name):
            module = importlib.import_module(name)
            routers += module.routers
            lifespans += getattr(module, "lifespans", [])
    return routers, lifespans


def _find_change_feed() -> ChangeFeed:
    if not _exists(CHANGE_FEED):
        return SilentFeed()
    feed: ChangeFeed = importlib.import_module(CHANGE_FEED).make_change_feed()
    return feed


def _exists(name: str) -> bool:
    package = name.rpartition(".")[0]
    return find_spec(package) is not None and find_spec(name) is not None


def domain_routers() -> Sequence[Router]:
    """Return every domain's routers; for tests that walk the routes."""
    return _load_domains()[0]
