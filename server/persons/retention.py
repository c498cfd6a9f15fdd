"""An organization's rule: so many days after an event its guests' names go by themselves.

A worker looks each hour and writes an erasure for each event that is due; a job does it, so that a
death in between leaves the rest to another. What is still in dispute keeps its names: an event
with an open conflict, or whose money is still going back, or owed to a buyer who is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.background.repeating import for_each
from server.cancelling.event_cancelling import is_refunding
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.erasures.erasure_list import is_erasing
from server.erasures.models import RetentionRule
from server.events.events_and_dates import list_ends
from server.imports.import_acts import find_staged
from server.jobs.enqueuing import enqueue
from server.orders.buyers import count_named_orders
from server.organizations.organizations_and_numbers import lock_organization
from server.payments.named_debts import owes_named
from server.persons.erasing import KIND, new_erasure
from server.reconciliation.settling_conflicts import select_conflicts
from server.ticketing.persons_among_holders import count_named_tickets
from shared.admission.local_time import local_day, time_zone
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import DAY, HOUR, Duration, Instant

ERASURE_DUE_EVERY: Final[Duration] = HOUR
"""Between two looks for events whose names are due to go by rule."""

ERASURE_LEAP: Final[Duration] = 32 * DAY
"""A clock that is further ahead of the last look at due names than this is not believed for a
while."""
ERASURE_RESTS: Final[Duration] = DAY
"""For how long: what is erased comes back by nothing, and a laptop that took over may be years
ahead, in the evening on which its guests are found by name."""

CONFLICT: Final = "conflict"
REFUNDS: Final = "refunds"


class KeptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that still has names, and when they go.

    Attributes:
        ends_at: When its last date ends.
        due_at: When its names go, unless it waits.
        due_on: The same as a day of the venue's, such as `2026-07-04`.
        orders, tickets, lists: How many buyers and holders are named; lists that wait.
        waits: `conflict` or `refunds` where these come first; else "".
    """

    event_id: EventId
    name: str
    ends_at: Instant
    due_at: Instant
    due_on: str
    orders: int
    tickets: int
    lists: int
    waits: str


async def find_rule(unit: Unit, *, is_locked: bool = False) -> RetentionRule | None:
    """Return the organization's rule; None while names stay.

    Args:
        unit: The transaction.
        is_locked: Nobody sets it until the transaction ends.
    """
    if is_locked:
        await lock_organization(unit)
    return await unit.find(select(RetentionRule))


async def set_rule(unit: Unit, days: int | None, actor: str) -> None:
    """Have names go so many days after each event; None lets them stay."""
    rule = await unit.find(select(RetentionRule).with_for_update())
    if days is None:
        if rule is not None:
            await unit.session.delete(rule)
            await unit.session.flush()
        return
    if rule is None:
        rule = RetentionRule()
        unit.session.add(rule)
    rule.days, rule.set_by, rule.set_at = days, actor, unit.now
    # Whoever sets it has seen by this clock which names go at once.
    rule.looked_at, rule.steady_since = unit.now, Instant(unit.now - ERASURE_RESTS)
    await unit.session.flush()


async def list_kept(unit: Unit, days: int) -> Sequence[KeptEvent]:
    """Return the events that have dates and names, whose names go first in front."""
    found = []
    for event_id, name, zone, ends_at in await list_ends(unit):
        orders = await count_named_orders(unit, event_id)
        tickets = await count_named_tickets(unit, event_id)
        lists = len(await find_staged(unit, event_id))
        if orders or tickets or lists:
            due_at = Instant(ends_at + days * DAY)
            found.append(
                KeptEvent(
                    event_id=event_id,
                    name=name,
                    ends_at=ends_at,
                    due_at=due_at,
                    due_on=f"{local_day(due_at, time_zone(zone))}",
                    orders=orders,
                    tickets=tickets,
                    lists=lists,
                    waits=await _what_comes_first(unit, event_id),
                )
            )
    return sorted(found, key=lambda one: (one.due_at, one.event_id))


async def _what_comes_first(unit: Unit, event_id: EventId) -> str:
    is_open = select_conflicts(event_id, kind=None, is_open=True).limit(1)
    if (await unit.session.execute(is_open)).first() is not None:
        return CONFLICT
    is_owing = await is_refunding(unit, event_id) or await owes_named(unit, event_id)
    return REFUNDS if is_owing else ""


async def erase_due(context: Context, due_by: Instant) -> int:
    """Begin to erase all events whose organizations' rules were due by then; returns how many."""
    async with context.database.read(org=SYSTEM) as session:
        owners = (await session.execute(select(RetentionRule.organization_id))).scalars().all()

    async def erase_of(owner: OrganizationId) -> int:
        if not await _is_steady(context, owner):
            return 0
        async with context.read(owner) as unit:
            rule = await find_rule(unit)
            kept = [] if rule is None else await list_kept(unit, rule.days)
            due = [one.event_id for one in kept if one.due_at <= due_by and not one.waits]
        return sum([await _begin(context, owner, event_id) for event_id in due])

    return await for_each(map(OrganizationId, owners), erase_of)


async def _is_steady(context: Context, owner: OrganizationId) -> bool:
    """Note a look; tells whether the server's clock has made no leap for a day."""
    async with context.database.write(org=owner, is_audited=False) as session:
        query = select(RetentionRule).with_for_update()
        rule = (await session.execute(query)).scalar_one_or_none()
        if rule is None:
            return False
        now, before = context.clock.wall(), rule.looked_at
        since = rule.steady_since
        if since is None or before is None or since > now or abs(now - before) > ERASURE_LEAP:
            since = now
        rule.looked_at, rule.steady_since = now, since
        return now - since >= ERASURE_RESTS


async def _begin(context: Context, owner: OrganizationId, event_id: EventId) -> bool:
    """Write an event's erasure with its job; False where one is under way or the rule is gone."""
    async with context.write(owner) as unit:
        # Under the rule's lock: of two workers one finds what the other has begun.
        rule = await unit.find(select(RetentionRule).with_for_update())
        if rule is None or await is_erasing(unit, event_id):
            return False
        if await _what_comes_first(unit, event_id):
            return False
        erasure = await new_erasure(unit, scope="event", actor="", event_id=event_id)
        await enqueue(unit, KIND, {"erasure_id": erasure.id}, key=erasure.id)
        return True
