"""Claims that wait for a transaction: who is waited for, and that nobody is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from server.claims import batch_waiting
from server.claims.batch_waiting import WaitingBatch

LONG_S = 600.0
"""Longer than the test: what ends before has not waited for its time."""


@pytest.fixture(autouse=True)
def _long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every wait end by what comes, not by its time."""
    monkeypatch.setattr(batch_waiting, "GATHER_S", LONG_S)
    monkeypatch.setattr(batch_waiting, "LINGER_S", LONG_S)


async def test_a_lone_one_waits_for_nobody() -> None:
    """Also where a batch was answered just before."""
    queue = WaitingBatch[str]()
    gathered = asyncio.create_task(queue.gather(1))
    await asyncio.sleep(0)
    queue.add("a")
    assert await gathered
    assert queue.take(10) == ["a"]


async def test_as_many_as_last_time_share_a_transaction() -> None:
    """The first one who asks again waits for the others; who comes too many joins the next."""
    queue = WaitingBatch[str]()
    gathered = asyncio.create_task(queue.gather(3))
    for one in "abc":
        await asyncio.sleep(0)
        assert not gathered.done()
        queue.add(one)
    queue.add("d")
    assert await gathered
    assert queue.take(3) == ["a", "b", "c"]
    assert len(queue) == 1
    assert await queue.gather(1)


@pytest.mark.parametrize("already", [0, 1])
async def test_the_wait_ends(already: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is expected and does not come holds nobody up."""
    monkeypatch.setattr(batch_waiting, "GATHER_S", 0.0)
    monkeypatch.setattr(batch_waiting, "LINGER_S", 0.0)
    queue = WaitingBatch[str]()
    for number in range(already):
        queue.add(str(number))
    assert await queue.gather(5) is bool(already)


async def test_who_comes_as_the_time_ends_is_not_forgotten() -> None:
    """The time is over, and before anybody has noticed somebody comes."""
    queue = WaitingBatch[str]()
    gathered = asyncio.create_task(queue.gather(1))
    await asyncio.sleep(0)
    assert queue._wait is not None
    batch_waiting._end(queue._wait)  # as its timer does
    queue.add("a")
    assert await gathered
