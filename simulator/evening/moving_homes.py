"""The organizer moves homes while doors are open, spreads them again, and declares one lost.

That one is only cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from server.db.unit import Context
from server.homes.moving import MoveOrder, finish_moves, order_move
from server.homes.schemas import SpreadAnswer
from server.homes.spreading_again import spread_homes
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.problem_answers import Problem
from shared.kernel.id_types import TicketId
from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.home_record import after_commit
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.nodes.wired_server import SERVER
from simulator.world import World

NAMED_MAX: Final = 12
UNHEARD: Final[Duration] = 3 * MINUTE
"""How long a home is cut off, on average, before it is declared lost, and after that."""
Done = TypeVar("Done")
SPREADS: Final = 2
"""So many moves are ordered, on average, between two times that all homes are spread again."""


class HomeOrders(UntilDoorsClose):
    """Orders moves all evening."""

    def __init__(self, world: World) -> None:
        """Prepare; nothing is ordered before `begin`."""
        self._world = world
        self._dice = world.stage.dice.stream("home orders")

    def begin(self) -> None:
        """Order now and then, where the world has moves."""
        every = self._world.scenario.moves_every
        if every is not None:
            self._world.start(self._order_on(every, self._dice.stream("moves")))
            self._world.start(self._spread_on(every, self._dice.stream("spread")))
        if self._world.scenario.loses_home:
            self._world.start(self._lose_one(self._dice.stream("loss")))

    async def _order_on(self, every: Duration, dice: Dice) -> None:
        gates = self._world.gates
        while True:
            await self.pause(dice.exponential(every))
            source = dice.pick(gates)
            others = [node for node in gates if node is not source]
            target = None if dice.chance(0.2) else dice.pick(others)
            named: list[TicketId] = []
            if dice.chance(0.5):
                named = self._tickets_of(source)
                dice.shuffle(named)
                named = named[: dice.between(1, NAMED_MAX)]
            await self._order(source, target, named, is_lost=False)

    def _tickets_of(self, node: GateNode) -> list[TicketId]:
        homes = {one.ticket_id: one.device_id for one in self._world.history.homes}
        return sorted(one for one, home in homes.items() if home == node.device_id)

    async def _lose_one(self, dice: Dice) -> None:
        """Cut one gate off from everybody, declare it lost, and let it come back later."""
        world = self._world
        network, node = world.stage.network, dice.pick(world.gates)
        await self.pause(Duration(dice.below(world.scenario.duration // 2)))
        names = [SERVER, *(other.name for other in world.devices if other is not node)]
        cuts = [pair for name in names for pair in ((name, node.name), (node.name, name))]
        for source, target in cuts:
            network.cut(source, target)
        await self.pause(Duration(SECOND + dice.exponential(UNHEARD)))
        heir = dice.pick([other for other in world.gates if other is not node])
        while not await self._order(node, heir, [], is_lost=True):
            await self.pause(5 * SECOND)
        await self.pause(dice.exponential(UNHEARD))
        for source, target in cuts:
            network.mend(source, target)

    async def _spread_on(self, every: Duration, dice: Dice) -> None:
        while True:
            await self.pause(dice.exponential(Duration(SPREADS * every)))
            answer = await self._ask(self._spread)
            self._world.stage.trace.note("office", f"spreads homes again: {answer}")

    async def _spread(self, context: Context, feed: LedgerFeed) -> SpreadAnswer:
        venue, said = self._world.venue, {"because": "the simulator", "actor": "organizer"}
        return await spread_homes(context, feed, venue.organization_id, venue.event_id, **said)

    async def _order(
        self, source: GateNode, target: GateNode | None, named: list[TicketId], *, is_lost: bool
    ) -> bool:
        """Give an order; False if the server is away or refuses."""
        order = MoveOrder(
            from_device_id=source.device_id,
            to_device_id=None if target is None else target.device_id,
            ticket_ids=named,
            is_lost=is_lost,
            because="the simulator",
            actor="organizer",
        )
        is_ordered = bool(await self._ask(lambda context, feed: self._put(context, feed, order)))
        to = "anybody" if target is None else target.name
        word = "loses" if is_lost else f"moves {len(named) or 'all'} of"
        self._world.stage.trace.note("office", f"{word} {source.name} to {to}: {is_ordered}")
        return is_ordered

    async def _ask(
        self, work: Callable[[Context, LedgerFeed], Coroutine[Any, Any, Done]]
    ) -> Done | None:
        """Have something done at the server, as its route does; None if it is away, or goes."""
        server = self._world.server
        if not server.is_up:
            return None
        asked = work(server.context, server.feed)
        _, done = await self._world.stage.loop.outcome(server.process, asked)
        return done

    async def _put(self, context: Context, feed: LedgerFeed, order: MoveOrder) -> bool:
        venue, lost = self._world.venue, self._world.history.lost_homes
        try:
            async with context.write(venue.organization_id) as unit:
                await order_move(unit, feed, venue.event_id, order)
                if order.is_lost:
                    after_commit(unit.session, lambda: lost.add(order.from_device_id))
        except Problem:
            return False
        await finish_moves(context, feed, venue.organization_id, venue.event_id)
        return True
