"""The board's line about the server's copies, over a real server and real sticks: not green for
each way in which nobody could take over, and green again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from gatekeeper.organizer import own_server
from gatekeeper.organizer.before_doors.doors_ready_judging import COPY_OLD_AFTER_S
from gatekeeper.organizer.before_doors.doors_ready_lines import TROUBLES, BoardLine, Cause
from gatekeeper.organizer.own_server import OwnServer
from gatekeeper.organizer.own_server_copies import copy_to, draw_code, judge_copies, read_copies
from shared.kernel.errors import BadInput
from tests.factories.board_watch import PATIENCE_S, Lights, provokes
from tests.factories.programs import cold
from tests.integration.organizer.test_own_server import laptop, sit_down

__all__ = ["laptop"]
_PLACES: Final = ("/dev/shm", "/var/tmp", "/run")
_STICK_MB: Final = 48
_LONG_AGO_S: Final = COPY_OLD_AFTER_S + 20
_SLACK: Final = 4_096
"""Bytes: less than a server's secrets, so that its database alone still fits."""


class Stick:
    """What copies go to: a small disk of its own where one can be mounted, else another's folder.

    Attributes:
        folder: Where it is found.
    """

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self.folder, self._is_mounted = folder, is_mounted

    @contextlib.contextmanager
    def full(self, copy_size: int) -> Iterator[None]:
        """Let it have no room for a copy: to its last block, or, of a folder, for so large a file.

        The second is what a stick of FAT32 says to a file above four gigabytes.
        """
        if self._is_mounted:
            filler = self.folder / "holiday.mov"
            with filler.open("wb", buffering=0) as film, contextlib.suppress(OSError):
                while True:
                    film.write(bytes(64 * 1024))
            yield
            filler.unlink()
            return
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (copy_size - _SLACK, before[1]))
        try:
            with cold():  # what is forked elsewhere has other limits
                yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    @contextlib.contextmanager
    def read_only(self) -> Iterator[None]:
        """Let nothing be written to it, as a stick whose switch was pushed."""
        if self._is_mounted:
            self._mount("-o", "remount,ro")
        else:
            self.folder.chmod(0o500)
        try:
            yield
        finally:
            if self._is_mounted:
                self._mount("-o", "remount,rw")
            else:
                self.folder.chmod(0o700)

    def _mount(self, *words: str) -> None:
        subprocess.run(["mount", *words, str(self.folder)], check=True)


@pytest.fixture
def stick(tmp_path: Path, laptop: OwnServer) -> Iterator[Stick]:
    """Give a stick: a disk of its own, or what comes nearest."""
    if os.geteuid() == 0 and shutil.which("mount"):
        folder = tmp_path / "stick"
        folder.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", f"size={_STICK_MB}m", "stick", str(folder)]
        if subprocess.run(words, check=False, capture_output=True).returncode == 0:
            yield Stick(folder, is_mounted=True)
            subprocess.run(["umount", "-l", str(folder)], check=True)
            return
    own = laptop.folder.stat().st_dev
    places = [one for one in map(Path, _PLACES) if one.is_dir() and os.access(one, os.W_OK)]
    place = next((one for one in places if one.stat().st_dev != own), None)
    assert place is not None, "all that can be written here lies on the disk of the tests' folders"
    folder = Path(tempfile.mkdtemp(prefix="gatekeeper-stick-", dir=place))
    yield Stick(folder, is_mounted=False)
    shutil.rmtree(folder, ignore_errors=True)


class Copies:
    """The line about a server's copies, as its desk sees it."""

    def __init__(self, server: OwnServer) -> None:
        self.server, self.lights = server, Lights()

    def see(self, cause: Cause) -> None:
        """See that it stands thus."""
        line = self._look()
        assert line.cause is cause, line

    async def until(self, cause: Cause) -> None:
        """Wait until it stands thus."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + PATIENCE_S
        while (found := self._look().cause) is not cause:
            assert loop.time() < ends, found
            await asyncio.sleep(0.1)

    async def copy(self) -> None:
        """Have a copy made of what has changed; what goes wrong is on the board."""
        desk = await sit_down(self.server)
        await desk.api.close()
        with contextlib.suppress(BadInput):
            await self.server.run_verb("copy", "now")

    def _look(self) -> BoardLine:
        state = read_copies(self.server.folder)
        line = judge_copies(state, datetime.now(UTC), has_sheet=self.server.has_sheet)
        self.lights.note([line])
        return line


@contextlib.contextmanager
def set_back(seconds: int) -> Iterator[None]:
    """Let the server's program run as it would have so long ago."""

    def odd(*words: str) -> tuple[str, ...]:
        module = "tests.factories.odd_server"
        return (sys.executable, "-m", module, "--clock", str(-seconds), "--", *words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(own_server, "_program", odd)
        yield


@provokes(*(cause for cause in TROUBLES if cause.name.startswith("COPY_")))
@pytest.mark.timeout(300)
async def test_the_board_says_when_another_laptop_could_not_take_over(
    laptop: OwnServer, stick: Stick, tmp_path: Path
) -> None:
    """Nowhere, without a sheet, on the laptop's own disk, and each way in which a stick fails."""
    copies = Copies(laptop)
    copies.see(Cause.COPY_NOWHERE)
    await draw_code(laptop)
    await copy_to(laptop, stick.folder)
    await copies.until(Cause.COPY_NO_SHEET)
    laptop.has_sheet = True
    copies.see(Cause.COPY_GOOD)

    with stick.full(read_copies(laptop.folder).size):
        await copies.copy()
        copies.see(Cause.COPY_FULL)
    with stick.read_only():
        await copies.copy()
        copies.see(Cause.COPY_FAILED)
    await copies.copy()
    copies.see(Cause.COPY_GOOD)

    own = tmp_path / "own"
    own.mkdir()
    await copy_to(laptop, own)
    await copies.until(Cause.COPY_SAME_DISK)
    pulled = own.rename(tmp_path / "pulled")
    await copies.copy()
    copies.see(Cause.COPY_GONE)
    pulled.rename(own)
    await copies.copy()
    copies.see(Cause.COPY_SAME_DISK)

    await laptop.stop()
    await copy_to(laptop, stick.folder)
    copies.see(Cause.COPY_NEVER)
    with set_back(_LONG_AGO_S):
        await laptop.run_verb("copy", "now")
    copies.see(Cause.COPY_OLD)
    await laptop.start()
    await copies.until(Cause.COPY_GOOD)
    copies.lights.prove(test_the_board_says_when_another_laptop_could_not_take_over)
    await laptop.run_verb("copy", "off")
    copies.see(Cause.COPY_NOWHERE)
