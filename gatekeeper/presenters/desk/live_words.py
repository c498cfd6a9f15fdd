"""What the live board says in words: every chart is also a table, and each figure has its age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gatekeeper.organizer.during.live import LIVE_OLD_S, LiveView
from gatekeeper.wording.names_in_order import by_number
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.admission.reasons import Reason
from shared.kernel.money import Money
from shared.wire.live_board import LiveBoard, LiveGate, LiveZone

NONE: Final = "–"
_NAME_MAX: Final = 20
SERIES_MAX: Final = 6
"""Lines of one chart that can be told apart; the rest is one line together."""
LINES: Final = {
    "dark": ("#56B4E9", "#E69F00", "#2BC4A0", "#F0E442", "#FF9CCB", "#FFFFFF"),
    "light": ("#0072B2", "#A84300", "#00694E", "#6B4A00", "#8F3A76", "#101418"),
}
"""After Okabe and Ito, each bright or dark enough for its ground; a test holds them to 3:1."""
_REASONS: Final = frozenset(reason.value for reason in Reason)
_TENDERS: Final = frozenset(
    ("cash", "card", "transfer", "online", "voucher", "comp", "exchange", "other")
)
_TENTH_OF_PERCENT: Final = 10
"""In basis points."""
Rows = list[tuple[str, ...]]


class ChartLine(msgspec.Struct, frozen=True):
    """A line of a chart: its name, and a number for each minute."""

    name: str
    values: tuple[int, ...]


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """A zone in the chart of zones.

    Attributes:
        low, high: What it may be; the latter None where nobody can say.
    """

    name: str
    inside: int
    low: int
    high: int | None
    capacity: int | None


def spell_age(view: LiveView, age_s: float) -> str:
    """Say how old the figures are, and how they come."""
    if age_s >= LIVE_OLD_S:
        return TEXTS.say("live.old", seconds=f"{age_s:.0f}")
    return TEXTS.say("live.fresh" if view.is_pushed else "live.asked", seconds=f"{age_s:.0f}")


def spell_lead(board: LiveBoard) -> str:
    """Say who came in all, who was refused, and who was asked something first."""
    rate = TEXTS.percent(_TENTH_OF_PERCENT * round(1_000 * board.override_rate))
    sent = sum(one.count for one in board.denials if one.verdict == "refer")
    counts = {
        "admitted": board.admitted,
        "denied": board.denied - sent,
        "sent": sent,
        "overrides": board.overrides,
    }
    return TEXTS.say("live.lead", rate=rate, **counts)


def spell_away(board: LiveBoard) -> str:
    """Name the devices whose deeds are not in the figures; "" for none."""
    if not board.away:
        return ""
    away = sorted((one.name for one in board.away), key=by_number)
    names = ", ".join(TEXTS.isolate(name) for name in away)
    return TEXTS.say("live.away", names=names)


def spell_paused(board: LiveBoard) -> str:
    """Name the gates at which entry is paused; "" for none."""
    names = [_gate_name(one) for one in board.gates if one.paused_at is not None]
    return TEXTS.say("pause.now", places=TEXTS.list(names)) if names else ""


def zone_rows(board: LiveBoard) -> Rows:
    """Say of each zone who is inside."""
    return [
        (_with_pause(zone.name, zone), spell_inside(zone), _or_limitless(zone.capacity))
        for zone in _as_known(board)
    ]


def _as_known(board: LiveBoard) -> Sequence[LiveZone]:
    """Return the zones without what gates might let in on their shares, where all are in touch.

    Gates in touch tell each entry as it happens: who could still come in on their shares has not.
    """
    if board.away:
        return board.zones
    return [
        one if one.at_most is None else msgspec.structs.replace(one, at_most=one.inside)
        for one in board.zones
    ]


def _with_pause(name: str, place: LiveGate | LiveZone) -> str:
    """Name a gate or a zone, and say where nobody is let in now."""
    return name if place.paused_at is None else TEXTS.say("pause.cell", name=name)


def spell_inside(zone: LiveZone) -> str:
    """Say how many are inside, with what it may be where devices are away."""
    if (zone.at_least, zone.at_most) == (zone.inside, zone.inside):
        return TEXTS.number(zone.inside)
    if zone.at_most is None:
        if zone.at_least >= zone.inside:
            return TEXTS.number(zone.inside)
        return TEXTS.say("live.from", count=zone.inside, low=zone.at_least)
    return TEXTS.say("desk.live.between", count=zone.inside, low=zone.at_least, high=zone.at_most)


def gate_rows(board: LiveBoard) -> Rows:
    """Say of each gate what passes, and who waits."""
    return [
        (
            _with_pause(_gate_name(gate), gate),
            TEXTS.number(gate.came),
            TEXTS.number(gate.went),
            f"{gate.per_minute:.0f}",
            _spell_waiting(gate),
            TEXTS.number(gate.denied),
            TEXTS.number(gate.overrides),
        )
        for gate in sorted(board.gates, key=lambda one: by_number(_gate_name(one)))
    ]


def denial_rows(board: LiveBoard) -> Rows:
    """Say for what reasons scans let nobody in, the most frequent first, and where."""
    names = {gate.gate_id: _gate_name(gate) for gate in board.gates}
    found = sorted(board.denials, key=lambda one: (-one.count, one.reason, one.gate_id))
    return [
        (
            TEXTS.say(f"word.{one.reason}") if one.reason in _REASONS else TEXTS.say("live.other"),
            TEXTS.say("live.sent_on" if one.verdict == "refer" else "live.refused"),
            names.get(one.gate_id, NONE),
            TEXTS.number(one.count),
        )
        for one in found
    ]


def stock_rows(board: LiveBoard) -> Rows:
    """Say of each ticket type what was sold in the last hour and in all, and what is left."""
    return [
        (
            one.name,
            TEXTS.number(sum(one.tickets)),
            TEXTS.number(one.sold),
            TEXTS.number(one.held),
            TEXTS.number(one.allotted),
            _or_limitless(one.available),
        )
        for one in board.sales
    ]


def revenue_rows(board: LiveBoard) -> Rows:
    """Say what came by each tender, and what went back."""
    return [
        (
            TEXTS.say(f"live.tender.{one.tender if one.tender in _TENDERS else 'other'}"),
            TEXTS.money(Money(one.received_minor, one.currency)),
            TEXTS.money(Money(one.paid_back_minor, one.currency)),
            TEXTS.money(Money(one.net_minor, one.currency)),
        )
        for one in board.revenue
    ]


def arrivals_by_gate(board: LiveBoard) -> list[ChartLine]:
    """Return who came minute by minute, gate by gate."""
    names = {gate.gate_id: _gate_name(gate) for gate in board.gates}
    return _few([(names.get(one.gate_id, NONE), one.persons) for one in board.arrivals])


def arrivals_by_zone(board: LiveBoard) -> list[ChartLine]:
    """Return who came minute by minute, zone by zone."""
    names = {zone.zone_id: zone.name for zone in board.zones}
    return _few([(names.get(one.zone_id, NONE), one.persons) for one in board.arrivals])


def sales_by_type(board: LiveBoard) -> list[ChartLine]:
    """Return the tickets sold minute by minute, type by type."""
    return _few([(one.name, one.tickets) for one in board.sales])


def zone_bars(board: LiveBoard) -> list[Bar]:
    """Return the zones as bars."""
    return [
        Bar(
            name=zone.name,
            inside=zone.inside,
            low=min(zone.at_least, zone.inside),
            high=zone.at_most,
            capacity=zone.capacity,
        )
        for zone in _as_known(board)
    ]


def minute_rows(board: LiveBoard, series: Sequence[ChartLine], count: int = 10) -> Rows:
    """Say the last minutes of a chart, the newest first."""
    found: Rows = []
    for place in range(board.minutes - 1, max(-1, board.minutes - 1 - count), -1):
        time = spell_minute(board.since, place)
        found.append((time, *(TEXTS.number(one.values[place]) for one in series)))
    return found


def spell_minute(since: datetime, place: int) -> str:
    """Say a minute by the venue's clock."""
    return VENUE_CLOCK.time(since + timedelta(minutes=place))


