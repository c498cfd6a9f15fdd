"""The doors-ready board: a line for each thing that must be true, measured, never ticked. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Final

import msgspec

from gatekeeper.organizer.plan import Freeze

SILENT_AFTER: Final = timedelta(seconds=90)
"""The server notes a contact to within half a minute; a gate asks every few seconds."""
CLOCK_SECONDS_MAX: Final = 60.0
"""A device reckons with what it is off; so much says that somebody should set it."""
BATTERY_LOW: Final = 20
"""Per cent: about an hour of a tablet's."""
TILL_ROLES: Final = frozenset({"till", "both"})


class Light(IntEnum):
    """How a line stands; the worst is the board's."""

    GREEN = 0
    AMBER = 1
    RED = 2


class Check(StrEnum):
    """What is checked."""

    PLAN = "plan"
    ODD = "odd"
    ON_SALE = "on_sale"
    HANDED_OVER = "handed_over"
    FREEZE = "freeze"
    GATE = "gate"
    TILL = "till"
    PEOPLE = "people"
    CONFLICTS = "conflicts"
    COPY = "copy"


class BoardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the board.

    Attributes:
        check: What it is about.
        light: How it stands.
        state: Which of the check's sentences holds, such as `silent`.
        name: Of the gate or device that it is about; "" for the event.
        detail: The server's own sentence, where there is one.
        since: When the device was heard last, where that matters.
        count: How many, where that matters.
    """

    check: Check
    light: Light
    state: str
    name: str = ""
    detail: str = ""
    since: datetime | None = None
    count: int = 0


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said of itself last.

    Attributes:
        plan: The newest plan that it knows.
        keyring: Names the keys that it knows.
        behind: Changes of the feed that it had not read.
        has_tickets: Whether it has a manifest.
        clock_s: How far its clock is off, in seconds; None while it does not know.
        battery: Per cent; None without any.
        program: Its program's version.
    """

    plan: int
    keyring: str
    behind: int
    has_tickets: bool
    clock_s: float | None
    battery: int | None
    program: str = ""


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the event, as the server knows it; one that is revoked is none.

    Attributes:
        name: As staff call it.
        role: `gate`, `till`, `both` or `scanner`.
        gate_id: Where it stands; None for nowhere.
        heard_at: Its last contact; None before the first.
        troubles: Entries refused or contradictory, and conflicts about itself.
        said: What it said of itself last; None if it never did.
    """

    name: str
    role: str
    gate_id: str | None
    heard_at: datetime | None
    troubles: int = 0
    said: Said | None = None


class EventFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a board is judged by.

    Attributes:
        state: The event's, such as `published`.
        plan: The newest version of its plan.
        refusals, warnings: What handing it to gates would say.
        gates: Names by id.
        devices: Those of the event.
        handed_at: When the manifest was handed to gates last; None for never.
        supervisors: How many may unlock a gate.
        conflicts: How many are open.
        freeze: Whether what gates were handed is locked.
    """

    state: str
    plan: int
    refusals: tuple[str, ...]
    warnings: tuple[str, ...]
    gates: dict[str, str]
    devices: tuple[DeviceFacts, ...]
    handed_at: datetime | None
    supervisors: int
    conflicts: int
    freeze: Freeze = Freeze()


_OPEN_STATES: Final = frozenset({"published", "active"})


def judge_board(facts: EventFacts, now: datetime) -> tuple[BoardLine, ...]:
    """Judge every line, in the order in which an organizer would mend them."""
    lines = [*_plan_lines(facts), _people_line(facts)]
    lines += [_gate_line(facts, gate_id, now) for gate_id in facts.gates]
    tills = [one for one in facts.devices if one.role in TILL_ROLES]
    lines += [_heard_line(Check.TILL, till.name, (till,), facts, now) for till in tills]
    lines.append(
        BoardLine(
            check=Check.CONFLICTS,
            light=Light.AMBER if facts.conflicts else Light.GREEN,
            state="open" if facts.conflicts else "none",
            count=facts.conflicts,
        )
    )
    return tuple(lines)


def worst(lines: tuple[BoardLine, ...]) -> Light:
    """Return the board's light."""
    return max((line.light for line in lines), default=Light.GREEN)


