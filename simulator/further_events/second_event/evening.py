"""One evening at the fair, from the market before it to the last gate's last entry."""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Final

from gatekeeper.boxoffice.till_requests import one_type
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import TicketId, ZoneId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration
from simulator.further_events.further_event import until_quiet
from simulator.further_events.second_event.evacuations import Evacuations
from simulator.further_events.second_event.gates import Gates, links_of
from simulator.further_events.second_event.ground import Builder, Ground, Printer
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.second_event.pausing import Pausing
from simulator.further_events.second_event.people import People
from simulator.further_events.second_event.record import Act, FairRecord, Paper, PaperKind
from simulator.further_events.second_event.thief import MINTED, mint_as_event, mint_as_till, steal
from simulator.further_events.second_event.told import Told
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.venue import CLAIM_BUDGET_MS
from simulator.world import World

HALL_TICKETS: Final = 12
YARD_TICKETS: Final = 6
CAPACITY: Final = 26
FEW: Final = 4
STARTS_MAX: Final = 60
STEADY: Final[Duration] = 50 * SECOND
"""After so long gates that greet each other every few seconds count each other as there."""
AT_ONCE: Final[Duration] = 3 * MILLISECOND


class Fair:
    """The second event of a world, and everybody at it.

    Attributes:
        record: What was seen.
        ground: What was put on.
        gates: Its devices.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.stage.dice.stream("fair")
        self.record = FairRecord()
        self._owner = Owner(world)
        self._papers: dict[PaperKind, list[Paper]] = {}
        self._ended = False
        self.ground: Ground
        self.gates: Gates
        self._people: People
        self._fair: Printer
        self._told: Told

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put both events on, let gates serve the market first, and turn them to the fair."""
        await self._owner.sign_in()
        dates = self._world.scenario.fair_dates
        self.ground = await Builder(self._world, self._owner).build(CAPACITY, dates)
        world, ground = self._world, self.ground
        self.gates = Gates(world, self._owner, ground, self.record)
        world.others += self.gates.all
        self._people = People(world, self.gates, self.record, self._dice.stream("people"))
        self._fair = Printer(self._owner, ground.fair)
        self._told = Told(world, ground.fair.event_id)
        await self.gates.settle()
        # The gates hear of these by the feed, and go on to hold their rows.
        market = Printer(self._owner, ground.market)
        aliens = await market.sell("Hall", FEW, PaperKind.ALIEN, is_manual=True)
        self._papers[PaperKind.ALIEN] = [_at(ground, paper) for paper in aliens]
        await asyncio.sleep((2 * world.scenario.poll + 10 * SECOND) / SECOND)
        for node in self.gates.nodes.values():
            await self.gates.turn(node, ground.fair)
        self._papers[PaperKind.UNPAID] = await self._fair.sell("Hall", FEW, PaperKind.UNPAID)
        leaked = mint_as_event(ground, MINTED, self._dice.stream("leak"))
        self._papers[PaperKind.LEAKED] = leaked
        await asyncio.sleep((2 * world.scenario.poll + 10 * SECOND) / SECOND)

    # -- while doors are open --------------------------------------------------------------------

    async def begin(self) -> None:
        """Let everything happen."""
        people, whole = self._people, self._world.scenario.duration
        dice = self._dice.stream("arrivals")
        for paper in await self._print("Hall", HALL_TICKETS, dice):
            people.start(people.visit_hall(paper, Duration(dice.below(whole * 4 // 10))))
        for paper in await self._print("Yard", YARD_TICKETS, dice):
            people.start(people.visit_yard(paper, Duration(dice.below(whole * 7 // 10))))
        for kind, papers in self._papers.items():
            people.start(people.try_on(papers, whole // 8, kind))
        evacuations = Evacuations(
            self._world,
            self._dice,
            ground=self.ground,
            gates=self.gates,
            owner=self._owner,
            people=people,
            printer=self._fair,
            told=self._told,
            record=self.record,
            come_late=self._come_late,
        )
        pausing = Pausing(
            self._world,
            ground=self.ground,
            gates=self.gates,
            owner=self._owner,
            people=people,
            printer=self._fair,
            told=self._told,
            record=self.record,
            come_late=self._come_late,
        )
        acts = (
            self._sell_late(self._dice.stream("late")),
            self._block(self._dice.stream("block")),
            self._cut(self._dice.stream("cuts")),
            self._stop_gates(self._dice.stream("stops")),
            self._turn_about(self._dice.stream("turns")),
            self._till_evening(self._dice.stream("till")),
            self._end_keys(),
            evacuations.stop_without_badge(self._dice.stream("badgeless")),
            evacuations.empty(self._dice.stream("emptying")),
            self._close(),
        )
        for act in acts:
            people.start(act)
        if self._world.scenario.pauses_yard:
            people.start(pausing.pause_yard(self._dice.stream("pause")))

    async def _print(self, zone: str, count: int, dice: Dice) -> list[Paper]:
        manual = count // 4
        papers = await self._fair.sell(zone, count - manual)
        papers += await self._fair.sell(zone, manual, is_manual=True)
        dice.shuffle(papers)
        return papers

    async def _at_part(self, part: float) -> None:
        """Wait until that part of the evening is over."""
        await self._people.pause(Duration(round(part * self._world.scenario.duration)))

    async def _sell_late(self, dice: Dice) -> None:
        """Sell to people at the door by the web; holder and copy come at once, to two gates."""
        has_others = self._world.scenario.fair_dates > 1
        unheard = [("Yard", PaperKind.GOOD), ("Hall", PaperKind.UNPAID)]
        unheard += [("Yard", PaperKind.TOMORROW)] if has_others else [("Yard", PaperKind.GOOD)]
        for number in count():
            await self._people.pause(dice.exponential(self._world.scenario.duration // 16))
            zone, kind = unheard[number % len(unheard)]
            nodes = self.gates.leading_to(ZoneId(self.ground.fair.zones[zone]))
            dice.shuffle(nodes)
            await self._sell_unheard(zone, kind, nodes)
            for paper in await self._fair.sell(dice.pick(("Hall", "Yard")), 1):
                self._come_to_all(self.gates.leading_to(paper.zone_id), paper)

    async def _sell_unheard(self, zone: str, kind: PaperKind, nodes: list[GateNode]) -> None:
        """Sell what the first of some gates hears of by nobody before all of them are cut off.

        It is shown when the gates hear each other again, if it is good.
        """
        first, *rest = [node.name for node in nodes]
        others = [name for name in self.gates.names if name != first]
        uplink, apart = links_of([first]), _between(first, others)
        cut: list[tuple[str, str]] = []
        try:
            self._cut_all(uplink + apart, cut)
            papers = await self._fair.sell(zone, 1, kind)
            await self._people.pause(2 * self._world.scenario.poll)
            self._cut_all(links_of(others), cut)
            if kind is PaperKind.GOOD and rest:
                self._mend(apart)
                cut = [pair for pair in cut if pair not in apart]
                await self._people.pause(STEADY)
            else:
                await self._people.pause(5 * SECOND)
            for paper in papers:
                self._come_to_all(nodes, paper)
            await self._people.pause(30 * SECOND)
        finally:
            self._mend(cut)

    def _cut_all(self, pairs: list[tuple[str, str]], cut: list[tuple[str, str]]) -> None:
        for pair in pairs:
            self._world.stage.network.cut(*pair)
        cut += pairs

    def _come_to_all(self, nodes: list[GateNode], paper: Paper) -> None:
        wait = self._dice.below(20 * SECOND)
        for node in nodes:
            self._people.start(self._come_late(node, paper, Duration(wait)))

    def _mend(self, cut: list[tuple[str, str]]) -> None:
        """Take cuts back, unless all were taken back at the end."""
        network = self._world.stage.network
        for pair in cut:
            if network.is_cut(*pair):
                network.mend(*pair)

    async def _come_late(self, node: GateNode, paper: Paper, wait: Duration) -> None:
        await self._people.pause(
            Duration(wait + self._dice.below(self._dice.pick((AT_ONCE, SECOND))))
        )
        shown = await self.gates.scan(node, paper)
        if shown.is_green and shown.zone_id == paper.zone_id:
            self._people.inside(paper.zone_id)[paper.ticket_id] = paper

    async def _act(
        self, kind: str, method: str, path: str, body: object, ticket: TicketId = TicketId(0)
    ) -> bool:
        """Let the organizer do something, and note when the server had committed it."""
        if await self._owner.ask(method, path, body) is None:
            return False
        act = Act(kind, ticket, await self._told.head(), self._world.stage.now())
        self.record.acts.append(act)
        return True

    async def _block(self, dice: Dice) -> None:
        """Block tickets, let them go, reissue and block them again; holders try all along."""
        for number in range(2):
            await self._people.pause(dice.exponential(self._world.scenario.duration // 16))
            for paper in await self._fair.sell("Hall", 1, PaperKind.BLOCKED):
                self._people.start(self._block_one(paper, dice.stream(f"{number}")))

    async def _block_one(self, paper: Paper, dice: Dice) -> None:
        name, ticket = format_ticket_id(paper.ticket_id), paper.ticket_id
        path = f"/events/{self.ground.fair.event_id}/tickets/{name}"
        await self._act("block", "PUT", f"{path}/block", {"blocked": True}, ticket)
        await self._people.pause(2 * self._world.scenario.poll + 10 * SECOND)
        node = dice.pick(self.gates.leading_to(paper.zone_id))
        others = [other for other in self.gates.names if other != node.name]
        cut: list[tuple[str, str]] = []
        try:
            # One gate goes on with the first block; it hears of nothing that comes after.
            self._cut_all(links_of([node.name]) + _between(node.name, others), cut)
            await self._act("unblock", "PUT", f"{path}/block", {"blocked": False}, ticket)
            await self._owner.ask("POST", f"{path}/reissue?even_if_used=true", {})
            newer = await self._fair.print(name, "Hall", PaperKind.BLOCKED) or paper
            await self._act("block", "PUT", f"{path}/block", {"blocked": True}, ticket)
            await self._people.pause(10 * SECOND)
            await self.gates.scan(node, newer)
        finally:
            self._mend(cut)
        self._people.start(self._people.try_on([newer, paper], MINUTE, PaperKind.BLOCKED))

    # -- what fails ------------------------------------------------------------------------------

    async def _cut(self, dice: Dice) -> None:
        """Cut gates off the server for minutes: one of them first, sometimes, and then all."""
        network = self._world.stage.network
        while True:
            await self._people.pause(dice.exponential(3 * MINUTE))
            names = list(self.gates.nodes)
            dice.shuffle(names)
            first, rest = names[:1], names[1:]
            pairs = links_of(first if dice.chance(0.7) else names)
            for pair in pairs:
                network.cut(*pair)
            try:
                await self._people.pause(Duration(30 * SECOND + dice.exponential(20 * SECOND)))
                if len(pairs) == len(links_of(first)) and dice.chance(0.7):
                    for pair in links_of(rest):
                        network.cut(*pair)
                    pairs += links_of(rest)
                await self._people.pause(dice.exponential(2 * MINUTE))
            finally:
                self._mend(pairs)

    async def _stop_gates(self, dice: Dice) -> None:
        """Stop a gate's program or machine now and then."""
        while True:
            await self._people.pause(dice.exponential(4 * MINUTE))
            node = dice.pick(list(self.gates.nodes.values()))
            if not node.is_up:
                continue
            node.stop(has_power=dice.chance(0.5))
            await asyncio.sleep(dice.exponential(20 * SECOND) / SECOND)
            for _ in range(STARTS_MAX):
                if not node.is_stopped or await node.start():
                    break
                await asyncio.sleep(1)

    async def _turn_about(self, dice: Dice) -> None:
        """Let one gate of the yard serve the market for a while, and come back."""
        node = self.gates.nodes["fair03"]
        while True:
            await self._people.pause(dice.exponential(4 * MINUTE))
            await self.gates.turn(node, self.ground.market)
            await asyncio.sleep(dice.between(30, 90))
            await self.gates.turn(node, self.ground.fair)

    # -- keys ------------------------------------------------------------------------------------

    async def _till_evening(self, dice: Dice) -> None:
        """Sell at the till until it is known to be stolen; the thief prints all the while."""
        whole, till = self._world.scenario.duration, self.gates.till
        event_id, stolen = self.ground.fair.event_id, False
        code, _ = self.ground.fair.kinds["Hall"]
        until = self._world.stage.now() + whole // 4
        while self._world.stage.now() < until:
            await self._people.pause(dice.exponential(whole // 20))
            try:
                _, taken = await till.call(lambda session: steal(session, event_id))
                _, answer = await till.work(lambda session: session.till.sell(one_type(code)))
                sale = None if answer is None else answer.sold()
            except GatekeeperError:
                continue
            for ticket in [] if sale is None else sale.tickets:
                ticket_id = parse_ticket_id(ticket.ticket_id)
                paper = Paper(ticket.digits, PaperKind.GOOD, ticket_id, ZoneId(self._hall))
                self.record.sold[ticket_id] = self._world.stage.now()
                self._people.start(
                    self._people.visit_hall(paper, Duration(dice.below(whole // 3)))
                )
            if taken is not None and not stolen:
                stolen = True
                papers = mint_as_till(self.ground, *taken, MINTED)
                self._people.start(self._people.try_on(papers, whole // 10, PaperKind.STOLEN))
        assert till.profile is not None
        body = {"reason": "stolen"}
        await self._act("revoke", "POST", f"/devices/{till.profile.device_id}/revoke", body)

    @property
    def _hall(self) -> str:
        return self.ground.fair.zones["Hall"]

    async def _end_keys(self) -> None:
        """Rotate the event's key, then learn that the first one has leaked."""
        await self._at_part(0.3)
        path = f"/keys/{self.ground.key_name}"
        await self._act("rotate", "POST", f"{path}/rotate", {"reason": "yearly"})
        await self._at_part(0.3)
        await self._act("compromise", "POST", f"{path}/compromise", {"reason": "leaked"})

    async def _close(self) -> None:
        """Let nobody in any more on a gate's own word, and cut the gates off soon after."""
        await self._at_part(0.75)
        policy = {"offline_policy": "closed", "claim_budget_ms": CLAIM_BUDGET_MS}
        path = f"/events/{self.ground.fair.event_id}"
        papers = [*await self._fair.sell("Yard", 2), *await self._fair.sell("Hall", 1)]
        reason = {"reason": "the venue's network is going down"}
        await self._act("lift", "POST", f"{path}/freeze/lift", reason)
        await self._act("close", "PATCH", path, {"policy": policy})
        await self._people.pause(2 * self._world.scenario.poll + 10 * SECOND)
        cut = links_of(list(self.gates.nodes))
        for pair in cut:
            self._world.stage.network.cut(*pair)
        try:
            await self._people.pause(5 * SECOND)
            for paper in papers:
                self._come_to_all(self.gates.leading_to(paper.zone_id), paper)
            await self._people.pause(40 * SECOND)
        finally:
            self._mend(cut)

    # -- after doors -----------------------------------------------------------------------------

    def end(self) -> None:
        """Let nobody begin anything new."""
        self._people.end()
        self.record.asked += [one for one in self._owner.refused if "/credential" not in one]

    async def rest(self) -> str:
        """Bring all gates back to the fair, and wait until nothing is left to do there."""
        for node in self.gates.nodes.values():
            if self.gates.serves(node) is not self.ground.fair:
                await self.gates.turn(node, self.ground.fair)
        return await until_quiet(self.unrest)

    async def unrest(self) -> str:
        """Say what is left to do at the fair; "" if nothing is."""
        if waiting := await self._world.unjudged(self.ground.fair.event_id):
            return f"{waiting} zones wait to be judged"
        head = await self._told.head()
        for node in self.gates.all:
            node.disarm()
            if node.is_stopped:
                await node.start()
            if not node.is_up:
                return f"{node.name} is down: {node.failure}"
            if node is self.gates.till:
                continue
            session = node.session
            if session.store.journal.pending:
                return f"{node.name} has {session.store.journal.pending} pending"
            state = session.store.feeds.get(self.ground.fair.event_id)
            serves = self.gates.serves(node).event_id
            if serves == self.ground.fair.event_id and state.cursor != head:
                return f"{node.name} at {state.cursor} of {head}: {session.status().problem}"
        return ""


def _between(name: str, others: list[str]) -> list[tuple[str, str]]:
    return [pair for other in others for pair in ((name, other), (other, name))]


def _at(ground: Ground, paper: Paper) -> Paper:
    """Show a paper of the market at the fair's hall."""
    zone_id = ground.fair.zones["Hall"]
    return Paper(paper.text, paper.kind, paper.ticket_id, ZoneId(zone_id), paper.is_manual)
