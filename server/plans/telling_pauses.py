"""Pauses of entry for whoever orders them: told to gates at once, and who has heard.

A pause holds at the ledger from its commit on, whoever claims; a gate that is cut off goes on as
it was until it hears.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from server.db.hot_path_connections import Driver
from server.db.unit import Context
from server.devices.devices_that_heard import (
    StandingDevice,
    judge_hearing,
    read_standing,
)
from server.devices.schemas import HearingAnswer
from server.events.events_and_dates import get_event
from server.feed.rows import look_at_status
from server.plans.plan_changes import PlanTeller
from server.venues_and_gates.place_pauses import PlacePause, list_pauses
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant
from shared.wire.device_report import DeviceReport


class PauseReach(msgspec.Struct, frozen=True, kw_only=True):
    """A pause, or the end of one that not all gates have heard of, and who has.

    Attributes:
        place_id: The gate, or the zone.
        until: When it was resumed; None while it lasts.
    """

    place_id: str
    since: Instant
    until: Instant | None
    devices: Sequence[HearingAnswer]


class Pauses:
    """Tells gates of pauses, and people who has heard; one for each worker."""

    def __init__(self, context: Context, driver: Driver, plans: PlanTeller) -> None:
        """Tell gates by `plans`."""
        self._context, self._driver, self._plans = context, driver, plans

    async def tell(self, organization_id: OrganizationId, event_id: EventId) -> None:
        """Tell the gates what was committed, without waiting for their next question."""
        status = await look_at_status(self._driver, organization_id, event_id)
        await self._plans.tell(organization_id, event_id, status)

    async def read(self, organization_id: OrganizationId, event_id: EventId) -> list[PauseReach]:
        """Tell where entry is paused, and which gates have not heard that it is, or is no more.

        Raises:
            Problem: `not-found`.
        """
        status = await look_at_status(self._driver, organization_id, event_id)
        epoch = 0 if status is None else status.epoch
        async with self._context.read(organization_id) as unit:
            event = await get_event(unit, event_id)
            rows = await list_pauses(unit, event_id)
            standing = await read_standing(unit, event) if rows else []
        found = [_reach(row, standing, epoch) for row in rows]
        return [one for one in found if one.until is None or one.devices]


def _reach(row: PlacePause, standing: Sequence[StandingDevice], epoch: int) -> PauseReach:
    """Say who knows how a place stands; of one that is resumed, who may not let in there yet."""
    places = frozenset((row.place_id,))
    if row.until is None:
        devices = judge_hearing(standing, places, epoch, partial(_knows, row.since_plan))
    else:
        kept = [one for one in standing if _may_hold(row, one)]
        heard = judge_hearing(kept, places, epoch, partial(_has_read, row.until_plan))
        devices = [one for one in heard if not one.has_heard]
    return PauseReach(place_id=row.place_id, since=row.since, until=row.until, devices=devices)


def _has_read(plan: int, report: DeviceReport) -> bool:
    return report.plan >= plan


def _knows(plan: int, report: DeviceReport) -> bool:
    """Whether it lets nobody in: a program of before has read the plan, and knows no pauses."""
    return _has_read(plan, report) and report.pauses is not None


def _may_hold(row: PlacePause, one: StandingDevice) -> bool:
    """Whether a device may let nobody in at a place that is resumed, until it hears of that.

    It said that entry is paused there, perhaps by an earlier pause or in an earlier epoch; or it
    was in touch since this one began, and may know of it without having said so. One that never
    heard of it goes on all the same.
    """
    if one.report is None or one.report.pauses is None or one.has_left:
        return False
    return row.place_id in one.report.pauses or one.was_heard_since(row.since)
