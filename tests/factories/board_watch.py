"""The doors-ready board of one event as the desk measures it, and the programs beside it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from gatekeeper.device.composition_root import enrolment_ways, machine_system
from gatekeeper.organizer.before_doors.doors_ready_judging import judge_board
from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Cause, Check, Light
from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanItem, PlanKind
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.sync.enrolment import enrol, read_code
from tests.factories import programs

POLL_S: Final = 2.0
"""A look is a dozen requests, of which somebody may make ten a second."""
PATIENCE_S: Final = 150
"""Far more than any device needs to say how it stands, on a machine with much else to do."""
_END_S: Final = 60

Story = TypeVar("Story", bound=Callable[..., Any])
Seen = tuple[Cause, str]
"""A cause, and the gate or device whose line stands so; "" for any."""


class Provoked:
    """Which story provokes and mends which cause; filled as the stories' files are read."""

    causes: ClassVar[set[Cause]] = set()


def provokes(*causes: Cause) -> Callable[[Story], Story]:
    """Say that a story shows these causes and their ends; it must prove it by `Lights.prove`."""

    def keep(story: Story) -> Story:
        Provoked.causes.update(causes)
        vars(story)["causes"] = causes
        return story

    return keep


class Lights:
    """What was seen of a board's lines: which stood badly, and which of them were green after."""

    def __init__(self) -> None:
        self._open: dict[tuple[Check, str], set[Cause]] = {}
        self.mended: set[Cause] = set()

    def note(self, lines: Iterable[BoardLine]) -> None:
        """Remember a look at the whole board, or at all lines of what is watched."""
        bad: dict[tuple[Check, str], set[Cause]] = {}
        for line in lines:
            if line.light is not Light.GREEN:
                # Copies are named by their folder, which may be the remedy.
                name = "" if line.check is Check.COPY else line.name
                bad.setdefault((line.check, name), set()).add(line.cause)
        for key in self._open.keys() - bad.keys():
            self.mended |= self._open.pop(key)
        for key, causes in bad.items():
            self._open.setdefault(key, set()).update(causes)

    def prove(self, story: Callable[..., Any], *, but: Collection[Cause] = ()) -> None:
        """See that a story has shown what it says: each cause, and its line green after it.

        Args:
            story: It `provokes` them.
            but: What this run has left out.
        """
        missing = set(vars(story)["causes"]) - self.mended - {*but}
        assert not missing, f"never provoked and mended: {sorted(map(str, missing))}"


class Board:
    """The board of one event.

    Args:
        desk: Somebody signed in.
        site: The event.

    Attributes:
        ahead: By how much later the desk looks than it is: who watches longer sees the same.
        laptop_ahead: By how much the laptop's clock is ahead of the server's.
    """

    def __init__(self, desk: Desk, site: EventSite) -> None:
        self.desk, self.site = desk, site
        self.lights, self.ahead = Lights(), timedelta()
        self.laptop_ahead = timedelta()

    async def lines(self, check: Check | None = None) -> list[BoardLine]:
        """Measure the board, or all lines of a check."""
        facts = await self.desk.look(self.site)
        assert facts.server_time is not None, "a server says its time with each answer"
        facts = msgspec.structs.replace(facts, server_time=facts.server_time + self.ahead)
        lines = judge_board(facts, datetime.now(UTC) + self.ahead + self.laptop_ahead)
        self.lights.note(lines)
        return [one for one in lines if check in {None, one.check}]

    async def see(self, *wanted: Cause | Seen) -> list[BoardLine]:
        """Wait until each of these was seen, in one look or in several; returns the last."""
        left = {one if isinstance(one, tuple) else (one, "") for one in wanted}

        def is_there(lines: Sequence[BoardLine]) -> bool:
            for line in lines:
                left.discard((line.cause, line.name))
                left.discard((line.cause, ""))
            return not left

        return await self._until(is_there, left)

    async def see_at_once(self, *wanted: Seen) -> None:
        """Wait until all of these are seen in one look."""

        def are_there(lines: Sequence[BoardLine]) -> bool:
            return {*wanted} <= {(line.cause, line.name) for line in lines}

        await self._until(are_there, wanted)

    async def green(self, *checks: Check) -> None:
        """Wait until all lines of these checks are green in one look."""

        def is_well(lines: Sequence[BoardLine]) -> bool:
            return all(one.light is Light.GREEN for one in lines if one.check in checks)

        await self._until(is_well, checks)

    async def _until(
        self, holds: Callable[[Sequence[BoardLine]], bool], wanted: Collection[object]
    ) -> list[BoardLine]:
        loop = asyncio.get_running_loop()
        ends = loop.time() + PATIENCE_S
        while not holds(lines := await self.lines()):
            assert loop.time() < ends, (wanted, [one for one in lines if one.light])
            await asyncio.sleep(POLL_S)
        return lines

    async def things(self, kind: PlanKind) -> tuple[PlanClient, tuple[PlanItem, ...]]:
        """Return the plan's desk, and its things of a kind."""
        plan = PlanClient(self.desk.api, self.site)
        return plan, tuple((await plan.read()).of(kind))

    async def hand_over(self) -> None:
        """Hand the event to gates."""
        await self.desk.hand_to_gates(self.site)

    async def enrol(self, role: str, gate: str, folder: Path) -> None:
        """Make a device by the desk's line; it has not been in touch after that."""
        gates = {
            name: gate_id for gate_id, name in (await self.desk.list_gates(self.site)).items()
        }
        pairing = await self.desk.devices.make_pairing(self.site, role, gates.get(gate))
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
        program: list[str | Path] = [programs.GATEKEEPER, *command]
        if odd:
            program = [sys.executable, "-m", "tests.factories.odd_machine", *odd, "--", *command]
        self._program = programs.start(program, is_buffered=False, **pipes)

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
