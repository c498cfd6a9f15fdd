"""The live board for people who keep it open: one reading for all who watch an event.

Each watcher holds nothing but the newest board, so that a slow one costs nothing and nothing piles
up; one who takes nothing for a while is let go. What a watcher may see is asked again and again:
whose session has ended, or whose right was taken, hears no more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from server.accounts.guards import Guard
from server.accounts.principal import Principal
from server.accounts.principal_of_request import identify
from server.accounts.tokens import TokenSigner
from server.asked_to_end import is_ending
from server.db.hot_path_connections import Driver
from server.db.unit import Context
from server.http.logs import log
from server.live.board_reading import read_live
from server.problem_answers import Problem
from shared.kernel.id_types import EventId, OrganizationId

LIVE_EACH_MAX: Final = 8
"""Live boards that one person or key watches at a worker; a desk has one, a wall perhaps four."""
LIVE_ORGANIZATION_MAX: Final = 100
"""Live boards that an organization watches at a worker."""
LIVE_TICK_S: Final = 0.4
"""Between two readings of an event that is watched."""
LIVE_SHARE_MAX: Final = 0.3
"""Of its time that a worker spends at most on reading one event."""
LIVE_RIGHTS_S: Final = 2.0
"""Between two times that each watcher's right is asked about."""

_ENCODE: Final = msgspec.json.Encoder().encode


class Watcher:
    """Somebody who watches an event.

    Attributes:
        token: What they showed; it is asked again what it is good for.
        actor: The person or key.
        why: The problem by which they hear no more; "" while they may.
    """

    def __init__(
        self, organization_id: OrganizationId, event_id: EventId, *, token: str, actor: str
    ) -> None:
        self.organization_id, self.event_id = organization_id, event_id
        self.token, self.actor = token, actor
        self.why = ""
        self._newest: bytes | None = None
        self._stirred = asyncio.Event()

    def show(self, board: bytes) -> None:
        """Keep a board in place of the one before."""
        self._newest = board
        self._stirred.set()

    def end(self, why: str) -> None:
        """Show nothing more."""
        self.why = why
        self._stirred.set()

    async def look(self) -> bytes | None:
        """Wait for the next board.

        Returns:
            None once there is nothing more to see.
        """
        while self._newest is None and not self.why:
            await self._stirred.wait()
            self._stirred.clear()
        board, self._newest = self._newest, None
        return None if self.why else board


class LiveHub:
    """The watchers of one worker."""

    def __init__(
        self, context: Context, driver: Driver, signer: TokenSigner, guard: Guard
    ) -> None:
        self._context, self._driver = context, driver
        self._signer, self._guard = signer, guard
        self._watchers: dict[tuple[OrganizationId, EventId], dict[Watcher, None]] = {}
        self._readings: dict[tuple[OrganizationId, EventId], asyncio.Task[None]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Stop reading."""
        tasks = list(self._readings.values())
        if self._asking is not None:
            tasks.append(self._asking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def admit(self, token: str, organization_id: OrganizationId) -> Principal:
        """Tell who may watch by a token.

        Raises:
            Problem: if nobody may.
        """
        principal = await identify(self._context, self._signer, token, organization_id)
        if principal is None:
            raise Problem("unauthenticated", "The token is invalid, expired or revoked.")
        self._guard.check(principal)
        return principal

    @contextmanager
    def watching(
        self, principal: Principal, token: str, organization_id: OrganizationId, event_id: EventId
    ) -> Iterator[Watcher]:
        """Watch an event for as long as the block lasts.

        Raises:
            Problem: `too-many-requests` for more boards than anybody needs.
        """
        everybody = [one for watchers in self._watchers.values() for one in watchers]
        mine = sum(one.actor == principal.actor for one in everybody)
        ours = sum(one.organization_id == organization_id for one in everybody)
        if mine >= LIVE_EACH_MAX or ours >= LIVE_ORGANIZATION_MAX:
            raise Problem("too-many-requests", "Close a live board before you open another.")
        place = (organization_id, event_id)
        watcher = Watcher(organization_id, event_id, token=token, actor=principal.actor)
        self._watchers.setdefault(place, {})[watcher] = None
        if place not in self._readings:
            self._readings[place] = asyncio.create_task(self._read(place))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        try:
            yield watcher
        finally:
            left = self._watchers[place]
            left.pop(watcher)
            if not left:
                del self._watchers[place]
                self._readings.pop(place).cancel()
            if not self._watchers and self._asking is not None:
                self._asking.cancel()
                self._asking = None

    async def _ask(self) -> None:
        """Ask again and again who may watch, while anybody does."""
        while not is_ending():
            await asyncio.sleep(LIVE_RIGHTS_S)
            try:
                await self._check_rights()
            except Exception:  # noqa: BLE001 - rights are asked about again once there is a database
                log().warning("live.rights_failed", exc_info=True)

    async def _check_rights(self) -> None:
        """Let go of who may watch no longer."""
        known: dict[tuple[str, OrganizationId], str] = {}
        for place, watchers in list(self._watchers.items()):
            for watcher in list(watchers):
                key = (watcher.token, place[0])
                if key not in known:
                    known[key] = await self._why_not(*key)
                if known[key]:
                    watcher.end(known[key])

    async def _why_not(self, token: str, organization_id: OrganizationId) -> str:
        try:
            await self.admit(token, organization_id)
        except Problem as problem:
            return problem.slug
        return ""

    async def _read(self, place: tuple[OrganizationId, EventId]) -> None:
        """Read an event's board for all who watch it, until nobody does."""
        loop = asyncio.get_running_loop()
        while not is_ending():
            begun = loop.time()
            await self._show(place)
            took = loop.time() - begun
            await asyncio.sleep(max(LIVE_TICK_S - took, took * (1 / LIVE_SHARE_MAX - 1)))

    async def _show(self, place: tuple[OrganizationId, EventId]) -> None:
        board, why = b"", ""
        try:
            board = _ENCODE(await read_live(self._context, self._driver, *place))
        except Problem as problem:
            why = problem.slug
        except Exception:  # noqa: BLE001 - a board outlives a database that is away
            log().warning("live.read_failed", exc_info=True)
            return
        for watcher in list(self._watchers.get(place, ())):
            if why:
                watcher.end(why)
            else:
                watcher.show(board)
