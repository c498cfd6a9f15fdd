"""Whether claims stay as fast with a million tickets, and with a thousand events.

Three servers run over three databases of one PostgreSQL: a small event, a huge one, and a small
one among a thousand. Their claims are measured in turn, piece by piece, so that whatever else the
machine does slows all alike: the ratios are what counts. Claims at all of the thousand events are
measured twice: while each worker meets each event for the first time, and after that.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

import asyncpg
import msgspec

from bench.claims import claim_requests
from bench.load_generator import LoadResult, run_load
from bench.senders import senders_of
from bench.server_process import Served, seed, serve
from bench.writing_figures import Figure, at_least, floor

IN_FLIGHT: Final = 32
WARM_UP: Final = 400
PIECE: Final = 500
PIECES: Final = 6
FLAT: Final = 0.8
SMALL: Final = 10_000
LARGE: Final = 1_000_000
EVENTS: Final = 1_000
PER_EVENT: Final = 12
ROUNDS: Final = {1: 1, 2: 4}
"""By workers: claims at each event until all workers have met nearly every one."""


class Case(msgspec.Struct, frozen=True):
    """A server over a database, and claims for it that nobody has made yet."""

    name: str
    served: Served
    requests: Iterator[bytes]


class Measured(msgspec.Struct, frozen=True):
    """A case's pieces: rates, and the server's processor time for a claim in microseconds."""

    rates: list[float]
    cpu_us: list[float]

    @property
    def rate(self) -> float:
        """The piece in the middle."""
        return median(self.rates)


def measure(folder: Path, new_database: Callable[[], str]) -> list[Figure]:
    """Seed the three databases and measure them with 1 and with 2 workers."""
    loads: dict[str, tuple[Path, str, dict[str, Any]]] = {}
    for name, options in _SEEDS.items():
        room = folder / name
        room.mkdir()
        database = new_database()
        loads[name] = (room, database, seed(room, database, gates=4, devices=8, **options))
        asyncio.run(_settle(database))
    claims = {name: _claims(load) for name, (_, _, load) in loads.items()}
    claims["spread"] = _spread_claims(loads["many"][2])
    figures: list[Figure] = []
    for workers, rounds in ROUNDS.items():
        with contextlib.ExitStack() as stack:
            served = {
                name: stack.enter_context(serve(room, database, workers))
                for name, (room, database, _) in loads.items()
            }
            served["spread"] = served["many"]
            cases = [Case(name, served[name], claims[name]) for name in claims]
            first = _run(cases[-1], rounds * (EVENTS - 1))
            figures += _figures(workers, first, _measure_in_turn(cases))
    return figures


async def _settle(database: str) -> None:
    """Do what autovacuum would do within a minute, in the middle of a measurement."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


_SEEDS: Final[dict[str, dict[str, int]]] = {
    "small": {"tickets": SMALL},
    "large": {"tickets": LARGE, "signed": SMALL},
    "many": {"tickets": SMALL, "further_events": EVENTS - 1, "further_tickets": PER_EVENT},
}


def _measure_in_turn(cases: list[Case]) -> dict[str, Measured]:
    for case in cases:
        _run(case, WARM_UP)
    found = {case.name: Measured([], []) for case in cases}
    for _ in range(PIECES):
        for case in cases:
            before = case.served.cpu_seconds()
            result = _run(case, PIECE)
            cpu = (case.served.cpu_seconds() - before) / result.count * 1e6
            found[case.name].rates.append(result.rate)
            found[case.name].cpu_us.append(cpu)
    return found


def _run(case: Case, count: int) -> LoadResult:
    requests = list(itertools.islice(case.requests, count))
    result = asyncio.run(run_load(case.served.port, requests, IN_FLIGHT))
    verdicts = [msgspec.json.decode(body).get("verdict") for body in result.bodies]
    if set(result.statuses) != {200} or verdicts.count("admit") != count:
        message = f"{case.name}: not all admitted: {result.statuses}, {result.bodies[:1]!r}"
        raise RuntimeError(message)
    return result


def _figures(workers: int, first: LoadResult, found: dict[str, Measured]) -> list[Figure]:
    where = f"PostgreSQL, {workers} worker(s), {IN_FLIGHT} in flight"
    count = PIECE * PIECES
    small = found["small"]
    title = f"claims, {_TITLES['spread']}, met for the first time: {where}"
    figures = [floor(title, first.rate, "1/s", first.count, f"p99 {first.p99_ms:.0f} ms")]
    for name, measured in found.items():
        cpu = f"server CPU {median(measured.cpu_us):.0f} µs a claim"
        figure = floor(f"claims, {_TITLES[name]}: {where}", measured.rate, "1/s", count, cpu)
        figures.append(figure)
    for name in ("large", "many"):
        # Piece by piece: neighbours in time had the same machine.
        pairs = zip(found[name].rates, small.rates, strict=True)
        share = median(grown / plain for grown, plain in pairs)
        title = f"growth, {_TITLES[name]} against {_TITLES['small']}: {where}"
        figures.append(at_least(title, share, "times", FLAT, count, "1 is flat"))
    return figures


_TITLES: Final = {
    "small": f"one event of {SMALL} tickets",
    "large": f"one event of {LARGE} tickets",
    "many": f"one event among {EVENTS}",
    "spread": f"all of {EVENTS} events at once",
}


def _claims(load: dict[str, Any]) -> Iterator[bytes]:
    """Claim an event's tickets in an order that no index has."""
    codes = list(load["codes"])
    random.Random(1).shuffle(codes)
    return claim_requests(senders_of(load), [(code, load["gates"]) for code in codes])


def _spread_claims(load: dict[str, Any]) -> Iterator[bytes]:
    """Claim tickets of all events in turn, each at its own event's gate."""
    events = load["further"]
    tickets = [(one["codes"][n], one["gates"]) for n in range(PER_EVENT) for one in events]
    return claim_requests(senders_of(load), tickets)
