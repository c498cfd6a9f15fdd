"""Receivers that are slow or fail, many of them, and what others are told meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from shared.kernel.instant import MINUTE
from tests.factories.office import Office
from tests.factories.waiting import PATIENCE_S
from tests.fakes.webhook_receiver import Receiver, receiving
from tests.integration.server.webhooks.test_webhooks import add, lanes_of, office, receiver, tell

__all__ = ["office", "receiver"]
pytestmark = pytest.mark.either_database


async def test_a_slow_receiver_holds_up_no_other(office: Office, receiver: Receiver) -> None:
    """It has two lanes at most; another's messages arrive while it is waited for."""
    person, other = await office.person(), await office.person()
    async with receiving() as slow:
        slow.answers = [None] * 10
        await add(office, other, slow)
        await add(office, person, receiver)
        await tell(office, other, 6)
        await tell(office, person, 6)
        await lanes_of(office, total_s=1).work()
        assert slow.most_at_once == 2
        assert len(receiver.taken) == 6
        assert len(slow.taken) >= 5


async def until_taken(office: Office, receiver: Receiver, count: int, total_s: float) -> None:
    """Send what is due until so many have come to a receiver, whatever else is under way."""
    sending = asyncio.create_task(lanes_of(office, total_s=total_s).work())
    try:
        async with asyncio.timeout(PATIENCE_S):
            while len(receiver.taken) < count:
                receiver.came.clear()
                await receiver.came.wait()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_a_slow_receiver_holds_up_no_other_of_its_organization(
    office: Office, receiver: Receiver
) -> None:
    """Whoever hears the same has heard all of it while the first two are waited for there."""
    person = await office.person()
    async with receiving() as slow:
        slow.answers = [None] * 20
        await add(office, person, slow)
        await add(office, person, receiver)
        await tell(office, person, 6)
        await until_taken(office, receiver, 6, total_s=PATIENCE_S)
        assert len(slow.taken) <= 2


async def test_slow_receivers_in_all_lanes_leave_others_their_turn(
    office: Office, receiver: Receiver
) -> None:
    """Older messages of four organizations take every lane: another's is sent in the next one."""
    async with receiving() as slow:
        slow.answers = [None] * 40
        for _ in range(4):
            other = await office.person()
            await add(office, other, slow)
            await tell(office, other, 6)
        person = await office.person()
        await add(office, person, receiver)
        await tell(office, person)
        await until_taken(office, receiver, 1, total_s=0.2)
        assert len(slow.taken) <= 16


async def test_a_thousand_receivers_that_fail_stop_nobody_elses_messages(
    office: Office, receiver: Receiver
) -> None:
    """Of so many that rest no question grows too long for the database."""
    person = await office.person()
    await add(office, person, receiver)
    await tell(office, person)
    lanes = lanes_of(office)
    for number in range(1_200):
        lanes.turns.rest(f"wh_{number:012d}", office.clock.monotonic() + MINUTE)
    assert await lanes.work() == 1
    assert len(receiver.taken) == 1
