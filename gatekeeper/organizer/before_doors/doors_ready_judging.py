"""The doors-ready board: a line for each thing that must be true, measured, never ticked. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from gatekeeper.low_disk_and_battery import BATTERY_MIN
from gatekeeper.organizer.before_doors.doors_ready_lines import (
    BoardLine,
    Cause,
    Check,
    Light,
    Oddity,
)
from gatekeeper.organizer.date_on_now_or_next import DateFacts, next_date
from gatekeeper.organizer.prepare.plan_client import Freeze
from shared.journal.entry import READY
from shared.wire.silent_devices import SILENT_AFTER

BOARD_CLOCK_SECONDS_MAX: Final = 60.0
"""A device reckons with what it is off; so much says that somebody should set it."""
COPY_OLD_AFTER_S: Final = 180
"""So old is the last copy of the server when the board is red: one is made, or found good, at each
look."""

AWAY_AFTER: Final = timedelta(microseconds=SILENT_AFTER)
TILL_ROLES: Final = frozenset({"till", "both"})


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a device said of itself last.

    Attributes:
        plan: The newest plan that it knows.
        keyring: Names the keys that it knows.
        behind: Changes of the feed that it had not read.
        has_tickets: Whether it has a manifest.
        clock_s: How far its clock is off, in seconds; None while it does not know.
        battery: Per cent; None without any.
        printers: Those that do not answer, each with what it says.
        readers: Scanners, tag readers and cameras that do not answer, by name.
        is_typing_unread: Whether keys came lately that were meant as a ticket's and not read.
        is_asking: Whether it hears of news by asking every few seconds alone.
    """

    plan: int
    keyring: str
    behind: int
    has_tickets: bool
    clock_s: float | None
    battery: int | None
    printers: tuple[str, ...] = ()
    readers: tuple[str, ...] = ()
    is_typing_unread: bool = False
    is_asking: bool = False


class DeviceFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A device of the event, as the server knows it; one that is revoked is none.

    Attributes:
        name: As staff call it.
        role: `gate`, `till`, `both` or `scanner`.
        gate_id: Where it stands; None for nowhere.
        heard_at: Its last contact; None before the first.
        troubles: Entries refused or contradictory, and conflicts about itself.
        said: What it said of itself last; None if it never did.
        float_minor: What was in the drawer when its shift was opened; None while none is open.
        rehearsal: What its own entry says of its last rehearsal: `ready`, or what was wrong; ""
            before the first.
        rehearsed_cursor: Up to where it had read the feed then.
    """

    name: str
    role: str
    gate_id: str | None
    heard_at: datetime | None
    troubles: int = 0
    said: Said | None = None
    float_minor: int | None = None
    rehearsal: str = ""
    rehearsed_cursor: int = 0


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
        false_devices: Since when devices are said to behave on the venue's network as no gate
            does, by their names.
        freeze: Whether what gates were handed is locked.
        lanes: How many lanes a gate has, by its id; one where that is not said.
        keyring: Names the keys that every device has to know; "" where the server does not say.
        keys_end: Keys that sign tickets, and stop admitting before the last date is over.
        former_keys_end: The same of keys in whose place others sign.
        handed_cursor: Up to where the feed was in what gates were handed.
        dates: The event's.
        gate_dates: The date's id of each gate that serves one only.
        cashiers: How many may open a till; None where that is not known.
        server_time: What the server's clock said when this was measured; None where it did not.
        paused: Since when entry is paused, by the ids of gates.
        evacuated: Since when an evacuation that is not over holds for a gate, by its id.
        names_at_gates: Whether names of guests come along with what gates are handed.
    """

    state: str
    plan: int
    refusals: tuple[Oddity, ...]
    warnings: tuple[Oddity, ...]
    gates: dict[str, str]
    devices: tuple[DeviceFacts, ...]
    handed_at: datetime | None
    supervisors: int
    conflicts: int
    false_devices: dict[str, datetime] = {}
    freeze: Freeze = Freeze()
    lanes: dict[str, int] = {}
    keyring: str = ""
    keys_end: tuple[str, ...] = ()
    former_keys_end: tuple[str, ...] = ()
    handed_cursor: int = 0
    dates: tuple[DateFacts, ...] = ()
    gate_dates: dict[str, str] = {}
    cashiers: int | None = None
    server_time: datetime | None = None
    paused: dict[str, datetime] = {}
    evacuated: dict[str, datetime] = {}
    names_at_gates: bool = True


