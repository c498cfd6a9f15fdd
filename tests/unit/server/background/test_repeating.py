"""Work that is done again and again: whatever breaks, the others have their turn."""

from __future__ import annotations

import asyncio

import pytest

from server.background.repeating import SPREAD_S, for_each, repeating, spread


async def test_a_bug_ends_no_work_and_shows_at_the_end() -> None:
    """One organization's row broke it once; what came after was done."""
    tries = 0
    went_on = asyncio.Event()

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise KeyError("a row that nobody has thought of")
        went_on.set()

    with pytest.raises(KeyError, match="nobody has thought of"):
        async with repeating("test", 0, work):
            async with asyncio.timeout(30):
                await went_on.wait()


async def test_whoever_breaks_keeps_nobody_else_from_theirs() -> None:
    """All have their turn, and the first fault is told."""
    done = []

    async def work(number: int) -> int:
        if number in {1, 3}:
            raise ValueError(number)
        done.append(number)
        return 1

    with pytest.raises(ValueError, match="1"):
        await for_each(range(5), work)
    assert done == [0, 2, 4]
    assert await for_each([0, 2], work) == 2


async def test_work_ends_though_it_takes_being_asked_to_for_a_fault() -> None:
    """A server that stops does not wait for ever for what goes on."""
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            raise ConnectionError("cut off in the midst of an answer") from None

    async with asyncio.timeout(30):
        async with repeating("test", 0, work):
            await begun.wait()


def test_works_of_one_rhythm_do_not_begin_at_once() -> None:
    """Each tenth second ten of them did, at all workers: claims of 15 ms took up to 200."""
    names = ("alarms", "copying", "webhooks", "checkins", "imports", "tickets.files", "persons")
    begins = sorted(spread(name, worker, 10) for name in names for worker in (4_711, 4_712))
    assert len(set(begins)) == len(begins)
    assert 0 <= begins[0] < begins[-1] <= SPREAD_S
    assert sum(begin < SPREAD_S / 2 for begin in begins) in range(3, 12), "over all of it"
    assert spread("alarms", 4_711, 0.1) <= 0.1, "never later than one round"
