"""Setting webhooks up, and looking at what became of their messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from sqlalchemy import delete, func, select, tuple_

from server import quotas
from server.data_seal import DataSeal, open_seal
from server.db.unit import Unit, locked
from server.problem_answers import refuse, wrong_field
from server.webhooks.allowed_addresses import Network, parse_target
from server.webhooks.message_kinds import TEST, Kind
from server.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery, WebhookMessage
from server.webhooks.outbox import ACTIVE, PAUSED, WAITING, set_going, write_message
from server.webhooks.schemas import NewWebhook, WebhookChange
from server.webhooks.webhook_signatures import SECRET_SIZE, spell_secret
from shared.kernel import ids
from shared.kernel.errors import BadInput
from shared.kernel.instant import DAY, Duration, Instant

WEBHOOK_OVERLAP: Final[Duration] = DAY
"""How long a secret still signs after another one was drawn."""
WEBHOOK_ATTEMPTS_SHOWN: Final = 100
"""Attempts of one delivery that are listed, the latest ones."""

open_webhook_seal: Final = partial(
    open_seal,
    name="webhooks",
    what="a webhook's secret",
    otherwise="draw the webhook another secret",
)
"""Opens the data folder's seal of webhooks' secrets."""

__all__ = ["Webhook", "WebhookAttempt", "WebhookDelivery"]
"""The rows that are shown."""


async def add_webhook(
    unit: Unit, seal: DataSeal, networks: Sequence[Network], said: NewWebhook, *, actor: str
) -> tuple[Webhook, str]:
    """Have messages sent somewhere; returns the webhook and its secret, which is shown once.

    Raises:
        Problem: for an address that is not taken; `quota-exceeded`.
    """
    _check_url(said.url, networks)
    count = (await unit.session.execute(select(func.count()).select_from(Webhook))).scalar_one()
    quotas.check(count, quotas.WEBHOOKS_MAX, "webhooks; remove one that is not used")
    webhook_id = ids.new_id(ids.WEBHOOK, unit.entropy)
    secret = unit.entropy.random_bytes(SECRET_SIZE)
    row = Webhook(
        id=webhook_id,
        name=said.name,
        url=said.url,
        kinds=_kinds(said.kinds),
        secret=seal.seal(secret, webhook_id.encode(), unit.entropy),
        old_secret=None,
        old_until=None,
        state=ACTIVE,
        paused_because="",
        failures=0,
        failing_since=None,
        last_taken_at=None,
        created_by=actor,
        created_at=unit.now,
    )
    await unit.add(row)
    return row, spell_secret(secret)


async def list_webhooks(unit: Unit) -> Sequence[Webhook]:
    """Return an organization's webhooks in order of their names."""
    return await unit.all(select(Webhook).order_by(Webhook.name, Webhook.id))


async def get_webhook(unit: Unit, webhook_id: str) -> Webhook:
    """Return a webhook.

    Raises:
        Problem: `not-found`.
    """
    return await unit.get(select(Webhook).where(Webhook.id == webhook_id), "webhook")


async def lock_webhook(unit: Unit, webhook_id: str) -> Webhook:
    """Return a webhook as it is now, locked.

    Raises:
        Problem: `not-found`.
    """
    query = select(Webhook).where(Webhook.id == webhook_id)
    return await unit.get(locked(query), "webhook")


async def change_webhook(
    unit: Unit, networks: Sequence[Network], webhook_id: str, said: WebhookChange, *, actor: str
) -> Webhook:
    """Change what is given; None leaves a value as it is.

    Who says where messages go, or lets them go on, answers for the address from then on.

    Raises:
        Problem: `not-found`, or for an address that is not taken.
    """
    row = await lock_webhook(unit, webhook_id)
    if said.name is not None:
        row.name = said.name
    if said.url is not None and said.url != row.url:
        _check_url(said.url, networks)
        row.url, row.created_by = said.url, actor
        row.failures, row.failing_since = 0, None
    if said.kinds is not None:
        row.kinds = _kinds(said.kinds)
    if said.state is not None and said.state != row.state:
        row.state = said.state
        row.paused_because = "" if said.state == ACTIVE else "asked"
        if said.state == ACTIVE:
            row.created_by = actor
        row.failures, row.failing_since = 0, None
    await unit.session.flush()
    return row