class _Words(msgspec.Struct, frozen=True, kw_only=True):
    """How a device's line can stand, at a gate or of a till."""

    never_heard: Cause
    silent: Cause
    no_tickets: Cause
    old_plan: Cause
    other_keys: Cause
    clock: Cause
    behind: Cause
    battery: Cause
    trouble: Cause
    heard: Cause


_OF_GATE: Final = _Words(**{one: Cause[f"GATE_{one.upper()}"] for one in _Words.__struct_fields__})
_OF_TILL: Final = _Words(**{one: Cause[f"TILL_{one.upper()}"] for one in _Words.__struct_fields__})
_NO_SUPERVISOR: Final = "no_supervisor"
"""The server's word for what the board has a line for, with the way to mend it."""
OPEN_STATES: Final = frozenset({"published", "active"})
"""States of an event in which its tickets are sold."""
_OVER_STATES: Final = frozenset({"completed", "archived"})


def judge_board(facts: EventFacts, now: datetime) -> tuple[BoardLine, ...]:
    """Judge every line, in the order in which an organizer would mend them.

    Of several dates it is the one that is on or comes next whose gates must be ready.

    Args:
        facts: What was measured.
        now: By the laptop's clock, just after; times are judged by the server's, where that is
            known.
    """
    laptop, now = now, facts.server_time or now
    date = next_date(facts.dates, now)
    later = [] if date is None else _gates_of_others(facts, date)
    if later:
        facts = _without(facts, frozenset(later))
    tills = [one for one in facts.devices if one.role in TILL_ROLES]
    lines = [*_plan_lines(facts), _keys_line(facts), _people_line(facts)]
    if tills and facts.cashiers == 0:
        lines.append(Cause.PEOPLE_NO_CASHIER.line())
    lines += [_gate_line(facts, gate_id, now) for gate_id in facts.gates]
    if date is not None and later:
        lines.append(_later_line(date, len(later)))
    lines += [_till_line(till, facts, now) for till in tills]
    lines += [*_rehearsal_lines(facts), *_spare_lines(facts)]
    conflicts = Cause.CONFLICTS_OPEN if facts.conflicts else Cause.CONFLICTS_NONE
    lines.append(conflicts.line(count=facts.conflicts))
    lines += [
        Cause.FALSE_DEVICE.line(name=name, since=since)
        for name, since in facts.false_devices.items()
    ]
    off_s = abs((now - laptop).total_seconds())
    if off_s > BOARD_CLOCK_SECONDS_MAX:
        lines.append(Cause.LAPTOP_CLOCK.line(count=round(off_s)))
    return tuple(lines)


def worst(lines: tuple[BoardLine, ...]) -> Light:
    """Return the board's light."""
    return max((line.light for line in lines), default=Light.GREEN)


def _gates_of_others(facts: EventFacts, date: DateFacts) -> list[str]:
    return [one for one in facts.gates if facts.gate_dates.get(one, date.id) != date.id]


def _without(facts: EventFacts, gate_ids: frozenset[str]) -> EventFacts:
    """Leave gates out, with the devices that stand there."""
    return msgspec.structs.replace(
        facts,
        gates={one: name for one, name in facts.gates.items() if one not in gate_ids},
        devices=tuple(one for one in facts.devices if one.gate_id not in gate_ids),
    )


def _later_line(date: DateFacts, count: int) -> BoardLine:
    return Cause.LATER.line(name=date.name, count=count)


def _plan_lines(facts: EventFacts) -> list[BoardLine]:
    refused = [Cause.PLAN_REFUSED.line(oddity=one) for one in facts.refusals]
    lines = refused or [Cause.PLAN_WHOLE.line()]
    lines += [
        Cause.ODD.line(oddity=one)
        for one in facts.warnings
        if one.code != _NO_SUPERVISOR or facts.supervisors
    ]
    lines.append(_sale_line(facts.state))
    lines.append(_handed_line(facts))
    lines += _freeze_lines(facts.freeze)
    return lines


