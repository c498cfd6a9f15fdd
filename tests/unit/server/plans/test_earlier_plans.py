"""Which plan held when."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from server.plans.earlier_plans import SETTLING, PlanHistory
from shared.admission.facts import TicketState
from shared.kernel.id_types import TicketId, ZoneId
from shared.kernel.instant import HOUR, SECOND, Duration
from shared.manifest.event_config import EventConfig, ZoneConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.gate_event import STARTS, make_config

ZONES: Final = {
    "first": ("zn_hall", "zn_lawn"),
    "second": ("zn_hall",),
    "present": ("zn_hall", "zn_bar"),
}
SINCE: Final = {name: STARTS + n * HOUR for n, name in enumerate(ZONES)}


def _plan(name: str) -> EventConfig:
    zones = tuple(ZoneConfig(id=ZoneId(zone_id), name=zone_id) for zone_id in ZONES[name])
    return make_config(name=name, zones=zones, gates=())


def _held(
    at: Duration, error: Duration | None = Duration(0), zone_id: ZoneId = ZoneId("zn_hall")
) -> list[str]:
    """Name the plans that may have held so long after the start."""
    past = [(SINCE[name], msgspec.msgpack.encode(_plan(name))) for name in ("first", "second")]
    history = PlanHistory(EventIndex(_plan("present")), SINCE["present"], past)
    return [plan.config.name for plan in history.at(STARTS + at, error, zone_id)]


@pytest.mark.parametrize(
    ("at", "held"),
    [
        (-HOUR, "first"),  # nobody was told of an earlier one
        (SECOND, "first"),
        (HOUR, "second"),
        (2 * HOUR - SETTLING - 1, "second"),
        (9 * HOUR, "present"),
    ],
)
def test_a_passage_is_judged_by_the_plan_of_its_instant(at: Duration, held: str) -> None:
    """Whatever was said later holds for later."""
    assert _held(at) == [held]


def test_a_passage_at_the_change_is_judged_by_both_plans() -> None:
    """By its clock's error nobody knows which held; a claim may have waited for its answer."""
    assert _held(HOUR - SETTLING) == ["first", "second"]
    assert _held(HOUR + SECOND, 2 * SECOND) == ["first", "second"]
    assert _held(HOUR + SECOND, HOUR) == ["first", "second", "present"]
    assert _held(HOUR + SECOND, None) == ["first", "second", "present"], "whose clock is unknown"


def test_a_zone_that_only_another_plan_has_is_judged_by_that_one() -> None:
    """A zone that was removed keeps its rules; what a gate heard of early is no riddle either."""
    assert _held(9 * HOUR, zone_id=ZoneId("zn_lawn")) == ["first"]
    assert _held(SECOND, zone_id=ZoneId("zn_bar")) == ["present"]
    assert _held(SECOND, zone_id=ZoneId("zn_unknown")) == ["first"]
    assert _held(HOUR, HOUR, zone_id=ZoneId("zn_bar")) == ["present"]


def test_no_rule_of_a_plan_of_before_is_read_unless_it_is_asked_for() -> None:
    """Hundreds of plans with a thousand rules each kept a worker from all others for 47 s."""
    config = make_config()
    (zone, *others), gate = config.zones, config.gates[0]
    unread = [msgspec.structs.replace(one, rule="no rule", capacity=7) for one in others]
    lawn = ZoneConfig(id=ZoneId("zn_lawn"), name="Lawn", rule="no rule", capacity=9)
    gates = (msgspec.structs.replace(gate, zone_id=lawn.id), *config.gates[1:])
    before = msgspec.structs.replace(config, zones=(zone, *unread, lawn), gates=gates)
    history = PlanHistory(
        EventIndex(config), STARTS + HOUR, [(STARTS, msgspec.msgpack.encode(before))]
    )

    assert history.zones_of(gate.id) == {gate.zone_id, lawn.id}
    assert history.lowest_capacity(lawn.id) == 9
    assert history.lowest_capacity(ZoneId("zn_unknown")) is None
    plan, present = history.at(STARTS, None, zone.id)
    assert (plan.config, present.config) == (before, config)


def test_a_type_that_is_not_in_a_plan_yet_is_judged_by_no_such_plan() -> None:
    """Whoever was let in on it was so by a newer one, which alone says how often."""
    plain = make_config(name="plain", ticket_types=())
    late = msgspec.structs.replace(plain, name="late", ticket_types=make_config().ticket_types)
    history = PlanHistory(
        EventIndex(late), STARTS + HOUR, [(STARTS, msgspec.msgpack.encode(plain))]
    )
    (kind, *_), (zone, *_) = late.ticket_types, late.zones

    def held(at: Duration, error: Duration | None, code: int) -> list[str]:
        row = TicketRow(TicketId(1), TicketClass(ticket_type_code=code, state=TicketState.PAID))
        found = history.at(STARTS + at, error, zone.id, row=row)
        return [plan.config.name for plan in found]

    assert held(2 * HOUR, None, kind.code) == ["late"]
    assert held(SECOND, Duration(0), kind.code) == ["late"]
    assert held(SECOND, Duration(0), 4_000) == ["plain"], "what is in none is judged as it was"


def _after_step(
    begun: tuple[Duration, ...], at: Duration, told: tuple[int | None, ...] = (), knew: int = 0
) -> list[str]:
    """Name the plans that may have held, of three that began by a clock which was set."""
    names = tuple(ZONES)
    past = [
        (STARTS + since, msgspec.msgpack.encode(_plan(name)))
        for since, name in zip(begun, names[:-1], strict=False)
    ]
    history = PlanHistory(EventIndex(_plan(names[-1])), STARTS + begun[-1], past, told)
    return [
        plan.config.name for plan in history.at(STARTS + at, Duration(0), ZoneId("zn_hall"), knew)
    ]


def test_where_the_servers_clock_went_back_either_plan_may_have_held() -> None:
    """The second began after the first and before the third, whatever its clock said."""
    begun = (Duration(0), 3 * HOUR, HOUR)
    assert _after_step(begun, HOUR // 2) == ["first"]
    assert _after_step(begun, 2 * HOUR) == ["first", "second", "present"]
    assert _after_step(begun, 4 * HOUR) == ["present"]


def test_plan_that_was_heard_before_the_passage_holds_for_it() -> None:
    """It began an hour later by a clock that ran ahead; the feed's number says what was first."""
    begun, told = (Duration(0), 3 * HOUR, 4 * HOUR), (None, 20, 30)
    assert _after_step(begun, 2 * HOUR, told, knew=19) == ["first"]
    assert _after_step(begun, 2 * HOUR, told, knew=20) == ["second"]
    assert _after_step(begun, 2 * HOUR, told, knew=99) == ["present"]
    assert _after_step(begun, 5 * HOUR, told, knew=20) == ["present"], (
        "it may have changed unheard"
    )
