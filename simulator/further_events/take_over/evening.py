"""One evening whose server another machine takes over, from a copy that is a minute old.

The former one is dead, or only out of the second's sight; then it goes on for gates that reach it,
until somebody tells it. Gates hear of the second by a word that they scan, or from the former.
All the while people sell at the former, and set devices up by codes that they have from it; two
tills sell at whichever server they are told of.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from server.db.ledger_state import open_epoch, read_ledger
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.devices.enrolment_codes import issue_code
from server.devices.schemas import AssignmentBody, DeviceRole
from server.exchange.epochs import declare_absent, list_pending
from server.publishing.publisher import Publisher
from server.reconciliation.ended_keys import name_unexplained
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from shared.wire.signed_server_address import ADDRESS_PATH, AddressNotice, AddressWord
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.take_over import signs, wire
from simulator.further_events.take_over.record import TakeOverRecord
from simulator.further_events.take_over.tills import TILLS, TakenTills, read_granted
from simulator.further_events.take_over.wire import FORMER, SECOND_SERVER, MovableServer
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.kernel.disk import SimDisk
from simulator.kernel.loop import Process
from simulator.kernel.network import Refused
from simulator.nodes.enrolling import Newcomer, TurnedDownError, enrol, trade
from simulator.nodes.gate_node import GateNode
from simulator.nodes.server_node import ServerNode
from simulator.nodes.wired_server import WiredServer
from simulator.venue import Venue, VenuePlan, put_on
from simulator.world import World

NODES: Final = 3
TICKETS: Final = 50
VISITS: Final = 3
DEAD: Final = 0.3
"""The share of evenings at which the former server is gone, and comes back later."""
TOLD_EVERY: Final[Duration] = MINUTE
SALES: Final = 30
CODES: Final = 6
CODES_LAST: Final[Duration] = 4 * HOUR
PATIENCE_S: Final = 10
CREATED: Final = 201
STEP_MAX: Final = 0xFFFF
FIRST_WORKERS: Final = {FORMER: 2, SECOND_SERVER: 3}
ADDRESSES: Final = {node: url for url, node in wire.URLS.items()}


class TakeOver(FurtherEvent):
    """An event on a server of its own, and everybody at it.

    Attributes:
        record: What was seen.
        former: The server that it begins with.
        second: The one that takes over.
        venue: The event.
        tills: Who sells there, at either.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "taken", 0)
        stage = world.stage
        self.record = TakeOverRecord()
        self.visits = self.record.visits
        self.venue: Venue
        signs.forget()
        wire.lay(stage.network, self._hear_answer)
        settings = world.server.settings
        image = msgspec.structs.replace(
            world.image,
            settings=msgspec.structs.replace(settings, authority_pem=signs.authority()),
        )
        self.former, self.second = (
            ServerNode(stage, image, name=name, first_worker=first)
            for name, first in FIRST_WORKERS.items()
        )
        world.other_servers += [self.former, self.second]
        self.nodes += [self._machine(f"taken{number:02}") for number in range(1, NODES + 1)]
        tills = [self._machine(f"takentill{number:02}") for number in range(1, TILLS + 1)]
        self.tills = TakenTills(self, tills, self._dice.stream("tills"))
        world.others += self._devices
        self._word = ""
        self._office = Owner(world, "former", self.former)
        self._successor = Owner(world, "second", self.second)
        self._codes: list[str] = []

    def _machine(self, name: str) -> GateNode:
        skew, drift = self.scenario.skew_max, self.scenario.drift_ppm_max
        dice = self._dice.stream(f"clock of {name}")
        return GateNode(
            self._world.stage,
            name,
            connect=self._connect,
            skew=dice.between(-skew, skew),
            drift_ppm=dice.between(-drift, drift),
        )

    @property
    def _devices(self) -> list[GateNode]:
        return [*self.nodes, *self.tills.nodes]

    def _connect(self, process: Process, profile: Profile, channel: DeviceChannel) -> WiredServer:
        def note() -> None:
            self.record.moved.setdefault(process.node, self._world.stage.now())
            self._world.stage.trace.note(process.node, "goes to the second server")

        return MovableServer(self._world.stage.network, process, profile, channel, note)

    def _hear_answer(self, node: str, method: str) -> None:
        """Note by when the former server had been told."""
        if node == FORMER and method == "POST" and self.record.told is None:
            self.record.told = self._world.stage.now()
            self._world.stage.trace.note(FORMER, "has been told")

    def _is_in_reach(self, node: GateNode) -> bool:
        """Tell whether a gate could ask the server that it goes to, and for long."""
        network, now = self._world.stage.network, self._world.stage.loop.now_us
        place = SECOND_SERVER if node.name in self.record.moved else FORMER
        quick = network.quick_since(node.name, place)
        if quick is None:
            return False
        return now - quick > 2 * self._world.scenario.poll + MINUTE

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on at its own server, and start its gates."""
        world = self._world
        await self.former.start()
        plan = VenuePlan(
            name="Taken", gates=NODES, tickets=TICKETS, hours=world.scenario.hours + 24
        )
        self.venue = await put_on(self.former.context, world.vault, plan)
        await self.tills.offer(self.former, self.venue)
        gates = [*self.venue.gate_ids, *[None] * TILLS]
        for node, gate_id in zip(self._devices, gates, strict=True):
            newcomer = Newcomer(
                key=node.key,
                name=node.name,
                role="till" if gate_id is None else "gate",
                gate_id=gate_id,
                event_id=self.venue.event_id,
            )
            profile = await enrol(
                world.stage.network,
                Process(node.name),
                self.former,
                self.venue.organization_id,
                newcomer,
            )
            node.install(
                msgspec.structs.replace(
                    profile, server_url=ADDRESSES[FORMER], authority_pem=signs.authority()
                )
            )
        await self._publish(self.former)
        await self._office.sign_in(self.venue)
        async with self.former.context.write(self.venue.organization_id) as unit:
            terms = AssignmentBody(role=DeviceRole.TILL, event_id=self.venue.event_id)
            for _ in range(CODES):
                issued = await issue_code(unit, terms, actor="organizer", lifetime=CODES_LAST)
                self._codes.append(issued.code)
        for node in self._devices:
            await node.start()
        await asyncio.sleep((2 * world.scenario.poll + 10 * SECOND) / SECOND)

    async def _publish(self, server: ServerNode) -> None:
        publisher = Publisher(
            server.context,
            server.settings,
            self._world.vault,
            server.feed,
            name_unexplained=name_unexplained,
        )
        work = publisher.publish(self.venue.organization_id, self.venue.event_id)
        await self._world.stage.loop.outcome(server.process, work)

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for ticket in self.venue.tickets:
            guest = self._dice.stream(f"guest {ticket.ticket_id}")
            card = Card(self.venue.digits(ticket, 1), ticket.ticket_id)
            self._world.start(self._come(card, guest))
        self._world.start(self._take_over(self._dice.stream("take over")))
        self._world.start(self._sell_at_former(self._dice.stream("sold at the former")))
        self.tills.begin()

    async def _sell_at_former(self, dice: Dice) -> None:
        """Sell at the former server, whatever has become of it."""
        _, kind = self.venue.single_type
        order = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "payment": "paid"}
        path = f"/events/{self.venue.event_id}/orders"
        while True:
            await self.pause(dice.exponential(self.scenario.duration // SALES))
            began = self._world.stage.now()
            if await self._office.ask_once("POST", path, order) == CREATED:
                self.record.changed.append(("an order", began))

    async def _enrol_at_former(self, dice: Dice) -> None:
        """Set one device after another up at the former server, by codes that it has issued."""
        network = self._world.stage.network
        for number, code in enumerate(self._codes):
            await self.pause(dice.exponential(self.scenario.duration // CODES))
            name = f"takenlate{number + 1}"
            newcomer = Newcomer(
                key=self._world.device(name).key,
                name=name,
                role="till",
                gate_id=None,
                event_id=self.venue.event_id,
            )
            began = self._world.stage.now()
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await trade(network, Process(name), self.former, newcomer, code)
            except (TimeoutError, Refused, TurnedDownError):
                continue
            self.record.late.append((name, began))

    async def _come(self, card: Card, dice: Dice) -> None:
        """Come any time; some with copies, at other gates."""
        whole = self._world.scenario.duration
        for _ in range(VISITS):
            await self.pause(dice.exponential(whole // 2))
            await self._present(dice.pick(self.nodes), card)

    async def _take_over(self, dice: Dice) -> None:
        """Let another machine take over; the gates hear of it one after another."""
        world, network = self._world, self._world.stage.network
        await self._at_part(dice, 10, 30)
        await self.tills.leave_open(dice.stream("left open"))
        self.record.copied = world.stage.now()
        copy = self.former.disk.copy()
        world.start(self.tills.give_up())
        # The second would wait for devices of the copy that nobody switches on.
        world.start(self._enrol_at_former(dice.stream("enrolled at the former")))
        # A copy is up to a minute old; in the shortest evenings it must be younger.
        age_max = min(MINUTE, self.scenario.duration * 6 // 10)
        await self.pause(Duration(dice.below(age_max)))
        is_dead = dice.chance(DEAD)
        if is_dead:
            self.former.stop(has_power=False)
        hidden = [(FORMER, SECOND_SERVER)]
        hidden += [(node.name, SECOND_SERVER) for node in self._devices]
        # Where the former one is only away, it is for some gates as well.
        hidden += [(node.name, FORMER) for node in self._devices if dice.chance(0.3)]
        for one, other in hidden:
            network.cut(one, other)
            network.cut(other, one)
        await self._open_second(copy, step=dice.between(1, STEP_MAX))
        for node in self._devices:
            world.start(self._show_word(node, dice.stream(f"word at {node.name}")))
        await self._successor.sign_in(self.venue)
        at_second = dice.stream("sold at the second")
        world.start(self.tills.sell_at_office(self._successor, self.venue, at_second))
        world.start(self._wait_no_longer(dice.stream("absent")))
        world.start(self._tell_former(dice.stream("tell"), is_dead=is_dead))

    async def _open_second(self, copy: SimDisk, *, step: int) -> None:
        """Start the second server on the copy, in a higher epoch, and say where it is."""
        world = self._world

        async def begin_epoch(context: Context) -> None:
            """Do what `gatekeeper-server take-over` does before the program starts."""
            async with context.database.write(org=SYSTEM) as session:
                known = (await read_ledger(session)).epoch
                await open_epoch(
                    session,
                    at_least=known + step,
                    reason="taken over from a copy",
                    now=context.clock.wall(),
                    admits_claims=False,
                )

        self.second.put_disk(copy)
        await self.second.start(begin_epoch)
        self.record.opened = world.stage.now()
        await self._publish(self.second)
        async with self.second.context.database.read(org=SYSTEM) as session:
            epoch = (await read_ledger(session)).epoch
        said = AddressWord(epoch, self.second.clock.wall(), (ADDRESSES[SECOND_SERVER],))
        self._word = signs.sign(said)
        signs.show(SECOND_SERVER, self._word)

    async def _show_word(self, node: GateNode, dice: Dice) -> None:
        """Let somebody show a gate where the server is now, when it can be reached there."""
        await self.pause(dice.exponential(self._world.scenario.duration // 8))
        self._uncut(node.name, SECOND_SERVER)
        await self.pause(dice.exponential(20 * SECOND))
        if dice.chance(0.7):
            await self._scan_word(node)

    async def _scan_word(self, node: GateNode) -> None:
        if not node.is_up:
            return
        try:
            await node.call(lambda session: session.hear_address(self._word))
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"no word: {fault}")

    async def _wait_no_longer(self, dice: Dice) -> None:
        """Give up a gate that has not come for long, as the organizer may."""
        await self.pause(Duration(self._world.scenario.duration // 5))
        for pending in await list_pending(self.second.context):
            node = next(one for one in self._devices if one.device_id == pending.device_id)
            if dice.chance(0.5):
                self.record.absent[node.name] = self._world.stage.now()
                why = "it is at the far end"
                await declare_absent(self.second.context, pending.device_id, why)

    async def _tell_former(self, dice: Dice, *, is_dead: bool) -> None:
        """Let the former come back, and the second reach it, which tells it each minute."""
        await self.pause(dice.exponential(self._world.scenario.duration // 5))
        if is_dead:
            await self.former.start()
        await self.pause(dice.exponential(self._world.scenario.duration // 8))
        self._uncut(FORMER, SECOND_SERVER)
        while self.record.told is None:
            await self._tell()
            await self.pause(TOLD_EVERY)
        await self.pause(2 * SECOND)  # what it had begun before is settled
        self.record.granted = await read_granted(self.former, self.venue)
        if dice.chance(0.5):
            await self.pause(dice.exponential(30 * SECOND))
            self.former.stop(has_power=dice.chance(0.5))
            await asyncio.sleep(5)
            await self.former.start()

    async def _tell(self) -> None:
        notice = msgspec.json.encode(AddressNotice(self._word))
        try:
            await wire.ask(self.second.process, FORMER, "POST", ADDRESS_PATH, notice)
        except GatekeeperError as fault:
            self._world.stage.trace.note(SECOND_SERVER, f"does not reach the former: {fault}")

    def _uncut(self, one: str, other: str) -> None:
        network = self._world.stage.network
        for pair in ((one, other), (other, one)):
            if network.is_cut(*pair):
                network.mend(*pair)

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        if self.second.is_stopped:
            return "nobody has taken over"
        if self.record.told is None:
            if self.former.is_stopped:
                await self.former.start()
            await self._tell()
            return "the former server does not know"
        if self._is_over and self.former.is_up:
            self.former.stop(has_power=True)  # somebody switches it off
        head = await self._head(self.second, self.venue.event_id)
        for node in self._devices:
            if node.name not in self.record.moved:
                await self._scan_word(node)
            if waiting := await self._unrest_of(node, self.venue.event_id, head):
                return waiting
        return await self.tills.unrest()

    async def finish(self) -> str:
        """Sell all that is left, and let everybody come who has a ticket of a till's.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self.rest():
            return unrest
        await self.tills.sell_out(self._successor, self.venue)
        if unrest := await self.rest():
            return unrest
        await self._notice()
        self.last = len(self.visits) + 1
        for number, card in enumerate(self.tills.cards):
            await self._present(self.nodes[number % NODES], card)
        return await self.rest()

    async def _head(self, server: ServerNode, event_id: EventId) -> int:
        inline = server.context.database.inline
        assert inline is not None
        async with inline.reading():
            asked = "SELECT seq FROM event_feed WHERE event_id = ?"
            ((number,),) = inline.connection.execute(asked, (event_id,)).fetchall()
        return int(number)