def _sale_line(state: str) -> BoardLine:
    """Call unpublished only what can be published: what is over or called off cannot."""
    if state in OPEN_STATES:
        return Cause.ON_SALE.line()
    if state == "cancelled":
        return Cause.CALLED_OFF.line()
    return (Cause.OVER if state in _OVER_STATES else Cause.NOT_ON_SALE).line()


def _freeze_lines(freeze: Freeze) -> list[BoardLine]:
    """Say nothing before the event was handed to gates, and of one that is for trying."""
    if freeze.since is not None:
        return [Cause.FREEZE_LOCKED.line(since=freeze.since)]
    lift = freeze.lifted
    if lift is None:
        return []
    return [Cause.FREEZE_LIFTED.line(name=lift.by, detail=lift.reason, since=lift.at)]


def _handed_line(facts: EventFacts) -> BoardLine:
    if facts.handed_at is None:
        return Cause.NEVER_HANDED_OVER.line()
    cause = Cause.HANDED_OVER if facts.names_at_gates else Cause.HANDED_OVER_NAMELESS
    return cause.line(since=facts.handed_at)


def _people_line(facts: EventFacts) -> BoardLine:
    if not facts.supervisors:
        return Cause.PEOPLE_NONE.line()
    return Cause.PEOPLE_SOME.line(count=facts.supervisors)


def _keys_line(facts: EventFacts) -> BoardLine:
    if facts.keys_end:
        return Cause.KEYS_END.line(detail=", ".join(facts.keys_end))
    if facts.former_keys_end:
        return Cause.KEYS_FORMER.line(detail=", ".join(facts.former_keys_end))
    return Cause.KEYS_LAST.line()


def _till_line(till: DeviceFacts, facts: EventFacts, now: datetime) -> BoardLine:
    """Judge a till: in touch, printing, and with a drawer that somebody has opened."""
    line = _heard_line(Check.TILL, till.name, (till,), facts, now)
    if line.light is Light.RED:
        return line
    if till.said is not None and till.said.printers:
        detail = ", ".join(till.said.printers)
        return Cause.TILL_PRINTER.line(name=line.name, detail=detail, since=line.since)
    if till.float_minor is None:
        return Cause.TILL_NO_SHIFT.line(name=line.name, since=line.since)
    if not till.float_minor and line.light is Light.GREEN:
        return Cause.TILL_NO_FLOAT.line(name=line.name, since=line.since)
    return line


def _at_gate(facts: EventFacts, gate_id: str) -> tuple[DeviceFacts, ...]:
    """Return the devices of a gate that count: as many as it has lanes, the last heard first."""
    never = datetime.min.replace(tzinfo=UTC)
    there = [one for one in facts.devices if one.gate_id == gate_id and one.role != "till"]
    there.sort(key=lambda one: one.heard_at or never, reverse=True)
    return tuple(there[: max(1, facts.lanes.get(gate_id, 1))])


def _counted(facts: EventFacts) -> tuple[DeviceFacts, ...]:
    return tuple(one for gate_id in facts.gates for one in _at_gate(facts, gate_id))


def _spare_lines(facts: EventFacts) -> list[BoardLine]:
    """Name how many devices lie ready: they count for nothing, whatever they do."""
    counted = {id(one) for one in _counted(facts)}
    spare = [one for one in facts.devices if one.role not in TILL_ROLES and id(one) not in counted]
    if not spare:
        return []
    names = ", ".join(sorted(one.name for one in spare))
    return [Cause.SPARE_READY.line(detail=names, count=len(spare))]


