"""Bugs that nobody meets but where the server's disk takes its time: answers before a commit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

import msgspec

from server.claims import claim_queue
from server.db.database_connections import Database
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import SECOND
from simulator.fault_rates import NO_FAULTS
from simulator.guest_habits import Guests
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

Write = Callable[..., AbstractAsyncContextManager[Any]]


def _slow(scenario: Scenario) -> Scenario:
    """Let the server's disk be slow most of the time, and its power go now and then."""
    rates = msgspec.structs.replace(
        NO_FAULTS,
        slow_server=10 * SECOND,
        server_stop=20 * SECOND,
        server_stop_lasts=(2 * SECOND,),
    )
    return msgspec.structs.replace(
        scenario,
        policy=OfflinePolicy.CLOSED,
        has_restore=False,
        hello_every=None,
        tickets=200,
        guests=Guests(copied=1, at_once=1, leaves=0),
        fault_rates=rates,
    )


def _slow_with_orders(scenario: Scenario) -> Scenario:
    """Let there be somebody as well who sells at the office all evening."""
    alone = beside_all_else("tiers")(scenario)
    return msgspec.structs.replace(alone, fault_rates=_slow(scenario).fault_rates)


def _committed_later(write: Write) -> Write:
    """Go on when all was said to the database, and let it commit by itself."""

    @asynccontextmanager
    async def write_later(*where: Any, **said: Any) -> AsyncIterator[Any]:
        loop = asyncio.get_running_loop()
        opened, used = loop.create_future(), loop.create_future()

        async def commit() -> None:
            async with write(*where, **said) as transaction:
                opened.set_result(transaction)
                await used

        committing = asyncio.create_task(commit())
        await asyncio.wait([opened, committing], return_when=asyncio.FIRST_COMPLETED)
        if not opened.done():
            await committing
        try:
            yield opened.result()
        except BaseException as error:
            used.set_exception(error)
            await committing
            raise
        used.set_result(None)

    return write_later


class _Hasty:
    """A driver whose transactions are committed later."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self.write = _committed_later(driver.write)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)


def _granted_first(settle_by: Any) -> Any:
    async def settle(driver: Any, *batch: Any) -> Any:
        return await settle_by(_Hasty(driver), *batch)

    return settle


SLOW_DISK_BUGS: Final = (
    Planted(
        name="granted_before_commit",
        what="A claim is answered when it is decided, and committed when the disk has time.",
        replaced=(Replacement(claim_queue, "settle_by", _granted_first),),
        change=_slow,
    ),
    Planted(
        name="placed_before_commit",
        what="The office is told that it is done before that is on the server's disk.",
        replaced=(Replacement(Database, "write", _committed_later),),
        change=_slow_with_orders,
    ),
)
