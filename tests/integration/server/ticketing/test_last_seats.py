"""50 buyers at once at the last ten seats of a server of four processes: exactly ten get one.

`test_seats.py` asks the same of one process, on either database.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.seating.csv_form import write_csv
from tests.factories.postgres import PostgresDatabase
from tests.factories.running_server import EMAIL, PASSWORD, RunningServer, run_server
from tests.factories.seats import make_seat_map

pytestmark = pytest.mark.timeout(300)
BUSY = 503
BUYERS = 50
FREE = [f"A-{number}" for number in range(2, 12)]
"""Of twelve seats the first is a wheelchair's, the last is not sold."""


@pytest.fixture
def server(tmp_path: Path, served_postgres: PostgresDatabase) -> Iterator[RunningServer]:
    """Serve with four processes."""
    with run_server(tmp_path / "server", served_postgres.url, workers=4) as server:
        yield server


class Shop:
    """An event on sale, and buyers of it."""

    def __init__(self, url: str) -> None:
        limits = httpx.Limits(max_connections=BUYERS)
        self._client = httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=120, limits=limits)
        self.path = self.kind = ""

    async def open(self) -> None:
        """Make the event with its room."""
        signed_in = await self.ok("POST", "/sessions", email=EMAIL, password=PASSWORD)
        self._client.headers["authorization"] = f"Bearer {signed_in['access_token']}"
        house = {"name": "House", "slug": "house", "currency": "EUR", "timezone": "UTC"}
        root = f"/organizations/{(await self.ok('POST', '/organizations', **house))['id']}"
        event = await self.ok("POST", f"{root}/events", name="Night", timezone="UTC")
        self.path = f"{root}/events/{event['id']}"
        room = write_csv(make_seat_map(1, 12))
        await self.ok("PUT", f"{self.path}/seats/map", form="csv", text=room)
        kind = {"name": "Seat", "price_minor": 2_500, "selling": {"seats": {}}}
        self.kind = (await self.ok("POST", f"{self.path}/ticket-types", **kind))["id"]
        await self.ok("POST", f"{self.path}/state", state="published")

    async def ok(self, method: str, path: str, **fields: object) -> Any:
        answer = await self._client.request(method, path, json=fields or None)
        assert answer.is_success, answer.text
        return answer.json()

    async def buy(self, number: int) -> httpx.Response:
        """Buy one seat: every other buyer names theirs, the others take the best."""
        line = {"ticket_type_id": self.kind, "quantity": 1}
        named = {"seats": [FREE[number % len(FREE)]]} if number % 2 else {}
        body = {"lines": [line | named], "payment": "paid"}
        headers = {"idempotency-key": f"buyer-{number}"}
        while True:
            answer = await self._client.post(f"{self.path}/orders", json=body, headers=headers)
            if answer.status_code != BUSY:
                return answer
            # On a busy machine the database may be waited for in vain; a shop asks again then.
            await asyncio.sleep(int(answer.headers["retry-after"]))

    async def close(self) -> None:
        await self._client.aclose()


async def test_exactly_ten_of_fifty_buyers_get_the_last_ten_seats(server: RunningServer) -> None:
    """Each seat once, whichever process sold it; the others hear a plain refusal."""
    shop = Shop(server.url)
    try:
        await shop.open()
        answers = await asyncio.gather(*(shop.buy(number) for number in range(BUYERS)))
        sold = [one.json()["tickets"][0]["seat_id"] for one in answers if one.status_code == 201]
        assert sorted(sold) == sorted(FREE)
        assert Counter(one.status_code for one in answers) == {201: 10, 409: BUYERS - 10}
        refused = [one.json()["type"] for one in answers if one.status_code == 409]
        assert {one.rpartition("/")[2] for one in refused} <= {"seat-taken", "sold-out"}
        changes = await shop.ok("GET", f"{shop.path}/seats/changes?after=0")
        states = Counter(one["state"] for one in changes["seats"])
        assert states == {"sold": 10, "free": 1, "killed": 1}
    finally:
        await shop.close()
