"""How long it takes until an admission at one gate is known at all that are connected."""

from __future__ import annotations

import asyncio
import contextlib
import json
import resource
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.load_generator import post
from bench.push_listeners import Listener, open_listeners, read_body
from bench.senders import senders_of
from bench.server_process import seed, serve
from bench.writing_figures import Figure, at_most, floor, percentile

GATES: Final = 200
BUDGET_MS: Final = 100.0
CLAIMS: Final = 200
CLAIMS_OF_STEP: Final = 40
STEPS: Final = (400, 600, 800, 1_200, 1_600)
PAUSE_S: Final = 0.05
"""Between two admissions of the gate that is watched, on average."""
PATIENCE_S: Final = 5.0
OPEN_FILES: Final = 8_192


class Spread(msgspec.Struct, frozen=True):
    """How long admissions took to be known, each at each gate; in milliseconds."""

    gates: int
    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    all_p50_ms: float
    fetches: int
    unknown: int


def measure(folder: Path, kind: str, database: str) -> list[Figure]:
    """Measure 200 gates, then more and more until the budget is exceeded."""
    workers = 1 if kind == "SQLite" else 2
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, most), most))
    needed = 10 + CLAIMS + CLAIMS_OF_STEP * len(STEPS)
    load = seed(folder, database, tickets=needed, gates=GATES, devices=GATES)
    with serve(folder, database, workers) as served:
        codes = iter(load["codes"])
        cpu = served.cpu_seconds()
        spread = asyncio.run(_spread(served.port, load, codes, GATES, CLAIMS))
        cpu_ms = (served.cpu_seconds() - cpu) / CLAIMS * 1e3
        limit, steps = spread.gates if spread.p99_ms <= BUDGET_MS else 0, [spread]
        while limit and len(steps) <= len(STEPS):
            gates = STEPS[len(steps) - 1]
            steps.append(asyncio.run(_spread(served.port, load, codes, gates, CLAIMS_OF_STEP)))
            if steps[-1].p99_ms > BUDGET_MS or steps[-1].unknown:
                break
            limit = gates
    where = f"{kind}, {workers} worker(s)"
    told = ", ".join(f"{one.gates}: {one.p99_ms:.0f} ms" for one in steps)
    note = (
        f"p50 {spread.p50_ms:.1f} ms, max {spread.max_ms:.0f} ms; at the last of them p50"
        f" {spread.all_p50_ms:.1f} ms; {spread.fetches} exchanges; {spread.unknown} not known;"
        f" server CPU {cpu_ms:.1f} ms an admission, the sockets' opening included"
    )
    name = f"admission known at {GATES} gates, p99: {where}"
    budget = BUDGET_MS if not spread.unknown else 0.0
    return [
        at_most(name, spread.p99_ms, "ms", budget, spread.count, note),
        floor(f"gates until p99 exceeds {BUDGET_MS:g} ms: {where}", limit, "gates", len(steps),
              f"p99 at {told}"),
    ]  # fmt: skip


async def _spread(port: int, load: dict[str, Any], codes: Any, gates: int, claims: int) -> Spread:
    """Let gates listen, and admit at one of them."""
    listeners = await open_listeners(port, senders_of(load), load["event_id"], gates)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked: dict[int, float] = {}
    try:
        for _ in range(claims):
            await asyncio.sleep(PAUSE_S * (0.5 + secrets.randbelow(1000) / 1000))
            sent = time.perf_counter()
            writer.write(_claim(load, next(codes)))
            asked[await _read_sequence(reader)] = sent
        with contextlib.suppress(TimeoutError):  # what stays unknown is counted
            async with asyncio.timeout(PATIENCE_S):
                await asyncio.gather(*(one.wait_for(max(asked)) for one in listeners))
    finally:
        writer.close()
        for listener in listeners:
            listener.close()
        await asyncio.sleep(0)  # so that the loop hangs up before it ends
    return _judge(listeners, asked)


def _judge(listeners: list[Listener], asked: dict[int, float]) -> Spread:
    """Take the time from the moment when the gate asked: its own answer is not awaited."""
    times = [
        (one.known[number] - sent) * 1e3
        for number, sent in asked.items()
        for one in listeners
        if number in one.known
    ]
    times.sort()
    last = sorted(
        max(one.known.get(number, sent) - sent for one in listeners) * 1e3
        for number, sent in asked.items()
    )
    return Spread(
        gates=len(listeners),
        count=len(times),
        p50_ms=percentile(times, 0.5),
        p99_ms=percentile(times, 0.99),
        max_ms=times[-1],
        all_p50_ms=percentile(last, 0.5),
        fetches=sum(one.fetches for one in listeners),
        unknown=len(listeners) * len(asked) - len(times),
    )


def _claim(load: dict[str, Any], code: str) -> bytes:
    body = {
        "code": code,
        "gate_id": load["gates"][0],
        "direction": "in",
        "claim_id": secrets.token_hex(16),
        "scanned_at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    return post("/sync/v1/claims", json.dumps(body).encode(), sender=senders_of(load)[0])


async def _read_sequence(reader: asyncio.StreamReader) -> int:
    """Read an admission's answer; the feed's number of its use."""
    answer = json.loads(await read_body(reader))
    if answer.get("verdict") != "admit":
        message = f"the claim was not admitted: {answer}"
        raise RuntimeError(message)
    return int(answer["sequence"])
