"""What a further event of a world has: gates of its own, faults, and a quiet end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.boxoffice.withdraw_requests import WithdrawAnswer, WithdrawRequest
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId, GateId
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.second_event.told import Told
from simulator.judging.ledger_and_device_views import HeldEntry, hold
from simulator.judging.seen_visits import CardT, Visit
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process
from simulator.nodes.gate_node import GateNode
from simulator.nodes.wired_server import SERVER
from simulator.scenario import Scenario
from simulator.world import QUIET_LIMIT, QUIET_STEP, World

STARTS_MAX: Final = 60
SALE_ID_SIZE: Final = 32
AWAY: Final = 8
"""When the server was put back, a device stays away for this part of the evening, in the mean."""
FLUSH_TAKES: Final = (SECOND // 5, 2 * SECOND)
"""From so long to so long, where a disk is slow."""


class FurtherEvent(UntilDoorsClose):
    """An event beside the first one, and its gates.

    Attributes:
        name: What it and its gates are called.
        owner: Who does it.
        server: Where.
        nodes: Its gates.
        told: What they are told.
        visits: Presentations at them, in order of beginning.
        last: The first of them when all had been told.
    """

    told: Told

    def __init__(self, world: World, name: str, gates: int) -> None:
        self._world, self.name = world, name
        self._dice = world.stage.dice.stream(name)
        self.owner, self.server = Owner(world, name), world.server
        self.nodes = [world.device(f"{name}{n:02}") for n in range(1, gates + 1)]
        self.visits: list[Visit[Any]] = []
        self.last = 0

    @property
    def world(self) -> World:
        """Where it is."""
        return self._world

    @property
    def scenario(self) -> Scenario:
        """What the world is like."""
        return self._world.scenario

    async def settle(self) -> None:
        """Put it on, and start its gates."""
        raise NotImplementedError

    def begin(self) -> None:
        """Let everything happen."""
        raise NotImplementedError

    async def _enrol(
        self, node: GateNode, gate_id: str | None, event_id: EventId, role: str = ""
    ) -> None:
        """Let a machine become the device of a gate, or a till where none is named; start it."""
        plain, at = ("till", None) if gate_id is None else ("gate", GateId(gate_id))
        profile = await self._world.enrol(
            node.key, node.name, role or plain, at, Process(node.name), event_id=event_id
        )
        node.install(profile)
        await node.start()

    async def _hear(self) -> None:
        """Wait until gates in reach have heard of everything."""
        await asyncio.sleep((2 * self.scenario.poll + 10 * SECOND) / SECOND)

    async def _at_part(self, dice: Dice, first: int, last: int) -> None:
        """Wait until so many hundredths of the evening are over."""
        part = dice.between(first, last)
        await self.pause(Duration(part * self._world.scenario.duration // 100))

    async def _notice(self) -> None:
        """Wait until every gate that nothing keeps from the server is in its reach."""
        await asyncio.sleep((self.scenario.hears + SECOND) / SECOND)

    def _is_in_reach(self, node: GateNode) -> bool:
        """Tell whether a gate could ask the server, and for so long that it must have noticed."""
        network, now = self._world.stage.network, self._world.stage.loop.now_us
        quick = network.quick_since(node.name, SERVER)
        return quick is not None and now - quick > self.scenario.hears

    async def _present(
        self, node: GateNode, card: CardT, said: Scan | None = None
    ) -> Visit[CardT]:
        """Present a card at a gate, look at its lamp, and note what was seen.

        Args:
            node: The gate.
            card: What is presented.
            said: The scan, where it says more than the card, or goes on; None for the card alone.
        """
        stage, request = self._world.stage, said or Scan(card.text)
        visit = Visit(
            number=len(self.visits) + 1,
            node=node.name,
            start=node.starts,
            card=card,
            asked=request,
            began=stage.now(),
            is_in_reach=self._is_in_reach(node),
        )
        self.visits.append(visit)
        if not node.is_up:
            return visit
        try:
            _, answer = await node.work(lambda session: session.scan(request))
        except GatekeeperError:
            return visit
        visit.answer = answer
        visit.is_in_reach = visit.is_in_reach and self._is_in_reach(node)
        if answer is not None:
            visit.ended = stage.now()
            stage.trace.note(
                node.name,
                f"shows {answer.verdict} {answer.reason} {answer.mode} {answer.ticket_id}"
                f" {self.name} {visit.direction} seq {answer.seq}"
                f" after {len(request.answers)} answers",
            )
        return visit

    async def _sell_there(self, till: GateNode, request: SellRequest) -> Sale | None:
        """Sell at a till; None where it is down or refuses, or stops before it has shown them."""
        if not till.is_up:
            return None
        try:
            _, answer = await till.work(lambda session: session.till.sell(request))
            return None if answer is None else answer.sold()
        except GatekeeperError as fault:
            self._world.stage.trace.note(till.name, f"no sale: {fault}")
            return None

    async def _come_to(
        self,
        gates: Sequence[GateNode],
        dice: Dice,
        at_once: float,
        show: Callable[[GateNode], Awaitable[object]],
    ) -> None:
        """Come to a gate; of some visits a copy comes to another one in the same moment."""
        first = dice.pick(gates)
        if dice.chance(at_once):
            other = dice.pick([one for one in gates if one is not first])
            await asyncio.gather(show(first), show(other))
        else:
            await show(first)

    def _cut_off(self, *nodes: GateNode) -> AbstractContextManager[None]:
        """Keep gates from the server meanwhile; all of them where none is named."""
        return self._without([(one.name, SERVER) for one in nodes or self.nodes])

    def _cut_from(
        self, node: GateNode, others: Sequence[GateNode]
    ) -> AbstractContextManager[None]:
        """Keep a gate from other gates meanwhile."""
        return self._without([(node.name, one.name) for one in others])

    @contextmanager
    def _without(self, links: Sequence[tuple[str, str]]) -> Iterator[None]:
        """Cut links meanwhile, both ways."""
        network, was_over = self._world.stage.network, self._is_over
        ways = [way for one, other in links for way in ((one, other), (other, one))]
        for way in ways:
            network.cut(*way)
        try:
            yield
        finally:
            for way in ways:
                # When doors close all is mended at once; what is cut then, somebody else has cut.
                if self._is_over == was_over and network.is_cut(*way):
                    network.mend(*way)

    @contextmanager
    def _kept_from(
        self, node: GateNode, gates: Sequence[GateNode], dice: Dice, alone: float, apart: float
    ) -> Iterator[None]:
        """Keep a device from the server, and perhaps from the other gates, or from nobody."""
        is_alone, is_apart = dice.chance(alone), dice.chance(apart)
        others = [one for one in gates if one is not node] if is_apart else []
        with self._cut_off(node) if is_alone else nullcontext(), self._cut_from(node, others):
            yield

    async def _cut(self, dice: Dice) -> None:
        """Cut gates off the server now and then, and stop one."""
        while True:
            await self.pause(dice.exponential(3 * MINUTE))
            node = dice.pick(self.nodes)
            with self._cut_off(node):
                await self.pause(Duration(20 * SECOND + dice.exponential(2 * MINUTE)))
                if dice.chance(0.3) and node.is_up:
                    node.stop(has_power=dice.chance(0.5))
                    await self.pause(dice.exponential(20 * SECOND))
            for _ in range(STARTS_MAX):
                if not node.is_stopped or await node.start():
                    break
                await asyncio.sleep(1)

    async def _put_backs(self) -> AsyncIterator[None]:
        """Wait for each time that the server is put back to an older copy."""
        seen, put_back = 0, self._world.history.put_back
        while True:
            while len(put_back) == seen:
                await self.pause(SECOND)
            seen = len(put_back)
            yield

    async def _stay_away(self, node: GateNode, dice: Dice) -> None:
        """Keep a device from a server that was put back, or let it come at once."""
        async for _ in self._put_backs():
            with self._cut_off(node):
                await self.pause(dice.exponential(Duration(self.scenario.duration // AWAY)))

    async def _slow_down(self, dice: Dice) -> None:
        """Let a gate's disk be slow now and then: it is in reach all the while."""
        while True:
            await self.pause(dice.exponential(2 * MINUTE))
            node = dice.pick(self.nodes)
            node.slow_down(lambda: Duration(dice.between(*FLUSH_TAKES)))
            self._world.stage.trace.note(node.name, "its disk is slow")
            await asyncio.sleep(dice.exponential(MINUTE) / SECOND)
            node.quicken()

    async def _lose_server(self, dice: Dice, every: Duration = 4 * MINUTE) -> None:
        """Cut all off at once now and then, so that the gates have each other alone."""
        while True:
            await self.pause(dice.exponential(every))
            with self._cut_off():
                await self.pause(Duration(30 * SECOND + dice.exponential(2 * MINUTE)))

    async def _part(self, dice: Dice, *nodes: GateNode) -> None:
        """Keep a gate from the others now and then: one of these, or any where none is named."""
        while True:
            await self.pause(dice.exponential(2 * MINUTE))
            node = dice.pick(nodes or self.nodes)
            with self._cut_from(node, [one for one in self.nodes if one is not node]):
                await self.pause(dice.exponential(2 * MINUTE))

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Let come what comes when doors are closed and all have been told of everything.

        Returns:
            What keeps it from being quiet, or "".
        """
        return ""

    async def rest(self) -> str:
        """Wait until nothing is left to do there; say what is where that takes too long, or ""."""
        return await until_quiet(self.unrest)

    async def _until_told(self) -> str:
        """Wait until all have heard of everything; who comes from then on comes last.

        Returns:
            What keeps it from being quiet, or "".
        """
        await self._hear()
        if unrest := await self.rest():
            return unrest
        await self._notice()
        self.last = len(self.visits) + 1
        return ""

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        head = await self.told.head()
        for node in self.nodes:
            if waiting := await self._unrest_of(node, self.told.event_id, head):
                return waiting
        return ""

    async def _unrest_of(self, node: GateNode, event_id: EventId, head: int) -> str:
        """Say what a gate has still to do, where its event's feed is at `head`; "" if nothing."""
        node.disarm()
        if node.is_stopped:
            await node.start()
        if not node.is_up:
            return f"{node.name} is down: {node.failure}"
        pending = node.session.store.journal.pending
        if pending:
            return f"{node.name} has {pending} pending"
        cursor = node.session.store.feeds.get(event_id).cursor
        if cursor != head:
            return f"{node.name} at {cursor} of {head}: {node.session.status().problem}"
        return ""

    def read_journals(self, *nodes: GateNode) -> dict[tuple[str, int], HeldEntry]:
        """Read what gates have on record, by node and number; all gates where none is named."""
        return {
            (node.name, seq): hold(signed)
            for node in nodes or self.nodes
            for seq, signed in node.session.store.journal.read(
                1, node.session.store.journal.last_seq
            )
        }

    async def read_books(self, sql: str, *said: object) -> list[Any]:
        """Read the office's books, as they are."""
        await self._world.server.until_up()
        inline = self._world.server.context.database.inline
        assert inline is not None
        async with inline.reading():
            return inline.connection.execute(sql, said).fetchall()

    async def read_booked(self) -> dict[str, list[int]]:
        """Read what the office's books have of tills' sales, by their numbers, in minor units."""
        booked: dict[str, list[int]] = {}
        for key, total in await self.read_books(
            "SELECT client_key, total_minor FROM ticket_order"
            " WHERE event_id=? AND client_key LIKE 'till:%'",
            self.told.event_id,
        ):
            booked.setdefault(key[-SALE_ID_SIZE:], []).append(total)
        return booked


async def withdraw_at(
    node: GateNode, request: WithdrawRequest, badge: str
) -> WithdrawAnswer | None:
    """Withdraw a ticket at a till, by the badge of whoever authorizes it, if somebody does."""

    async def withdraw(session: GateSession) -> WithdrawAnswer:
        if request.authorized_by:
            session.names.take_badge(request.authorized_by, badge)
        else:
            session.names.forget()
        return await session.withdrawer.withdraw(request)

    _, answer = await node.work(withdraw)
    return answer


async def until_quiet(unrest: Callable[[], Awaitable[str]]) -> str:
    """Wait until nothing is left to do; say what is where that takes too long, or ""."""
    left = ""
    for _ in range(0, QUIET_LIMIT, QUIET_STEP):
        await asyncio.sleep(QUIET_STEP / SECOND)
        if not (left := await unrest()):
            break
    return left
