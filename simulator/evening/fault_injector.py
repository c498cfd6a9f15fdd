"""The fault injector: cuts links, stops programs and machines, fills disks and turns clocks.

Each kind of fault is a task of its own with its own stream of chance, so that more of one kind
leaves the others where they were.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final

import msgspec

from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from simulator.evening.answer_rewriter import InBetween
from simulator.evening.eavesdropper import Eavesdropper
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.fault_rates import (
    HANG_LASTS_MAX,
    HUNG_AMONG_GATES_MAX,
    HUNG_MAX,
    HUNG_SPREAD,
    LINK_DELAYS_MEAN,
    LINK_DELAYS_MIN,
    LINK_DUPLICATIONS,
    LINK_LOSSES,
    LINK_OUTLIERS,
    SERVER_FLUSH_TAKES,
    SLOW_FLUSHES,
    SLOW_LASTS_MEAN,
)
from simulator.kernel.dice import Dice
from simulator.kernel.network import LinkFaults
from simulator.kernel.stage import WORLD_START
from simulator.nodes.gate_node import GateNode
from simulator.nodes.wired_server import SERVER
from simulator.world import World

WRITES_AHEAD_MAX: Final = 60
CRASH_POINTS: Final = (
    "any",
    "claim_intent.before_commit",
    "claim_intent.committed",
    "scan.before_commit",
    "scan.committed",
    "exchange.before_commit",
    "exchange.committed",
    "recover.before_commit",
    "recover.committed",
    "sale.before_commit",
    "sale.committed",
    "undo.committed",
    "manifest.committed",
)
POINT_PASSES_MAX: Final = 3
SET_BY: Final[Duration] = 10 * MINUTE
"""After its start a machine's clock has been set by its time service (decision record 0133)."""
MACHINE_STEPS: Final = (10 * SECOND, 5 * MINUTE, HOUR, 30 * HOUR)
STEPPED_MIN: Final[Duration] = 3 * SECOND
"""Less than a second is what time services slew, and a server takes that up."""
LEANING_EVERY: Final[Duration] = 2 * MINUTE
LEANING_LASTS: Final[Duration] = 3 * MINUTE
"""Where a gate relays dishonestly, the others lean on it now and then."""
TRIES_MAX: Final = 60
CUT_AGAIN: Final = 0.15
"""Share of starts in which the power goes again during recovery."""


class Hanging(msgspec.Struct):
    """A device whose cable to somebody hangs.

    Attributes:
        others: Whom it does not reach meanwhile.
        until: When it goes on.
        left: So many messages still hang; what is sent besides is lost.
    """

    others: Sequence[str]
    until: Duration
    left: int


