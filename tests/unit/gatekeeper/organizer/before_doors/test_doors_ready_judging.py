"""The doors-ready board: each line turns red for its cause, and green again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from gatekeeper.organizer.before_doors.doors_ready_acts import find_act
from gatekeeper.organizer.before_doors.doors_ready_judging import (
    AWAY_AFTER,
    DeviceFacts,
    EventFacts,
    Said,
    judge_board,
    worst,
)
from gatekeeper.organizer.before_doors.doors_ready_lines import (
    BoardLine,
    Cause,
    Check,
    Light,
    Oddity,
)
from gatekeeper.organizer.date_on_now_or_next import DateFacts
from gatekeeper.presenters.desk.doors_ready_words import spell_line

NOW = datetime(2026, 11, 14, 18, 0, tzinfo=UTC)
NORTH = DeviceFacts(
    name="north-1", role="gate", gate_id="g1", heard_at=NOW, rehearsal="ready", rehearsed_cursor=9
)
TILL = DeviceFacts(name="till-1", role="till", gate_id=None, heard_at=NOW, float_minor=10_000)
SAID = Said(plan=7, keyring="k1", behind=0, has_tickets=True, clock_s=0.4, battery=80)
WAITING = msgspec.structs.replace(SAID, printers=("printer: waiting 3",))
OVER = Oddity("all_over", "All dates are over.")
READY = EventFacts(
    state="published",
    plan=7,
    refusals=(),
    warnings=(),
    gates={"g1": "North"},
    devices=(NORTH,),
    handed_at=NOW - timedelta(hours=1),
    supervisors=2,
    conflicts=0,
    handed_cursor=9,
)


def line_of(facts: EventFacts, check: Check) -> BoardLine:
    return next(line for line in judge_board(facts, NOW) if line.check is check)


def change(**fields: object) -> EventFacts:
    return msgspec.structs.replace(READY, **fields)


def changed(thing: msgspec.Struct, **fields: object) -> Any:
    return msgspec.structs.replace(thing, **fields)


def north(**fields: object) -> tuple[DeviceFacts, ...]:
    return (msgspec.structs.replace(NORTH, **fields),)


def test_an_event_whose_gates_were_heard_is_green() -> None:
    """Green is possible."""
    assert worst(judge_board(READY, NOW)) is Light.GREEN


@pytest.mark.parametrize(
    ("state", "said", "act"),
    [
        ("draft", "shut", "put_on_sale"),
        ("completed", "over", None),
        ("archived", "over", None),
        ("cancelled", "called_off", None),
    ],
)
def test_only_what_can_be_published_is_offered_to_be(
    state: str, said: str, act: str | None
) -> None:
    """Of an event that is over or called off the server refuses it: there its end is said."""
    lines = judge_board(change(state=state), NOW)
    (line,) = [one for one in lines if one.check is Check.ON_SALE]
    assert (line.state, line.light) == (said, Light.RED), "its gates let nobody in"
    assert find_act(line, lines, may_act=True, is_owner=True) == act


def test_what_was_handed_to_gates_is_handed_again_for_guests_who_came_later() -> None:
    """Their names travel with it, and the page that takes a list says so."""
    line = line_of(READY, Check.HANDED_OVER)
    assert find_act(line, (line,), may_act=True, is_owner=False) == "hand_over"
    assert find_act(line, (line,), may_act=False, is_owner=False) is None


def test_a_board_promises_no_names_where_gates_are_told_none() -> None:
    """It said that they come with the next handing over: nobody was found by name at the doors."""
    lines = judge_board(change(names_at_gates=False), NOW)
    (line,) = [one for one in lines if one.check is Check.HANDED_OVER]
    assert (line.state, line.light) == ("nameless", Light.GREEN)
    assert find_act(line, lines, may_act=True, is_owner=False) == "hand_over"


def test_a_draft_is_published_before_it_is_handed_to_gates() -> None:
    """The key stood there, and "The event is draft: this is not done now" was its answer."""
    for state, act in (("draft", None), ("published", "hand_over")):
        lines = judge_board(change(state=state, handed_at=None), NOW)
        line = next(one for one in lines if one.cause is Cause.NEVER_HANDED_OVER)
        assert find_act(line, lines, may_act=True, is_owner=True) == act


@pytest.mark.parametrize(
    ("facts", "check", "state"),
    [
        (change(refusals=(Oddity("no_gate", "There is no gate."),)), Check.PLAN, "refused"),
        (change(state="draft"), Check.ON_SALE, "shut"),
        (change(state="cancelled"), Check.ON_SALE, "called_off"),
        (change(handed_at=None), Check.HANDED_OVER, "never"),
        (change(supervisors=0), Check.PEOPLE, "none"),
        (change(devices=()), Check.GATE, "no_device"),
        (change(devices=north(role="till")), Check.GATE, "no_device"),
        (change(devices=north(heard_at=None)), Check.GATE, "never_heard"),
        (change(devices=north(heard_at=NOW - AWAY_AFTER * 2)), Check.GATE, "silent"),
        (change(paused={"g1": NOW}), Check.GATE, "paused"),
        (change(paused={"g1": NOW}, devices=()), Check.GATE, "no_device"),
        (change(evacuated={"g1": NOW}, paused={"g1": NOW}), Check.GATE, "evacuated"),
        (change(evacuated={"g1": NOW}, devices=()), Check.GATE, "no_device"),
        (change(keys_end=("1a2b",)), Check.KEYS, "end"),
        (change(devices=north(rehearsal="clock")), Check.REHEARSAL, "failed"),
        (change(keyring="k2", devices=north(said=SAID)), Check.GATE, "other_keys"),
        (change(devices=(NORTH, changed(TILL, float_minor=None))), Check.TILL, "no_shift"),
        (
            change(
                devices=(
                    NORTH,
                    changed(TILL, said=changed(SAID, printers=("printer: waiting 3",))),
                )
            ),
            Check.TILL,
            "printer",
        ),
    ],
)
def test_what_keeps_doors_shut_is_red(facts: EventFacts, check: Check, state: str) -> None:
    """Each cause turns its own line red, and the board."""
    line = line_of(facts, check)

    assert (line.light, line.state) == (Light.RED, state)
    assert worst(judge_board(facts, NOW)) is Light.RED


def test_what_a_person_should_look_at_is_amber() -> None:
    """What may be meant does not keep doors shut."""
    facts = change(warnings=(OVER,), conflicts=3, devices=north(troubles=1))

    lines = {line.check: line for line in judge_board(facts, NOW)}

    assert lines[Check.ODD].oddity == OVER
    assert (lines[Check.CONFLICTS].light, lines[Check.CONFLICTS].count) == (Light.AMBER, 3)
    assert (lines[Check.GATE].light, lines[Check.GATE].state) == (Light.AMBER, "trouble")


def test_that_nobody_unlocks_a_gate_stands_there_once() -> None:
    """It stood there twice, and once as something that is perhaps meant."""
    warned = Oddity("no_supervisor", "Nobody can unlock a gate.")
    lines = judge_board(change(warnings=(warned,), supervisors=0), NOW)
    assert line_of(change(supervisors=0), Check.PEOPLE) in lines
    assert Check.ODD not in {line.check for line in lines}


def test_a_gate_of_two_lanes_is_as_silent_as_the_more_silent_one() -> None:
    """A lane that nobody hears is not hidden by its neighbour; beyond the lanes it is a spare."""
    quiet = changed(NORTH, name="north-2", heard_at=NOW - AWAY_AFTER * 2)

    line = line_of(change(devices=(NORTH, quiet), lanes={"g1": 2}), Check.GATE)

    assert (line.light, line.name) == (Light.RED, "North")
    spare = change(devices=(NORTH, quiet))
    assert line_of(spare, Check.GATE).light is Light.GREEN
    assert line_of(spare, Check.SPARE).detail == "north-2"


@pytest.mark.parametrize(
    "fields", [{"rehearsal": ""}, {"rehearsed_cursor": 8}, {"rehearsal": "", "role": "both"}]
)
def test_a_gate_that_has_not_rehearsed_what_it_was_handed_is_amber(
    fields: dict[str, object],
) -> None:
    """A rehearsal of what was handed before proves nothing of now."""
    line = line_of(change(devices=north(**fields)), Check.REHEARSAL)

    assert (line.light, line.state, line.detail) == (Light.AMBER, "missing", "north-1")


def test_a_till_without_a_float_is_amber_and_one_with_it_green() -> None:
    """Card and voucher need no change."""
    bare = changed(TILL, float_minor=0)
    assert line_of(change(devices=(NORTH, bare)), Check.TILL).state == "no_float"
    assert line_of(change(devices=(NORTH, TILL)), Check.TILL).light is Light.GREEN


def test_a_till_that_is_silent_is_named() -> None:
    """Tills have lines of their own."""
    till = DeviceFacts(name="door till", role="till", gate_id=None, heard_at=None)

    line = line_of(change(devices=(NORTH, till)), Check.TILL)

    assert (line.light, line.name, line.state) == (Light.RED, "door till", "never_heard")


@pytest.mark.parametrize(
    ("fields", "state", "light"),
    [
        ({"has_tickets": False}, "no_tickets", Light.RED),
        ({"plan": 6}, "old_plan", Light.RED),
        ({"keyring": "k0", "plan": 6}, "old_plan", Light.RED),
        ({"keyring": "k0", "behind": 1}, "other_keys", Light.RED),
        ({"clock_s": -300.0}, "clock", Light.AMBER),
        ({"behind": 12}, "behind", Light.AMBER),
        ({"battery": 9}, "battery", Light.AMBER),
        ({"readers": ("scanner",), "battery": 9}, "reader", Light.AMBER),
        ({"is_typing_unread": True}, "unread", Light.AMBER),
        ({"is_asking": True}, "asking", Light.AMBER),
        ({"is_asking": True, "battery": 9}, "battery", Light.AMBER),
        ({"readers": ("scanner",), "plan": 1}, "old_plan", Light.RED),
        ({"battery": None, "clock_s": None}, "heard", Light.GREEN),
    ],
)
def test_what_a_device_says_of_itself_turns_its_line(
    fields: dict[str, object], state: str, light: Light
) -> None:
    """Plan, keys, tickets, clock and battery are measured at each device."""
    south = DeviceFacts(name="south-1", role="gate", gate_id="g2", heard_at=NOW, said=SAID)
    said = msgspec.structs.replace(SAID, **fields)
    devices = (*north(said=said), south)

    line = line_of(change(devices=devices), Check.GATE)

    assert (line.name, line.state, line.light) == ("North", state, light)


def test_gates_of_the_date_that_comes_next_count_and_the_others_later() -> None:
    """On Saturday nobody stands at Sunday's gates; once Saturday is over, theirs are looked at."""
    dates = tuple(
        DateFacts(
            id=name,
            name=name,
            starts_at=NOW + timedelta(days=day),
            ends_at=NOW + timedelta(days=day, hours=4),
        )
        for day, name in enumerate(("Saturday", "Sunday"))
    )
    facts = change(
        gates={"g1": "North", "g2": "North · Sunday", "g3": "Artists"},
        gate_dates={"g1": "Saturday", "g2": "Sunday"},
        devices=(NORTH, changed(NORTH, name="artists-1", gate_id="g3")),
        dates=dates,
    )
    assert worst(judge_board(facts, NOW)) is Light.GREEN
    later = line_of(facts, Check.LATER)
    assert (later.name, later.count) == ("Saturday", 1)
    sunday = judge_board(facts, NOW + timedelta(hours=5))
    states = {line.name: line.state for line in sunday if line.check is Check.GATE}
    assert states == {"North · Sunday": "no_device", "Artists": "silent"}
    over = judge_board(facts, NOW + timedelta(days=3))
    assert {line.name for line in over if line.check is Check.GATE} == set(facts.gates.values())


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        (0, "North: last in touch 10 min ago"),
        (1, "North: last in touch 10 min ago, with an older plan (1 change behind)"),
        (3, "North: last in touch 10 min ago, with an older plan (3 changes behind)"),
    ],
)
def test_a_gate_that_is_silent_is_said_to_go_on_by_an_older_plan(behind: int, said: str) -> None:
    """It admits alone, by what it knew when it was in touch last."""
    known = msgspec.structs.replace(SAID, plan=READY.plan - behind)
    silent = north(heard_at=NOW - timedelta(minutes=10), said=known)
    line = line_of(change(devices=silent), Check.GATE)
    assert line.cause is Cause.GATE_SILENT
    assert spell_line(line, NOW) == said


