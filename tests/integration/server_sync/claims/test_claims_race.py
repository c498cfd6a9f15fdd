"""Ten devices claim each of many tickets at once, against real worker processes."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from shared.credential.manual_code import format_manual_code
from tests.factories.postgres import PostgresDatabase
from tests.factories.server_process import environment_of, seeded, served
from tests.factories.strength import sized

pytestmark = pytest.mark.slow

TICKETS = sized(15, 200)
DEVICES = 10
TICKETS_AT_ONCE = 4
GUESSES = 60


async def race(url: str, load: dict[str, Any]) -> tuple[list[dict[str, Any]], list[int]]:
    """Let every device claim every ticket, each ticket by all devices at the same moment."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    base_url=url, timeout=60, headers={"authorization": f"Bearer {token}"}
                )
            )
            for token in load["device_tokens"]
        ]
        turns = asyncio.Semaphore(TICKETS_AT_ONCE)

        async def claim(device: int, code: str) -> httpx.Response:
            body = {
                "code": code,
                "gate_id": load["gates"][device % len(load["gates"])],
                "direction": "in",
                "claim_id": f"{device}-{code[:12]}-{code[-24:]}",
                "scanned_at": "2026-11-20T12:00:00Z",
            }
            return await clients[device].post("/sync/v1/claims", json=body)

        async def present(code: str) -> list[httpx.Response]:
            async with turns:
                return await asyncio.gather(*(claim(n, code) for n in range(DEVICES)))

        rounds = await asyncio.gather(*(present(code) for code in load["codes"]))
        answers = [answer for answered in rounds for answer in answered]
        again = [await claim(0, code) for code in load["codes"][:20]]
    first = {answer.json()["claim_id"]: answer.content for answer in answers}
    assert all(first[answer.json()["claim_id"]] == answer.content for answer in again)
    return [answer.json() for answer in answers], [answer.status_code for answer in answers]


async def guess(url: str, load: dict[str, Any]) -> Counter[str]:
    """Let one device try codes that nobody has, all at once."""
    header = {"authorization": f"Bearer {load['device_tokens'][0]}"}
    async with httpx.AsyncClient(base_url=url, timeout=60, headers=header) as client:

        async def claim(number: int) -> str:
            body = {
                "code": format_manual_code(number),
                "manual": True,
                "gate_id": load["gates"][0],
                "direction": "in",
                "claim_id": f"guess-{number}",
                "scanned_at": "2026-11-20T12:00:00Z",
            }
            answer = await client.post("/sync/v1/claims", json=body)
            return str(answer.json()["reason"])

        return Counter(await asyncio.gather(*(claim(n) for n in range(GUESSES))))


def run_race(environment: dict[str, str], folder: Path, workers: int) -> None:
    """Seed, serve, race, and count."""
    load = seeded(environment, folder, tickets=TICKETS, gates=4, devices=DEVICES)
    with served(environment, workers) as url:
        guessed = asyncio.run(guess(url, load))
        answers, statuses = asyncio.run(race(url, load))
    assert guessed["unknown_ticket"] in {10, 11}, "ten, and one a minute"
    assert guessed.total() == guessed["unknown_ticket"] + guessed["supervisor"]
    assert set(statuses) == {200}
    admitted = Counter(one["ticket_id"] for one in answers if one["verdict"] == "admit")
    assert len(admitted) == TICKETS
    assert set(admitted.values()) == {1}
    denied = Counter(one["reason"] for one in answers if one["verdict"] != "admit")
    assert denied == {"already_used": TICKETS * (DEVICES - 1)}
    sequences = sorted(one["sequence"] for one in answers if one["verdict"] == "admit")
    assert sequences == list(range(sequences[0], sequences[0] + TICKETS)), "the feed has no hole"


async def isolate(url: str, isolation: str) -> None:
    """Let transactions at a database be isolated so by default, as some operators do."""
    opened = await asyncpg.connect(url)
    setting = f"default_transaction_isolation = '{isolation}'"
    await opened.execute(f"ALTER DATABASE {url.rpartition('/')[2]} SET {setting}")
    await opened.close()


def test_each_ticket_is_admitted_once_on_sqlite(tmp_path: Path) -> None:
    """Ten claims for each ticket admit once, on SQLite."""
    run_race(environment_of(tmp_path / "data"), tmp_path, workers=1)


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_each_ticket_is_admitted_once_on_postgres_with_two_workers(
    tmp_path: Path, served_postgres: PostgresDatabase, isolation: str
) -> None:
    """Ten claims for each ticket admit once, whatever its operator lets transactions see."""
    asyncio.run(isolate(served_postgres.url, isolation))
    environment = environment_of(tmp_path / "data", GATEKEEPER_DATABASE=served_postgres.url)
    run_race(environment, tmp_path, workers=2)
