"""Claims over HTTP: authentication, signature, rules, group commit; beside a bare group commit."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Final

from bench.load_generator import LoadResult, join_slices, post, run_load
from bench.senders import Sender, senders_of
from bench.server_process import Served, seed, serve, serve_bare
from bench.writing_figures import Figure, at_least, at_most, floor

IN_FLIGHT: Final = (1, 8, 32)
COUNTS: Final = {1: 1_000, 8: 6_000, 32: 8_000}
SLICES: Final = {1: 5, 8: 30, 32: 5}
"""In turn with the bare handler, each over connections of its own: which worker takes how many of
them is drawn by lot, and a machine's pace changes; the median is of neither. At eight in flight
the lot weighs most. The one that begins changes: a pace that rises or falls favours neither."""
WARM_UP: Final = 500
SHARE_OF_FLOOR: Final = 1 / 3
P99_BUDGET_MS: Final = 60.0


def measure(folder: Path, kind: str, database: str, bare_database: str) -> list[Figure]:
    """Measure claims at 1, 8 and 32 in flight on one kind of database."""
    workers = 1 if kind == "SQLite" else 2
    needed = WARM_UP + sum(COUNTS.values())
    load = seed(folder, database, tickets=needed, gates=4, devices=8)
    figures: list[Figure] = []
    with serve_bare(bare_database, workers) as bare, serve(folder, database, workers) as served:
        bare_requests = _bare_requests(needed)
        tickets = ((code, load["gates"]) for code in load["codes"])
        requests = claim_requests(senders_of(load), tickets)
        for one, prepared in ((bare, bare_requests), (served, requests)):
            _run(one, prepared, WARM_UP, 8)
        for in_flight in IN_FLIGHT:
            cpu, floors, results = 0.0, list[LoadResult](), list[LoadResult]()
            size = COUNTS[in_flight] // SLICES[in_flight]
            for number in range(SLICES[in_flight]):
                if number % 2 == 0:
                    floors.append(_run(bare, bare_requests, size, in_flight))
                before = served.cpu_seconds()
                results.append(_run(served, requests, size, in_flight))
                cpu += served.cpu_seconds() - before
                if number % 2:
                    floors.append(_run(bare, bare_requests, size, in_flight))
            for result in results:
                _check(result)
            figures += _figures(kind, workers, in_flight, results, floors, cpu)
        memory = served.memory_mb()
        figures.append(
            at_most(
                f"server memory, {kind}, {workers} worker(s), after the claims",
                memory, "MB", 270.0, 1, "summed PSS, without the database's own processes",
            )
        )  # fmt: skip
    return figures


def _figures(
    kind: str,
    workers: int,
    in_flight: int,
    results: Sequence[LoadResult],
    floors: Sequence[LoadResult],
    cpu_s: float,
) -> list[Figure]:
    where = f"{kind}, {workers} worker(s), {in_flight} in flight"
    ours, bare = join_slices(results), join_slices(floors)
    shares = [one.rate / alone.rate for one, alone in zip(results, floors, strict=True)]
    low, middle, high = quantiles(shares, n=4)
    note = (
        f"{middle:.2f} of the bare handler's {bare.rate:.0f}/s ({low:.2f} to"
        f" {high:.2f} in the middle half of {len(shares)} slices); p50 {ours.p50_ms:.1f} ms,"
        f" p99 {ours.p99_ms:.1f} ms; server CPU {cpu_s / ours.count * 1e6:.0f} µs a claim"
    )
    figures = [floor(f"bare group commit: {where}", bare.rate, "1/s", bare.count)]
    if in_flight == 1:
        return [*figures, floor(f"claims: {where}", ours.rate, "1/s", ours.count, note)]
    budget = bare.rate * SHARE_OF_FLOOR
    figures.append(at_least(f"claims: {where}", ours.rate, "1/s", budget, ours.count, note))
    if in_flight == max(IN_FLIGHT):
        name = f"claims p99: {where}"
        beside = f"the bare handler's {bare.p99_ms:.1f} ms; each the worst of {len(shares)} slices"
        figures.append(at_most(name, ours.p99_ms, "ms", P99_BUDGET_MS, ours.count, beside))
    return figures


def _run(served: Served, requests: Iterator[bytes], count: int, in_flight: int) -> LoadResult:
    prepared = [next(requests) for _ in range(count)]
    return asyncio.run(run_load(served.port, prepared, in_flight))


def claim_requests(
    senders: list[Sender], tickets: Iterable[tuple[str, list[str]]]
) -> Iterator[bytes]:
    """Prepare claims, by devices in turn, of tickets at one of the gates that each may use."""
    scanned_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    for number, (code, gates) in enumerate(tickets):
        body = {
            "code": code,
            "gate_id": gates[number % len(gates)],
            "direction": "in",
            "claim_id": secrets.token_hex(16),
            "scanned_at": scanned_at,
        }
        sender = senders[number % len(senders)]
        yield post("/sync/v1/claims", json.dumps(body).encode(), sender=sender)


def _bare_requests(count: int) -> Iterator[bytes]:
    for number in range(count):
        body = {"code": f"{number:0200d}", "claim_id": secrets.token_hex(16)}
        yield post("/claims", json.dumps(body).encode(), sender=Sender("none"))


def _check(result: LoadResult) -> None:
    """Stop rather than measure wrong answers."""
    verdicts = [json.loads(body).get("verdict") for body in result.bodies]
    if set(result.statuses) != {200} or verdicts.count("admit") != result.count:
        message = f"the claims were not all admitted: {result.statuses}, {result.bodies[:1]!r}"
        raise RuntimeError(message)
