"""Work that is due now and then: nothing missed, nothing twice, whatever dies or steps."""

from __future__ import annotations

import asyncio

import pytest

from server.db.turns import LEASE, in_turn
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND
from tests.factories.office import Office

pytestmark = pytest.mark.integration

NAME = "probe.counting"


class Counted:
    """Work that counts how often it is done, and may break."""

    def __init__(self) -> None:
        self.count = 0
        self.is_broken = False

    async def __call__(self) -> None:
        """Do it."""
        await asyncio.sleep(0)
        if self.is_broken:
            raise RuntimeError
        self.count += 1


async def look(office: Office, work: Counted, workers: int = 1) -> int:
    """Let so many workers look at once; returns how many of them did it."""
    turns = (in_turn(office.context, NAME, HOUR, work) for _ in range(workers))
    return sum(await asyncio.gather(*turns))


async def test_many_workers_do_it_once_each_time_and_a_new_one_misses_nothing(
    office: Office,
) -> None:
    """When it is due stands in the table: a worker that has just started knows it."""
    work = Counted()
    assert await look(office, work, 8) == 0, "it is first due after one pause"
    for turn in range(1, 4):
        office.clock.advance(59 * MINUTE)
        assert await look(office, work, 8) == 0
        office.clock.advance(MINUTE)
        assert await look(office, work, 8) == 1
        assert work.count == turn
    office.clock.advance(10 * DAY)  # all workers were away
    assert await look(office, work, 8) == 1


async def test_worker_that_dies_in_the_middle_leaves_its_turn_to_another(office: Office) -> None:
    """As soon as its lease has ended; not before."""
    work = Counted()
    await look(office, work)
    office.clock.advance(HOUR)
    work.is_broken = True
    with pytest.raises(RuntimeError):
        await look(office, work)
    work.is_broken = False
    assert await look(office, work, 4) == 0
    office.clock.advance(LEASE + SECOND)
    assert await look(office, work, 4) == 1


async def test_clock_that_is_set_back_stops_nothing(office: Office) -> None:
    """What is due further ahead than one pause was written by a wrong clock."""
    work = Counted()
    office.clock.advance(400 * DAY)
    await look(office, work)
    office.clock.advance(HOUR)
    assert await look(office, work) == 1
    office.clock.step_wall(-400 * DAY)
    assert await look(office, work, 4) == 1
    assert await look(office, work, 4) == 0
    office.clock.advance(HOUR)
    assert await look(office, work, 4) == 1