def test_a_till_that_nobody_may_open_is_red() -> None:
    """Where there is a till there must be a cashier."""
    with_till = change(devices=(NORTH, TILL), cashiers=0)
    found = [one for one in judge_board(with_till, NOW) if one.check is Check.PEOPLE]
    assert [(one.state, one.light) for one in found] == [
        ("some", Light.GREEN),
        ("no_cashier", Light.RED),
    ]
    for fine in (changed(with_till, cashiers=1), change(cashiers=0)):
        assert worst(judge_board(fine, NOW)) is Light.GREEN


@pytest.mark.parametrize("off", [timedelta(hours=-9), timedelta(hours=9)])
def test_the_board_goes_by_the_servers_clock_and_says_when_the_laptops_is_wrong(
    off: timedelta,
) -> None:
    """A gate heard just now is not silent, nor one that is silent heard; and it is said."""
    wrong = msgspec.structs.replace(READY, server_time=NOW)
    lines = judge_board(wrong, NOW + off)
    assert [line.cause for line in lines if line.light is not Light.GREEN] == [Cause.LAPTOP_CLOCK]
    assert lines[-1].count == 9 * 3_600
    silent = msgspec.structs.replace(NORTH, heard_at=NOW - 2 * AWAY_AFTER)
    missed = judge_board(msgspec.structs.replace(wrong, devices=(silent,)), NOW + off)
    assert Cause.GATE_SILENT in [line.cause for line in missed]
    assert worst(judge_board(wrong, NOW + timedelta(seconds=5))) is Light.GREEN
