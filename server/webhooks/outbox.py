"""Telling of what happens: the message is written in the deed's own transaction, and sent after.

So there is no message of what was rolled back, and none is lost of what was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any, Final

import msgspec
from sqlalchemy import Select, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.database_connections import Database
from server.db.unit import Unit
from server.jobs.enqueuing import enqueue
from server.webhooks.message_kinds import Kind
from server.webhooks.models import Webhook, WebhookDelivery, WebhookMessage
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant, datetime_from_instant

JOB: Final = "webhook.message"
ACTIVE: Final = "active"
PAUSED: Final = "paused"
WAITING: Final = "waiting"
HELD: Final = "held"
_ANY: Final = text("SELECT 1 FROM webhook LIMIT 1")


async def tell_programs(
    unit: Unit, kind: Kind, event_id: EventId, what: Mapping[str, Any]
) -> None:
    """Tell whoever wants to hear it what is done in this transaction.

    Args:
        unit: The deed's.
        kind: What happened.
        event_id: At which event.
        what: Ids, states, counts and amounts, by name; never a person's name or address.
    """
    await tell_programs_of_each(unit, [kind], event_id, what)


async def tell_programs_of_each(
    unit: Unit, kinds: Sequence[Kind], event_id: EventId, what: Mapping[str, Any]
) -> None:
    """Tell of several things at once that one deed is, in their order; see `tell_programs`."""
    found = await unit.all(select(Webhook))
    for kind in kinds:
        if wanting := [row for row in found if not row.kinds or kind.value in row.kinds]:
            said = {"event_id": event_id, **what}
            await write_message(unit, wanting, kind.value, event_id, said)


async def is_anybody_told(database: Database) -> bool:
    """Tell whether there is any webhook at all; for whoever asks every other second."""
    return bool(await database.glance(_ANY, {}))


def select_hearing() -> Select[tuple[OrganizationId]]:
    """Ask for the organizations that hear of anything; each as often as it has webhooks."""
    return select(Webhook.organization_id)


async def who_hears(session: AsyncSession, kind: Kind) -> dict[OrganizationId, Instant]:
    """Return the organizations that hear of a kind, and since when; in the system's scope."""
    rows = await session.execute(
        select(Webhook.organization_id, Webhook.kinds, Webhook.created_at)
    )
    found: dict[OrganizationId, Instant] = {}
    for organization_id, kinds, created_at in rows:
        if not kinds or kind.value in kinds:
            before = found.get(organization_id, created_at)
            found[organization_id] = min(before, created_at)
    return found


async def write_message(
    unit: Unit,
    webhooks: Iterable[Webhook],
    kind: str,
    event_id: EventId | None,
    what: Mapping[str, Any],
) -> WebhookMessage:
    """Write a message to some webhooks; of one that is paused it is held."""
    message = WebhookMessage(
        id=ids.new_id(ids.MESSAGE, unit.entropy),
        kind=kind,
        event_id=event_id,
        body=spell(kind, unit.now, {"organization_id": unit.organization_id, **what}),
        created_at=unit.now,
    )
    unit.session.add(message)
    for webhook in webhooks:
        delivery = WebhookDelivery(
            webhook_id=webhook.id,
            message_id=message.id,
            kind=kind,
            event_id=event_id,
            state=HELD,
            round=0,
            attempts=0,
            status=None,
            said="",
            created_at=unit.now,
            tried_at=None,
        )
        unit.session.add(delivery)
        if webhook.state == ACTIVE:
            await set_going(unit, [delivery])
    await unit.session.flush()
    return message


async def set_going(unit: Unit, deliveries: Sequence[WebhookDelivery]) -> None:
    """Have deliveries made, from their first try on."""
    for one in deliveries:
        one.state = WAITING
        one.round += 1
        await enqueue(
            unit,
            JOB,
            {"webhook_id": one.webhook_id, "message_id": one.message_id},
            key=f"{one.webhook_id}:{one.message_id}:{one.round}",
        )


def spell(kind: str, at: Instant, what: Mapping[str, Any]) -> bytes:
    """Write a message's body."""
    when = datetime_from_instant(at).astimezone(UTC)
    return msgspec.json.encode({"type": kind, "timestamp": when, "data": dict(what)})
