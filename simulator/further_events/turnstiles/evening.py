"""One evening at three gates with turnstiles, two of them lanes side by side.

Each arm has a relay of its own: at an address of the network or on a serial line, with a sensor or
without. Arms open late, or never; relays are gone, refuse, stumble, or are silent; sensors say
nothing. Holders turn back, pass at the last moment, come in parts, go out and come back, and
some give their code to somebody outside. Gates are cut off from the server and from each other,
and stop anywhere, also while somebody stands before the arm, or before it was told to open; and
their disks are full for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import msgspec

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Deed, Scan, Undo
from gatekeeper.turnstile.granted_passages import Granted, GrantedPassages
from gatekeeper.turnstile.opening_arm import let_through
from gatekeeper.turnstile.ports import ArmOutcome, ArmPassage
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.errors import GatekeeperError, StoreFault, trouble_of
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from simulator.further_events.devices_sent_to_other_zones.ground import say_policy
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.turnstiles.arm import WELL, Arm, Feels, draw_fate, wire
from simulator.further_events.turnstiles.record import Body, Party, Walk, inside_at
from simulator.kernel.dice import Dice
from simulator.nodes.gate_node import GateNode
from simulator.world import World

GATES: Final = ("Gate 1", "Gate 2")
LANES: Final = (0, 0, 1)
"""At which of the gates each device is."""
POLICIES: Final = (OfflinePolicy.OPEN, OfflinePolicy.CLOSED)
SINGLES: Final = 30
GROUPS: Final = 10
SIZE: Final = 3
VISITS: Final = 4
COPIED: Final = 0.4
"""The share of tickets with which somebody else comes as well."""
HANDED_OUT: Final = 0.3
"""The share of ways out while which somebody outside comes with the same code."""
BROKEN: Final = 0.5
"""The share of arms whose sensor breaks."""
SAID_AGAIN_EVERY: Final[Duration] = SECOND
"""To a disk that refused what an arm has told."""
STEP: Final[Duration] = SECOND
"""Between one visitor of a lane and the next."""


class Lane:
    """One device with its arm.

    Attributes:
        node: The device.
        arm: The arm.
        has_sensor: It has one.
        turn: One visitor stands before the arm at a time.
    """

    def __init__(self, node: GateNode, dice: Dice) -> None:
        self.node, self.arm = node, Arm(dice.stream("arm"))
        # Two in three have a sensor; without one nobody knows who turned back.
        self.has_sensor = dice.chance(0.67)
        self.relay = wire(self.arm, is_serial=dice.chance(0.3), has_sensor=self.has_sensor)
        self.turn = asyncio.Lock()
        self._passages = (0, GrantedPassages())

    def passages_of(self, start: int) -> GrantedPassages:
        """Give what one run of the gate's program knows of its arm."""
        if self._passages[0] != start:
            self._passages = start, GrantedPassages()
        return self._passages[1]


