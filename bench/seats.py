"""Holds of reserved seats, 32 in flight: two neighbours each, beside the bare statement.

Then 50 buyers want the last ten seats, half of them by name: exactly ten are sold, with one worker
and with several, or the run stops.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from bench.load_generator import post, run_load
from bench.senders import Sender
from bench.server_process import ADMIN, make_admin, serve
from bench.writing_figures import Figure, at_least, floor
from shared.kernel.id_types import SeatId
from shared.seating.csv_form import write_csv
from shared.seating.seat_map import PITCH, Seat, SeatMap

IN_FLIGHT: Final = 32
ROWS: Final = 40
SEATS: Final = 50
BUYERS: Final = 50
LAST: Final = 10
RATE_BUDGETS: Final = {"SQLite": 60.0, "PostgreSQL": 60.0}
"""Holds of two seats a second: each is a request, and a transaction that is on disk."""
_BARE: Final = (
    "WITH locked AS (SELECT seat_id FROM bare_seat WHERE seat_id = ANY($1) AND state = 'free'"
    " ORDER BY seat_id FOR UPDATE)"
    " UPDATE bare_seat SET state = 'held', holder = $2"
    " WHERE seat_id IN (SELECT seat_id FROM locked) AND (SELECT count(*) FROM locked) = $3"
)


def measure(folder: Path, kind: str, database: str, workers: int) -> list[Figure]:
    """Measure on one kind of database, with so many workers."""
    home = folder / f"{kind}-{workers}"
    home.mkdir()
    os.environ["GATEKEEPER_RATE_LIMIT_PER_MINUTE"] = "1000000"  # one script is all buyers here
    make_admin(home, database)
    with serve(home, database, workers) as served:
        office = _Office(served.port)
        rate, p99 = office.hold_all()
        sold = office.sell_last()
    if sold != LAST:
        message = f"{sold} of the last {LAST} seats were sold to {BUYERS} buyers"
        raise RuntimeError(message)
    where = f"{kind}, {workers} worker(s), {IN_FLIGHT} in flight"
    figures = []
    note = f"p99 {p99:.0f} ms; then {BUYERS} buyers at the last {LAST} seats: exactly {sold}"
    if kind == "PostgreSQL":
        bare = asyncio.run(_bare(database))
        figures.append(floor(f"bare statement of two seats: {where}", bare, "1/s", _COUNT))
        note = f"{rate / bare:.0%} of the bare statement; {note}"
    name = f"holds of two seats: {where}"
    return [*figures, at_least(name, rate, "holds/s", RATE_BUDGETS[kind], _COUNT, note)]


_COUNT: Final = ROWS * SEATS // 2


class _Office:
    """An event with seats, over HTTP."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=60)
        self._token = str(self._ask("POST", "/sessions", ADMIN)["access_token"])
        self._client.headers["authorization"] = f"Bearer {self._token}"
        house = {"name": "Bench", "slug": "bench", "currency": "EUR", "timezone": "UTC"}
        organization = self._ask("POST", "/organizations", house)["id"]
        self._events = f"/organizations/{organization}/events"
        self._path = self._kind = ""
        self._begin()

    def _begin(self) -> None:
        """Turn to a new event on sale."""
        made = self._ask("POST", self._events, {"name": "B", "timezone": "UTC"})
        self._path = f"{self._events}/{made['id']}"
        selling = {"name": "Seat", "price_minor": 2_500, "selling": {"seats": {}}}
        self._kind = self._ask("POST", f"{self._path}/ticket-types", selling)["id"]
        self._ask("POST", f"{self._path}/state", {"state": "published"})

    def hold_all(self) -> tuple[float, float]:
        """Hold every pair of seats of the room; returns holds a second, and the p99 in ms."""
        self._place(ROWS, SEATS)
        bodies = [
            {"name": "x", "seats": [f"H-{row}-{seat}", f"H-{row}-{seat + 1}"]}
            for seat in range(1, SEATS, 2)
            for row in range(ROWS)
        ]
        result = self._send("holds", bodies)
        if result.statuses != {201: len(bodies)}:
            message = f"holds were refused: {result.statuses}, {result.bodies[0][:300]!r}"
            raise RuntimeError(message)
        return result.rate, result.p99_ms

    def sell_last(self) -> int:
        """Let buyers want the last seats at once; returns how many were sold, each once."""
        self._begin()
        self._place(1, LAST)
        lines: list[dict[str, Any]] = [
            {"ticket_type_id": self._kind, "quantity": 1}
            | ({"seats": [f"H-0-{number % LAST + 1}"]} if number % 2 else {})
            for number in range(BUYERS)
        ]
        bodies = [{"lines": [line], "payment": "paid"} for line in lines]
        result = self._send("orders", bodies, in_flight=BUYERS)
        sold = [
            json.loads(body)["tickets"][0]["seat_id"]
            for body in result.bodies
            if b'"tickets"' in body
        ]
        if set(result.statuses) - {201, 409} or max(Counter(sold).values(), default=0) > 1:
            message = f"a seat was sold twice, or the server broke: {result.statuses}, {sold}"
            raise RuntimeError(message)
        return len(sold)

    def _place(self, rows: int, seats: int) -> None:
        room = SeatMap(
            tuple(
                Seat(
                    id=SeatId(f"H-{row}-{number}"),
                    section="H",
                    row=str(row),
                    number=str(number),
                    x=number * PITCH,
                    y=row * PITCH,
                )
                for row in range(rows)
                for number in range(1, seats + 1)
            )
        )
        self._ask("PUT", f"{self._path}/seats/map", {"form": "csv", "text": write_csv(room)})

    def _send(self, what: str, bodies: list[dict[str, Any]], in_flight: int = IN_FLIGHT) -> Any:
        path, sender = f"/api/v1{self._path}/{what}", Sender(self._token)
        requests = [post(path, json.dumps(body).encode(), sender=sender) for body in bodies]
        return asyncio.run(run_load(self.port, requests, in_flight))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = self._client.request(method, path, json=body)
        if answer.is_error:
            message = f"{method} {path}: {answer.text}"
            raise RuntimeError(message)
        return answer.json()


async def _bare(database: str) -> float:
    """Hold the same pairs by one statement each, from as many connections."""
    pool = await asyncpg.create_pool(database, min_size=IN_FLIGHT, max_size=IN_FLIGHT)
    try:
        await pool.execute(
            "CREATE TABLE bare_seat (seat_id text PRIMARY KEY, state text, holder text)"
        )
        seats = [f"H-{row}-{seat}" for row in range(ROWS) for seat in range(1, SEATS + 1)]
        await pool.executemany(
            "INSERT INTO bare_seat VALUES ($1, 'free', '')", [(seat,) for seat in seats]
        )
        pairs = iter([seats[place : place + 2] for place in range(0, len(seats), 2)])

        async def work() -> None:
            async with pool.acquire() as connection:
                for pair in pairs:
                    await connection.execute(_BARE, pair, "x", 2)

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
        return _COUNT / (time.perf_counter() - started)
    finally:
        await pool.close()
