"""Which devices at a zone's gates have said that they know the newest word on its evacuation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from server.db.unit import Unit
from server.devices.hearing import DeviceHearing, judge_hearing, read_standing
from server.events.service import Event
from server.ledger.known_returns import Told
from shared.admission.evacuation import EvacuationPhase
from shared.wire.device_report import DeviceReport
from shared.wire.emptying import take_notice
from shared.wire.feed import EvacuationNotice


class EvacuationReach(msgspec.Struct, frozen=True, kw_only=True):
    """An evacuation, its newest word, and who has heard that."""

    notice: EvacuationNotice
    devices: Sequence[DeviceHearing]


def find_newest(told: Sequence[Told]) -> Mapping[EvacuationNotice, int]:
    """Return the newest word on each evacuation that is not over, by its number in the feed.

    Args:
        told: What the gates were told, in order.
    """
    held: tuple[EvacuationNotice, ...] = ()
    number: dict[EvacuationNotice, int] = {}
    for one in told:
        held = take_notice(held, one.notice)
        if one.notice in held:
            number.setdefault(one.notice, one.number)
    return {notice: number[notice] for notice in held if notice.phase != EvacuationPhase.OVER}


async def read_reach(
    unit: Unit, event: Event, newest: Mapping[EvacuationNotice, int], epoch: int
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
    return [
        EvacuationReach(
            notice=notice,
            devices=judge_hearing(
                standing, frozenset((notice.zone_id,)), epoch, partial(_has_read, number)
            ),
        )
        for notice, number in newest.items()
    ]


def _has_read(number: int, report: DeviceReport) -> bool:
    return report.cursor >= number
