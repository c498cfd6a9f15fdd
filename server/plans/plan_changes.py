"""Telling gates of a changed plan by the feed.

Whoever changes occurrences, zones, gates, types or policies only raises the plan's version. The
first exchange after that appends the configuration as it is then.
"""

from __future__ import annotations

from server.db.driver import Driver
from server.db.unit import Context
from server.feed.feed import LedgerFeed, append_config, read_feed_state
from server.keys.keys import read_keyring
from server.ledger.records import read_status
from server.plans.plan import read_event_config
from shared.wire.feed import ConfigChange


class PlanTeller:
    """Appends configurations that the feed has not told yet."""

    def __init__(self, context: Context, driver: Driver, feed: LedgerFeed | None) -> None:
        self._context = context
        self._driver = driver
        self._feed = feed

    async def tell(self, organization_id: str, event_id: str) -> None:
        """Append an event's configuration if it is newer than what the feed has told."""
        async with self._driver.read(organization_id) as transaction:
            status = await read_status(transaction, organization_id, event_id, ())
        is_told = status is None or status.told_plan >= status.plan_version
        if is_told or status is None or not status.manifest_sequence:
            return
        async with self._context.write(organization_id) as unit:
            state = await read_feed_state(unit.session, event_id)
            config = await read_event_config(unit, event_id)
            if state is None or state.plan_version >= config.sequence:
                return
            change = ConfigChange(config, await read_keyring(unit, event_id))
            await append_config(unit.session, event_id, change)
            if self._feed is not None:
                self._feed.tell_after_commit(unit.session, event_id)
