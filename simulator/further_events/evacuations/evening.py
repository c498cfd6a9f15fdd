"""One evening at three gates and a thin scanner, whose zone is emptied again and again."""

from __future__ import annotations

import asyncio
from typing import Final

from gatekeeper.gate.requests import Scan
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE, SECOND, Duration, format_instant
from shared.wire.claim import ClaimRequest
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.evacuations.desk import Desk, Supervisor
from simulator.further_events.evacuations.record import ANNUL, EmptiedRecord
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.nodes.thin_scanner import ThinScanner
from simulator.world import World

NODES: Final = 3
GATES: Final = ("Gate 1", "Gate 2", "Gate 3")
TICKETS: Final = 36
COPIED: Final = 0.3
TRIES: Final = 3
PATIENCE: Final = 60
"""So many seconds somebody tries to say a word; then the desk does, or nobody."""
LEAVING: Final[Duration] = 30 * SECOND
"""How long people take to leave a house in which there is an alarm."""
FALSE: Final = 0.3
"""The share of alarms that the organizer takes back before anybody had to leave."""
TAKEN_BACK: Final = 0.2
"""And of returns that nobody meant."""
SCANNED_OUT: Final = 0.2
"""Of who leaves; the others simply go."""
SECOND_ALARM: Final = 0.35
"""So often somebody else begins one as well, who may not have heard."""
LOOKS: Final[Duration] = 2 * SECOND
GREETINGS: Final = 4
"""Some are lost on the way."""
STEPPED: Final = 0.3
"""The share of evenings on which gates' clocks jump."""


