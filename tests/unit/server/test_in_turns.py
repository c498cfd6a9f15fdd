"""Whoever goes through many rows lets others have their turn between some of them."""

from __future__ import annotations

import asyncio

from server.events.tables_of_event_copies import in_turns


async def test_others_have_a_turn_again_and_again_while_many_rows_are_gone_through() -> None:
    """Each row comes once, in order."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    waiting = asyncio.create_task(others())
    assert [row async for row in in_turns(range(1_000))] == list(range(1_000))
    waiting.cancel()
    assert turns >= 20
