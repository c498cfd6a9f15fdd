"""A venue in virtual time: a server, gates, tills, and a record of what was seen."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.device.lan_link import ADDRESS_TOLD_EVERY, LanOptions
from gatekeeper.gate.requests import Scan, Undo
from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from server.db.unit import Context, Unit
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.keys.vault import Vault, open_vault
from server.publishing.publisher import Publisher
from server.reconciliation.ended_keys import name_unexplained
from server.ticketing.finding_and_changing_tickets import set_homes
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId
from shared.kernel.instant import SECOND, Duration
from shared.lan.peer import DEFAULTS
from simulator.further_events.mails.mail_server import set_up_mail
from simulator.history import Code, History, ShownSale, ShownScan, ShownUndo
from simulator.home_record import RecordingFeed
from simulator.kernel.loop import Process
from simulator.kernel.stage import Stage
from simulator.nodes.dishonest_relay import DishonestRelay, DishonestServer
from simulator.nodes.enrolling import Newcomer, enrol
from simulator.nodes.gate_node import GateNode
from simulator.nodes.server_image import ServerImage
from simulator.nodes.server_node import ServerNode
from simulator.nodes.wired_server import SERVER, WiredServer
from simulator.planted_bugs.planted_bug import NO_BUG, Planted
from simulator.scenario import Scenario
from simulator.venue import Venue, VenuePlan, gate_name, put_on

QUIET_LIMIT: Final[Duration] = 900 * SECOND
QUIET_STEP: Final[Duration] = 5 * SECOND
LIVE_HELLOS: Final = 4
"""Greetings after which gates that nothing keeps apart have surely heard one of each other's."""
LAN_PORT: Final = 4_810


class Over(Exception):
    """Doors are closed: whoever meets this stops what it does."""


