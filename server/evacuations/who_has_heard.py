"""Which devices at a zone's gates have said that they know the newest word on its evacuation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from server.db.unit import Unit
from server.devices.devices_that_heard import (
    StandingDevice,
    judge_hearing,
    read_standing,
)
from server.devices.schemas import HearingAnswer
from server.events.events_and_dates import Event
from server.ledger.arrivals_after_evacuations import Told
from shared.admission.evacuation import EvacuationPhase
from shared.evacuations.standing_words import take_notice
from shared.wire.device_report import DeviceReport
from shared.wire.feed import EvacuationNotice


class NewestWord(msgspec.Struct, frozen=True):
    """The newest word on an evacuation, by its number in the feed.

    Attributes:
        closed: The number of its stop, 0 where that is not known.
        opened: That of the first word by which people are let in again; None before it.
    """

    notice: EvacuationNotice
    number: int
    closed: int
    opened: int | None


class EvacuationReach(msgspec.Struct, frozen=True, kw_only=True):
    """An evacuation, its newest word, and who has heard that.

    Of one that is over those alone are named who still let nobody in.
    """

    notice: EvacuationNotice
    devices: Sequence[HearingAnswer]


def find_newest(told: Sequence[Told]) -> Sequence[NewestWord]:
    """Return the newest word on each evacuation.

    Args:
        told: What the gates were told, in order.
    """
    held: tuple[EvacuationNotice, ...] = ()
    number: dict[EvacuationNotice, int] = {}
    for one in told:
        held = take_notice(held, one.notice)
        number.setdefault(one.notice, one.number)
    found = []
    for notice in held:
        own = [
            one
            for one in told
            if (one.notice.evacuation_id, one.notice.zone_id)
            == (notice.evacuation_id, notice.zone_id)
        ]
        stops = (one.number for one in own if one.notice.phase == EvacuationPhase.STOP)
        others = (one.number for one in own if one.notice.phase != EvacuationPhase.STOP)
        closed, opened = min(stops, default=0), min(others, default=None)
        found.append(NewestWord(notice, number[notice], closed, opened))
    return found


async def read_reach(
    unit: Unit, event: Event, newest: Sequence[NewestWord], epoch: int
) -> list[EvacuationReach]:
    """Tell who has heard of each evacuation, by what devices said of themselves.

    Args:
        unit: Any.
        event: Whose.
        newest: From `find_newest`.
        epoch: The ledger's; what a device had read of an earlier one says nothing.
    """
    if not newest:
        return []
    standing = await read_standing(unit, event)
    found = [_reach(one, standing, epoch) for one in newest]
    return [one for one in found if one.devices or one.notice.phase != EvacuationPhase.OVER]


def _reach(newest: NewestWord, standing: Sequence[StandingDevice], epoch: int) -> EvacuationReach:
    notice = newest.notice
    if notice.phase == EvacuationPhase.OVER:
        standing = [one for one in standing if _may_be_stopped(newest, epoch, one)]
    zone = frozenset((notice.zone_id,))
    devices = judge_hearing(standing, zone, epoch, partial(_has_read, newest.number))
    return EvacuationReach(notice=notice, devices=devices)


def _has_read(number: int, report: DeviceReport) -> bool:
    return report.cursor >= number


def _may_be_stopped(word: NewestWord, epoch: int, one: StandingDevice) -> bool:
    """Whether a device may let nobody in by an evacuation that is over, until it hears of that.

    It said that it knows of the stop, and of no word after it; or it was in touch since the stop,
    and may know of it without having said so. One that never heard of it goes on all the same.
    """
    if one.report is None or one.has_left:
        return False
    if one.report.epoch == epoch:
        if word.opened is not None and _has_read(word.opened, one.report):
            return False
        if _has_read(word.closed, one.report):
            return True
    return one.was_heard_since(word.notice.begun_at)
