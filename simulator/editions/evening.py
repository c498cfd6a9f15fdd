"""One evening of the event that is printed twice: what becomes of its first key, and who comes."""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.gate.requests import Scan
from server.keys.keys import ticket_signing_key
from shared.kernel.errors import GatekeeperError
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import SECOND, Duration, Instant, format_instant
from shared.manifest.document import name_key
from simulator.beside import Beside
from simulator.dice import Dice
from simulator.editions.ground import Site, put_on
from simulator.editions.record import Bound, Edition, EditionRecord, Print, Seen
from simulator.fair.told import Told
from simulator.gate_node import GateNode
from simulator.series.ground import must
from simulator.wired_server import SERVER
from simulator.world import World

NODES: Final = 2
FIRST_TICKETS: Final = 16
KEPT_BACK: Final = 4
"""Tickets of an edition that nobody shows until doors are closed."""
SECOND_PRINTS: Final = 4
"""Holders of the first edition who are sent their ticket once more."""
VISITS: Final = 4
RETIRES: Final[Duration] = 5 * SECOND
"""So long a worker may sign with the key that it has read before."""


class Editions(Beside):
    """A further event of a world, and everybody at it.

    Attributes:
        record: What was seen.
        source: The event.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "edition", NODES)
        self.record = EditionRecord()
        self.source: Site
        self._told: Told
        self._key_name = ""
        self._first: list[Print] = []
        self._kept_back: list[Print] = []
        self._retired: tuple[Instant, Instant] | None = None

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put it on, sell and print, and start the gates."""
        world = self._world
        await self.owner.sign_in()
        self.source = await put_on(self.owner)
        self._told = Told(world, self.source.event_id)
        world.others += self.nodes
        for node, gate_id in zip(self.nodes, self.source.gates, strict=True):
            await self._enrol(node, gate_id, self.source.event_id)
        async with world.server.context.write(world.venue.organization_id) as unit:
            _, key = await ticket_signing_key(unit, world.vault, self.source.event_id)
        self._key_name = name_key(key.public_key).hex()
        printed = await self._sell(FIRST_TICKETS)
        self._kept_back, self._first = printed[:KEPT_BACK], printed[KEPT_BACK:]
        await asyncio.sleep((2 * world.scenario.poll + 10 * SECOND) / SECOND)

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        dice = self._dice
        for one in self._first:
            self._come_by(one)
        for work in (
            self._print_again(dice.stream("second")),
            self._bound(dice.stream("bounds")),
            self._cut(dice.stream("cuts")),
        ):
            self._world.start(work)

    # -- guests ----------------------------------------------------------------------------------

    def _come_by(self, shown: Print) -> None:
        dice = self._dice.stream(f"guest {shown.ticket_id} {shown.edition}")
        self._world.start(self._come(shown, dice))

    async def _come(self, shown: Print, dice: Dice) -> None:
        """Come any time, again and again; whoever is inside goes out now and then."""
        whole = self._world.scenario.duration
        await self._pause(Duration(dice.below(whole * 6 // 10)))
        inside = False
        for _ in range(VISITS):
            seen = await self.show(dice.pick(self.nodes), shown, "out" if inside else "in")
            if seen.is_green:
                inside = not inside
            await self._pause(dice.exponential(whole // 8))

    async def show(self, node: GateNode, shown: Print, direction: str = "in") -> Seen:
        """Present a paper at a gate, and look at its lamp."""
        stage, record = self._world.stage, self.record
        seen = Seen(
            number=len(record.seen) + 1,
            node=node.name,
            shown=shown,
            direction=direction,
            began=stage.now(),
            is_in_reach=self._is_in_reach(node),
        )
        record.seen.append(seen)
        if not node.is_up:
            return seen
        try:
            _, answer = await node.work(
                lambda session: session.scan(Scan(shown.text, direction=direction))
            )
        except GatekeeperError:
            return seen
        seen.answer = answer
        seen.is_in_reach = seen.is_in_reach and self._is_in_reach(node)
        if answer is not None:
            seen.ended = stage.now()
            stage.trace.note(
                node.name,
                f"shows {answer.verdict} {answer.reason} {answer.mode} {answer.ticket_id}"
                f" {shown.edition} {direction} seq {answer.seq}",
            )
        return seen

    # -- tickets ---------------------------------------------------------------------------------

    async def _sell(self, count: int) -> list[Print]:
        """Sell tickets of the event, and print them."""
        line = {"ticket_type_id": self.source.kind, "quantity": count}
        order = await must(
            self.owner, "POST", f"{self.source.path}/orders", {"lines": [line], "payment": "paid"}
        )
        found = [await self._print(str(one["id"])) for one in order["tickets"]]
        return [one for one in found if one is not None]

    async def _print(self, name: str) -> Print | None:
        """Print a ticket; None where nobody can tell by which key it was signed."""
        began = self._world.stage.now()
        said = await must(self.owner, "GET", f"{self.source.path}/tickets/{name}/credential")
        edition = Edition.FIRST
        if self._retired is not None:
            since, until = self._retired
            if began > until + RETIRES:
                edition = Edition.SECOND
            elif self._world.stage.now() >= since:
                return None
        return Print(said["digits"], edition, self.source.event_id, parse_ticket_id(name))

    # -- what the organizer does -----------------------------------------------------------------

    async def _print_again(self, dice: Dice) -> None:
        """Let another key sign; send some holders their ticket once more, and sell on."""
        await self._at_part(dice, 5, 20)
        began = self._world.stage.now()
        self._retired = began, Instant(began + self._world.scenario.duration)
        await must(self.owner, "POST", f"/keys/{self._key_name}/rotate", {"reason": "a leak"})
        self._retired = began, self._world.stage.now()
        await self._pause(Duration(RETIRES + SECOND))
        for one in self._first[:SECOND_PRINTS]:
            again = await self._print(format_ticket_id(one.ticket_id))
            if again is not None:
                self._come_by(again)
        sold = await self._sell(KEPT_BACK)
        self._kept_back += sold[: KEPT_BACK // 2]
        for one in sold[KEPT_BACK // 2 :]:
            self._come_by(one)
        while True:
            await self._pause(dice.exponential(self._world.scenario.duration // 8))
            for one in await self._sell(1):
                self._come_by(one)

    async def _bound(self, dice: Dice) -> None:
        """Say when the first key ends, move it, take it back, and say it once more."""
        whole = self._world.scenario.duration
        await self._at_part(dice, 15, 30)
        await self._say(Duration(dice.between(5, 15) * whole // 100))
        await self._at_part(dice, 2, 12)
        if dice.chance(0.5):
            await self._say(Duration(dice.between(-5, 15) * whole // 100))
            await self._at_part(dice, 5, 15)
        if dice.chance(0.7):
            await self._say(None)
            await self._at_part(dice, 5, 15)
        if dice.chance(0.7):
            await self._say(Duration(dice.between(-5, 5) * whole // 100))

    async def _say(self, ahead: Duration | None) -> None:
        """Say how far ahead the first key ends; and note when the server had committed it."""
        stage = self._world.stage
        began = stage.now()
        until = None if ahead is None else Instant(began + ahead)
        body = {"admits_until": None if until is None else format_instant(until)}
        await must(self.owner, "POST", f"/keys/{self._key_name}/bound", body)
        head = await self._told.head()
        self.record.bounds.append(Bound(until, head, began, stage.now()))
        stage.trace.note("editions", f"the first key ends at {until} by {head}")

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        head = await self._told.head()
        for node in self.nodes:
            if waiting := await self._unrest_of(node, self.source.event_id, head):
                return waiting
        return ""

    async def try_all(self) -> None:
        """Come with what nobody has shown yet: to gates that can ask, and to gates that cannot."""
        network = self._world.stage.network
        for number, one in enumerate(self._kept_back[::2]):
            await self.show(self.nodes[number % NODES], one)
        pairs = [
            pair for node in self.nodes for pair in ((node.name, SERVER), (SERVER, node.name))
        ]
        for pair in pairs:
            network.cut(*pair)
        for number, one in enumerate(self._kept_back[1::2]):
            await self.show(self.nodes[number % NODES], one)
        for pair in pairs:
            network.mend(*pair)