async def hold_unanswered(unit: Unit, by: Collection[str]) -> None:
    """Pause the webhooks that somebody answered for who may not any more, until a manager does.

    Where messages go may be their own. None is lost: they wait.
    """
    query = select(Webhook).where(Webhook.created_by.in_(by), Webhook.state == ACTIVE)
    for row in await unit.all(locked(query)):
        row.state, row.paused_because = PAUSED, "unanswered"
    await unit.session.flush()


async def renew_secret(unit: Unit, seal: DataSeal, webhook_id: str) -> tuple[Webhook, str]:
    """Draw another secret; the one before signs beside it for a day.

    Raises:
        Problem: `not-found`.
    """
    row = await lock_webhook(unit, webhook_id)
    secret = unit.entropy.random_bytes(SECRET_SIZE)
    row.old_secret, row.old_until = row.secret, unit.now + WEBHOOK_OVERLAP
    row.secret = seal.seal(secret, webhook_id.encode(), unit.entropy)
    await unit.session.flush()
    return row, spell_secret(secret)


async def remove_webhook(unit: Unit, webhook_id: str) -> None:
    """Send nothing more to a webhook, and forget what was sent.

    Raises:
        Problem: `not-found`.
    """
    row = await lock_webhook(unit, webhook_id)
    for kind in (WebhookAttempt, WebhookDelivery):
        await unit.change(delete(kind).where(kind.webhook_id == webhook_id))
    await unit.session.delete(row)
    await unit.session.flush()


async def send_test(unit: Unit, webhook_id: str) -> WebhookDelivery:
    """Send a webhook a message that tells of nothing.

    Raises:
        Problem: `not-found`; `conflict` while it is paused.
    """
    row = await get_webhook(unit, webhook_id)
    if row.state != ACTIVE:
        raise refuse("conflict", "webhook.test_paused")
    message = await write_message(unit, [row], TEST, None, {"webhook_id": webhook_id})
    return await get_delivery(unit, webhook_id, message.id)


async def list_deliveries(
    unit: Unit,
    webhook_id: str,
    *,
    state: str | None,
    limit: int,
    after: tuple[Instant, str] | None,
) -> Sequence[WebhookDelivery]:
    """Return up to `limit + 1` deliveries, the latest message first.

    Raises:
        Problem: `not-found`.
    """
    await get_webhook(unit, webhook_id)
    row = WebhookDelivery
    query = (
        select(row)
        .where(row.webhook_id == webhook_id)
        .order_by(row.created_at.desc(), row.message_id.desc())
        .limit(limit + 1)
    )
    if state is not None:
        query = query.where(row.state == state)
    if after is not None:
        query = query.where(tuple_(row.created_at, row.message_id) < tuple_(*after))
    return await unit.all(query)


async def get_delivery(unit: Unit, webhook_id: str, message_id: str) -> WebhookDelivery:
    """Return a delivery.

    Raises:
        Problem: `not-found`.
    """
    query = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.message_id == message_id
    )
    return await unit.get(query, "delivery")


async def read_attempts(
    unit: Unit, webhook_id: str, message_id: str
) -> tuple[bytes, Sequence[WebhookAttempt]]:
    """Return what is sent, and the latest attempts, the last first."""
    body = select(WebhookMessage.body).where(WebhookMessage.id == message_id)
    query = (
        select(WebhookAttempt)
        .where(WebhookAttempt.webhook_id == webhook_id, WebhookAttempt.message_id == message_id)
        .order_by(WebhookAttempt.number.desc())
        .limit(WEBHOOK_ATTEMPTS_SHOWN)
    )
    return (await unit.session.execute(body)).scalar() or b"", await unit.all(query)


async def send_again(unit: Unit, webhook_id: str, message_id: str) -> WebhookDelivery:
    """Send a message once more, under its own id; one that is on its way stays so.

    Raises:
        Problem: `not-found`; `conflict` while the webhook is paused.
    """
    webhook = await lock_webhook(unit, webhook_id)
    if webhook.state != ACTIVE:
        raise refuse("conflict", "webhook.paused")
    delivery = await unit.lock(await get_delivery(unit, webhook_id, message_id))
    if delivery.state != WAITING:
        await set_going(unit, [delivery])
        await unit.session.flush()
    return delivery


def _kinds(said: Sequence[Kind]) -> list[str]:
    return sorted({kind.value for kind in said})


def _check_url(url: str, networks: Sequence[Network]) -> None:
    try:
        parse_target(url, networks)
    except BadInput as error:
        raise wrong_field("url", str(error)) from None
