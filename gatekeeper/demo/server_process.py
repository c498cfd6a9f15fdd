"""The demo's server: the real program in a process of its own, on the loopback.

It runs on a leash (`gatekeeper.demo.leash`): whatever becomes of the demo, no server is left over.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Final

from gatekeeper.demo.leashed import end_leashed, spawn_leashed
from shared.kernel.errors import EnvironmentFault

_START_TIMEOUT_S: Final = 60
_ADDRESS: Final = "http://127.0.0.1:"


class ServerProcess:
    """`gatekeeper-server` over a data folder, started and stopped.

    Attributes:
        port: Where it listens, once started.
    """

    def __init__(self, folder: Path, passing: Path | None) -> None:
        """Name the folders; nothing is started yet.

        Args:
            folder: The server's data.
            passing: Removed by the leash if the demo is killed; None to keep everything.
        """
        self._folder, self._passing = folder, passing
        self._process: asyncio.subprocess.Process | None = None
        self.port = 0

    async def create_admin(self, email: str, password: str) -> None:
        """Make an account that may do everything.

        Raises:
            EnvironmentFault: if the program fails.
        """
        secret = self._folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(password, encoding="utf-8")
        words = ("--email", email, "--name", "Demo organizer", "--password-file", str(secret))
        process = await self._spawn("create-admin", *words)
        try:
            assert process.stderr is not None
            said = await process.stderr.read()
            await process.wait()
        finally:
            await end_leashed(process)
            secret.unlink()
        if process.returncode:
            message = f"the demo's server could not make an account: {said.decode()[-300:]}"
            raise EnvironmentFault(message)

    async def start(self) -> None:
        """Serve on a free port; returns when it answers.

        Raises:
            EnvironmentFault: if it does not come up.
        """
        with (self._folder / "server.log").open("ab") as log:
            self._process = await self._spawn("serve", "--port", "0", stderr=log.fileno())
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), _START_TIMEOUT_S)
            address = str(json.loads(line)["listening"])
        except (TimeoutError, ValueError, KeyError):
            await self.stop()
            tail = (self._folder / "server.log").read_text("utf-8", "replace")[-500:]
            raise EnvironmentFault(f"the demo's server did not start; it said: {tail}") from None
        self.port = int(address.removeprefix(_ADDRESS))

    async def stop(self) -> None:
        """Ask it to stop, and wait."""
        if self._process is not None:
            await end_leashed(self._process)

    async def _spawn(
        self, *arguments: str, stderr: int = asyncio.subprocess.PIPE
    ) -> asyncio.subprocess.Process:
        environment = os.environ | {"GATEKEEPER_DATA": str(self._folder)}
        environment.pop("GATEKEEPER_DATABASE", None)
        return await spawn_leashed(
            "server.cli",
            *arguments,
            passing=self._passing,
            environment=environment,
            stderr=stderr,
        )
