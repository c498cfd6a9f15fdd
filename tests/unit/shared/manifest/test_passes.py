"""A ticket for several dates is judged by the times of the date that is on."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from shared.admission.decide import decide_admission
from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.reasons import Reason
from shared.kernel.id_types import ClaimId, GateId, OccurrenceId, TicketId, ZoneId
from shared.kernel.instant import DAY, HOUR, MINUTE, Duration, Instant
from shared.manifest.event_config import OccurrenceConfig, ZoneConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.house import START, make_config

HALF: Final[Duration] = 30 * MINUTE
PASS: Final = TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid"))
MATINEE: Final = OccurrenceConfig(
    OccurrenceId("oc_1"), "Matinee", START, Instant(START + 2 * HOUR + HALF), Instant(START - HALF)
)
EVENING: Final = OccurrenceConfig(
    OccurrenceId("oc_2"),
    "Evening",
    Instant(START + 5 * HOUR),
    Instant(START + 8 * HOUR),
    Instant(START + 4 * HOUR + HALF),
)
NEXT_DAY: Final = OccurrenceConfig(OccurrenceId("oc_3"), "Next", Instant(START + DAY))
IN_TIME: Final = (
    '{"all": [{"fact": "now", "cmp": "after", "value": "event:doors", "tolerance_min": 60},'
    ' {"fact": "now", "cmp": "before", "value": "event:end"}]}'
)
ONCE: Final = '{"fact": "entries_since", "since": "event:doors", "cmp": "<", "value": 1}'
SCAN: Final = ScanFacts(
    gate_id=GateId("gt_north"), direction=Direction.IN, at=START, claim_id=ClaimId("claim-1")
)


def decide(
    after: Duration,
    rule: str,
    *came: Duration,
    dates: tuple[OccurrenceConfig, ...] = (MATINEE, EVENING, NEXT_DAY),
) -> Reason:
    """Show the pass so long after the matinee's start, at a gate of a zone for all dates."""
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Stalls", multiple_entries=True, rule=rule)
    scan = msgspec.structs.replace(SCAN, at=Instant(START + after))
    index = EventIndex(make_config(zones=(zone,), occurrences=dates))
    facts = index.build_facts(Presented(ticket_id=PASS.ticket_id), PASS, scan)
    assert not isinstance(facts, Reason)
    uses = [
        UseFact(
            claim_id=ClaimId(f"c{one}"),
            zone_id=ZoneId("zn_1"),
            direction=Direction.IN,
            at=Instant(START + one),
        )
        for one in came
    ]
    return decide_admission(*facts, scan, uses).reason


@pytest.mark.parametrize("after", [-80 * MINUTE, 15 * MINUTE, 2 * HOUR, 4 * HOUR, 5 * HOUR])
def test_a_pass_comes_in_at_each_of_a_days_shows(after: Duration) -> None:
    """Though the next one's guests may come hours before its doors, this one is on."""
    assert decide(after, IN_TIME) is Reason.OK


@pytest.mark.parametrize("after", [-2 * HOUR, 3 * HOUR, 9 * HOUR])
def test_a_pass_comes_in_at_no_other_time(after: Duration) -> None:
    """Before the doors of either, and when it is over."""
    assert decide(after, IN_TIME) is Reason.RULES_DENIED


def test_a_pass_is_good_once_a_show() -> None:
    """A copy of it is one too many at the same show, and its holder comes to the next one."""
    assert decide(15 * MINUTE, ONCE) is Reason.OK
    assert decide(20 * MINUTE, ONCE, 15 * MINUTE) is Reason.RULES_DENIED
    assert decide(5 * HOUR, ONCE, 15 * MINUTE) is Reason.OK
    assert decide(5 * HOUR, ONCE, 15 * MINUTE, 4 * HOUR + HALF) is Reason.RULES_DENIED
    assert decide(DAY, ONCE, 15 * MINUTE, 5 * HOUR) is Reason.OK


def test_a_date_whose_end_nobody_has_said_gives_way_to_early_guests() -> None:
    """Nobody knows when it is over: the next one's guests are not turned away for it."""
    endless = msgspec.structs.replace(MATINEE, ends_at=None)
    assert decide(4 * HOUR, IN_TIME, dates=(endless, EVENING)) is Reason.OK
