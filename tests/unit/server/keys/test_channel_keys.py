"""A worker's memory of channel keys: read once for all who need them at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from server.db.unit import Context
from server.keys.channel_keys import KEYS_REMEMBERED, KnownChannelKeys
from server.keys.vault import Vault
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import OrganizationId

NORTH, SOUTH = OrganizationId("og_north"), OrganizationId("og_south")


class Database:
    """Counts who reads; each has to wait until `answers` is set."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.now = 0
        self.answers = asyncio.Event()
        self.is_away = False

    def keys(self) -> KnownChannelKeys:
        clock = SimpleNamespace(monotonic=lambda: self.now)
        vault = SimpleNamespace(open=lambda seed, _public: seed)
        context = SimpleNamespace(clock=clock, read=self._open)
        return KnownChannelKeys(cast("Context", context), cast("Vault", vault))

    @asynccontextmanager
    async def _open(self, organization_id: str) -> AsyncIterator[Any]:
        self.read.append(organization_id)
        await self.answers.wait()
        if self.is_away:
            raise StoreFault("the database is away")
        row = SimpleNamespace(
            number=1, sealed_seed=organization_id, public_key=b"", retired_at=None
        )

        async def rows(_query: object) -> list[Any]:
            return [row]

        yield SimpleNamespace(all=rows)


async def ask_at_once(database: Database, keys: KnownChannelKeys, *names: OrganizationId) -> Any:
    """Let many requests need the keys in one moment."""
    asked = [asyncio.create_task(keys.of(name)) for name in names]
    await asyncio.sleep(0.01)
    database.answers.set()
    return await asyncio.gather(*asked, return_exceptions=True)


async def test_keys_are_read_once_for_all_gates_that_need_them() -> None:
    """Each tenth second every claim in flight read them for itself, and all waited for all."""
    database = Database()
    keys = database.keys()
    found = await ask_at_once(database, keys, *[NORTH] * 32, *[SOUTH] * 3)
    assert found == [{1: NORTH}] * 32 + [{1: SOUTH}] * 3
    assert database.read == [NORTH, SOUTH]
    database.now = KEYS_REMEMBERED
    await ask_at_once(database, keys, *[NORTH] * 32)
    assert database.read == [NORTH, SOUTH, NORTH], "a retired key is known in time"


async def test_whoever_gives_up_takes_the_keys_from_nobody() -> None:
    """One connection broke off while all waited for what it had asked for first."""
    database = Database()
    keys = database.keys()
    first, second = (asyncio.create_task(keys.of(NORTH)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    database.answers.set()
    found: Any = await second
    assert found == {1: NORTH}


async def test_keys_are_asked_for_again_after_a_fault() -> None:
    """All who waited are told; nobody remembers it."""
    database = Database()
    keys = database.keys()
    database.is_away = True
    faults = await ask_at_once(database, keys, NORTH, NORTH)
    assert [str(one) for one in faults] == ["the database is away"] * 2
    database.is_away = False
    found: Any = await keys.of(NORTH)
    assert found == {1: NORTH}
    assert database.read == [NORTH, NORTH]