class FaultInjector(UntilDoorsClose):
    """All that goes wrong in one world, while doors are open."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._dice = world.stage.dice.stream("nemesis")  # a name in every kept seed
        self._eavesdropper = Eavesdropper(world)
        self._set: set[str] = set()
        self._hanging: dict[str, Hanging] = {}
        self._order_dice = self._dice.stream("order of what has hung")
        self._cable_dice = self._dice.stream("which cable hangs")

    def begin(self) -> None:
        """Let things go wrong from now on."""
        rates = self._world.scenario.fault_rates
        if rates.server_ahead:
            self._world.server.clock.step(-rates.server_ahead)
        meddled = self._world.scenario.meddled
        if meddled:
            somebody = InBetween(self._dice.stream("in between"), meddled)
            self._world.stage.network.alter = somebody.alter
        if rates.hang is not None:
            self._world.stage.network.hold = self._hold
        if self._world.scenario.is_overheard:
            self._eavesdropper.begin()
        kinds: list[tuple[str, Duration | None, Callable[[Dice], Coroutine[Any, Any, None]]]] = [
            ("partition", rates.partition, self._partition),
            ("server", rates.server_stop, self._stop_server),
            ("gates", rates.gate_stop, self._stop_gate),
            ("disk", rates.disk_full, self._fill_disk),
            ("clock", rates.clock_step, self._step_clock),
            ("set right", rates.clock_set_right, self._set_right),
            ("server clock", rates.server_clock, self._step_server_clock),
            ("machine clock", rates.machine_clock, self._step_machine_clock),
            ("slow server", rates.slow_server, self._slow_server),
            ("links", rates.links, self._change_links),
            ("hangs", rates.hang, self._hang),
            ("outage", rates.outage, self._lose_server),
            ("uplinks", LEANING_EVERY if self._world.dishonest else None, self._cut_uplinks),
        ]
        for name, mean, strike in kinds:
            if mean is not None:
                self._world.start(self._repeat(self._dice.stream(name), mean, strike))

    def end(self) -> None:
        """Let no further fault begin, nor one that is under way do anything more."""
        super().end()
        self._eavesdropper.end()

    async def _repeat(
        self, dice: Dice, mean: Duration, strike: Callable[[Dice], Coroutine[Any, Any, None]]
    ) -> None:
        while True:
            await self.pause(dice.exponential(mean))
            self._world.start(strike(dice))

    # -- links -----------------------------------------------------------------------------------

    async def _partition(self, dice: Dice) -> None:
        """Cut some links for a while, one way or both."""
        network = self._world.stage.network
        cuts = self._draw_cuts(dice)
        self._world.history.partitions += 1
        for source, target in cuts:
            network.cut(source, target)
        self._world.stage.trace.note("faults", f"cuts {len(cuts)} links")
        lasts = self._world.scenario.fault_rates.partition_lasts
        await self.pause(Duration(dice.exponential(dice.pick(lasts))))
        for source, target in cuts:
            network.mend(source, target)

    async def _cut_uplinks(self, dice: Dice) -> None:
        """Let all gates but the one that relays lose the server, and not each other."""
        network, dishonest = self._world.stage.network, self._world.dishonest
        assert dishonest is not None
        names = [node.name for node in self._world.gates if node is not dishonest.node]
        cuts = [pair for name in names for pair in ((name, SERVER), (SERVER, name))]
        for source, target in cuts:
            network.cut(source, target)
        self._world.history.partitions += 1
        self._world.stage.trace.note("faults", f"leaves all to {dishonest.node.name}")
        await self.pause(dice.exponential(LEANING_LASTS))
        for source, target in cuts:
            network.mend(source, target)

    async def _lose_server(self, dice: Dice) -> None:
        """Cut everybody's link to the server for a while, both ways."""
        network = self._world.stage.network
        names = [node.name for node in self._world.devices]
        cuts = [pair for name in names for pair in ((name, SERVER), (SERVER, name))]
        self._world.history.partitions += 1
        for source, target in cuts:
            network.cut(source, target)
        await self.pause(dice.exponential(self._world.scenario.fault_rates.outage_lasts))
        for source, target in cuts:
            network.mend(source, target)

    def _draw_cuts(self, dice: Dice) -> list[tuple[str, str]]:
        names = [node.name for node in self._world.devices]
        dice.shuffle(names)
        some = names[: dice.between(1, len(names))]
        kinds = 5 if self._world.scenario.hello_every is None else 8
        match dice.below(kinds):
            case 0:  # one device and the server, both ways
                return [(some[0], SERVER), (SERVER, some[0])]
            case 1:  # the server hears nobody of them
                return [(name, SERVER) for name in some]
            case 2:  # they hear nothing of the server: answers are lost after the deed
                return [(SERVER, name) for name in some]
            case 3:  # the server is gone for all
                return [pair for name in names for pair in ((name, SERVER), (SERVER, name))]
            case 5:  # one device hears nothing of the others, and they hear it
                return [(name, some[0]) for name in names if name != some[0]]
            case 6:  # the server is gone, and the venue's own network falls in two
                rest = names[len(some) :]
                return [
                    *(pair for a in some for b in rest for pair in ((a, b), (b, a))),
                    *(pair for name in names for pair in ((name, SERVER), (SERVER, name))),
                ]
            case 7:  # the server is gone, and some pairs do not hear each other
                pairs = [(a, b) for a in names for b in names if a != b and dice.chance(0.2)]
                return [*pairs, *((name, SERVER) for name in names)]
            case _:  # two groups that do not hear each other; the server is with one of them
                rest = [SERVER, *names[len(some) :]]
                return [pair for a in some for b in rest for pair in ((a, b), (b, a))]

    async def _change_links(self, dice: Dice) -> None:
        """Let all links get better or worse."""
        self._world.stage.network.faults = LinkFaults(
            loss=dice.pick(LINK_LOSSES),
            duplication=dice.pick(LINK_DUPLICATIONS),
            delay_min=dice.pick(LINK_DELAYS_MIN),
            delay_mean=dice.pick(LINK_DELAYS_MEAN),
            outliers=dice.pick(LINK_OUTLIERS),
        )

    async def _hang(self, dice: Dice) -> None:
        """Cut a device off from the server, or a gate from the others; some comes afterwards."""
        network, name = self._world.stage.network, dice.pick(self._world.devices).name
        mean = dice.pick(self._world.scenario.fault_rates.hang_lasts)
        lasts = min(dice.exponential(mean), HANG_LASTS_MAX)
        hanging = Hanging(
            [SERVER],
            Duration(self._world.stage.loop.now_us + lasts),
            dice.between(1, HUNG_MAX),
        )
        if self._world.scenario.hello_every is not None and self._cable_dice.chance(0.5):
            hanging.others = [node.name for node in self._world.gates if node.name != name]
            hanging.left = self._cable_dice.between(1, HUNG_AMONG_GATES_MAX)
        self._hanging[name] = hanging
        self._world.history.partitions += 1
        cuts = [pair for other in hanging.others for pair in ((name, other), (other, name))]
        for source, target in cuts:
            network.cut(source, target)
        await self.pause(lasts)
        for source, target in cuts:
            network.mend(source, target)

    def _hold(self, source: str, target: str) -> Duration:
        """Let what is sent over a connection hang that was open before; no new one is opened."""
        hanging, now = self._hanging.get(source), self._world.stage.loop.now_us
        if hanging is None or target not in hanging.others:
            return Duration(0)
        if hanging.until <= now or not hanging.left:
            return Duration(0)
        hanging.left -= 1
        return Duration(hanging.until - now + self._order_dice.between(1, HUNG_SPREAD))

    # -- machines --------------------------------------------------------------------------------

    async def _stop_server(self, dice: Dice) -> None:
        """Stop the server's program or machine, and start it again."""
        server = self._world.server
        if not server.is_up:
            return
        self._world.history.crashes += 1
        server.stop(has_power=dice.chance(0.5))
        lasts = self._world.scenario.fault_rates.server_stop_lasts
        await self.pause(Duration(dice.exponential(dice.pick(lasts))))
        if server.is_stopped:  # else the operator has started it, on the disk that he put in
            await server.start()

    async def _slow_server(self, dice: Dice) -> None:
        """Let the server's disk take seconds for some of its flushes, for a while."""
        server = self._world.server

        def flush() -> Duration:
            return Duration(dice.between(*SERVER_FLUSH_TAKES) * dice.chance(SLOW_FLUSHES))

        server.slow_down(flush)
        await asyncio.sleep(dice.exponential(SLOW_LASTS_MEAN) / SECOND)
        server.quicken()

    async def _stop_gate(self, dice: Dice) -> None:
        """Stop a device: at once, at a crash point, or in the middle of writing."""
        node = dice.pick(self._world.devices)
        if not node.is_up or node.is_armed:
            return
        point = self._world.scenario.fault_rates.crash_at
        match 2 if point else dice.below(4):
            case 0:
                node.stop(has_power=True)
            case 1:
                node.stop(has_power=False)
            case 2:
                node.arm_point(point or dice.pick(CRASH_POINTS), dice.between(1, POINT_PASSES_MAX))
            case _:
                node.arm_write(dice.between(1, WRITES_AHEAD_MAX), lambda: None)
        await self._revive(node, dice)

    async def _revive(self, node: GateNode, dice: Dice) -> None:
        """Wait until a device has stopped, if it does, and start it until it is up."""
        for _ in range(TRIES_MAX):
            if node.is_stopped:
                self._world.history.crashes += 1
                await self.pause(dice.exponential(20 * SECOND))
                if dice.chance(CUT_AGAIN):
                    node.arm_point("any", 1)
                await node.start()
            if node.is_up and not node.is_armed:
                return
            await self.pause(5 * SECOND)

    async def _fill_disk(self, dice: Dice) -> None:
        """Let a device's disk be full for a while."""
        node = dice.pick(self._world.devices)
        disk = node.disk
        node.fill_disk(dice.between(0, 20_000))
        self._world.stage.trace.note(node.name, "disk nearly full")
        await self.pause(dice.exponential(90 * SECOND))
        disk.faults.space = None
        node.empty_disk()

    async def _step_clock(self, dice: Dice) -> None:
        """Let a device's wall clock jump."""
        node = dice.pick(self._world.devices)
        most = dice.pick((2 * SECOND, MINUTE, 2 * HOUR))
        step = dice.between(-most, most)
        node.clock.step(Duration(step))
        self._world.stage.trace.note(node.name, f"clock steps by {step / SECOND:.3f} s")

    async def _set_right(self, dice: Dice) -> None:
        """Let a gate learn that its clock is wrong; set that right, and start it cut off."""
        node, network = dice.pick(self._world.gates), self._world.stage.network
        if not node.is_up or node.name in self._set:
            return
        self._set.add(node.name)
        wrong = Duration(dice.pick((-2 * HOUR, 2 * HOUR)))
        node.clock.step(wrong)
        self._world.stage.trace.note(node.name, f"clock wrong by {wrong / SECOND:.0f} s")
        await self.pause(MINUTE)
        network.cut(node.name, SERVER)
        if node.is_up:
            node.stop(has_power=True)
        await self.pause(2 * SECOND)
        node.clock.step(Duration(node.clock.true() - node.clock.wall()))
        if node.is_stopped:
            await node.start()
        await self.pause(MINUTE)
        network.mend(node.name, SERVER)
        await self.pause(20 * SECOND)  # it asks the server for the time
        self._set.discard(node.name)

    async def _step_server_clock(self, dice: Dice) -> None:
        """Let the server's wall clock jump, not to before the day on which its keys were made."""
        clock = self._world.server.clock
        most = dice.pick((2 * SECOND, MINUTE, 10 * MINUTE))
        step = dice.between(-most, most)
        if clock.wall() + step < WORLD_START + MINUTE:
            step = -step
        clock.step(Duration(step))
        self._world.stage.trace.note(SERVER, f"clock steps by {step / SECOND:.3f} s")

    async def _step_machine_clock(self, dice: Dice) -> None:
        """Let the clock of the server's machine jump, which moves the server's time by nothing."""
        clock = self._world.server.clock
        most, sign = dice.pick(MACHINE_STEPS), dice.pick((-1, 1))
        step = Duration(sign * dice.between(STEPPED_MIN, most))
        if clock.monotonic() < SET_BY:
            return
        clock.step(step)
        self._world.stage.trace.note(SERVER, f"its machine's clock steps by {step / SECOND:.3f} s")
