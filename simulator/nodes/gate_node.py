"""A gate or till as a node: the real session on a simulated machine that may stop anywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.store.profile import DEVICE_KEY_NAME, Profile, save_key, save_profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.this_machine import System
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import Duration
from simulator.kernel.disk import SimDisk
from simulator.kernel.entropy import SimEntropy
from simulator.kernel.loop import PowerLost, Process
from simulator.kernel.stage import Stage

_FOLDER: Final = Path("simulated")
Result = TypeVar("Result")
Connect = Callable[[Process, Profile, DeviceChannel], SyncServer]


async def run_at_once(work: Callable[[], Result]) -> Result:
    """Do blocking work here and now; fulfils `gatekeeper.blocking.RunBlocking`."""
    return work()


class GateNode:
    """One machine with its disk, its clocks and, while it runs, its session.

    Attributes:
        name: The node's.
        profile: Who the device is.
        key: Its journal's key.
        disk: Since the last start.
        clock: Its clock.
        starts: How often its program has started.
        failure: Why it cannot start, or "".
        had_room_since: Since when nothing limits what its disk takes; None while something does.
    """

    def __init__(
        self,
        stage: Stage,
        name: str,
        *,
        connect: Connect,
        skew: int = 0,
        drift_ppm: int = 0,
        lan: LanOptions | None = None,
    ) -> None:
        self.name = name
        self._stage = stage
        self._connect = connect
        self._lan = lan
        self._dice = stage.dice.stream(name)
        self.clock = stage.clock(skew=skew, drift_ppm=drift_ppm)
        self.disk = SimDisk()
        self.key = SigningKey(self._dice.stream("key").bytes(32))
        self.profile: Profile | None = None
        self.starts = 0
        self.failure = ""
        self.had_room_since: Duration | None = Duration(0)
        self._process: Process | None = None
        self._session: AttendedGate | None = None
        self._armed: tuple[str, int] | None = None

    # -- the machine -----------------------------------------------------------------------------

    @property
    def device_id(self) -> DeviceId:
        """Which device it is; only once it is enrolled."""
        assert self.profile is not None
        return self.profile.device_id

    def install(self, profile: Profile) -> None:
        """Put an enrolled profile on the disk."""
        self.profile = profile
        save_profile(self.disk, profile)
        save_key(self.disk, DEVICE_KEY_NAME, self.key)

    @property
    def is_up(self) -> bool:
        """Whether its program runs and is open for scans."""
        return self._session is not None

    @property
    def is_stopped(self) -> bool:
        """Whether no program runs, nor is one starting."""
        return self._process is None

    @property
    def session(self) -> AttendedGate:
        """The running program's session."""
        assert self._session is not None, f"{self.name} is down"
        return self._session

    @property
    def process(self) -> Process:
        """The running program."""
        assert self._process is not None, f"{self.name} is down"
        return self._process

    @property
    def bound_by(self) -> int:
        """So many claims of other gates it takes for open, and counts."""
        rung = self.session.lan.rung
        return 0 if rung is None else rung.peer.book.promise_count

    async def start(self, gate_id: GateId | None = None) -> bool:
        """Start the program on the disk as it is.

        Args:
            gate_id: The gate that a person has chosen, which it keeps; None for its own.

        Returns:
            Whether it came up; a machine may stop again while it starts.
        """
        assert self._process is None
        self.starts += 1
        process = self._process = Process(self.name)
        self._stage.trace.note(self.name, f"start {self.starts}")
        self._stage.network.listen(process)
        try:
            is_done, session = await self._stage.loop.outcome(
                process, self._open(process, gate_id)
            )
        except GatekeeperError as fault:
            self.failure = str(fault)
            self._stage.trace.note(self.name, f"cannot start: {fault}")
            if process.is_alive:
                self.stop(has_power=True)
            return False
        if not is_done or session is None:
            return False
        self.failure = ""
        self._session = session
        self._stage.loop.start(process, session.run_background())
        return True

    async def _open(self, process: Process, gate_id: GateId | None) -> AttendedGate:
        entropy = SimEntropy(self._dice.stream(f"start {self.starts}"))
        disk = self.disk
        system = System(
            clock=self.clock,
            entropy=entropy,
            connect=lambda profile, channel: self._connect(process, profile, channel),
            crash_point=self._reach,
            run_blocking=run_at_once,
            open_disk=lambda _folder: disk,
            locks_profiles=False,
            open_datagrams=self._stage.sockets.open_port,
            boot=self.clock.boot,
        )
        session = await AttendedGate.open(_FOLDER, system=system, lan=self._lan, gate=gate_id)
        if gate_id is not None:
            session.place.choose(gate_id)
        return session

    def stop(self, *, has_power: bool) -> None:
        """End the program at once; without power the disk loses what was not synced."""
        process = self.process
        process.end()
        self._stage.network.silence(self.name, is_dark=not has_power)
        self._process = self._session = self._armed = None
        old = self.disk
        if has_power:
            self.disk = old.kill()
        else:
            self.disk = old.power_cut(self._dice)
            self.clock.reboot()
        self._stage.trace.note(self.name, "killed" if has_power else "power cut")
        self._stage.loop.call_after(Duration(0), old.release)

    def put_disk(self, disk: SimDisk) -> SimDisk:
        """Put another disk into the stopped machine; returns the one that it had."""
        assert self._process is None
        old, self.disk = self.disk, disk
        disk.faults.ignores_sync = old.faults.ignores_sync
        return old

    # -- crash points ----------------------------------------------------------------------------

    def arm_point(self, name: str, passes: int) -> None:
        """Let the power go when a crash point is reached for the n-th time from now."""
        self._armed = (name, passes)

    def arm_write(self, operations: int, on_cut: Callable[[], None]) -> None:
        """Let the power go at one of the next writes or syncs of the disk."""

        def cut() -> None:
            if self._process is not None:
                self.stop(has_power=False)
                on_cut()

        self.disk.faults.operations_left = operations
        self.disk.faults.on_cut = cut

    @property
    def is_armed(self) -> bool:
        """Whether the power will go at some point or write ahead."""
        return self._armed is not None or self.disk.faults.operations_left is not None

    def slow_down(self, flush: Callable[[], Duration]) -> None:
        """Let its program stand still for a while at each flush of its disk."""

        def stand_still() -> None:
            if self._process is not None:
                self._stage.loop.stand_still(self._process, flush())

        self.disk.faults.on_sync, self.had_room_since = stand_still, None

    def quicken(self) -> None:
        """Let its disk be as quick as ever, and take whatever comes."""
        self.disk.faults.on_sync = None
        self.empty_disk()

    def disarm(self) -> None:
        """Let it live, with plenty of space on its disk, which is as quick as ever."""
        self._armed = None
        self.disk.faults.operations_left = None
        self.quicken()

    def fill_disk(self, space: int) -> None:
        """Leave so many bytes on its disk."""
        self.disk.faults.space, self.had_room_since = space, None

    def empty_disk(self) -> None:
        """Let its disk take whatever comes."""
        self.disk.faults.space = None
        if self.had_room_since is None:
            self.had_room_since = self._stage.loop.now_us

    def _reach(self, name: str) -> None:
        if self._armed is None or self._armed[0] not in {name, "any"}:
            return
        point, passes = self._armed
        if passes > 1:
            self._armed = (point, passes - 1)
            return
        self._stage.trace.note(self.name, f"crash point {name}")
        self.stop(has_power=False)
        raise PowerLost(name)

    # -- work ------------------------------------------------------------------------------------

    async def work(
        self, task: Callable[[AttendedGate], Coroutine[Any, Any, Result]]
    ) -> tuple[bool, Result | None]:
        """Let the session do something.

        Returns:
            Whether it was done before the machine stopped, and its result.

        Raises:
            GatekeeperError: what the session said.
        """
        return await self._stage.loop.outcome(self.process, task(self.session))

    async def call(self, task: Callable[[AttendedGate], Result]) -> tuple[bool, Result | None]:
        """Let the session do something that does not wait; see `work`."""

        async def run(session: AttendedGate) -> Result:
            return task(session)

        return await self.work(run)

    async def turn_to(self, event_id: EventId, gate_id: GateId) -> None:
        """Let its people turn it to another event, as soon as it is up."""

        def turn(session: AttendedGate) -> None:
            session.serve(event_id)
            session.place.choose(gate_id)
            session.settle_gate()
            session.engine.poke()

        while True:
            if self.is_up:
                is_done, _ = await self.call(turn)
                if is_done:
                    return
            await asyncio.sleep(1)