def describe_fault(error: BaseException) -> str:
    """Say what was raised, and where."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} at {where.filename}:{where.lineno}"


class World:
    """One venue.

    Attributes:
        stage: Its ground.
        scenario: What it is like.
        history: What was seen.
        server: The server's node.
        gates: The gates' nodes.
        tills: The tills' nodes.
        image: What its servers start from.
        others: Devices of other events.
        events_beside: Which of these the operator publishes again after a restore.
        other_servers: Of events that have their own.
        venue: The event.
        vault: Where the organization's keys are.
        planted: The bug that is switched on.
        homes: The gate printed on each ticket, under the policy `home`.
        dishonest: What the dishonest gate is up to, if there is one.
        before_devices: Adds to the event what somebody has put there, before devices enrol.
    """

    def __init__(
        self,
        stage: Stage,
        image: ServerImage,
        scenario: Scenario,
        planted: Planted = NO_BUG,
    ) -> None:
        self.stage = stage
        self.planted = planted
        self.scenario = scenario
        self.history = History()
        image = set_up_mail(image) if "mails" in scenario.further else image
        apart, is_steady = scenario.hosts_apart, scenario.fault_rates.machine_clock is not None
        self.server = ServerNode(
            stage, image, self._make_feed, hosts_apart=apart, is_steady=is_steady
        )
        self.image = image
        self.gates = [self.device(f"gate{n:02}") for n in range(1, scenario.gates + 1)]
        self.tills = [self.device(f"till{n:02}") for n in range(1, scenario.tills + 1)]
        self.others: list[GateNode] = []
        self.events_beside: list[EventId] = []
        self.other_servers: list[ServerNode] = []
        self._tasks: set[asyncio.Task[None]] = set()
        if scenario.hello_every is not None:
            # One hello may be missing: a peer counts as live for three.
            stage.sockets.reachability.expect(
                gap=2 * scenario.hello_every, steady=6 * scenario.hello_every
            )
        self.homes: dict[int, GateNode] = {}
        self.dishonest = self._find_dishonest()
        self.before_devices: Callable[[Context, Venue], Awaitable[None]] | None = None
        self.venue: Venue
        self.vault: Vault

    @property
    def devices(self) -> Sequence[GateNode]:
        """Gates and tills."""
        return [*self.gates, *self.tills]

    def device(self, name: str) -> GateNode:
        """Make one machine, with a clock that is off in its own way; nobody has enrolled it."""
        scenario, dice = self.scenario, self.stage.dice.stream(f"clock of {name}")
        node = GateNode(
            self.stage,
            name,
            connect=self._connect,
            skew=dice.between(-scenario.skew_max, scenario.skew_max),
            drift_ppm=dice.between(-scenario.drift_ppm_max, scenario.drift_ppm_max),
            lan=self._lan_options(name),
        )
        node.disk.faults.ignores_sync = self.planted.ignores_sync
        return node

    def _lan_options(self, name: str) -> LanOptions | None:
        every = self.scenario.hello_every
        if every is None:
            return None
        pace = every // DEFAULTS.hello_every
        return LanOptions(
            host=self.stage.sockets.host_of(name),
            port=0 if self.scenario.has_any_port else LAN_PORT,
            settings=msgspec.structs.replace(
                DEFAULTS,
                hello_every=every,
                live_window=DEFAULTS.live_window * pace,
                sync_every=DEFAULTS.sync_every * pace,
            ),
        )

    def _connect(self, process: Process, profile: Profile, channel: DeviceChannel) -> WiredServer:
        network, has_push = self.stage.network, self.scenario.has_push
        if self.dishonest is not None and process.node == self.dishonest.node.name:
            dishonest = self.dishonest
            return DishonestServer(
                network, process, profile, channel, dishonest, has_push=has_push
            )
        return WiredServer(network, process, profile, channel, has_push=has_push)

    def _find_dishonest(self) -> DishonestRelay | None:
        number = self.scenario.dishonest_gate
        if not number:
            return None
        return DishonestRelay(self.stage, self.history, self.gates, self.gates[number - 1])

    def _make_feed(self) -> LedgerFeed:
        """Make the server's feed; where homes are moved, somebody takes down who has which."""
        if self.scenario.moves_every is None:
            return LedgerFeed()
        return RecordingFeed(self.history.homes.append)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Let somebody do something; what goes wrong in it is a finding."""
        self.spawn(work)  # type: ignore[unused-awaitable] # the world keeps it

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do as `start`, and give the task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._look_at)
        return task

    def _look_at(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, Over):
            self.history.faults.append(describe_fault(error))

    # -- before doors --------------------------------------------------------------------------

    async def open(self) -> None:
        """Install the server, put the event on, enrol every device and start it."""
        if self.scenario.fault_rates.server_ahead:
            self.server.clock.step(self.scenario.fault_rates.server_ahead)
        await self.server.start()
        context = self.server.context
        self.vault = open_vault(self.image.settings.data_folder, context.entropy)
        scenario = self.scenario
        plan = VenuePlan(
            name="Alpha",
            gates=scenario.gates,
            tickets=scenario.tickets,
            early_tickets=scenario.early_tickets,
            group_tickets=scenario.group_tickets,
            policy=scenario.policy,
            has_reentry=scenario.has_reentry,
            hours=scenario.hours,
            capacity=scenario.capacity,
            currency="CHF" if scenario.box_office is None else scenario.box_office.currency,
        )
        self.venue = await put_on(context, self.vault, plan)
        if self.before_devices is not None:
            await self.before_devices(context, self.venue)
        for node, gate_id in zip(self.gates, self.venue.gate_ids, strict=True):
            await self._enrol(node, "gate", gate_id)
        for node in self.tills:
            await self._enrol(node, "till", None)
        if scenario.policy is OfflinePolicy.HOME:
            await self._give_homes()
        await self.publish()
        for node in self.devices:
            await node.start()
        await asyncio.sleep(10)

    async def _give_homes(self) -> None:
        """Give every ticket one gate's device as its home."""
        dice, venue = self.stage.dice.stream("homes"), self.venue
        devices = [node.profile.device_id for node in self.gates if node.profile is not None]
        homes: dict[TicketId, DeviceId | None] = {
            ticket.ticket_id: dice.pick(devices) for ticket in venue.tickets
        }
        self.homes = {
            ticket_id: node
            for ticket_id, device_id in homes.items()
            for node in self.gates
            if node.profile is not None and node.profile.device_id == device_id
        }
        async with self.server.context.write(venue.organization_id) as unit:
            await set_homes(unit, self.server.feed, venue.event_id, homes)

    def gate_called(self, name: str | None) -> GateNode | None:
        """Return the gate that a screen sends a holder to."""
        numbered = enumerate(self.gates, 1)
        return next((node for number, node in numbered if name == gate_name(number)), None)

    async def publish(self) -> None:
        """Publish the event as it is now, and those beside it that live on when it is put back."""
        node, venue = self.server, self.venue
        publisher = Publisher(
            node.context,
            self.image.settings,
            self.vault,
            node.feed,
            name_unexplained=name_unexplained,
        )
        for event_id in (venue.event_id, *self.events_beside):
            await publisher.publish(venue.organization_id, event_id)

    async def _enrol(self, node: GateNode, role: str, gate_id: GateId | None) -> None:
        node.install(await self.enrol(node.key, node.name, role, gate_id, Process(node.name)))

    async def enrol(
        self,
        key: SigningKey,
        name: str,
        role: str,
        gate_id: GateId | None,
        process: Process,
        *,
        event_id: EventId = EventId(""),
    ) -> Profile:
        """Enrol a device of the world's server; of the venue's event where none is named."""
        newcomer = Newcomer(
            key=key,
            name=name,
            role=role,
            gate_id=gate_id,
            event_id=event_id or self.venue.event_id,
        )
        return await enrol(
            self.stage.network, process, self.server, self.venue.organization_id, newcomer
        )

    async def at_server(self, work: Callable[[Unit], Awaitable[None]]) -> None:
        """Do something at the server as one of its own steps, if it is up."""
        if self.server.is_up:
            context = self.server.context

            async def write() -> None:
                async with context.write(self.venue.organization_id) as unit:
                    await work(unit)

            await self.stage.loop.outcome(self.server.process, write())

    # -- what people do ------------------------------------------------------------------------

    async def scan(
        self, node: GateNode, code: Code, *, direction: str = "in", count: int = 1
    ) -> ShownScan:
        """Present a code at a gate and look at its lamp, if the gate is up."""
        history, stage = self.history, self.stage
        scan = ShownScan(
            number=len(history.scans) + 1,
            node=node.name,
            code=code,
            direction=direction,
            count=count,
            began=stage.now(),
            start=node.starts,
            peers=self.peers_of(node, self.gates),
            heard=self._heard_by(node),
            reachable=self._reachable_of(node),
        )
        history.scans.append(scan)
        if not node.is_up:
            scan.refusal = "the gate is down"
            return scan
        try:
            _, answer = await node.work(
                lambda session: session.scan(Scan(code.text, count=count, direction=direction))
            )
        except GatekeeperError as fault:
            scan.refusal = str(fault)
            answer = None
        except Exception as error:  # noqa: BLE001 - any other exception is a finding
            history.faults.append(f"{node.name} scan: {type(error).__name__}: {error}")
            answer = None
        scan.answer = answer
        if answer is not None:
            scan.ended = stage.now()
            stage.trace.note(
                node.name,
                f"shows {answer.verdict} {answer.reason} {answer.mode} {answer.ticket_id}"
                f" x{count} {direction} seq {answer.seq}",
            )
        return scan

    def peers_of(self, node: GateNode, gates: Iterable[GateNode]) -> frozenset[str]:
        """Name those of an event's gates that hear this one, and are heard by it."""
        return self._met(node, gates, self.stage.sockets.reachability.are_in_touch)

    def _heard_by(self, node: GateNode) -> frozenset[str]:
        """Name the gates that have greeted this one lately, and were greeted by it."""
        within = LIVE_HELLOS * (self.scenario.hello_every or 0)
        hear_each_other = self.stage.sockets.reachability.hear_each_other
        return self._met(node, self.gates, partial(hear_each_other, within=Duration(within)))

    def _met(
        self,
        node: GateNode,
        gates: Iterable[GateNode],
        is_met: Callable[[Process, Process, Duration], bool],
    ) -> frozenset[str]:
        if self.scenario.hello_every is None or not node.is_up:
            return frozenset()
        now = self.stage.loop.now_us
        return frozenset(
            other.name
            for other in gates
            if other is not node and other.is_up and is_met(node.process, other.process, now)
        )

    def _reachable_of(self, node: GateNode) -> frozenset[str]:
        """Name the gates that nothing has kept from finding this one, and it from finding them.

        Since the later of the two began anew, or could be reached again, both have told the server
        where they are, have heard of the other's place, and have greeted it. One of a full disk is
        silent: what it cannot keep it says to nobody.
        """
        scenario, network = self.scenario, self.stage.network
        if scenario.hello_every is None or scenario.has_restore or self.dishonest is not None:
            return frozenset()
        needed = 2 * ADDRESS_TOLD_EVERY + 2 * scenario.poll + 12 * scenario.hello_every
        found = set()
        for other in self.gates:
            pairs = ((node, other.name), (node, SERVER), (other, SERVER))
            calm = [network.calm_since(one.name, name) for one, name in pairs]
            calm += [one.had_room_since for one in (node, other)]
            is_calm = all(at is not None and self.stage.loop.now_us - at > needed for at in calm)
            if other is not node and node.is_up and other.is_up and is_calm:
                found.add(other.name)
        return frozenset(found)

    async def sell(self, node: GateNode, count: int) -> Sale | None:
        """Sell single tickets at a till; None if it cannot just now."""
        if not node.is_up:
            return None
        code, _ = self.venue.single_type
        try:
            _, answer = await node.work(lambda session: session.till.sell(one_type(code, count)))
            sale = None if answer is None else answer.sold()
        except GatekeeperError as fault:
            self.stage.trace.note(node.name, f"no sale: {fault}")
            return None
        if sale is not None:
            self.history.sales.append(ShownSale(node.name, sale, code, self.stage.now()))
            self.stage.trace.note(node.name, f"sells receipt {sale.receipt_number} x{count}")
        return sale

    async def undo(self, node: GateNode, claim_id: ClaimId) -> None:
        """Let staff take an admission back at its gate."""
        if not node.is_up:
            return
        try:
            _, seq = await node.call(
                lambda session: session.supervision.do(Undo(claim_id, "mistake", "staff"))
            )
        except GatekeeperError as fault:
            self.stage.trace.note(node.name, f"no undo: {fault}")
            return
        if seq is not None:
            self.history.undos.append(ShownUndo(node.name, claim_id, seq, self.stage.now()))
            self.stage.trace.note(node.name, f"undoes {claim_id} seq {seq}")

    # -- after doors ---------------------------------------------------------------------------

    async def heal(self) -> bool:
        """Mend everything, start what is down, and wait until nothing is left to do.

        Returns:
            Whether it became quiet in time.
        """
        stage = self.stage
        stage.network.mend_all()
        self.server.quicken()
        if self.server.is_stopped:
            await self.server.start()
        waited = 0
        while waited < QUIET_LIMIT:
            for node in self.devices:
                node.disarm()
                if node.is_stopped:
                    await node.start()
            await asyncio.sleep(QUIET_STEP / SECOND)
            waited += QUIET_STEP
            if not await self.unrest():
                return True
        return False

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        if self.stage.network.has_hung:
            return "a message hangs on its way"
        if waiting := await self.unjudged(self.venue.event_id):
            return f"{waiting} zones wait to be judged"
        heads = await self.heads()
        for node in self.devices:
            if not node.is_up:
                return f"{node.name} is down: {node.failure}"
            session = node.session
            if session.store.journal.pending:
                problem = session.status().problem
                return f"{node.name} has {session.store.journal.pending} pending: {problem}"
            state = session.store.feeds.get(self.venue.event_id)
            here = (state.epoch, state.cursor, state.manifest_epoch, state.manifest_sequence)
            if here != heads:
                return f"{node.name} at {here} of {heads}: {session.status().problem}"
            if node.bound_by and self.dishonest is None:
                return f"{node.name} counts {node.bound_by} claims of others that are over"
        return ""

    def discard(self) -> None:
        """Let everything go."""
        nodes: list[ServerNode | GateNode] = [
            self.server,
            *self.other_servers,
            *self.devices,
            *self.others,
        ]
        for node in nodes:
            if node.is_up or (isinstance(node, GateNode) and not node.is_stopped):
                node.process.end()
            node.disk.discard()
            node.disk.release()

    async def unjudged(self, event_id: EventId) -> int:
        """Count the zones of which journals have said more than was judged."""
        inline = self.server.context.database.inline
        assert inline is not None
        async with inline.reading():
            ((count,),) = inline.connection.execute(
                "SELECT count(*) FROM zone_presence WHERE event_id = ? AND changes > judged",
                (event_id,),
            ).fetchall()
        return int(count)

    async def heads(self) -> tuple[int, int, int, int]:
        """Return the ledger's epoch and the event's newest feed number, and its manifest's."""
        inline = self.server.context.database.inline
        assert inline is not None
        async with inline.reading():
            ((epoch, seq, manifest_epoch, manifest_sequence),) = inline.connection.execute(
                "SELECT l.epoch, f.seq, m.epoch, m.sequence FROM ledger l, event_feed f"
                " JOIN manifest m ON m.event_id = f.event_id WHERE f.event_id = ?",
                (self.venue.event_id,),
            ).fetchall()
        return epoch, seq, manifest_epoch, manifest_sequence
