"""Gates of one event on the loopback: real sessions that find each other by a signed roster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.lan.claims_among_gates import LanRung
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.kernel.ports import Clock
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.roster import ROSTER_VERSION, Roster, RosterDevice
from shared.manifest.signed_document import DocumentKind
from tests.factories.gate_event import EVENT, NORTH, SOUTH, STARTS, ZONE, TicketOffice
from tests.factories.gate_profile import PairedGate
from tests.factories.waiting import PATIENCE_S
from tests.fakes.clock import ManualClock
from tests.fakes.sync_server import FakeSyncServer

LOOPBACK = "127.0.0.1"
GREETING = LanSettings(hello_every=SECOND // 10)
"""Gates that have just opened need not wait a second for each other's next hello."""
BUDGET_MS = 5_000
"""Long enough for a machine that runs other tests meanwhile; the promise of 50 ms is measured."""
GATES = (NORTH, SOUTH)


def rung_of(session: GateSession) -> LanRung:
    """Return a gate's place among its peers."""
    assert session.lan.rung is not None
    return session.lan.rung


class RunningClock:
    """A clock that runs, on the event's evening, until it is stopped."""

    def __init__(self) -> None:
        self._clock = SystemClock()
        self._began = self._clock.monotonic()
        self._stopped: Duration | None = None

    def wall(self) -> Instant:
        """Return the evening's time."""
        return STARTS + self.monotonic() - self._began

    def monotonic(self) -> Duration:
        """Return the machine's own."""
        return self._clock.monotonic() if self._stopped is None else self._stopped

    def stop(self) -> None:
        """Stand still from now on."""
        self._stopped = self._clock.monotonic()


class GateVenue:
    """A server that can be cut off, and gates that can be killed.

    Attributes:
        server: The ledger.
        gates: By number.
        sessions: The open ones, by number.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self.server = FakeSyncServer(TicketOffice(), ManualClock(STARTS))
        self.clock: Clock = RunningClock()
        self.gates = [
            PairedGate(
                folder / str(number),
                self.server,
                device_id=DeviceId(f"dv_{number}"),
                gate_id=GateId(GATES[number % 2]),
                entropy=SystemEntropy(),
            )
            for number in range(count)
        ]
        self.sessions: dict[int, GateSession] = {}
        self.sign_roster(range(count))

    def sign_roster(self, numbers: range, sequence: int = 1) -> None:
        """Sign a roster of these gates."""
        devices = tuple(
            RosterDevice(
                device_id=DeviceId(f"dv_{n}"),
                public_key=self.gates[n].public_key,
                gate_id=GateId(GATES[n % 2]),
                zone_id=ZONE,
            )
            for n in numbers
        )
        roster = Roster(ROSTER_VERSION, EVENT, 1, sequence, devices)
        signer = self.server.office.signer
        self.server.roster = signer.sign(DocumentKind.ROSTER, roster, STARTS)
        self.server.roster_version = roster.version

    async def open(self, number: int, options: LanOptions | None = None) -> GateSession:
        """Open a gate, and tell it where the others listen, unless it is told otherwise."""
        found = [s.lan.rung.address for s in self.sessions.values() if s.lan.rung]
        gate = self.gates[number]
        system = msgspec.structs.replace(gate.system(), clock=self.clock)
        session = await GateSession.open(
            gate.folder,
            system=system,
            lan=options
            or LanOptions(
                host=LOOPBACK, peers=tuple(found), budget_ms=BUDGET_MS, settings=GREETING
            ),
        )
        self.sessions[number] = session
        return session

    async def open_without_peers(self, number: int) -> GateSession:
        """Open a gate that takes no part in the venue's network; the caller closes it."""
        gate = self.gates[number]
        system = msgspec.structs.replace(gate.system(), clock=self.clock)
        return await GateSession.open(gate.folder, system=system)

    async def open_all(self) -> list[GateSession]:
        """Open every gate, sync it, cut the server off, and wait until all are live."""
        self.server.publish()
        for number in range(len(self.gates)):
            session = await self.open(number)
            await session.sync_once()
            assert session.lan.rung is not None, session.lan.problem
        self.server.is_cut = True
        await self.until_live()
        return list(self.sessions.values())

    async def until_live(self) -> None:
        """Wait until each open gate sees all others."""
        others = len(self.sessions) - 1

        def is_so() -> bool:
            return all(
                s.lan.rung is not None and len(s.lan.rung.live_peers()) == others
                for s in self.sessions.values()
            )  # fmt: skip

        await until(is_so)

    async def kill(self, number: int) -> None:
        """End a gate without a goodbye: its sockets close, nothing more is said or saved."""
        session = self.sessions.pop(number)
        rung = session.lan.rung
        assert rung is not None
        await silence(rung)
        session.store.close()
        session._knowledge.close()
        if session._lock is not None:
            session._lock.release()

    async def close(self) -> None:
        """Close what is open."""
        for session in self.sessions.values():
            await session.close()


async def silence(rung: LanRung) -> None:
    """Stop a rung's sockets and timers as a crash does."""
    port = rung._port
    rung._port, rung._is_closed = None, True
    if port is not None:
        port.close()
    if rung._timer is not None:
        rung._timer.cancel()
    await rung._queue.close()
    await rung._streams.close()
    await rung._tasks.close()


async def until(is_so: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Wait for a fact that other tasks bring about."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - the product tells no event for it
            await asyncio.sleep(0.01)
