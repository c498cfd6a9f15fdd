"""What publishing tells of an event, and what it refuses."""

from __future__ import annotations

import msgspec
import pytest

from server.publishing.oddities_before_handover import Oddity, review
from shared.kernel.id_types import GateId, OccurrenceId, TicketTypeId, ZoneId
from shared.kernel.instant import DAY, HOUR
from shared.manifest.event_config import (
    EventConfig,
    GateConfig,
    OccurrenceConfig,
    SupervisorConfig,
    TicketTypeConfig,
    ZoneConfig,
)
from tests.factories.gate_event import NORTH, STARTS, ZONE, make_config

JO = SupervisorConfig(id="sv_1", name="Jo", pin_hash="", badge_hash="00")
SATURDAY = OccurrenceConfig(OccurrenceId("oc_sat"), "Saturday", STARTS, STARTS + 4 * HOUR)
SUNDAY = OccurrenceConfig(OccurrenceId("oc_sun"), "Sunday", STARTS + DAY, STARTS + DAY + 4 * HOUR)
FINE = make_config(supervisors=(JO,))
OF_SATURDAY = ZoneConfig(id=ZONE, name="Hall", occurrence_id=SATURDAY.id)
FOR_SUNDAY = TicketTypeConfig(
    id=TicketTypeId("tt_sun"), code=9, name="Sunday", occurrence_id=SUNDAY.id
)


def codes(config: EventConfig) -> list[Oddity]:
    return [found.code for found in review(config, STARTS - DAY)]


def test_an_event_as_usual_is_not_odd() -> None:
    """A warning that is always there is read by nobody."""
    assert codes(FINE) == []
    two = {"occurrences": (SATURDAY, SUNDAY), "ticket_types": (FOR_SUNDAY,)}
    zones = (OF_SATURDAY, ZoneConfig(id=ZoneId("zn_2"), name="Hall", occurrence_id=SUNDAY.id))
    gates = (*FINE.gates, GateConfig(GateId("gt_9"), "North", ZoneId("zn_2")))
    assert codes(msgspec.structs.replace(FINE, zones=zones, gates=gates, **two)) == []


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        ({"zones": (), "gates": ()}, Oddity.NO_ZONE),
        ({"gates": ()}, Oddity.NO_GATE),
        ({"ticket_types": ()}, Oddity.NO_TICKET_TYPE),
    ],
)
def test_an_event_at_which_nobody_can_be_let_in_is_refused(
    change: dict[str, object], odd: Oddity
) -> None:
    """It was published with a 200, and its gates denied everybody."""
    found = review(msgspec.structs.replace(FINE, **change), STARTS - DAY)
    assert odd in {one.code for one in found if one.is_refused}


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        ({"supervisors": ()}, Oddity.NO_SUPERVISOR),
        ({"occurrences": ()}, Oddity.NO_OCCURRENCE),
        ({"occurrences": (SATURDAY, SUNDAY)}, Oddity.ZONE_TAKES_EVERY_DATE),
        (
            {"occurrences": (SATURDAY, SUNDAY), "zones": (OF_SATURDAY,)},
            Oddity.DATE_WITHOUT_ZONE,
        ),
        ({"gates": (GateConfig(NORTH, "North", ZONE, "out"),)}, Oddity.ZONE_WITHOUT_WAY_IN),
        (
            {"zones": (ZoneConfig(id=ZONE, name="Hall", ticket_type_ids=()),)},
            Oddity.TYPE_TAKEN_NOWHERE,
        ),
    ],
)
def test_what_may_be_meant_is_said_with_what_to_do(change: dict[str, object], odd: Oddity) -> None:
    """Sunday's ticket got in on Saturday, and nothing had said that it would."""
    found = review(msgspec.structs.replace(FINE, **change), STARTS - DAY)
    assert [one.code for one in found] == [odd]
    assert not found[0].is_refused


def test_dates_that_are_over_and_names_that_no_badge_opens_are_said() -> None:
    """A year typed wrong, and a policy that does nothing."""
    assert [one.code for one in review(FINE, STARTS + DAY)] == [Oddity.ALL_OVER]
    found = review(FINE, STARTS, lacks_readers=True)
    assert [one.code for one in found] == [Oddity.NAMES_FOR_NOBODY]


def test_an_event_without_tickets_and_tills_is_said() -> None:
    """All was green on the board of an event whose guests nobody had imported."""
    found = review(FINE, STARTS, lacks_tickets=True)
    assert [one.code for one in found] == [Oddity.NO_TICKET]
    assert not found[0].is_refused
    bare = msgspec.structs.replace(FINE, ticket_types=())
    assert Oddity.NO_TICKET not in {one.code for one in review(bare, STARTS, lacks_tickets=True)}


def test_a_date_without_an_end_is_not_over_while_it_goes_on() -> None:
    """Whoever hands a change over at nine is not told that tonight is past."""
    endless = msgspec.structs.replace(SATURDAY, ends_at=None)
    plan = msgspec.structs.replace(FINE, occurrences=(endless,))
    assert review(plan, STARTS + 2 * HOUR) == []
    assert [one.code for one in review(plan, STARTS + DAY + HOUR)] == [Oddity.ALL_OVER]
