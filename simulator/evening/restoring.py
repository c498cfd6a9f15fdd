"""The server is put back to an older copy of its disk, with the operator's word or without.

With it the operator opens a higher epoch at once and publishes again. Without it nobody has said
anything: the devices must notice, and then the operator does the same. In half of these worlds it
happens once more, to the same copy or to one that was made meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Final

from sqlalchemy import func, select

from server.db.ledger_state import LedgerAlarm, open_epoch, read_ledger
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.exchange.epochs import declare_absent, list_pending, open_higher_epoch
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.history import PutBack
from simulator.kernel.disk import SimDisk
from simulator.world import World

CHECK_EVERY: Final[Duration] = 20 * SECOND
COPY_AGE_MAX: Final[Duration] = 15 * MINUTE


class Operator(UntilDoorsClose):
    """Takes a copy, puts it back later, and does what the handbook says."""

    def __init__(self, world: World, absent: list[str]) -> None:
        """Prepare.

        Args:
            world: The venue.
            absent: Devices that will not come back to offer their journals.
        """
        self._world = world
        self._absent = absent
        self._dice = world.stage.dice.stream("operator")
        self._copy: SimDisk | None = None
        self._copied_at: Instant = Instant(0)
        self.is_busy = False

    def begin(self) -> None:
        """Work all evening."""
        if self._world.scenario.has_restore:
            self._world.start(self._restore())
            self._world.start(self._watch())

    async def _restore(self) -> None:
        """Put a copy back; in some worlds once more, the same one or one of the new epoch."""
        duration, server = self._world.scenario.duration, self._world.server
        await self.pause(Duration(self._dice.below(duration // 2)))
        is_again = keeps_copy = False
        while True:
            while not server.is_up:
                await self.pause(SECOND)
            if not keeps_copy:
                self._copy, self._copied_at = server.disk.copy(), self._world.stage.now()
                self._world.history.copied.append(self._copied_at)
                self._world.stage.trace.note("operator", "copies the server's disk")
            await self.pause(Duration(MINUTE + self._dice.below(min(COPY_AGE_MAX, duration // 3))))
            self.is_busy = True
            try:
                await self._put_back()
            finally:
                self.is_busy = False
            if is_again or not self._dice.chance(0.5):
                return
            is_again, keeps_copy = True, self._dice.chance(0.5)

    async def _put_back(self) -> None:
        world, server = self._world, self._world.server
        assert self._copy is not None
        if server.is_up:
            server.stop(has_power=True)
        while not server.is_stopped:
            await self.pause(SECOND)
        server.put_disk(self._copy.copy())
        is_declared = self._dice.chance(0.5)
        word = "with" if is_declared else "without"
        world.stage.trace.note("operator", f"puts the copy back {word} a word")
        self._forget_acts()
        if not is_declared:
            await server.start()
            return
        await server.start(self._begin_epoch)
        await self._publish()

    def _forget_acts(self) -> None:
        """What was done at the server since the copy has not happened, for the ledger."""
        history = self._world.history
        history.restores += 1
        history.put_back.append(PutBack(self._copied_at, self._world.stage.now()))
        history.acts = [act for act in history.acts if act.at <= self._copied_at]
        history.limits = [one for one in history.limits if one.ended <= self._copied_at]
        history.tricks.clear()

    async def _begin_epoch(self, context: Context) -> None:
        """Do what `gatekeeper-server restore` does before the program starts."""
        async with context.database.write(org=SYSTEM) as session:
            await open_epoch(
                session,
                at_least=self._world.history.restores,  # each opens one, and its folder knows
                reason="restored from a copy",
                now=context.clock.wall(),
                admits_claims=False,
            )

    async def _watch(self) -> None:
        """Look at the ledger now and then, and do what it asks for; also after doors."""
        while True:
            await asyncio.sleep(CHECK_EVERY / SECOND)
            if not self._world.server.is_up or self.is_busy:
                continue
            if await self._has_alarm():
                await self._open_epoch("a device holds what this ledger has forgotten")
            await self._declare_absent()

    async def _has_alarm(self) -> bool:
        context = self._world.server.context
        async with context.database.read(org=SYSTEM) as session:
            state = await read_ledger(session)
            query = select(func.count()).where(LedgerAlarm.epoch == state.epoch)
            return bool((await session.execute(query)).scalar_one())

    async def _open_epoch(self, reason: str) -> None:
        server, stage = self._world.server, self._world.stage
        work = open_higher_epoch(server.context, reason)
        is_done, _ = await stage.loop.outcome(server.process, work)
        stage.trace.note("operator", f"opens an epoch: {is_done}")
        await self._publish()

    async def _publish(self) -> None:
        """Publish the event again, so that devices have a manifest of the new epoch."""
        server = self._world.server
        if server.is_up:
            await self._world.stage.loop.outcome(server.process, self._world.publish())

    async def _declare_absent(self) -> None:
        server = self._world.server
        if not server.is_up:  # it has stopped while the alarm was looked for
            return
        for pending in await list_pending(server.context):
            if pending.device_id in self._absent:
                await declare_absent(server.context, pending.device_id, "will not come back")
