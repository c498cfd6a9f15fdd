"""A gate as its owner runs it: `gatekeeper enrol`, `sync`, `lane`, behind a cable of its own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from gatekeeper.demo.cable import Cable
from gatekeeper.store.stored_ids import to_column
from shared.kernel.id_types import DeviceId, TicketId
from shared.manifest.tickets import TicketClass
from tests.factories import programs

VERB_SECONDS = 240
ANSWER_SECONDS = 60


def gatekeeper(
    *words: str | Path, feed: bytes = b"", seconds: float = VERB_SECONDS
) -> subprocess.CompletedProcess[bytes]:
    """Run a verb to its end; whatever happens, it shows no traceback."""
    done = programs.run([programs.GATEKEEPER, *words], feed=feed, seconds=seconds)
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return done


async def gatekeeper_beside(*words: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run a verb while the test's own loop goes on, as a cable needs it to."""
    return await asyncio.to_thread(gatekeeper, *words)


@dataclass
class GateProcess:
    """One device.

    Attributes:
        name: Its gate's.
        folder: Its profile's.
        cable: Between it and the server.
        answers: Every line that its lanes have answered.
    """

    name: str
    folder: Path
    cable: Cable
    device_id: DeviceId = field(default=DeviceId(""))
    answers: list[dict[str, Any]] = field(default_factory=list)
    _lane: subprocess.Popen[bytes] | None = None

    async def enrol(self, line: str, server_port: int) -> None:
        """Make this folder a device; the enrolment line's address becomes the cable's."""
        await self.cable.open()
        line = line.replace(f":{server_port} ", f":{self.cable.port} ")
        done = await gatekeeper_beside("enrol", "--code", line, "--profile", self.folder)
        assert done.returncode == 0, done.stderr
        self.device_id = json.loads(done.stdout)["device_id"]

    async def sync(self) -> dict[str, Any]:
        """Run `gatekeeper sync`, and return its line."""
        done = await gatekeeper_beside("sync", "--profile", self.folder)
        assert done.returncode == 0, done.stderr
        outcome: dict[str, Any] = json.loads(done.stdout)
        return outcome

    async def open_lane(self) -> None:
        """Start `gatekeeper lane`."""
        self.start_lane("--json")

    def start_lane(self, *words: str) -> None:
        """Start `gatekeeper lane`, with more words."""
        lane: programs.Words = ["lane", "--profile", self.folder, "--gate", self.name, *words]
        self._lane = programs.start(
            [programs.GATEKEEPER, *lane],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            is_buffered=False,
        )

    async def scan(self, code: str, **more: Any) -> dict[str, Any]:
        """Show a code, and return the answer."""
        lane = self._lane
        assert lane is not None
        assert lane.stdin is not None
        assert lane.stdout is not None
        line = json.dumps({"code": code} | more)
        lane.stdin.write(line.encode() + b"\n")
        said = await self.line_of(lane.stdout, ANSWER_SECONDS)
        if not said:
            await self.close_lane()
            raise AssertionError("the lane has ended")
        answer: dict[str, Any] = json.loads(said)
        self.answers.append(answer)
        return answer

    async def line_of(self, stream: IO[bytes], seconds: float) -> bytes:
        """Read a line that the lane says; one that says none in time is killed."""
        lane = self._lane
        assert lane is not None
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.to_thread(stream.readline)
        except TimeoutError:
            lane.kill()
            raise

    async def reason(self, code: str) -> tuple[str, str]:
        """Show a code, and return the answer's reason and mode."""
        answer = await self.scan(code)
        return answer["reason"], answer["mode"]

    async def close_lane(self) -> str:
        """End the lane's input; it syncs once and ends. Returns what it said on standard error."""
        lane, self._lane = self._lane, None
        if lane is None:
            return ""
        assert lane.stdin is not None
        rest, said = await asyncio.to_thread(lane.communicate, timeout=VERB_SECONDS)
        assert lane.returncode == 0, said.decode()
        assert rest == b""
        assert b"Traceback" not in said, said.decode()
        return said.decode()

    def kill(self) -> None:
        """End the lane as a power cut does, if one runs."""
        lane, self._lane = self._lane, None
        if lane is not None:
            lane.kill()
            lane.communicate()

    async def abandon(self) -> None:
        """End what still runs, after a test that failed."""
        self.kill()
        await self.cable.close()

    def heard_of(self, ticket_id: str) -> TicketClass | None:
        """Read from the gate's own file what it has heard of a ticket since its manifest."""
        file = f"file:{self.folder / 'journal.db'}?mode=ro"
        with closing(sqlite3.connect(file, uri=True)) as journal:
            row = journal.execute(
                "SELECT facts FROM ticket_change WHERE ticket_id=?",
                (to_column(TicketId(int(ticket_id, 16))),),
            ).fetchone()
        return None if row is None else msgspec.msgpack.decode(row[0], type=TicketClass)