def _rehearsal_lines(facts: EventFacts) -> list[BoardLine]:
    """Look at each gate's own entry of a rehearsal since it was handed what holds now."""
    counted = _counted(facts)
    if facts.handed_at is None or not counted:
        return []
    played = [one for one in counted if one.rehearsed_cursor >= facts.handed_cursor]
    failed = sorted(
        (one.name, tuple(one.rehearsal.split(",")))
        for one in played
        if one.rehearsal not in ("", READY)
    )
    if failed:
        names = ", ".join(name for name, _ in failed)
        line = Cause.REHEARSAL_FAILED.line(detail=names, count=len(failed))
        return [msgspec.structs.replace(line, objections=tuple(failed))]
    left = [one.name for one in counted if one not in played or not one.rehearsal]
    if left:
        detail = ", ".join(sorted(left))
        return [Cause.REHEARSAL_MISSING.line(detail=detail, count=len(left))]
    return [Cause.REHEARSAL_PASSED.line()]


def _gate_line(facts: EventFacts, gate_id: str, now: datetime) -> BoardLine:
    name = facts.gates[gate_id]
    there = _at_gate(facts, gate_id)
    if not there:
        return Cause.GATE_NO_DEVICE.line(name=name)
    line = _heard_line(Check.GATE, name, there, facts, now)
    if line.light is Light.RED:
        return line
    if (since := facts.evacuated.get(gate_id)) is not None:
        return Cause.GATE_EVACUATED.line(name=name, since=since)
    if (since := facts.paused.get(gate_id)) is not None:
        return Cause.GATE_PAUSED.line(name=name, since=since)
    said = [one.said for one in there if one.said is not None]
    if readers := tuple(sorted(reader for one in said for reader in one.readers)):
        return Cause.GATE_READER.line(name=name, readers=readers, since=line.since)
    if any(one.is_typing_unread for one in said):
        return Cause.GATE_UNREAD.line(name=name, since=line.since)
    if line.light is Light.GREEN and any(one.is_asking for one in said):
        return Cause.GATE_ASKING.line(name=name, since=line.since)
    return line


def _heard_line(
    check: Check,
    name: str,
    devices: tuple[DeviceFacts, ...],
    event: EventFacts,
    now: datetime,
) -> BoardLine:
    """Judge by the device that was silent for longest: each lane of a gate counts."""
    words = _OF_GATE if check is Check.GATE else _OF_TILL
    never = [one for one in devices if one.heard_at is None]
    if never:
        return words.never_heard.line(name=name)
    heard = min(one.heard_at for one in devices if one.heard_at is not None)
    if now - heard > AWAY_AFTER:
        plans = [max(0, event.plan - one.said.plan) for one in devices if one.said is not None]
        return words.silent.line(name=name, since=heard, count=max(plans, default=0))
    for one in devices:
        if one.said is not None and (found := _find_fault(one.said, event, words)) is not None:
            cause, count = found
            return cause.line(name=name, since=heard, count=count)
    troubles = sum(one.troubles for one in devices)
    cause = words.trouble if troubles else words.heard
    return cause.line(name=name, since=heard, count=troubles)


def _find_fault(said: Said, event: EventFacts, words: _Words) -> tuple[Cause, int] | None:
    """Find the worst that a device says of itself: what it is, and how much."""
    clock_s = abs(said.clock_s or 0.0)
    faults = (
        (not said.has_tickets, words.no_tickets, 0),
        (said.plan < event.plan, words.old_plan, event.plan - said.plan),
        (_lacks_keys(said, event), words.other_keys, 0),
        (clock_s > BOARD_CLOCK_SECONDS_MAX, words.clock, round(clock_s)),
        (said.behind > 0, words.behind, said.behind),
        (
            said.battery is not None and said.battery < BATTERY_MIN,
            words.battery,
            said.battery or 0,
        ),
    )
    return next(((cause, count) for holds, cause, count in faults if holds), None)


def _lacks_keys(said: Said, event: EventFacts) -> bool:
    """Whether a device lacks a key, such as a new till's, or knows one that is no more.

    Of a server that does not say which keys there are: whether it knows other keys than those do
    that are up to date.
    """
    if event.keyring:
        return said.keyring != event.keyring
    newest = {
        one.said.keyring
        for one in event.devices
        if one.said is not None and one.said.plan >= event.plan and not one.said.behind
    }
    return bool(newest) and said.keyring not in newest
