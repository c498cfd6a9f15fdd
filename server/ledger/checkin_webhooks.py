"""Telling other programs of check-ins: read off the feed, some at a time, in its order.

The feed is written with each passage and has no gap, so it is the outbox: claims and journals are
not held up by whoever listens. How far an event was told stands in a row, which moves on in the
transaction that writes the messages.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Container, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from typing import Any, Final

from litestar import Litestar
from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.background.repeating import for_each, repeating
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.events.events_and_dates import get_event
from server.feed.new_items import list_heads, read_head, read_on
from server.ledger.models import CheckinCursor
from server.webhooks.message_kinds import Kind
from server.webhooks.outbox import is_anybody_told, select_hearing, tell_programs, who_hears
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant, datetime_from_instant
from shared.wire.feed import Annul, FeedItem, ItemKind, Use, decode_item

CHECKINS_POLL_S: Final = 2
"""Seconds between two looks at what is new in the feeds that other programs hear of."""

AT_ONCE: Final = 500
"""Items of a feed that one transaction reads."""
FORGOTTEN_AT_ONCE: Final = 1_000
"""Organizations whose places one look forgets."""
PER_MESSAGE: Final = 50
"""Check-ins of one message: some 14 kB."""
_FIRST: Final = text(
    "INSERT INTO checkin_cursor (event_id, organization_id, seq)"
    " VALUES (:event_id, :organization_id, :seq) ON CONFLICT (event_id) DO NOTHING"
)
_TOLD: Final = (ItemKind.USE.value, ItemKind.ANNUL.value)


async def tell_checkins(context: Context) -> int:
    """Tell of all check-ins that were not told yet; any worker may do it.

    Returns:
        How many items of feeds were read.
    """
    async with context.database.read(org=SYSTEM) as session:
        hearing = await who_hears(session, Kind.TICKET_CHECKEDIN)
        behind = await _find_behind(session, hearing) if hearing else []
    await _forget(context, hearing)

    async def tell(place: tuple[OrganizationId, EventId]) -> int:
        return await _tell(context, *place, hearing[place[0]])

    return await for_each(behind, tell)


async def _find_behind(
    session: AsyncSession, hearing: Container[OrganizationId]
) -> list[tuple[OrganizationId, EventId]]:
    """Return events of which more is known than was told."""
    query = select(CheckinCursor.event_id, CheckinCursor.seq)
    told = {row[0]: row[1] for row in (await session.execute(query)).all()}
    heads = await list_heads(session, select_hearing())
    return [
        (organization_id, event_id)
        for organization_id, event_id, head in heads
        if organization_id in hearing and told.get(event_id) != head
    ]


async def _forget(context: Context, hearing: Container[OrganizationId]) -> None:
    """Let who hears again later hear of what is new then; of some now, of the others next time."""
    async with context.database.read(org=SYSTEM) as session:
        told = (await session.execute(select(CheckinCursor.organization_id).distinct())).scalars()
        gone = [one for one in told if one not in hearing][:FORGOTTEN_AT_ONCE]
    if gone:
        async with context.database.write(org=SYSTEM, is_audited=False) as session:
            await session.execute(
                delete(CheckinCursor)
                .where(CheckinCursor.organization_id.in_(gone))
                .execution_options(synchronize_session=False)
            )


async def _tell(
    context: Context, organization_id: OrganizationId, event_id: EventId, since: Instant
) -> int:
    """Tell of an event's check-ins from its cursor on; the first look begins at the feed's head.

    Args:
        context: The worker's.
        organization_id: Whose.
        event_id: Which.
        since: When somebody asked to hear; all of an event that was made later is told.
    """
    read = 0
    while True:
        async with context.write(organization_id) as unit:
            cursor = await _cursor(unit, event_id, since)
            items = await read_on(unit, event_id, cursor.seq, limit=AT_ONCE)
            if items:
                cursor.seq = items[-1].sequence
            for what in _messages([item for item in items if item.kind in _TOLD]):
                await tell_programs(unit, Kind.TICKET_CHECKEDIN, event_id, what)
        read += len(items)
        if len(items) < AT_ONCE:
            return read


async def _cursor(unit: Unit, event_id: EventId, since: Instant) -> CheckinCursor:
    head = await read_head(unit, event_id)
    query = select(CheckinCursor).where(CheckinCursor.event_id == event_id).with_for_update()
    found = await unit.find(query)
    if found is None:
        is_new = (await get_event(unit, event_id)).created_at > since
        place = {"event_id": event_id, "organization_id": unit.organization_id}
        # Another worker may look for the first time as well: it goes first, and this one waits.
        connection = await unit.session.connection()
        await connection.execute(_FIRST, place | {"seq": 0 if is_new else head})
        found = await unit.get(query, "place in the feed")
    found.seq = min(found.seq, head)  # the ledger may have gone back to an older copy
    return found


def _messages(items: Sequence[FeedItem]) -> Iterable[dict[str, Any]]:
    bodies = [decode_item(item) for item in items]
    told = [
        body
        for body in bodies
        if isinstance(body, Annul) or (isinstance(body, Use) and body.direction == "in")
    ]
    for first in range(0, len(told), PER_MESSAGE):
        some = told[first : first + PER_MESSAGE]
        yield {
            "checkins": [_checkin(one) for one in some if isinstance(one, Use)],
            "undone": [_undone(one) for one in some if isinstance(one, Annul)],
        }


def _checkin(use: Use) -> dict[str, Any]:
    return {
        "claim_id": use.claim_id,
        "ticket_id": format_ticket_id(use.ticket_id),
        "zone_id": use.zone_id,
        "gate_id": use.gate_id,
        "device_id": use.device_id,
        "at": datetime_from_instant(use.at).astimezone(UTC),
        "count": use.count,
        "mode": use.mode,
        "reason": use.reason,
    }


def _undone(annul: Annul) -> dict[str, Any]:
    return {"claim_id": annul.claim_id, "ticket_id": format_ticket_id(annul.ticket_id)}


@asynccontextmanager
async def telling(app: Litestar) -> AsyncIterator[None]:
    """Tell of check-ins while the application runs."""
    context: Context = app.state["context"]

    was_heard = True

    async def work() -> None:
        nonlocal was_heard
        is_heard = await is_anybody_told(context.database)
        if is_heard or was_heard:  # once more after the last has gone, whose places are forgotten
            await tell_checkins(context)
        was_heard = is_heard

    async with repeating("checkins", CHECKINS_POLL_S, work):
        yield


lifespans = [telling]
