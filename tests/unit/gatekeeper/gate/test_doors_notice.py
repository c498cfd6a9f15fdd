"""Whether a gate's date is open, as everybody at the gate is told."""

from __future__ import annotations

import msgspec

from gatekeeper.gate.doors_notice import DoorsNotice, notice_of
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import DAY, HOUR, Instant
from shared.manifest.event_config import OccurrenceConfig
from shared.manifest.fact_building import EventIndex
from tests.factories.gate_event import NORTH, STARTS, make_config

FIRST = OccurrenceConfig(
    OccurrenceId("oc_1"), "Night 1", STARTS, STARTS + 4 * HOUR, Instant(STARTS - HOUR)
)
SECOND = OccurrenceConfig(OccurrenceId("oc_2"), "Night 2", Instant(STARTS + DAY))


def notice(
    at: int, *dates: OccurrenceConfig, zone_of: OccurrenceId | None = None
) -> DoorsNotice | None:
    """Ask at an instant for the north gate, whose zone is of one date or of all."""
    config = make_config(occurrences=dates)
    zones = tuple(msgspec.structs.replace(one, occurrence_id=zone_of) for one in config.zones)
    index = EventIndex(msgspec.structs.replace(config, zones=zones))
    return notice_of(index, index.gates[NORTH], "live", Instant(at))


def test_before_the_doors_and_after_the_end_a_gate_says_so() -> None:
    """Doors count where there are any, else the start; without an end nothing is over."""
    assert notice(STARTS - DAY, FIRST) == DoorsNotice(Instant(STARTS - HOUR))
    assert notice(STARTS - HOUR, FIRST) is None
    assert notice(STARTS + 4 * HOUR, FIRST) is None
    assert notice(STARTS + 5 * HOUR, FIRST) == DoorsNotice(Instant(STARTS + 4 * HOUR), True)
    assert notice(STARTS, SECOND) == DoorsNotice(SECOND.starts_at)
    assert notice(STARTS + 9 * DAY, SECOND) is None
    assert notice(STARTS) is None


def test_of_several_dates_the_gates_own_counts_or_the_next() -> None:
    """A zone of one date has its doors; one of all dates those that open next."""
    between = STARTS + 8 * HOUR
    assert notice(between, FIRST, SECOND) == DoorsNotice(SECOND.starts_at)
    over = DoorsNotice(Instant(STARTS + 4 * HOUR), True)
    assert notice(between, FIRST, SECOND, zone_of=FIRST.id) == over
    assert notice(STARTS, FIRST, SECOND, zone_of=SECOND.id) == DoorsNotice(SECOND.starts_at)


def test_a_date_that_was_called_off_has_no_doors() -> None:
    """Nobody waits for them."""
    off = msgspec.structs.replace(FIRST, is_cancelled=True)
    assert notice(STARTS - DAY, off, SECOND) == DoorsNotice(SECOND.starts_at)
    assert notice(STARTS - DAY, off) is None
