"""The composition root: puts settings, database, domains and HTTP layers together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from types import ModuleType
from typing import Any, Final

from litestar import Litestar, Router
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from command_line.clock_and_randomness import SystemEntropy
from command_line.exit_statuses import say_line
from server.accounts import routes as accounts
from server.accounts import second_factor_routes
from server.accounts.guards import principal_of
from server.accounts.providers import provide_hashes, provide_seal, provide_signer
from server.alarms import routes as alarms
from server.audit import routes as audit
from server.audit.last_change import find_change
from server.background.work_aside import OWN_REQUESTS_WAIT_S
from server.cancelling import date_cancel_routes as cancelling_dates
from server.cancelling import date_move_routes as moving
from server.cancelling import routes as cancelling
from server.cashiers import routes as cashiers
from server.claims.http_fast_path import ClaimFastPath
from server.db.database_connections import Database
from server.db.hot_path_connections import open_driver
from server.db.organization_shares import share_connections
from server.db.unit import Context, Units
from server.db.writing_probe import try_writing
from server.devices import enrolling_routes, report_routes
from server.devices import routes as devices
from server.devices.proofs import ProofLayer
from server.entries.signature_checks import ChecksBeside, ChecksHere, SignatureChecks
from server.evacuations import routes as evacuations
from server.event_copies import routes as event_copies
from server.events import freeze_routes, series_routes
from server.events import routes as events
from server.exchange import other_server_took_over, push_routes, roster_and_relay_routes
from server.exchange import routes as exchange
from server.health import front_page
from server.health import routes as health
from server.homes import routes as homes
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.host_machine import collect_rarely, machine_addresses, return_large_blocks
from server.http import answering_exceptions
from server.http.asgi import App
from server.http.audited_requests import Changes
from server.http.body_sizes import BODY_SIZE_MAX
from server.http.content_type import ContentTypes
from server.http.database_outage import DatabaseOutage
from server.http.docs_page import openapi_config
from server.http.etags import FIND_CHANGE, provide_expected, tag_answer
from server.http.json_body import StrictBody
from server.http.list_search_and_filters import provide_listing, provide_search
from server.http.logs import configure_logs, log
from server.http.metrics import MetricsLayer
from server.http.parameters import AnyRequest, refuse_what_is_not_asked
from server.http.rate_limits import RateLimits
from server.http.request_log import RequestLog
from server.http.secure_requests import SecureRequests
from server.http.security_headers import SecurityHeaders
from server.imports import routes as imports
from server.jobs import routes as jobs
from server.jobs.due_jobs import DueJobs
from server.ledger import checkin_webhooks, ticket_trial_routes
from server.ledger import routes as ledger
from server.ledger.lookups import LedgerLookups
from server.live import routes as live
from server.lost_devices import routes as lost_devices
from server.mail import notice_routes as notices
from server.mail import order_mail_routes as mail
from server.mail.smtp import open_mail_sender
from server.members import api_key_routes, invitation_routes, organization_routes
from server.members import routes as members
from server.orders import routes as orders
from server.paper_lists import routes as paper_lists
from server.payments import routes as payments
from server.payments import voucher_routes
from server.persons import routes as persons
from server.plans import pause_routes
from server.publishing import key_routes, manifest_routes
from server.publishing import routes as publishing
from server.reconciliation import routes as reconciliation
from server.reconciliation.ended_keys import name_unexplained
from server.report_schedules import address_routes
from server.report_schedules import routes as report_schedules
from server.reports import routes as reports
from server.seating import placing_maps
from server.seating import routes as seating
from server.settings import Settings
from server.shifts import routes as shifts
from server.supervisors import routes as supervisors
from server.ticket_design import routes as ticket_design
from server.ticket_files import routes as ticket_files
from server.ticket_files.wanted_files import TicketFiles
from server.ticketing import hold_routes, import_in_one_call_routes, promotion_routes
from server.ticketing import routes as ticketing
from server.ticketing.ports import ChangeFeed, UsageLookup
from server.tills import routes as tills
from server.tills import routes_for_tills as till_device_routes
from server.venues_and_gates import routes as venues
from server.venues_and_gates import seat_map_routes
from server.webhooks import routes as webhooks
from server.webhooks.allowed_addresses import parse_networks
from shared.kernel.errors import GatekeeperError
from shared.kernel.floored_clock import FlooredClock
from shared.kernel.id_types import OrganizationId
from shared.kernel.ports import Clock, Entropy

Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


def _handlers_of(*modules: ModuleType) -> list[BaseRouteHandler]:
    """Return what modules of routes decorate, in the order in which it stands there."""
    return [
        found
        for module in modules
        for found in vars(module).values()
        if isinstance(found, BaseRouteHandler) and found.fn.__module__ == module.__name__
    ]


def _from_state(name: str) -> Callable[[AnyRequest], Any]:
    def give(request: AnyRequest) -> Any:
        return request.app.state[name]

    return give


# What a module of routes decorates is served. It may export `lifespans`: functions of the Litestar
# app that give an asynchronous context manager, entered at start and left at stop.
ROUTERS: Final = (
    Router("/", route_handlers=_handlers_of(front_page, health)),
    Router(  # for people and their programs
        "/api/v1",
        route_handlers=_handlers_of(
            accounts,
            second_factor_routes,
            organization_routes,
            members,
            api_key_routes,
            invitation_routes,
            audit,
            supervisors,
            cashiers,
            events,
            freeze_routes,
            series_routes,
            venues,
            seat_map_routes,
            seating,
            ticket_design,
            ticketing,
            import_in_one_call_routes,
            promotion_routes,
            hold_routes,
            imports,
            orders,
            payments,
            voucher_routes,
            cancelling,
            mail,
            moving,
            cancelling_dates,
            event_copies,
            notices,
            jobs,
            webhooks,
            alarms,
            devices,
            report_routes,
            publishing,
            tills,
            shifts,
            reports,
            report_schedules,
            ticket_files,
            address_routes,
            paper_lists,
            live,
            key_routes,
            ledger,
            ticket_trial_routes,
            lost_devices,
            evacuations,
            pause_routes,
            reconciliation,
            homes,
            persons,
        ),
    ),
    Router(  # for devices
        "/sync/v1",
        route_handlers=_handlers_of(
            enrolling_routes,
            manifest_routes,
            till_device_routes,
            exchange,
            push_routes,
            roster_and_relay_routes,
            other_server_took_over,
        ),
        dependencies={"context": Provide(_from_state("devices_context"), sync_to_thread=False)},
    ),
)
PARTS: Final = (
    *("settings", "changes", "usage", "named_files", "publisher", "vault"),
    *("known_devices", "signers", "rulings", "evacuations", "pauses"),
)
"""What a route is given of the application's state, by its name there."""
LIFESPANS: Final[tuple[Lifespan, ...]] = (
    *health.lifespans,
    *accounts.lifespans,
    *orders.lifespans,
    *hold_routes.lifespans,
    *placing_maps.lifespans,
    *devices.lifespans,
    *publishing.lifespans,
    *tills.lifespans,
    *till_device_routes.lifespans,
    *exchange.lifespans,
    *cancelling.lifespans,
    *event_copies.lifespans,
    *mail.lifespans,
    *webhooks.lifespans,
    *alarms.lifespans,
    *report_schedules.lifespans,
    *checkin_webhooks.lifespans,
    *imports.lifespans,
    *ticket_files.lifespans,
    *live.lifespans,
    *persons.lifespans,
)


