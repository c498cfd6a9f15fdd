"""What a soak does and when, drawn from one seed."""

from __future__ import annotations

import random
from enum import StrEnum
from typing import Final

import msgspec

LANES_PER_TICKET_MAX: Final = 5
AT_ONCE_S: Final = 0.05
DOWN_S: Final = (1.0, 5.0)
CUT_S: Final = (1.0, 8.0)
RESTART_S: Final = (0.2, 2.0)


class Size(msgspec.Struct, frozen=True):
    """How much of everything.

    Attributes:
        seconds: Over how long tickets are shown; lanes that fall behind take longer.
        server_kills, lane_kills, cuts: How often each happens.
    """

    lanes: int = 20
    tickets: int = 5_000
    seconds: float = 120.0
    server_kills: int = 4
    lane_kills: int = 20
    cuts: int = 15


class Showing(msgspec.Struct, frozen=True):
    """A ticket, by its place among the sold, is shown at a lane."""

    at_s: float
    lane: int
    ticket: int


class FaultKind(StrEnum):
    """What breaks."""

    SERVER = "server killed"
    WORKER = "worker killed"
    LANE = "lane killed"
    CUT = "links cut"


class Fault(msgspec.Struct, frozen=True):
    """Something breaks, and is mended some seconds later.

    Attributes:
        lanes: Whose link, or which lane; empty for the server.
    """

    at_s: float
    kind: FaultKind
    for_s: float
    lanes: tuple[int, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A whole soak.

    Attributes:
        showings: For each lane, in order of time.
        faults: In order of time.
    """

    showings: tuple[tuple[Showing, ...], ...]
    faults: tuple[Fault, ...]


def draw_plan(seed: int, size: Size) -> Plan:
    """Draw a soak from its seed: the same seed and size always give the same."""
    dice = random.Random(seed)
    showings: list[list[Showing]] = [[] for _ in range(size.lanes)]
    for ticket in range(size.tickets):
        count = dice.randint(1, min(LANES_PER_TICKET_MAX, size.lanes))
        lanes = dice.sample(range(size.lanes), count)
        begun = dice.uniform(0, size.seconds)
        is_at_once = dice.random() < 0.5
        for lane in lanes:
            at = begun + dice.uniform(0, AT_ONCE_S)
            if not is_at_once:
                at = dice.uniform(0, size.seconds)
            showings[lane].append(Showing(at, lane, ticket))
    faults = sorted(_draw_faults(dice, size), key=lambda fault: fault.at_s)
    in_order = (sorted(one, key=lambda showing: showing.at_s) for one in showings)
    return Plan(tuple(tuple(one) for one in in_order), tuple(faults))


def _draw_faults(dice: random.Random, size: Size) -> list[Fault]:
    """Spread the faults over the time in which tickets are shown."""
    faults = []
    for number in range(size.server_kills):
        # Every second time only one of its processes dies, where it has several.
        kind = FaultKind.WORKER if number % 2 else FaultKind.SERVER
        # Not two at once: a server that is down cannot be killed.
        at = size.seconds * (number + dice.uniform(0.2, 0.6)) / size.server_kills
        faults.append(Fault(at, kind, dice.uniform(*DOWN_S)))
    for _ in range(size.lane_kills):
        at, lane = dice.uniform(0, size.seconds), dice.randrange(size.lanes)
        faults.append(Fault(at, FaultKind.LANE, dice.uniform(*RESTART_S), (lane,)))
    for _ in range(size.cuts):
        cut = dice.sample(range(size.lanes), dice.randint(1, size.lanes))
        at = dice.uniform(0, size.seconds)
        faults.append(Fault(at, FaultKind.CUT, dice.uniform(*CUT_S), tuple(cut)))
    return faults
