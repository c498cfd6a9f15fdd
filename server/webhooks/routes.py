"""`/api/v1/organizations/…/webhooks`: set up, looked after, and their messages sent."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Final

from litestar import Litestar, delete, get, patch, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Principal, Role
from server.accounts.role_still_held import hold_role
from server.background.repeating import repeating
from server.data_seal import DataSeal
from server.db.unit import Context, Unit, Units
from server.http.body_and_answer_types import Page, answer_of, page_of, to_moment
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.http.page_cursors import PAGE_SIZE_DEFAULT, Limit, read_place
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.jobs.due_jobs import DueJobs
from server.settings import Settings
from server.webhooks import webhook_setup
from server.webhooks.allowed_addresses import Network
from server.webhooks.delivering import (
    WEBHOOK_FAILURES_MAX,
    WEBHOOK_POLL_S,
    WEBHOOK_RELEASE_S,
    WebhookHandler,
    WebhookLanes,
)
from server.webhooks.outbox import JOB
from server.webhooks.receiver_connection import Sender
from server.webhooks.schemas import (
    AttemptAnswer,
    DeliveryAnswer,
    DeliveryDetail,
    DeliveryState,
    NewWebhook,
    WebhookAnswer,
    WebhookChange,
    WebhookMade,
)
from server.webhooks.webhook_setup import Webhook, WebhookDelivery
from shared.kernel.instant import Instant

ALL: Final = "/organizations/{organization_id:str}/webhooks"
ONE: Final = ALL + "/{webhook_id:str}"
DELIVERIES: Final = ONE + "/deliveries"
DELIVERY: Final = DELIVERIES + "/{message_id:str}"
READ: Final = requires(Role.MANAGER, "webhooks:read")
WRITE: Final = requires(Role.MANAGER, "webhooks:write")

AfterDelivery = Annotated[
    str | None,
    QueryParameter(name="after", max_length=64, description="`next` of the page before"),
]
OfState = Annotated[
    DeliveryState | None, QueryParameter(name="state", description="deliveries in one state only")
]


@post(ALL, tags=["webhooks"], guards=[WRITE])
async def add_webhook(
    data: JSONBody[NewWebhook],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
) -> WebhookMade:
    """Have messages sent to a program; the secret that signs them is shown this once."""
    seal, networks = _tools(request)
    async with units.write() as unit:
        await hold_role(unit, principal, Role.MANAGER)
        row, secret = await webhook_setup.add_webhook(
            unit, seal, networks, data, actor=units.actor
        )
        answer = WebhookMade(webhook=_answer(row, unit.now), secret=secret)
    log().info("webhook.added", actor=units.actor, webhook_id=row.id)
    return answer


@get(ALL, tags=["webhooks"], guards=[READ])
async def list_webhooks(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[WebhookAnswer]:
    """List where messages go."""
    async with units.read() as unit:
        found = [_answer(row, unit.now) for row in await webhook_setup.list_webhooks(unit)]
    return listing.arrange(found, WebhookAnswer)


@get(ONE, tags=["webhooks"], guards=[READ])
async def get_webhook(units: NamedDependency[Units], webhook_id: FromPath[str]) -> WebhookAnswer:
    """Return a webhook."""
    async with units.read() as unit:
        return _answer(await webhook_setup.get_webhook(unit, webhook_id), unit.now)


@patch(ONE, tags=["webhooks"], guards=[WRITE])
@look_again
async def change_webhook(
    data: JSONBody[WebhookChange],
    expected: NamedDependency[Expected],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    webhook_id: FromPath[str],
) -> WebhookAnswer:
    """Change a webhook, pause it, or let it go on."""
    _, networks = _tools(request)
    async with units.write() as unit:
        await hold_role(unit, principal, Role.MANAGER)
        await expected.check(unit, webhook_id, _locked, webhook_id)
        row = await webhook_setup.change_webhook(
            unit, networks, webhook_id, data, actor=units.actor
        )
        answer = _answer(row, unit.now)
    log().info("webhook.changed", actor=units.actor, webhook_id=webhook_id)
    return answer


@delete(ONE, status_code=204, tags=["webhooks"], guards=[WRITE])
@look_again
async def remove_webhook(
    expected: NamedDependency[Expected], units: NamedDependency[Units], webhook_id: FromPath[str]
) -> None:
    """Send nothing more to a webhook, and forget what was sent."""
    async with units.write() as unit:
        await expected.check(unit, webhook_id, _locked, webhook_id)
        await webhook_setup.remove_webhook(unit, webhook_id)
    log().info("webhook.removed", actor=units.actor, webhook_id=webhook_id)


@post(ONE + "/secret", status_code=200, tags=["webhooks"], guards=[WRITE])
async def renew_secret(
    expected: NamedDependency[Expected],
    request: AnyRequest,
    units: NamedDependency[Units],
    webhook_id: FromPath[str],
) -> WebhookMade:
    """Draw another secret, shown this once; for a day the one before signs beside it."""
    seal, _ = _tools(request)
    async with units.write() as unit:
        await expected.check(unit, webhook_id, _locked, webhook_id)
        row, secret = await webhook_setup.renew_secret(unit, seal, webhook_id)
        answer = WebhookMade(webhook=_answer(row, unit.now), secret=secret)
    log().info("webhook.secret_renewed", actor=units.actor, webhook_id=webhook_id)
    return answer


@post(ONE + "/test", status_code=202, tags=["webhooks"], guards=[WRITE])
async def send_test(units: NamedDependency[Units], webhook_id: FromPath[str]) -> DeliveryAnswer:
    """Send a message that tells of nothing, to see whether it arrives."""
    async with units.write() as unit:
        return _delivery(await webhook_setup.send_test(unit, webhook_id))


@get(DELIVERIES, tags=["webhooks"], guards=[READ])
async def list_deliveries(
    units: NamedDependency[Units],
    webhook_id: FromPath[str],
    *,
    in_state: OfState = None,
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: AfterDelivery = None,
) -> Page[DeliveryAnswer]:
    """List what was sent to a webhook, the latest first; kept for 30 days."""
    async with units.read() as unit:
        rows = await webhook_setup.list_deliveries(
            unit, webhook_id, state=in_state, limit=limit, after=read_place(after)
        )
        return page_of(rows, limit, _delivery, lambda row: f"{row.created_at}.{row.message_id}")


@get(DELIVERY, tags=["webhooks"], guards=[READ])
async def get_delivery(
    units: NamedDependency[Units], webhook_id: FromPath[str], message_id: FromPath[str]
) -> DeliveryDetail:
    """Return a delivery with what is sent and its attempts."""
    async with units.read() as unit:
        row = await webhook_setup.get_delivery(unit, webhook_id, message_id)
        body, attempts = await webhook_setup.read_attempts(unit, webhook_id, message_id)
        return DeliveryDetail(
            delivery=_delivery(row),
            body=body.decode(),
            attempts=[answer_of(AttemptAnswer, one) for one in attempts],
        )


@post(DELIVERY + "/again", status_code=202, tags=["webhooks"], guards=[WRITE])
@look_again
async def send_again(
    units: NamedDependency[Units], webhook_id: FromPath[str], message_id: FromPath[str]
) -> DeliveryAnswer:
    """Send a message once more, under its own id."""
    async with units.write() as unit:
        return _delivery(await webhook_setup.send_again(unit, webhook_id, message_id))


def _tools(request: AnyRequest) -> tuple[DataSeal, tuple[Network, ...]]:
    state = request.app.state
    return state["webhook_seal"], state["webhook_networks"]


async def _locked(unit: Unit, webhook_id: str) -> WebhookAnswer:
    return _answer(await webhook_setup.lock_webhook(unit, webhook_id), unit.now)


def _answer(row: Webhook, now: Instant) -> WebhookAnswer:
    until = row.old_until if row.old_until is not None and row.old_until > now else None
    answer = answer_of(
        WebhookAnswer,
        row,
        is_failing=row.failures >= WEBHOOK_FAILURES_MAX or row.paused_because == "failing",
        old_secret_until=to_moment(until),
    )
    answer.tag_also(row.secret)
    return answer


def _delivery(row: WebhookDelivery) -> DeliveryAnswer:
    return answer_of(DeliveryAnswer, row)


def make_lanes(state: State, sender: Sender) -> WebhookLanes:
    """Make what sends messages, of an application."""
    context: Context = state["context"]
    handler = WebhookHandler(context, state["webhook_seal"], sender, state["webhook_networks"])
    return WebhookLanes(context, handler)


@asynccontextmanager
async def webhooks(app: Litestar) -> AsyncIterator[None]:
    """Send messages while the application runs."""
    settings: Settings = app.state["settings"]
    entropy = app.state["context"].entropy
    app.state["webhook_seal"] = webhook_setup.open_webhook_seal(settings.data_folder, entropy)
    sender = Sender(app.state["webhook_networks"])
    lanes = make_lanes(app.state, sender)

    due: DueJobs = app.state["due_jobs"]
    looked_at = -math.inf

    async def work() -> None:
        nonlocal looked_at
        now = asyncio.get_running_loop().time()
        # Besides, for what was held of a webhook that is no longer paused.
        if await due.has(JOB) or now - looked_at >= WEBHOOK_RELEASE_S:
            looked_at = now
            await lanes.work()

    try:
        async with repeating("webhooks", WEBHOOK_POLL_S, work):
            yield
    finally:
        sender.close()


lifespans = [webhooks]
