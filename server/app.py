"""The composition root: puts settings, database, domains and HTTP layers together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.accounts import routes as accounts
from server.audit import routes as audit
from server.db.driver import open_driver
from server.db.engine import Database
from server.db.unit import Context
from server.devices import routes as devices
from server.devices.proofs import ProofLayer
from server.events import routes as events
from server.health import routes as health
from server.homes import routes as homes
from server.http import exceptions
from server.http.asgi import App
from server.http.body import StrictBody
from server.http.changes import Changes
from server.http.content_type import ContentTypes
from server.http.docs import openapi_config
from server.http.logs import configure_logs, log
from server.http.metrics import MetricsLayer
from server.http.rate_limits import RateLimits
from server.http.request_log import RequestLog
from server.http.security_headers import SecurityHeaders
from server.orders import routes as orders
from server.organizations import routes as organizations
from server.publishing import key_routes
from server.publishing import routes as publishing
from server.reconciliation import routes as reconciliation
from server.settings import Settings
from server.supervisors import routes as supervisors
from server.sync import routes as sync
from server.sync.claim_lane import ClaimLane
from server.sync.feed import LedgerFeed
from server.sync.signature_checks import ChecksBeside, ChecksHere, SignatureChecks
from server.sync.usage import LedgerUsage
from server.system import (
    SystemClock,
    SystemEntropy,
    collect_rarely,
    return_large_blocks,
)
from server.ticketing import routes as ticketing
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.venues import routes as venues
from shared.kernel.errors import GatekeeperError
from shared.kernel.ports import Clock, Entropy

BODY_SIZE_MAX: Final = 1_000_000
"""Bytes of a request's body; a handler that takes more says so itself."""

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]

# Each domain exports `routers`, and may export `lifespans`: functions of the Litestar app that
# give an asynchronous context manager, entered at start and left at stop.
ROUTERS: Final[tuple[Router, ...]] = (
    *health.routers,
    *accounts.routers,
    *organizations.routers,
    *audit.routers,
    *supervisors.routers,
    *events.routers,
    *venues.routers,
    *ticketing.routers,
    *orders.routers,
    *devices.routers,
    *publishing.routers,
    *key_routes.routers,
    *sync.routers,
    *reconciliation.routers,
    *homes.routers,
)
LIFESPANS: Final[tuple[Lifespan, ...]] = (
    *accounts.lifespans,
    *orders.lifespans,
    *devices.lifespans,
    *publishing.lifespans,
    *sync.lifespans,
)


def create_app(
    settings: Settings,
    *,
    clock: Clock,
    entropy: Entropy,
    database: Database | None = None,
    change_feed: ChangeFeed | None = None,
    usage: UsageLookup | None = None,
    checks: SignatureChecks | None = None,
) -> App:
    """Build the whole server as one ASGI application.

    Args:
        settings: See `server/settings.py`.
        clock: The server's time.
        entropy: Makes ids, tokens and codes.
        database: An open database; else one is opened from the settings, and closed at stop.
        change_feed: Who tells the gates of changed tickets.
        usage: Who knows which tickets were used.
        checks: Who checks the signatures of journals; else this process does.
    """
    framework = create_framework(
        settings,
        clock=clock,
        entropy=entropy,
        database=database,
        change_feed=change_feed,
        usage=usage,
        checks=checks,
    )
    db: Database = framework.state["context"].database
    app: App = ProofLayer(ClaimLane(framework, framework), framework)
    app = RateLimits(
        app,
        database=db,
        clock=clock,
        per_minute=settings.rate_limit_per_minute,
        workers=settings.workers,
    )
    app = ContentTypes(app)
    app = Changes(app, clock=clock, entropy=entropy)
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


def create_worker_app(settings: Settings) -> App:
    """Build the application of a worker process."""
    configure_logs()
    return_large_blocks()
    app = create_app(settings, clock=SystemClock(), entropy=SystemEntropy(), checks=ChecksBeside())
    collect_rarely()
    return app


def create_framework(
    settings: Settings,
    *,
    clock: Clock,
    entropy: Entropy,
    database: Database | None = None,
    change_feed: ChangeFeed | None = None,
    usage: UsageLookup | None = None,
    checks: SignatureChecks | None = None,
) -> Litestar:
    """Build the innermost application: routes and domains, without the layers around them.

    Parameters as for `create_app`.
    """
    closes_database = database is None
    db = database or Database(settings.database, pool_size=settings.pool_size)
    driver = open_driver(db, settings.database, size=settings.pool_size)
    context = Context(database=db, clock=clock, entropy=entropy)
    provided: dict[str, Any] = {
        "settings": settings,
        "context": context,
        "changes": change_feed or LedgerFeed(),
        "usage": usage or LedgerUsage(),
    }

    @asynccontextmanager
    async def database_lifespan(_app: Litestar) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await driver.close()
            if closes_database:
                await db.close()

    app = Litestar(
        route_handlers=ROUTERS,
        lifespan=[database_lifespan, *LIFESPANS],
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
            ConnectionError: exceptions.on_connection_error,
            TimeoutError: exceptions.on_connection_error,
            Exception: exceptions.on_unexpected,
        },
        openapi_config=openapi_config(settings.public_url),
        cors_config=_cors(settings),
        request_max_body_size=BODY_SIZE_MAX,
        logging_config=None,
        debug=False,
    )
    app.state.update(provided)
    app.state["driver"] = driver
    app.state["checks"] = checks or ChecksHere()
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
