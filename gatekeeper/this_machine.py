"""The only file of the gate that asks the machine: disk, network, threads, battery, locks.

Everything else takes a `System`; the simulator makes its own.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import IO, Final

import msgspec

from command_line.clock_and_randomness import SystemClock
from command_line.file_lock import FileLock
from gatekeeper.blocking import RunBlocking
from gatekeeper.lan.udp import OpenPort, open_port
from gatekeeper.store.disk import Disk, FolderDisk
from gatekeeper.store.disk_faults import explained
from gatekeeper.store.profile import Profile
from gatekeeper.sync.own_device_report import Parts, no_battery, no_parts
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_port import SyncServer
from shared.kernel.errors import StoreFault
from shared.kernel.file_kinds import UTF8_MARK
from shared.kernel.instant import Duration
from shared.kernel.ports import Clock, CrashPoint, Entropy, no_crash
from shared.kernel.trouble import TroubleKind

LOCK_NAME: Final = "profile.lock"


class EffortClock(SystemClock):
    """Counts what its thread has worked, for whoever gives up after so much work.

    On a machine that is busy with something else a second of work takes several; nothing is given
    up for that before it has taken `WAIT_MAX` times as long. Made and asked in one thread.
    """

    WAIT_MAX: Final = 5

    def __init__(self) -> None:
        """Start to count."""
        self._began = super().monotonic()
        self._worked = time.thread_time_ns()

    def monotonic(self) -> Duration:
        """Return µs of work since the start, or the part of the time that is counted as such."""
        worked = (time.thread_time_ns() - self._worked) // 1_000
        return Duration(max(worked, (super().monotonic() - self._began) // self.WAIT_MAX))


def open_folder(folder: Path) -> Disk:
    """Give the file system's folder as a disk."""
    return FolderDisk(folder)


class System(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine needs of the world.

    Attributes:
        clock: Wall and monotonic time.
        entropy: Random bytes.
        connect: Gives the server's end for an enrolled device, with what proves its requests;
            opens nothing yet.
        crash_point: Called between steps whose order matters.
        run_blocking: Runs long work beside the loop.
        open_disk: Gives a profile's folder.
        locks_profiles: Whether profiles are locked against other processes.
        open_datagrams: Binds a port among the venue's gates.
        read_battery: Gives the charge in per cent; None without a battery.
        read_readers: Tells how the readers are; called in the engine's thread.
        boot: Names this run of the machine, in which monotonic time goes on; 0 where nothing does.
    """

    clock: Clock
    entropy: Entropy
    connect: Callable[[Profile, DeviceChannel], SyncServer]
    crash_point: CrashPoint = no_crash
    run_blocking: RunBlocking = asyncio.to_thread
    open_disk: Callable[[Path], Disk] = open_folder
    locks_profiles: bool = True
    open_datagrams: OpenPort = open_port
    read_battery: Callable[[], int | None] = no_battery
    read_readers: Parts = no_parts
    boot: int = 0


_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_POWER: Final = Path("/sys/class/power_supply")


def machine_boot(file: Path = _BOOT) -> int:
    """Return a number for this run of the machine; 0 where the system names none.

    Args:
        file: Linux's `/proc/sys/kernel/random/boot_id` (random(4)).
    """
    try:
        return int(file.read_text(encoding="ascii").strip().replace("-", ""), 16) >> 65
    except (OSError, ValueError):
        return 0


def machine_battery(folder: Path = _POWER) -> int | None:
    """Return the lowest charge of the machine's batteries in per cent; None without any.

    Args:
        folder: Linux's `/sys/class/power_supply`, which other systems do not have.
    """
    found = []
    for path in sorted(folder.glob("BAT*/capacity")):
        try:
            found.append(int(path.read_text(encoding="ascii").strip()))
        except (OSError, ValueError):
            continue
    charge = min(found, default=None)
    return None if charge is None else max(0, min(100, charge))


async def read_lines(stream: IO[bytes], size_max: int) -> AsyncIterator[bytes]:
    """Yield lines of a pipe, file or terminal as they come, without holding up the loop.

    The mark by which Windows' programs begin a text is none of its letters.

    Args:
        stream: Read in a thread of its own, a line ahead at most.
        size_max: Of a longer line only so much is given: whoever wrote it waits for one answer.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[bytes] = asyncio.Queue(maxsize=1)
    own = _reader_of_our_own(stream)

    def read() -> None:
        while True:
            try:
                line = own.readline(size_max)
                rest = line if len(line) == size_max else b""
                while rest and not rest.endswith(b"\n"):
                    rest = own.readline(size_max)
            except (OSError, ValueError):
                line = b""  # closed under us: the end of the input
            try:
                asyncio.run_coroutine_threadsafe(lines.put(line), loop).result()
            except (RuntimeError, concurrent.futures.CancelledError):
                return  # the loop has ended
            if not line:
                return

    # A thread that waits for input must not keep the process from ending.
    threading.Thread(target=read, name="lines", daemon=True).start()
    while line := await lines.get():
        yield line.removeprefix(UTF8_MARK)


def _reader_of_our_own(stream: IO[bytes]) -> IO[bytes]:
    """Return a reader of the same input whose lock nobody else takes.

    At its end the interpreter takes the lock of standard input. A thread that waits there for a
    line has it: at a terminal, an interrupt would end in a crash.
    """
    try:
        return os.fdopen(os.dup(stream.fileno()), "rb")
    except (OSError, ValueError, AttributeError):  # no file of the system's is behind it
        return stream


def is_null_input() -> bool:
    """Whether standard input is the null device, as a service manager gives it."""
    try:
        return os.path.samestat(os.fstat(sys.stdin.fileno()), Path(os.devnull).stat())
    except (OSError, ValueError, AttributeError):
        return False


class ProfileLock:
    """Keeps a second process out of a profile; the operating system frees it if we die."""

    def __init__(self, folder: Path) -> None:
        """Take the lock.

        Raises:
            StoreFault: if another process holds it, or the folder cannot be written to.
        """
        self._lock = FileLock(folder / LOCK_NAME)
        with explained(str(folder)):
            folder.mkdir(0o700, parents=True, exist_ok=True)
            is_ours = self._lock.try_acquire()
        if not is_ours:
            self._lock.close()
            message = (
                f"{folder} is in use by another gatekeeper process (process"
                f" {self._lock.read_holder()}); close that one, or use another profile"
            )
            raise StoreFault(message, kind=TroubleKind.LOCKED)
        # Only a hint for the message above: a full disk is no reason to stay out.
        with contextlib.suppress(OSError):
            self._lock.sign()

    def release(self) -> None:
        """Let others in."""
        with contextlib.suppress(OSError):
            self._lock.close()
