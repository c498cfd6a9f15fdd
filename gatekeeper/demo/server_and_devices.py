"""The demo's building: one server, a cable for each device, two gates and a till."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Final

from gatekeeper.demo.cable import Cable
from gatekeeper.demo.codes_to_try import Card, prepare_card
from gatekeeper.demo.event import (
    COUNTER_RIGHTS,
    NORTH,
    SOUTH,
    TICKETS,
    make_enrolment_line,
    set_up_evening,
)
from gatekeeper.demo.gates import OpenGate, StoryGate, open_session_gate
from gatekeeper.demo.leashed import end_leashed, spawn_leashed
from gatekeeper.demo.server_process import ServerProcess
from gatekeeper.demo.steps import Audience, Step, Tally
from gatekeeper.device.composition_root import enrolment_ways
from gatekeeper.device.opened_gate import GateSession
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.sync.enrolment import enrol, read_code
from gatekeeper.this_machine import System
from shared.kernel.id_types import GateId
from shared.kernel.instant import SECOND, datetime_from_instant

EMAIL: Final = "organizer@example.org"
PASSWORD: Final = "lanterns on the harbour wall"  # noqa: S105 - of a server that lives for the demo
TILL: Final = "Till"
COUNTER: Final = "Counter"
_SYNC_ROUNDS_MAX: Final = 10


class DemoVenue:
    """Builds everything, and takes it down.

    Args:
        folder: Where everything lies.
        system: This machine.
        audience: Watches, or None.
        open_gate: Opens a gate; without a window by default.
        is_passing: Whether the folder is to vanish with the demo, however that ends.
        has_card: Whether somebody will try the gates by hand afterwards.

    Attributes:
        north: A gate.
        south: The other gate.
        till: A box office, cut off like them.
        evening: The event.
        api: The organizer at the server.
        card: What to try the gates with.
    """

    def __init__(
        self,
        folder: Path,
        system: System,
        audience: Audience | None = None,
        open_gate: OpenGate | None = None,
        *,
        is_passing: bool = False,
        has_card: bool = False,
    ) -> None:
        self.folder = folder
        self._has_card, self.card = has_card, Card(())
        self._system, self._audience = system, audience
        self._open_gate = open_gate
        self._server = ServerProcess(folder / "server", folder if is_passing else None)
        self._passing = folder if is_passing else None
        self._counter: asyncio.subprocess.Process | None = None
        self._badge = ""
        self._cables: dict[str, Cable] = {}
        self._gates: list[StoryGate] = []
        self._till: GateSession | None = None
        self.api = ServerApi("http://127.0.0.1:1")

    async def open(self) -> None:
        """Start the server, set the event up, enrol the devices and sync them.

        Raises:
            EnvironmentFault: if the server does not come up.
            Rejected: if it refuses a step.
        """
        self._begin(Step.BUILD)
        (self.folder / "server").mkdir(parents=True, exist_ok=True)
        await self._server.create_admin(EMAIL, PASSWORD)
        await self._server.start()
        await self.api.close()
        self.api = ServerApi(f"http://127.0.0.1:{self._server.port}")
        await self.api.sign_in(EMAIL, PASSWORD)
        now = datetime_from_instant(self._system.clock.wall())
        self.evening = await set_up_evening(self.api, TICKETS, now, has_tomorrow=self._has_card)
        if self._has_card:
            self.card = await prepare_card(self.api, self.evening)
        self.north = await self._enrol_gate(NORTH)
        self.south = await self._enrol_gate(SOUTH)
        folder = await self._enrol(TILL, "till", None)
        self._till = await GateSession.open(folder, system=self._system)
        await self._till.sync_once()
        # The till's key is in the feed now; the gates must know it before the cable is cut.
        await self.sync_all()

    @property
    def till(self) -> GateSession:
        """The till's session."""
        assert self._till is not None, "the venue is open"
        return self._till

    async def open_counter(self) -> None:
        """Open a second till's own window, in a process of its own, for somebody to sell at.

        A cashier who may do everything is at work, by a badge that nobody has to scan.

        Raises:
            Rejected: if the server refuses.
            ServerFault: if it cannot be reached.
        """
        if self._counter is not None and self._counter.returncode is None:
            return
        if not self._badge:
            path = f"/organizations/{self.evening.site.organization_id}/cashiers"
            made = await self.api.post(path, {"name": "Mara", "rights": COUNTER_RIGHTS})
            self._badge = str(made["badge"])
            await self._enrol(COUNTER, "till", None)
        self._counter = await spawn_leashed(
            "gatekeeper",
            "till",
            "--profile",
            str(self.folder / COUNTER.lower()),
            "--badge",
            self._badge,
            passing=self._passing,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def close(self) -> None:
        """Close devices and cables, stop the server."""
        if self._counter is not None:
            await end_leashed(self._counter)
        for gate in self._gates:
            await gate.close()
        if self._till is not None:
            await self._till.close()
        for cable in self._cables.values():
            await cable.close()
        await self.api.close()
        await self._server.stop()

    def elapsed(self) -> float:
        """Return seconds on a clock that never goes back."""
        return self._system.clock.monotonic() / SECOND

    def cut(self) -> None:
        """Pull every cable."""
        for device in self._cables:
            self.plug(device, is_plugged=False)

    def heal(self) -> None:
        """Plug every cable in again."""
        for device in self._cables:
            self.plug(device, is_plugged=True)

    def plug(self, device: str, *, is_plugged: bool) -> None:
        """Plug one device's cable in, or pull it."""
        if is_plugged:
            self._cables[device].plug()
        else:
            self._cables[device].pull()
        if self._audience is not None:
            self._audience.plugged(device, is_plugged=is_plugged)

    async def sync_all(self) -> None:
        """Let each device sync until nothing is pending and all have seen all."""
        for _ in range(_SYNC_ROUNDS_MAX):
            outcomes = [await gate.sync() for gate in self._gates]
            if self._till is not None:
                outcomes.append(await self._till.sync_once())
            cursors = {outcome.cursor for outcome in outcomes}
            if len(cursors) == 1 and not any(outcome.pending for outcome in outcomes):
                return

    async def list_conflicts(self) -> list[Any]:
        """List the event's double uses as the server sees them."""
        found = await self.api.list_all(f"{self.evening.site.path}/conflicts")
        return [conflict for conflict in found if conflict["kind"] == "double_use"]

    def _begin(self, step: Step) -> None:
        if self._audience is not None:
            self._audience.begin(step, Tally(tickets=TICKETS))

    async def _enrol_gate(self, name: str) -> StoryGate:
        folder = await self._enrol(name, "gate", GateId(self.evening.gates[name]))
        if self._open_gate is None:
            gate: StoryGate = await open_session_gate(folder, self._system)
        else:
            gate = await self._open_gate(folder)
        self._gates.append(gate)
        return gate

    async def _enrol(self, name: str, role: str, gate_id: GateId | None) -> Path:
        line = await make_enrolment_line(self.api, self.evening.site, role, gate_id)
        cable = self._cables[name] = Cable(self._server.port)
        await cable.open()
        line = line.replace(f":{self._server.port} ", f":{cable.port} ")
        folder = self.folder / name.lower()
        await enrol(
            self._system.open_disk(folder),
            read_code(None, line),
            name=name.lower(),
            entropy=self._system.entropy,
            ways=enrolment_ways(),
        )
        return folder