def create_app(  # noqa: PLR0913 - what a test replaces, each by name
    settings: Settings,
    *,
    clock: Clock,
    entropy: Entropy,
    database: Database | None = None,
    change_feed: ChangeFeed | None = None,
    usage: UsageLookup | None = None,
    checks: SignatureChecks | None = None,
    framework: Litestar | None = None,
    find_addresses: Callable[[], list[str]] = list,
    outage: DatabaseOutage | None = None,
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
        framework: Of `create_framework`, if one stands ready that serves nobody now: reading
            every route's signature takes a quarter of a second.
        find_addresses: Tells at which addresses this machine is reached today.
        outage: What the log was configured with, to be told when the database is back.
    """
    clock = FlooredClock(clock)
    framework = framework or create_framework(settings)
    db = database or Database(settings.database, pool_size=settings.pool_size)
    of_people, of_devices = share_connections(db.connections, wait_s=OWN_REQUESTS_WAIT_S)
    framework.state.clear()
    framework.state.update(
        {
            "settings": settings,
            "context": (context := Context(database=db, clock=clock, entropy=entropy)),
            "asked_context": Context(db, clock, entropy, of_people),
            "devices_context": Context(db, clock, entropy, of_devices),
            "due_jobs": DueJobs(context),
            "changes": change_feed or LedgerFeed(),
            "name_unexplained": name_unexplained,
            FIND_CHANGE: find_change,
            "usage": usage or LedgerLookups(),
            "named_files": TicketFiles(),
            "driver": open_driver(db, settings.database, size=settings.pool_size),
            "checks": checks or ChecksHere(),
            "closes_database": database is None,
            "find_addresses": find_addresses,
            "outage": outage,
            "webhook_networks": parse_networks(settings.webhook_networks),
            "mail_sender": open_mail_sender(settings.mail_server, settings.mail_from),
        }
    )
    return _in_layers(framework, settings, db, clock, entropy)


def _in_layers(
    framework: Litestar, settings: Settings, database: Database, clock: Clock, entropy: Entropy
) -> App:
    """Put around the framework what each request passes, the innermost first."""
    app: App = ProofLayer(ClaimFastPath(framework, framework), framework)
    app = RateLimits(
        app,
        database=database,
        clock=clock,
        per_minute=settings.rate_limit_per_minute,
        workers=settings.workers,
    )
    app = ContentTypes(app)
    app = Changes(app, clock=clock, entropy=entropy)
    app = MetricsLayer(app, clock)
    if settings.refuses_plain:
        app = SecureRequests(app, settings.trusted_proxies)
    app = RequestLog(
        app,
        clock=clock,
        entropy=entropy,
        log=log().info,
        log_failure=log().exception,
        trusted_proxies=settings.trusted_proxies,
    )
    return SecurityHeaders(app, is_https=settings.is_https)


def create_worker_app(settings: Settings, clock: Clock) -> App:
    """Build the application of a worker process."""
    outage = DatabaseOutage(clock)
    configure_logs(outage=outage)
    return_large_blocks()
    app = create_app(
        settings,
        clock=clock,
        entropy=SystemEntropy(),
        checks=ChecksBeside(),
        find_addresses=machine_addresses,
        outage=outage,
    )
    collect_rarely()
    return app


def create_framework(settings: Settings) -> Litestar:
    """Build the innermost application: routes and domains, without the layers around them.

    It serves what `create_app` puts into its state. Of the settings it takes the public address
    and the allowed origins.
    """
    return Litestar(
        route_handlers=ROUTERS,
        lifespan=[_database_lifespan, *LIFESPANS],
        dependencies={name: Provide(_from_state(name), sync_to_thread=False) for name in PARTS}
        | {
            name: Provide(provide, sync_to_thread=False)
            for name, provide in (
                ("context", _from_state("asked_context")),
                ("units", _provide_units),
                ("principal", principal_of),
                ("has_mail", _has_mail),
                ("hashes", provide_hashes),
                ("signer", provide_signer),
                ("seal", provide_seal),
                ("expected", provide_expected),
                ("search", provide_search),
                ("listing", provide_listing),
            )
        },
        dto=StrictBody,
        return_dto=None,
        before_request=refuse_what_is_not_asked,
        after_request=tag_answer,
        exception_handlers={
            HTTPException: answering_exceptions.on_http_error,
            GatekeeperError: answering_exceptions.on_own_error,
            DBAPIError: answering_exceptions.on_database_error,
            PoolTimeout: answering_exceptions.on_pool_timeout,
            ConnectionError: answering_exceptions.on_connection_error,
            TimeoutError: answering_exceptions.on_connection_error,
            Exception: answering_exceptions.on_unexpected,
        },
        openapi_config=openapi_config(settings.public_url),
        cors_config=_cors(settings),
        request_max_body_size=BODY_SIZE_MAX,
        logging_config=None,
        debug=False,
    )


@asynccontextmanager
async def _database_lifespan(app: Litestar) -> AsyncIterator[None]:
    context: Context = app.state["context"]
    outage: DatabaseOutage | None = app.state["outage"]
    watching: AbstractAsyncContextManager[None] = nullcontext()
    if outage is not None:
        watching = outage.watched(lambda: try_writing(context.database, context.entropy))
    try:
        async with watching:
            yield
    except GatekeeperError as fault:  # of the parts: uvicorn would say that there was one
        say_line("gatekeeper-server", str(fault))
        raise
    except Exception:
        log().exception("worker.parts_failed")
        raise
    finally:
        await app.state["driver"].close()
        if app.state["closes_database"]:
            await app.state["context"].database.close()


def _provide_units(request: AnyRequest, organization_id: FromPath[OrganizationId]) -> Units:
    return Units(request.app.state["asked_context"], organization_id, principal_of(request).actor)


def _has_mail(request: AnyRequest) -> bool:
    return request.app.state["mail_sender"] is not None


def _cors(settings: Settings) -> CORSConfig | None:
    if not settings.allowed_origins:
        return None
    return CORSConfig(
        allow_origins=sorted(settings.allowed_origins),
        allow_methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-match"],
        expose_headers=["etag"],
        allow_credentials=False,
    )
