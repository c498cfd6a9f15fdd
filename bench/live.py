"""The live board of a great event while doors are open: how old its figures are, and its stalls.

A million tickets, a ledger that holds entries already, claims at a steady pace by scanners; beside
it the desk's own window, in a process of its own, on the server's channel for people. The figures'
age is the time from an admission's answer until a board that has it is painted. At the end every
running count is held against a fold of the records.

`GATEKEEPER_BENCH_LIVE_TICKETS` and `GATEKEEPER_BENCH_LIVE_SECONDS` make it smaller.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from bench.claims import claim_requests
from bench.push_listeners import read_body
from bench.senders import senders_of
from bench.server_process import Served, seed, serve
from bench.writing_figures import Figure, at_least, at_most, floor, percentile
from server.db.database_connections import Database
from server.db.hot_path_connections import open_driver
from server.db.hot_path_statements import statement
from server.db.tenancy import SYSTEM
from server.ledger.rows import signed
from shared.credential.codec import decode_credential
from shared.manifest.seen_codes import credential_of
from tests.factories.display import Display, run_display
from tests.factories.tallied import Records, fold_all, read_tallies

TICKETS: Final = int(os.environ.get("GATEKEEPER_BENCH_LIVE_TICKETS", "1000000"))
SECONDS: Final = int(os.environ.get("GATEKEEPER_BENCH_LIVE_SECONDS", "45"))
RATE: Final = 200
GATES: Final = 8
CONNECTIONS: Final = 32
"""So many that the pace is kept while some answers are slow."""
WORKERS: Final = 2
RATE_MIN: Final = 0.98 * RATE
AGE_S_BUDGET: Final = 1.0
STALL_MS_BUDGET: Final = 100.0
_SETTLE_S: Final = 3.0
_MINUTE_US: Final = 60_000_000
_READINGS: Final = 40
_CLAIMS: Final = RATE * SECONDS
_BEFORE: Final = min(TICKETS // 4, 250_000)
_FILL: Final = statement(
    "INSERT INTO ticket_use (event_id, claim_id, organization_id, ticket_id, zone_id,"
    " occurrence_id, direction, at, at_error, count, gate_id, device_id, mode, reason,"
    " is_annulled, is_confirmed, source, seq, epoch, allotted, knew, moved)"
    " SELECT $1, 'before-' || t.n, g.organization_id, t.ticket_id, g.zone_id, $2, 'in',"
    " $3::bigint - (t.n % 240) * $4::bigint, 0, 1, g.id, 'dev_before', 'online', 'ok', false,"
    " true, 'claim', 0, 1, 0, 0, 0 FROM (SELECT ticket_id, row_number() OVER (ORDER BY"
    " ticket_id) AS n FROM (SELECT ticket_id FROM ticket WHERE event_id = $1 EXCEPT"
    " SELECT ticket_id FROM ticket WHERE event_id = $1 AND ticket_id = ANY($7::bigint[])) u) t"
    " JOIN (SELECT id, zone_id, organization_id, row_number() OVER (ORDER BY id) - 1 AS n"
    " FROM gate WHERE event_id = $1) g ON g.n = t.n % $5::bigint WHERE t.n <= $6::bigint"
)


def measure(folder: Path, kind: str, database: str) -> list[Figure]:
    """Measure on one kind of database."""
    return observe(folder, kind, database, prepare(folder, database))


def prepare(folder: Path, database: str) -> dict[str, Any]:
    """Make the event, of which some have come in; returns what is known of it."""
    load = seed(folder, database, tickets=TICKETS, gates=GATES, devices=GATES, signed=_CLAIMS)
    asyncio.run(_fill(database, load))
    return load


def observe(folder: Path, kind: str, database: str, load: dict[str, Any]) -> list[Figure]:
    """Claim at the stated pace beside a board that is looked at."""
    tickets = ((code, load["gates"]) for code in load["codes"][:_CLAIMS])
    requests = list(claim_requests(senders_of(load), tickets))
    workers = 1 if kind == "SQLite" else WORKERS
    with serve(folder, database, workers) as served, run_display(1280, 1024) as display:
        reading = _read_often(served, load)
        with _desk(display, served, load) as desk:
            time.sleep(_SETTLE_S)
            answered, usage = _claim_steadily(served, requests)
            time.sleep(_SETTLE_S)
            found = desk()
        admitted = int(_read(served, load)["admitted"])
    wrong = asyncio.run(_differences(database))
    if admitted != _BEFORE + _CLAIMS:
        wrong.append(f"{admitted} admitted, not {_BEFORE + _CLAIMS}")
    where = f"{kind}, {TICKETS:,} tickets, {_BEFORE:,} entries before, {RATE} entries/s"
    asked = floor(f"a live board asked for, p50: {where}", percentile(reading, 0.5), "ms",
                  len(reading), f"max {reading[-1]:.0f} ms; before anybody enters")  # fmt: skip
    return [*_figures(where, found, answered, usage, wrong), asked]


def _figures(
    where: str, found: dict[str, Any], answered: list[float], usage: str, wrong: list[str]
) -> list[Figure]:
    rate = (len(answered) - 1) / (answered[-1] - answered[0])
    painted = found["painted"]
    ages = _ages(painted, answered)
    turns = found["turns"]
    gaps = sorted(1e3 * (late - early) for early, late in itertools.pairwise(turns))
    way = "pushed" if found["pushed"] else "asked for"
    note = (
        f"p50 {percentile(ages, 0.5):.2f} s, max {ages[-1]:.2f} s; {len(painted)} boards painted;"
        f" {len(found['faults'])} faults {found['faults'][:1]}, {way} at the end"
    )
    stalls = f"p99 {percentile(gaps, 0.99):.0f} ms, max {gaps[-1]:.0f} ms"
    return [
        at_least(f"entries kept up: {where}", rate, "1/s", RATE_MIN, len(answered), usage),
        at_most(f"live board's age, p99: {where}", percentile(ages, 0.99), "s", AGE_S_BUDGET,
                len(ages), note),
        at_most(f"live board's window, longest turns, p99.9: {where}", percentile(gaps, 0.999),
                "ms", STALL_MS_BUDGET, len(gaps), stalls),
        at_most(f"live board's counts that differ from a fold: {where}", len(wrong), "counts", 0,
                1, "; ".join(wrong[:3])),
    ]  # fmt: skip


def _ages(painted: list[tuple[int, float]], answered: list[float]) -> list[float]:
    """Return, sorted, how long after its answer each entry was on the painted board."""
    counts = [count for count, _ in painted]
    ages = []
    for number, at in enumerate(answered, start=_BEFORE + 1):
        place = bisect_left(counts, number)
        ages.append(painted[place][1] - at if place < len(painted) else float("inf"))
    return sorted(ages)


async def _fill(url: str, load: dict[str, Any]) -> None:
    """Let some have come in before, over the last hours; of tickets that nobody will scan."""
    claims = (decode_credential(credential_of(code))[0] for code in load["codes"])
    scanned = signed(one.ticket_id for one in claims)
    database = Database(url, pool_size=2)
    driver = open_driver(database, url, size=1)
    try:
        async with driver.write(load["organization"]) as transaction:
            await transaction.fetch(
                _FILL, load["event_id"], load["occurrence_id"], time.time_ns() // 1_000,
                _MINUTE_US, len(load["gates"]), _BEFORE, scanned,
            )  # fmt: skip
    finally:
        await driver.close()
        await database.close()
    if not url.startswith("sqlite"):  # as its own maintenance would have by then
        connection = await asyncpg.connect(url)
        await connection.execute("VACUUM ANALYZE")
        await connection.close()


@contextmanager
def _desk(display: Display, served: Served, load: dict[str, Any]) -> Iterator[Any]:
    """Run the desk's window; gives a function that ends it and returns what it saw."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.live_desk"],
        env=display.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    wanted = {name: load["login"][name] for name in ("email", "password")} | {
        "url": f"http://127.0.0.1:{served.port}",
        "organization": load["organization"],
        "event": load["event_id"],
    }
    assert process.stdin is not None
    process.stdin.write(json.dumps(wanted) + "\n")
    process.stdin.flush()

    def end() -> dict[str, Any]:
        said, _ = process.communicate(timeout=60)
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        return found

    try:
        yield end
    finally:
        process.kill()
        process.wait()


