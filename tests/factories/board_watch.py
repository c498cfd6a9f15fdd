"""The doors-ready board of one event as the desk measures it, and the programs beside it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from gatekeeper.bootstrap import enrolment_ways, machine_system
from gatekeeper.organizer.board import judge_board
from gatekeeper.organizer.board_lines import BoardLine, Check, Light
from gatekeeper.organizer.desk import Desk
from gatekeeper.organizer.office import EventSite
from gatekeeper.organizer.plan import Kind, PlanDesk, Thing
from gatekeeper.sync.enrolment import enrol, read_code
from tests.factories import programs

POLL_S: Final = 1.5
"""A look is a dozen requests."""
PATIENCE_S: Final = 150
"""A contact is written down within half a minute, and missed after ninety seconds."""
_END_S: Final = 60


class Board:
    """The board of one event.

    Args:
        desk: Somebody signed in.
        site: The event."""

    def __init__(self, desk: Desk, site: EventSite) -> None:
        self.desk, self.site = desk, site

    async def lines(self, check: Check | None = None) -> list[BoardLine]:
        """Measure the board, or all lines of a check."""
        lines = judge_board(await self.desk.look(self.site), datetime.now(UTC))
        return [one for one in lines if check in {None, one.check}]

    async def line(self, check: Check, name: str = "") -> BoardLine:
        """Return the worst line of a check, or that of a gate or device."""
        found = [one for one in await self.lines(check) if name in {"", one.name}]
        assert found, f"the board has no line for {check} {name}"
        return max(found, key=lambda one: one.light)

    async def until(self, check: Check, state: str, light: Light, name: str = "") -> BoardLine:
        """Wait until a check stands so: it goes by what devices said last."""
        loop = asyncio.get_running_loop()
        line, ends = await self.line(check, name), loop.time() + PATIENCE_S
        while (line.state, line.light) != (state, light):
            assert loop.time() < ends, line
            await asyncio.sleep(POLL_S)
            line = await self.line(check, name)
        return line

    async def things(self, kind: Kind) -> tuple[PlanDesk, tuple[Thing, ...]]:
        """Return the plan's desk, and its things of a kind."""
        plan = PlanDesk(self.desk.office, self.site)
        return plan, tuple((await plan.read()).of(kind))

    async def hand_over(self) -> None:
        """Hand the event to gates."""
        await self.desk.hand_to_gates(self.site)

    async def enrol(self, role: str, gate: str, folder: Path) -> None:
        """Make a device by the desk's line; it has not been in touch after that."""
        gates = {
            name: gate_id for gate_id, name in (await self.desk.list_gates(self.site)).items()
        }
        pairing = await self.desk.make_pairing(self.site, role, gates.get(gate))
        system = machine_system()
        await enrol(
            system.open_disk(folder),
            read_code(None, pairing.text),
            name=folder.name,
            entropy=system.entropy,
            ways=enrolment_ways(),
        )


class Device:
    """A device's own program without a window: it answers lines, and syncs meanwhile.

    Args:
        verb: `lane` or `till`.
        folder: Its profile.
        words: More of its command line.
        odd: Words for `tests.factories.odd_machine`, if its machine is not as it should be.
    """

    def __init__(self, verb: str, folder: Path, *words: str, odd: tuple[str, ...] = ()) -> None:
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = [verb, "--profile", str(folder), *words]
        self._program: subprocess.Popen[Any]
        if odd:
            program = [sys.executable, "-m", "tests.factories.odd_machine", *odd, "--", *command]
            self._program = subprocess.Popen(program, bufsize=0, **pipes)
        else:
            self._program = programs.start(
                [programs.GATEKEEPER, *command], is_buffered=False, **pipes
            )

    async def ask(self, line: dict[str, Any]) -> dict[str, Any]:
        """Give it a line, and return its answer."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(msgspec.json.encode(line) + b"\n")
        async with asyncio.timeout(PATIENCE_S):
            said = await asyncio.to_thread(self._program.stdout.readline)
        answer: dict[str, Any] = msgspec.json.decode(said)
        return answer

    def freeze(self) -> None:
        """Let it stand still, as a machine that sleeps."""
        os.kill(self._program.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._program.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._program.kill()
        self._program.communicate()

    async def end(self) -> None:
        """End its input: it syncs once, and is gone."""
        await asyncio.to_thread(self._program.communicate, timeout=_END_S)
        assert self._program.returncode == 0


def shifted(now: datetime, minutes: int) -> str:
    """Return a moment so many minutes on, as the server takes it."""
    return (now + timedelta(minutes=minutes)).isoformat(timespec="seconds").replace("+00:00", "Z")