class Turnstiles(OneEvening):
    """A further event of a world, and everybody at it.

    Attributes:
        policy: What its gates go by.
        walks: What became of each green light.
        parties: Who has tickets.
        inside_before: How many of a ticket's holders were inside when each visit began, by number.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "turns", len(LANES))
        self.policy = self._dice.stream("policy").pick(POLICIES)
        self.lanes = [Lane(one, self._dice.stream(one.name)) for one in self.nodes]
        self.walks: list[Walk] = []
        self.parties: list[Party] = []
        self.inside_before: dict[int, int] = {}
        self._are_well = False

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the event on, sell its tickets, and start the gates."""
        await self.owner.sign_in()
        terms = Terms(gates=GATES, policy=say_policy(self.policy), persons=(SIZE,))
        nodes, self.nodes = self.nodes, []
        await self._put_on(terms)
        self.nodes = nodes
        self._world.others += nodes
        for node, gate in zip(nodes, LANES, strict=True):
            await self._enrol(node, self.site.gates[gate], self.site.event_id)
        for kind, count, persons in zip(
            self.site.kinds, (SINGLES, GROUPS), (1, SIZE), strict=True
        ):
            for card in await self._sell(count, kind):
                self.parties.append(Party(card.text, card.ticket_id, persons=persons))
        await self._hear()

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        for party in self.parties:
            dice = self._dice.stream(f"guest {party.ticket_id}")
            self._world.start(self._come(party, dice))
            if dice.chance(COPIED):
                self._world.start(self._come_with_copy(party, dice.stream("copy")))
        for number in range(2):
            self._world.start(self._cut(self._dice.stream(f"cuts {number}")))
        self._world.start(self._part(self._dice.stream("parts")))
        self._world.start(self._stop(self._dice.stream("stops")))
        self._world.start(self._stop_before_green(self._dice.stream("greens")))
        self._world.start(self._fill(self._dice.stream("disks")))
        for lane in self.lanes:
            self._world.start(self._break(lane, self._dice.stream(f"sensor of {lane.node.name}")))

    def inside(self, party: Party) -> int:
        """Count who is inside on a ticket: who has gone in, less who has gone out."""
        return inside_at(self.walks, party, self._world.stage.now())

    async def _come(self, party: Party, dice: Dice) -> None:
        """Come in, one after another or together, and go out again."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // (2 * VISITS)))
            lane, inside = dice.pick(self.lanes), self.inside(party)
            if inside and dice.chance(0.5):
                await self._go_out(party, lane, dice.between(1, inside), dice)
            else:
                await self.pass_in(lane, party, dice.between(1, party.persons), dice)

    async def _go_out(self, party: Party, lane: Lane, count: int, dice: Dice) -> None:
        """Go out; at times somebody outside comes with the same code meanwhile."""
        out = self._pass(lane, party, "out", count, dice)
        if not dice.chance(HANDED_OUT):
            await out
            return
        other = dice.pick([one for one in self.lanes if one is not lane])
        await asyncio.gather(out, self._follow(other, party, dice.stream("other")))

    async def _follow(self, lane: Lane, party: Party, dice: Dice) -> None:
        for _ in range(3):
            await asyncio.sleep(dice.exponential(3 * SECOND) / SECOND)
            await self.pass_in(lane, party, 1, dice)

    async def _come_with_copy(self, party: Party, dice: Dice) -> None:
        """Come with what somebody has photographed."""
        for _ in range(VISITS):
            await self.pause(dice.exponential(self.scenario.duration // (2 * VISITS)))
            await self.pass_in(dice.pick(self.lanes), party, 1, dice)

    async def pass_in(self, lane: Lane, party: Party, count: int, dice: Dice) -> None:
        """Show a ticket at a lane, and go in if the arm lets one."""
        await self._pass(lane, party, "in", count, dice)

    async def _pass(
        self, lane: Lane, party: Party, direction: str, count: int, dice: Dice
    ) -> None:
        # Without a sensor the arm opens for several at once, and the box lets one in.
        persons = count if lane.has_sensor else 1
        async with lane.turn:
            await asyncio.sleep(STEP / SECOND)
            said = Scan(
                party.text,
                direction=direction,
                count=persons,
                opens_arm=True,
                awaits_passage=lane.has_sensor,
            )
            self.inside_before[len(self.visits) + 1] = self.inside(party)
            visit = await self._present(lane.node, party, said)
            answer = visit.answer
            if answer is None or not visit.is_entry:
                return
            is_exit, is_watched = direction == "out", lane.has_sensor
            granted = Granted(
                answer.claim_id, answer.count, is_exit, is_watched, answer.is_offered
            )
            walk = Walk(visit=visit, granted=granted, began=self._world.stage.now(), bodies=[])
            self.walks.append(walk)
            await self._walk(lane, walk, dice)
            for body in walk.bodies:  # nobody steps up before the others have gone through
                await self._until(body.passed_at)
            walk.ended = self._world.stage.now()

    async def _walk(self, lane: Lane, walk: Walk, dice: Dice) -> None:
        """Stand before the arm, one after another, as long as its gate's program lives."""
        stage, start, granted = self._world.stage, walk.visit.start, walk.granted
        passages, end = lane.passages_of(start), None
        note = passages.grant(granted)
        try:
            is_told, _ = await lane.node.call(lambda session: session.supervision.do(note))
        except StoreFault as fault:  # then the arm stays closed
            closed = ArmPassage(granted.claim_id, ArmOutcome.FAILED, trouble_of(fault))
            end = [passages.take(closed) for _ in range(granted.persons)][-1]
        else:
            if not is_told:
                return
        for _ in range(granted.persons if end is None else 0):
            fate = WELL if self._are_well else draw_fate(dice)
            lane.arm.await_one(stage.now(), fate)
            passage = let_through(lane.relay, granted.claim_id)
            passed_at = lane.arm.passed_at
            felt = msgspec.structs.replace(fate, feels=lane.arm.feels)
            walk.bodies.append(Body(fate=felt, passed_at=passed_at, has_sensor=lane.has_sensor))
            stage.trace.note(
                lane.node.name,
                f"arm {felt.word} {felt.feels}: {passage.outcome}, passed {passed_at is not None}",
            )
            await self._until(lane.arm.now)
            if not self._lives(lane.node, start):
                return
            end = passages.take(passage)
        assert end is not None
        deeds: list[Deed] = [] if end.note is None else [end.note]
        if end.undone_for and not granted.is_offered:
            deeds.append(Undo(granted.claim_id, end.undone_for))
        done = [await self._do(lane.node, start, deed) for deed in deeds]
        if granted.is_offered and end.passed:
            done.append(await self._scan_out(lane.node, walk, end.passed))
        walk.is_whole = all(done)

    async def _until(self, moment: Instant | None) -> None:
        if moment is not None and moment > self._world.stage.now():
            await asyncio.sleep((moment - self._world.stage.now()) / SECOND)

    def _lives(self, node: GateNode, start: int) -> bool:
        return node.is_up and node.starts == start

    async def _do(self, node: GateNode, start: int, deed: Deed) -> bool:
        """Put a deed on record; False where that could not be."""

        async def do(session: GateSession) -> bool:
            return session.supervision.do(deed) > 0

        return await self._keep_at(node, start, do)

    async def _scan_out(self, node: GateNode, walk: Walk, passed: int) -> bool:
        """Put on record of whom the arm told that they went out; False where that could not be."""
        gone = msgspec.structs.replace(
            walk.visit.asked,
            count=passed,
            claim_id=walk.granted.claim_id,
            awaits_passage=False,
            has_passed=True,
        )

        async def scan(session: GateSession) -> bool:
            return (await session.scan(gone)).verdict == "admit"

        return await self._keep_at(node, walk.visit.start, scan)

    async def _keep_at(
        self,
        node: GateNode,
        start: int,
        task: Callable[[GateSession], Coroutine[Any, Any, bool]],
    ) -> bool:
        """Put something on record as the window does: again each second while the disk is full."""
        while self._lives(node, start):
            try:
                return (await node.work(task))[1] is True
            except StoreFault:
                await asyncio.sleep(SAID_AGAIN_EVERY / SECOND)
            except GatekeeperError as fault:
                self._world.stage.trace.note(node.name, f"not done: {fault}")
                break
        return False

    async def _stop(self, dice: Dice) -> None:
        """Stop a gate soon after it has let somebody through."""
        while True:
            await self.pause(dice.exponential(MINUTE))
            lane = dice.pick(self.lanes)
            for _ in range(60):
                if lane.turn.locked() and lane.node.is_up:
                    break
                await self.pause(SECOND)
            await self.pause(dice.exponential(4 * SECOND))
            # A gate that is started anew begins to doubt its sensor anew.
            if lane.node.is_up and lane.arm.is_broken is None:
                lane.node.stop(has_power=dice.chance(0.5))
                await self.pause(dice.exponential(10 * SECOND))
                await self._rise(lane.node)

    async def _stop_before_green(self, dice: Dice) -> None:
        """Let a gate's power go between an admission that is on disk and its green."""
        while True:
            await self.pause(dice.exponential(2 * MINUTE))
            node = dice.pick(self.lanes).node
            if not node.is_up:
                continue
            node.arm_point("scan.committed", 1)
            for _ in range(60):
                if node.is_stopped:
                    break
                await self.pause(SECOND)
            node.disarm()
            await self._rise(node)

    async def _fill(self, dice: Dice) -> None:
        """Let a gate's disk be full for a while, at best as somebody stands before its arm."""
        while True:
            await self.pause(dice.exponential(3 * MINUTE))
            lane = dice.pick(self.lanes)
            for _ in range(60):
                if lane.turn.locked() and lane.node.is_up:
                    break
                await self.pause(SECOND)
            lane.node.fill_disk(0)
            await self.pause(dice.exponential(20 * SECOND))
            lane.node.empty_disk()
            await self._rise(lane.node)

    async def _rise(self, node: GateNode) -> None:
        if node.is_stopped:
            await node.start()

    async def _break(self, lane: Lane, dice: Dice) -> None:
        """Break an arm's sensor in one of two evenings, and mend it some time later."""
        if not dice.chance(BROKEN):
            return
        await self._at_part(dice, 5, 30)
        async with lane.turn:
            lane.arm.is_broken = dice.pick((Feels.DEAD, Feels.DEAD, Feels.STUCK))
        await self._at_part(dice, 40, 60)
        async with lane.turn:
            lane.arm.is_broken = None

    # -- after doors -----------------------------------------------------------------------------

    async def finish(self) -> str:
        """Mend all arms, and let everybody come to every lane when all is told.

        Returns:
            What keeps it from being quiet, or "".
        """
        if unrest := await self._until_told():
            return unrest
        self._are_well = True
        for lane in self.lanes:
            lane.arm.is_broken = None
        dice = self._dice.stream("last")
        for party in self.parties:
            for lane in self.lanes:
                for _ in range(party.persons):
                    await self.pass_in(lane, party, 1, dice)
        return await self.rest()