def _few(named: Sequence[tuple[str, Sequence[int]]]) -> list[ChartLine]:
    """Sum lines of one name, and bring the smallest of too many together."""
    sums: dict[str, list[int]] = {}
    for name, values in named:
        known = sums.setdefault(name, [0] * len(values))
        sums[name] = [one + more for one, more in zip(known, values, strict=True)]
    if len(sums) <= SERIES_MAX:
        return [ChartLine(name, tuple(values)) for name, values in sums.items()]
    largest = sorted(sums, key=lambda name: -sum(sums[name]))[: SERIES_MAX - 1]
    rest = [values for name, values in sums.items() if name not in largest]
    together = tuple(map(sum, zip(*rest, strict=True)))
    shown = [ChartLine(name, tuple(sums[name])) for name in sums if name in largest]
    return [*shown, ChartLine(TEXTS.say("live.others", count=len(rest)), together)]


def elide(name: str, most: int = _NAME_MAX) -> str:
    """Shorten a name to what fits beside a chart, or over a column."""
    return name if len(name) <= most else TEXTS.isolate(f"{name[: most - 1]}…")


def _gate_name(gate: LiveGate) -> str:
    # Whom the organizer's evacuation has sent out passed no gate.
    return gate.name or TEXTS.say("live.no_gate" if gate.gate_id else "evacuation.title")


def _spell_waiting(gate: LiveGate) -> str:
    if gate.waiting is None or gate.waiting_s is None:
        return NONE
    return TEXTS.say("live.waiting", count=f"{gate.waiting:.0f}", seconds=f"{gate.waiting_s:.0f}")


def _or_limitless(count: int | None) -> str:
    return TEXTS.say("desk.draft.no_limit") if count is None else TEXTS.number(count)
