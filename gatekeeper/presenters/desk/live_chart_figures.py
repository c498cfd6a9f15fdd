"""What the live board's charts show, minute by minute and zone by zone; each is also a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gatekeeper.presenters.desk.live_words import NONE, Rows, as_known, gate_name
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.wall_clocks import VENUE_CLOCK
from shared.wire.live_board import LiveBoard

_NAME_MAX: Final = 20
SERIES_MAX: Final = 6
"""Lines of one chart that can be told apart; the rest is one line together."""
LINES: Final = {
    "dark": ("#56B4E9", "#E69F00", "#2BC4A0", "#F0E442", "#FF9CCB", "#FFFFFF"),
    "light": ("#0072B2", "#A84300", "#00694E", "#6B4A00", "#8F3A76", "#101418"),
}
"""After Okabe and Ito, each bright or dark enough for its ground; a test holds them to 3:1."""


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


def arrivals_by_gate(board: LiveBoard) -> list[ChartLine]:
    """Return who came minute by minute, gate by gate."""
    names = {gate.gate_id: gate_name(gate) for gate in board.gates}
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
        for zone in as_known(board)
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