class Emptied(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        record: What was said and seen.
        has_true_clocks: Nobody's clock was stepped, so that instants are about right.
        neighbours_hear: Within so much time gates have heard each other; None where they cannot.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "emptied", NODES)
        self._scanner = ThinScanner(world, "emptiedscanner")
        self.record = EmptiedRecord(self._scanner.claimed)
        self.visits = self.record.visits
        self._desk = Desk(world, self.owner, self.record)
        self._supervisor = Supervisor(world, self.record)
        self._cards: list[Card] = []
        self._inside: dict[int, Card] = {}
        self._is_stepped = self._dice.stream("clocks").chance(STEPPED)
        every = self.scenario.hello_every
        self.neighbours_hear = None if every is None else Duration(GREETINGS * every + 5 * SECOND)
        self.has_true_clocks = self.scenario.has_true_server and not self._is_stepped

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, print its tickets, and start the gates."""
        await self.owner.sign_in()
        await self._supervisor.appoint("Sam")
        await self._put_on(Terms(gates=GATES, zone={"reentry_after_exit": False}))
        await self._desk.sit_down(self.site.path)
        await self._scanner.enrol(self.site.gates[0], self.site.event_id)
        self._cards = await self._sell(TICKETS)
        self.record.cards |= {card.text: card for card in self._cards}
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for card in self._cards:
            self._world.start(self._visit(card, self._dice.stream(f"guest {card.ticket_id}")))
        self._world.start(self._raise_alarms(self._dice.stream("alarms")))
        self._world.start(self._cut(self._dice.stream("cuts")))
        self._world.start(self._ask(self._dice.stream("asks")))
        self._world.start(self._watch_feed())
        if self._is_stepped:
            self._world.start(self._step_clocks(self._dice.stream("steps")))

    async def _visit(self, card: Card, dice: Dice) -> None:
        """Come once and stay; somebody with a copy comes as well."""
        whole = self.scenario.duration
        await self.pause(Duration(dice.below(whole * 8 // 10)))
        if dice.chance(COPIED):
            self._world.start(self._copy(card, dice.stream("copy")))
        await self._come(card, dice)

    async def _copy(self, card: Card, dice: Dice) -> None:
        await self.pause(Duration(dice.below(self.scenario.duration // 2)))
        await self._come(card, dice)

    async def _come(self, card: Card, dice: Dice) -> None:
        """Try one door after another until somebody lets one in."""
        for _ in range(TRIES):
            if await self._try(card, dice.pick([None, *self.nodes]), dice):
                self._inside[card.ticket_id] = card
                return
            await self.pause(dice.between(3, 20) * SECOND)

    async def _try(
        self, card: Card, node: GateNode | None, dice: Dice, direction: str = "in"
    ) -> bool:
        """Show a card at a gate, or to the thin scanner; tells whether it was green."""
        if node is not None:
            said = Scan(card.text, direction=direction)
            visit = await self._present(node, card, said)
            return visit.is_green
        request = ClaimRequest(
            code=card.text,
            gate_id=self._scanner.gate_id,
            direction=direction,
            claim_id=ClaimId(dice.bytes(16).hex()),
            scanned_at=format_instant(self._world.stage.now()),
        )
        for _ in range(TRIES):
            claimed = await self._scanner.claim(request)
            if claimed.answer is not None:
                return claimed.answer.verdict == "admit"
            await asyncio.sleep(1)
        return False

    # -- evacuations -----------------------------------------------------------------------------

    async def _raise_alarms(self, dice: Dice) -> None:
        """Empty the zone again and again, mostly while some gates are cut off."""
        whole = self.scenario.duration
        for number in range(1_000):
            await self.pause(Duration(20 * SECOND + dice.exponential(whole // 10)))
            away = [node for node in self.nodes if dice.chance(0.4)]
            if away:
                self._world.start(self._keep_off(away, dice.stream(f"cut {number}")))
            if dice.chance(SECOND_ALARM):
                self._world.start(self._empty_too(dice.stream(f"other {number}")))
            await self._empty(dice)

    async def _keep_off(self, nodes: list[GateNode], dice: Dice) -> None:
        with self._cut_off(*nodes):
            await self.pause(Duration(20 * SECOND + dice.exponential(MINUTE)))

    async def _empty_too(self, dice: Dice) -> None:
        await self.pause(dice.exponential(20 * SECOND))
        await self._empty(dice)

    async def _empty(self, dice: Dice) -> None:
        """Empty the zone and let people come back, or take it back."""
        name = await self._say("stop", None, dice)
        if name is None:
            return
        if dice.chance(FALSE):
            await self.pause(dice.exponential(40 * SECOND))
            await self._order(ANNUL, name)
            return
        people = dict(self._inside)
        self._inside.clear()
        for card in people.values():
            if dice.chance(SCANNED_OUT):
                self._world.start(self._scan_out(card, dice.stream(f"out {card.ticket_id}")))
        await self.pause(LEAVING + 5 * SECOND)
        if dice.chance(0.3):
            await self._desk.order("over", name)  # too early: nobody was let back
        if await self._say("return", name, dice) is None:
            return
        people |= self._inside
        self._inside.clear()
        for card in people.values():
            self._world.start(self._come_back(card, dice.stream(f"back {card.ticket_id}")))
        await self.pause(Duration(20 * SECOND + dice.exponential(90 * SECOND)))
        if dice.chance(TAKEN_BACK):
            await self._order(ANNUL, name)
        else:
            await self._say("over", name, dice)

    async def _scan_out(self, card: Card, dice: Dice) -> None:
        await self.pause(Duration(dice.below(LEAVING)))
        await self._try(card, dice.pick([None, *self.nodes]), dice, "out")

    async def _come_back(self, card: Card, dice: Dice) -> None:
        await self.pause(dice.exponential(40 * SECOND))
        await self._come(card, dice)

    async def _say(self, phase: str, name: str | None, dice: Dice) -> str | None:
        """Let somebody say a word, at the desk or at any gate; returns the evacuation's id.

        None if it is over meanwhile, or never came to that.
        """
        node = dice.pick([None, None, *self.nodes])
        for _ in range(PATIENCE // 2):
            if node is None:
                break
            if said := await self._supervisor.say(node, phase, name):
                return said
            await self.pause(SECOND)
        return await self._order(phase, name)

    async def _order(self, phase: str, name: str | None) -> str | None:
        """Say a word at the desk, once the ledger has heard of what it goes on with.

        The gate that began it may be cut off: who looks once would see nothing.
        """
        for _ in range(PATIENCE):
            if name is None or await self._is_as_far(name, phase):
                return await self._desk.order(phase, name)
            await self.pause(2 * SECOND)
        return None

    async def _is_as_far(self, name: str, phase: str) -> bool:
        said = {one["phase"] for one in await self._desk.words() if one["evacuation_id"] == name}
        before = "return" if phase == "over" else "stop"
        return before in said and ("over" not in said or phase == ANNUL)

    # -- what is looked at -----------------------------------------------------------------------

    async def _ask(self, dice: Dice) -> None:
        """Ask who has heard, now and then."""
        while True:
            await self.pause(dice.exponential(8 * SECOND))
            in_reach = frozenset(node.name for node in self.nodes if self._is_in_reach(node))
            await self._desk.ask_who_heard(self.nodes, in_reach)

    async def _watch_feed(self) -> None:
        """Note how far the feed has come by when."""
        while True:
            await asyncio.sleep(LOOKS / SECOND)
            if self.server.is_up:
                head = await self.told.head()
                self.record.heads.append((self._world.stage.now(), head))

    async def _step_clocks(self, dice: Dice) -> None:
        """Let a gate's clock jump now and then."""
        while True:
            await self.pause(dice.exponential(3 * MINUTE))
            clock = dice.pick(self.nodes).clock
            clock.step(Duration(dice.between(-600, 600) * SECOND))

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Bring to an end what is under way, and come once more with every ticket."""
        for name in sorted({one["evacuation_id"] for one in await self._desk.words()}):
            for phase in ("return", "over"):
                said = [one for one in await self._desk.words() if one["evacuation_id"] == name]
                if not {phase, "over"} & {one["phase"] for one in said}:
                    await self._desk.order(phase, name)
        await asyncio.sleep(self.scenario.hears / SECOND)
        self.record.last = (len(self.record.visits), len(self.record.claimed))
        doors = [None, *self.nodes]
        for number, card in enumerate(self._cards):
            dice = self._dice.stream(f"last {number}")
            await self._try(card, doors[number % len(doors)], dice)
        return await self.rest()

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        if waiting := await self._world.unjudged(self.site.event_id):
            return f"{waiting} zones wait to be judged"
        return await super().unrest()