def _claim_steadily(served: Served, requests: list[bytes]) -> tuple[list[float], str]:
    """Claim at the stated pace; returns when each was answered, in order, and what it took."""
    begun, ours, theirs = time.monotonic(), time.process_time(), served.cpu_seconds()
    busy = _busy_seconds()
    answered = asyncio.run(_send_steadily(served.port, requests))
    seconds = time.monotonic() - begun
    shares = {
        "server": served.cpu_seconds() - theirs,
        "the load itself": time.process_time() - ours,
        "the machine": _busy_seconds() - busy,
    }
    told = ", ".join(f"{name} {used / seconds:.2f}" for name, used in shares.items())
    return answered, f"cores busy of {os.cpu_count()}: {told}"


async def _send_steadily(port: int, requests: list[bytes]) -> list[float]:
    waiting = enumerate(requests)
    begun = time.monotonic()
    answered: list[float] = []

    async def connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for number, request in waiting:
                await asyncio.sleep(max(0.0, begun + number / RATE - time.monotonic()))
                writer.write(request)
                body = await read_body(reader)
                answered.append(time.monotonic())
                if b'"admit"' not in body:
                    message = f"the claim was not admitted: {body!r}"
                    raise RuntimeError(message)
        finally:
            writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return sorted(answered)


def _busy_seconds() -> float:
    """Return the processor time that the machine has used since it was started."""
    fields = [int(one) for one in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _client(served: Served, load: dict[str, Any]) -> Iterator[httpx.Client]:
    login = {name: load["login"][name] for name in ("email", "password")}
    with httpx.Client(base_url=f"http://127.0.0.1:{served.port}", timeout=60) as client:
        token = client.post("/api/v1/sessions", json=login).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


def _path(load: dict[str, Any]) -> str:
    return f"/api/v1/organizations/{load['organization']}/events/{load['event_id']}/live"


def _read(served: Served, load: dict[str, Any]) -> dict[str, Any]:
    with _client(served, load) as client:
        board: dict[str, Any] = client.get(_path(load)).json()
        return board


def _read_often(served: Served, load: dict[str, Any]) -> list[float]:
    """Ask for the board again and again; milliseconds, sorted."""
    times = []
    with _client(served, load) as client:
        for _ in range(_READINGS):
            begun = time.perf_counter()
            client.get(_path(load)).raise_for_status()
            times.append(1e3 * (time.perf_counter() - begun))
    return sorted(times)


async def _differences(database: str) -> list[str]:
    """Hold all running counts against a fold of the records."""
    opened = Database(database, pool_size=2)
    try:
        async with opened.read(org=SYSTEM) as session:
            records = Records(await session.connection())
            counted, folded = await read_tallies(records), await fold_all(records)
    finally:
        await opened.close()
    return [
        f"{key}: {counted[key]} counted, {folded[key]} folded"
        for key in sorted(counted.keys() | folded.keys())
        if counted[key] != folded[key]
    ]
