"""How much of what a worker has the requests of one organization use at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.db.tenancy import SYSTEM
from server.problem_answers import Problem


def most_of(connections: int) -> int:
    """Return how many of a worker's connections may be held together, so that some are left."""
    return max(1, connections - max(1, connections // 4))


class OrganizationShares:
    """Lets each organization's requests use so much at once, and all of them so much together.

    Further ones wait, and use nothing meanwhile; of those that wait whoever's organization uses
    least comes first. Work that goes on by itself stands in no such line: what one organization
    asks for may not hold up what is done for one after the other.
    """

    def __init__(self, most: int, *, together: int | None = None, wait_s: float) -> None:
        """Begin with nobody.

        Args:
            most: Requests of one organization that use it at once.
            together: Requests of all organizations that do; without an end if nothing is said.
            wait_s: How long a further one waits.
        """
        self._most, self._together, self._wait_s = most, together, wait_s
        self._using: Counter[str] = Counter()
        self._waiting: dict[asyncio.Future[None], str] = {}

    @asynccontextmanager
    async def held(self, org: str) -> AsyncIterator[None]:
        """Wait until an organization's requests use less than they may; then use it as well.

        Whatever is nobody's, as signing in is, waits for nothing here.

        Raises:
            Problem: `unavailable`, after so long that they may be asked for again.
        """
        if org == SYSTEM:
            yield
            return
        if self._may_use(org):
            self._using[org] += 1
        else:
            await self._wait_for_turn(org)
        try:
            yield
        finally:
            self._end_use(org)

    def _may_use(self, org: str) -> bool:
        is_room = self._together is None or self._using.total() < self._together
        return is_room and self._using[org] < self._most

    async def _wait_for_turn(self, org: str) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = org
        try:
            async with asyncio.timeout(self._wait_s):
                await turn
        except BaseException as error:
            if self._waiting.pop(turn, None) is None:  # its turn came just now
                self._end_use(org)
            if isinstance(error, TimeoutError):
                is_own = self._using[org] >= self._most
                raise _too_much(is_own=is_own) from None
            raise

    def _end_use(self, org: str) -> None:
        self._using[org] -= 1
        if not self._using[org]:
            del self._using[org]
        # Who has given up is still there until its own task has heard of it.
        waiting = [(turn, asking) for turn, asking in self._waiting.items() if not turn.done()]
        may = [(turn, asking) for turn, asking in waiting if self._may_use(asking)]
        if may:
            turn, _ = min(may, key=lambda one: self._using[one[1]])
            self._using[self._waiting.pop(turn)] += 1
            turn.set_result(None)


def _too_much(*, is_own: bool) -> Problem:
    who = "Your organization asks" if is_own else "Organizations ask"
    return Problem("unavailable", f"{who} for too much at once; try again.", retry_after_s=2)


def share_connections(
    connections: int, *, wait_s: float
) -> tuple[OrganizationShares, OrganizationShares]:
    """Share a worker's connections out: to people and their programs, and to tills and gates.

    All organizations' people together leave some for devices, whatever they ask for; so do the
    people and the devices of any one organization for others' devices.
    """
    of_people = most_of(connections)
    of_devices = max(1, connections - of_people)
    return (
        OrganizationShares(most_of(of_people), together=of_people, wait_s=wait_s),
        OrganizationShares(of_devices, wait_s=wait_s),
    )