def _plan_lines(facts: EventFacts) -> list[BoardLine]:
    refused = [
        BoardLine(check=Check.PLAN, light=Light.RED, state="refused", detail=said)
        for said in facts.refusals
    ]
    whole = BoardLine(check=Check.PLAN, light=Light.GREEN, state="whole")
    lines = refused or [whole]
    lines += [
        BoardLine(check=Check.ODD, light=Light.AMBER, state="odd", detail=said)
        for said in facts.warnings
    ]
    is_open = facts.state in _OPEN_STATES
    light = Light.GREEN if is_open else Light.RED
    lines.append(BoardLine(check=Check.ON_SALE, light=light, state="open" if is_open else "shut"))
    lines.append(_handed_line(facts))
    lines += _freeze_lines(facts.freeze)
    return lines


def _freeze_lines(freeze: Freeze) -> list[BoardLine]:
    """Say nothing before the event was handed to gates, and of one that is for trying."""
    if freeze.since is not None:
        line = BoardLine(check=Check.FREEZE, light=Light.GREEN, state="locked", since=freeze.since)
        return [line]
    lift = freeze.lifted
    if lift is None:
        return []
    return [
        BoardLine(
            check=Check.FREEZE,
            light=Light.AMBER,
            state="lifted",
            name=lift.by,
            detail=lift.reason,
            since=lift.at,
        )
    ]


def _handed_line(facts: EventFacts) -> BoardLine:
    if facts.handed_at is None:
        return BoardLine(check=Check.HANDED_OVER, light=Light.RED, state="never")
    return BoardLine(
        check=Check.HANDED_OVER, light=Light.GREEN, state="handed", since=facts.handed_at
    )


def _people_line(facts: EventFacts) -> BoardLine:
    if not facts.supervisors:
        return BoardLine(check=Check.PEOPLE, light=Light.RED, state="none")
    return BoardLine(check=Check.PEOPLE, light=Light.GREEN, state="some", count=facts.supervisors)


def _gate_line(facts: EventFacts, gate_id: str, now: datetime) -> BoardLine:
    name = facts.gates[gate_id]
    there = tuple(one for one in facts.devices if one.gate_id == gate_id and one.role != "till")
    if not there:
        return BoardLine(check=Check.GATE, light=Light.RED, state="no_device", name=name)
    return _heard_line(Check.GATE, name, there, facts, now)


def _heard_line(
    check: Check,
    name: str,
    devices: tuple[DeviceFacts, ...],
    event: EventFacts,
    now: datetime,
) -> BoardLine:
    """Judge by the device that was silent for longest: each lane of a gate counts."""
    never = [one for one in devices if one.heard_at is None]
    if never:
        return BoardLine(check=check, light=Light.RED, state="never_heard", name=name)
    heard = min(one.heard_at for one in devices if one.heard_at is not None)
    if now - heard > SILENT_AFTER:
        return BoardLine(check=check, light=Light.RED, state="silent", name=name, since=heard)
    for one in devices:
        if one.said is not None and (found := _find_fault(one.said, event)) is not None:
            state, light, count = found
            return BoardLine(
                check=check, light=light, state=state, name=name, since=heard, count=count
            )
    troubles = sum(one.troubles for one in devices)
    if troubles:
        return BoardLine(
            check=check, light=Light.AMBER, state="trouble", name=name, since=heard, count=troubles
        )
    return BoardLine(check=check, light=Light.GREEN, state="heard", name=name, since=heard)


def _find_fault(said: Said, event: EventFacts) -> tuple[str, Light, int] | None:
    """Find the worst that a device says of itself: what it is, how bad, and how much."""
    faults = (
        (not said.has_tickets, "no_tickets", Light.RED, 0),
        (said.plan < event.plan, "old_plan", Light.RED, event.plan - said.plan),
        (_lacks_keys(said, event), "other_keys", Light.RED, 0),
        (
            said.clock_s is not None and abs(said.clock_s) > CLOCK_SECONDS_MAX,
            "clock",
            Light.AMBER,
            round(abs(said.clock_s or 0.0)),
        ),
        (said.behind > 0, "behind", Light.AMBER, said.behind),
        (
            said.battery is not None and said.battery < BATTERY_LOW,
            "battery",
            Light.AMBER,
            said.battery or 0,
        ),
    )
    return next(((state, light, count) for holds, state, light, count in faults if holds), None)


def _lacks_keys(said: Said, event: EventFacts) -> bool:
    """Whether a device knows other keys than those do that are up to date."""
    newest = {
        one.said.keyring
        for one in event.devices
        if one.said is not None and one.said.plan >= event.plan and not one.said.behind
    }
    return bool(newest) and said.keyring not in newest
