"""Telling gates of a changed plan by the feed.

Whoever changes occurrences, zones, gates, types or policies only raises the plan's version. The
first exchange after that appends the configuration as it is then.
"""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from server.db.unit import Context
from server.feed.appending import append_items, note_new_key, note_told_plan, read_feed_state
from server.feed.rows import Status
from server.keys.organization_keys import read_keyring
from server.plans.compiling_plans import read_event_config
from server.plans.earlier_plans import note_plan
from server.ticketing.ports import ChangeFeed
from shared.kernel.id_types import EventId, OrganizationId
from shared.wire.feed import ConfigChange


class PlanTeller:
    """Appends configurations that the feed has not told yet."""

    def __init__(self, context: Context, feed: ChangeFeed) -> None:
        self._context = context
        self._feed = feed

    async def tell(
        self, organization_id: OrganizationId, event_id: EventId, status: Status | None
    ) -> bool:
        """Append an event's configuration if it is newer than what the feed has told.

        Args:
            organization_id: Whose.
            event_id: Of which event.
            status: As it was seen just now.

        Returns:
            Whether it was, by whoever: the feed has more than was seen.
        """
        is_told = status is None or status.told_plan >= status.plan_version
        if is_told or status is None or not status.manifest_sequence:
            return False
        async with self._context.write(organization_id) as unit:
            state = await read_feed_state(unit.session, event_id)
            config = await read_event_config(unit, event_id)
            if state is None or state.plan_version >= config.sequence:
                return True
            change = ConfigChange(config, await read_keyring(unit, event_id))
            await append_config(unit.session, event_id, change)
            self._feed.tell_after_commit(unit.session, event_id)
        return True


async def append_config(
    session: AsyncSession, event_id: EventId, change: ConfigChange, *, has_new_keys: bool = False
) -> None:
    """Tell an event's configuration and keyring as they are from now on."""
    last = await append_items(session, event_id, [change])
    is_new = await note_plan(session, change.config, last)
    if has_new_keys or is_new:
        await note_new_key(session, [event_id])
    await note_told_plan(session, event_id, change.config.sequence)
