"""How long it takes from the upload that makes a double use known until both gates know it."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.ingest import make_journal
from bench.push_listeners import Listener, exchange, open_listeners
from bench.senders import senders_of
from bench.server_process import seed, serve
from bench.writing_figures import Figure, at_most, percentile
from shared.wire.feed import FeedPage, ItemKind

CONFLICTS: Final = 300
BUDGET_MS: Final = 1_000.0
PAUSE_S: Final = 0.02
PATIENCE_S: Final = 5.0


class Gate:
    """A gate that was cut off, with the journal of what it admitted meanwhile."""

    def __init__(self, port: int, load: dict[str, Any], number: int) -> None:
        self._port = port
        self._sender = senders_of(load)[number]
        self._event_id = load["event_id"]
        codes = load["codes"][:CONFLICTS]
        self._entries = list(make_journal(load, number, codes))
        self._sent = 0
        self.cursor = 0

    async def upload(self, count: int = 1) -> list[int]:
        """Send the next entries; return the feed's numbers of the conflicts that it brings."""
        batch = tuple(self._entries[self._sent : self._sent + count])
        self._sent += count
        answer = await exchange(self._port, self._sender, self._event_id, self.cursor, batch)
        if {one.status for one in answer.answers} != {"stored"}:
            message = f"entries were not stored: {answer.answers[:3]}"
            raise RuntimeError(message)
        assert answer.page is not None
        page = msgspec.msgpack.decode(answer.page.body, type=FeedPage)
        self.cursor = page.after + len(page.items)
        return [one.sequence for one in page.items if one.kind == ItemKind.CONFLICT]


def measure(folder: Path, kind: str, database: str) -> list[Figure]:
    """Let two gates admit the same tickets, and time when both know of each conflict."""
    workers = 1 if kind == "SQLite" else 2
    load = seed(folder, database, tickets=CONFLICTS, gates=2, devices=2)
    with serve(folder, database, workers) as served:
        times = sorted(asyncio.run(_collide(served.port, load)))
    missing = CONFLICTS - len(times)
    note = (
        f"from sending the second gate's entry; p50 {percentile(times, 0.5):.1f} ms,"
        f" max {times[-1]:.0f} ms; {missing} not known"
    )
    name = f"conflict known at both gates, p99: {kind}, {workers} worker(s)"
    budget = BUDGET_MS if not missing else 0.0
    return [at_most(name, percentile(times, 0.99), "ms", budget, len(times), note)]


async def _collide(port: int, load: dict[str, Any]) -> list[float]:
    """Return for each conflict when the later of both gates knew of it, in milliseconds."""
    listeners = await open_listeners(port, senders_of(load), load["event_id"], 2)
    first, second = Gate(port, load, 0), Gate(port, load, 1)
    asked: dict[int, float] = {}
    try:
        await first.upload(1 + CONFLICTS)
        await second.upload()
        for _ in range(CONFLICTS):
            await asyncio.sleep(PAUSE_S * (0.5 + secrets.randbelow(1000) / 1000))
            sent = time.perf_counter()
            for number in await second.upload():
                asked[number] = sent
        await _wait(listeners, max(asked))
    finally:
        for listener in listeners:
            listener.close()
        await asyncio.sleep(0)  # so that the loop hangs up before it ends
    return [
        (max(one.known[number] for one in listeners) - sent) * 1e3
        for number, sent in asked.items()
        if all(number in one.known for one in listeners)
    ]


async def _wait(listeners: list[Listener], number: int) -> None:
    """Wait until all know the feed up to a number, or patience ends: the rest is counted."""
    waiting = [asyncio.ensure_future(one.wait_for(number)) for one in listeners]
    _, late = await asyncio.wait(waiting, timeout=PATIENCE_S)
    for task in late:
        task.cancel()
