"""What a worker does now and then: bookings that were cut short, last contacts, full zones."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import count
from typing import Final

from sqlalchemy import delete

from server.asked_to_end import is_ending
from server.db.tenancy import SYSTEM
from server.exchange.worker_parts import WorkerParts
from server.how_long_records_are_kept import DENIED_CLAIMS_KEPT
from server.http.logs import log
from server.journals.till_entry_booking import NotedEntries
from server.ledger.checkins import ClaimMark

EVERY_S: Final = 5
"""Last contacts are noted so often: by them people see that a gate is there."""
REST_EVERY: Final = 3
"""Rounds between two of all else."""
FORGET_EVERY: Final = 720
"""Rounds between two clean-ups: an hour. On SQLite each waits for its turn to write."""


async def keep_up(parts: WorkerParts) -> None:
    """Work until cancelled, and until all has ended then: the connections are closed next."""
    async with asyncio.TaskGroup() as both:
        both.create_task(keep_booking(parts.sales))
        both.create_task(_keep_rest(parts))


async def keep_booking(sales: NotedEntries) -> None:
    """Book what was left, as soon as it is, and look now and then for what others have left."""
    while not is_ending():
        try:
            await sales.catch_up()
        except Exception:  # noqa: BLE001 - whatever it was, it is tried again
            log().exception("sync.upkeep_failed")
            sales.left.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY_S * REST_EVERY):
                await sales.left.wait()


async def _keep_rest(parts: WorkerParts) -> None:
    rest = (
        parts.exchanges.catch_up,
        parts.evacuations.catch_up,
        parts.listed_late.work,
        parts.zone_limits.work,
    )
    for turn in count():
        steps: list[Callable[[], Awaitable[object]]] = [parts.known_devices.note_contacts]
        if turn % REST_EVERY == 0:
            steps += rest
        if turn % FORGET_EVERY == 0:
            steps.append(partial(_forget_refusals, parts))
        for step in steps:
            try:
                await step()
            except Exception:  # noqa: BLE001 - whatever it was, the rest is done, and it again
                log().exception("sync.upkeep_failed")
            if is_ending():
                return
        await asyncio.sleep(EVERY_S)


async def _forget_refusals(parts: WorkerParts) -> None:
    before = parts.context.clock.wall() - DENIED_CLAIMS_KEPT
    async with parts.context.database.write(org=SYSTEM) as session:
        await session.execute(
            delete(ClaimMark)
            .where(ClaimMark.why == "denied", ClaimMark.marked_at < before)
            .execution_options(synchronize_session=False)
        )
