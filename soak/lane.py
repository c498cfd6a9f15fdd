"""One `gatekeeper lane` in a process of its own, behind a cable, killed and started again."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

from gatekeeper.demo.cable import Cable

PROGRAM: Final = Path(sys.executable).with_name("gatekeeper")
ANSWER_S: Final = 90.0
VERB_S: Final = 180.0


class LaneFault(Exception):
    """A lane did what no lane may do; the text says what."""


class Lane:
    """A device with its lane.

    Attributes:
        name: For messages.
        folder: Its profile's.
        cable: Between it and the server.
        answers: Every line that its processes have answered, with the code's place.
        kills: How often it was killed.
    """

    def __init__(self, name: str, folder: Path, server_port: int) -> None:
        self.name = name
        self.folder = folder
        self.cable = Cable(server_port)
        self.answers: list[dict[str, Any]] = []
        self.kills = 0
        self.device_id = ""
        self._process: asyncio.subprocess.Process | None = None
        self._is_up = asyncio.Event()
        self._cuts = 0

    async def enrol(self, code: str) -> None:
        """Make the folder a device whose server is at the other end of the cable."""
        await self.cable.open()
        server = f"http://127.0.0.1:{self.cable.port}"
        done = await self.run("enrol", "--server", server, "--code", code)
        self.device_id = done["device_id"]

    async def start(self) -> None:
        """Start the lane; returns when its process runs, not when it answers."""
        with (self.folder.with_suffix(".log")).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                PROGRAM, "lane", "--profile", self.folder,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )  # fmt: skip
        self._is_up.set()

    async def show(self, ticket: int, code: str) -> None:
        """Show a code until it is answered; whoever waits at a dead lane waits for its return.

        Raises:
            LaneFault: if a lane that runs does not answer.
        """
        while True:
            await self._is_up.wait()
            process = self._process
            assert process is not None
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                process.stdin.write(code.encode() + b"\n")
                async with asyncio.timeout(ANSWER_S):
                    said = await process.stdout.readline()
            except TimeoutError:
                raise LaneFault(f"{self.name} did not answer within {ANSWER_S:g} s") from None
            except OSError:
                said = b""
            if said.endswith(b"\n"):
                self.answers.append(json.loads(said) | {"ticket": ticket})
                return
            await self._see_it_dead(process)

    async def _see_it_dead(self, process: asyncio.subprocess.Process) -> None:
        """Wait for the end of a lane that closed its output; nobody else but us may end it."""
        status = await process.wait()
        if process is self._process and self._is_up.is_set():
            raise LaneFault(f"{self.name} ended by itself, status {status}: {self.said()}")

    async def kill(self, for_s: float) -> None:
        """Kill the process at once, and start it again later."""
        process = self._process
        if process is None or not self._is_up.is_set():
            return
        self._is_up.clear()
        self.kills += 1
        process.kill()
        await process.wait()
        await asyncio.sleep(for_s)
        await self.start()

    async def cut(self, for_s: float) -> None:
        """Pull the cable for a while; of overlapping cuts the last one to end mends it."""
        self._cuts += 1
        self.cable.pull()
        await asyncio.sleep(for_s)
        self._cuts -= 1
        if not self._cuts:
            self.cable.plug()

    async def finish(self) -> None:
        """End the lane's input; it syncs once, and ends.

        Raises:
            LaneFault: if it does not end well.
        """
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(VERB_S):
                rest, _ = await process.communicate()
        except TimeoutError:
            raise LaneFault(f"{self.name} did not end within {VERB_S:g} s") from None
        if process.returncode or rest:
            raise LaneFault(f"{self.name} ended with {process.returncode}: {rest!r} {self.said()}")

    async def run(self, *words: str) -> dict[str, Any]:
        """Run a verb on the profile to its end; its last line.

        Raises:
            LaneFault: if it fails.
        """
        process = await asyncio.create_subprocess_exec(
            PROGRAM, *words, "--profile", self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, complaint = await asyncio.wait_for(process.communicate(), VERB_S)
        if process.returncode:
            message = f"{self.name}: {words[0]} failed: {complaint.decode()[-500:]}"
            raise LaneFault(message)
        last: dict[str, Any] = json.loads(said.splitlines()[-1])
        return last

    def said(self) -> str:
        """Return the end of what it has said on standard error."""
        log = self.folder.with_suffix(".log")
        return log.read_text("utf-8", "replace")[-500:] if log.exists() else ""

    async def close(self) -> None:
        """End whatever still runs."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self.cable.close()
