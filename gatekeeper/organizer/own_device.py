"""A gate or a till on the organizer's own laptop: enrolled by the desk, its window a program.

It is no part of the desk, which may be closed or crash: the device goes on.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.detached_program import start_detached
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import PROFILE_NAME
from gatekeeper.sync.enrolment import EnrolmentWays, enrol, read_code
from shared.kernel.errors import EnvironmentFault
from shared.kernel.os_errors import words_of_system
from shared.kernel.ports import Entropy

_LOG: Final = "window.log"


class WantedDevice(msgspec.Struct, frozen=True, kw_only=True):
    """Which device is wanted here.

    Attributes:
        site: Its event.
        role: `gate`, `till` or `both`.
        gate_id: Where it stands; None for a till.
        name: What staff call it.
    """

    site: EventSite
    role: str
    gate_id: str | None
    name: str


class OwnDevices:
    """The devices of this laptop.

    Args:
        folder: Where their profiles are, each a folder of its own.
        open_disk: Gives such a folder.
        entropy: Draws their keys.
        ways: How their server is reached.
        start: Opens a device's window.
    """

    def __init__(
        self,
        folder: Path,
        open_disk: Callable[[Path], Disk],
        entropy: Entropy,
        ways: EnrolmentWays,
        start: Callable[[Path], None] | None = None,
    ) -> None:
        self._folder, self._open_disk, self._ways = folder, open_disk, ways
        self._entropy, self._start = entropy, start or open_window

    async def open(self, desk: Desk, wanted: WantedDevice) -> None:
        """Open a device's window here; the device is made where there is none yet.

        Raises:
            EnvironmentFault: if the program cannot be started.
            Rejected: if the server makes no code.
            ServerFault: if it cannot be reached.
            StoreFault: if the disk refuses.
        """
        folder = self._folder / f"{wanted.site.event_id}-{wanted.gate_id or wanted.role}"
        disk = self._open_disk(folder)
        if disk.read(PROFILE_NAME) is None:
            pairing = await desk.devices.make_pairing(wanted.site, wanted.role, wanted.gate_id)
            code = read_code(None, pairing.text)
            await enrol(disk, code, name=wanted.name, entropy=self._entropy, ways=self._ways)
        await asyncio.to_thread(self._start, folder)


def open_window(folder: Path) -> None:
    """Start the window of a device as a program of its own.

    Raises:
        EnvironmentFault: if it cannot be started.
    """
    words = (sys.executable, "-m", "gatekeeper", "kiosk", "--profile", str(folder))
    try:
        start_detached(words, folder / _LOG)
    except OSError as fault:
        message = f"the window cannot be started: {words_of_system(fault)}"
        raise EnvironmentFault(message) from fault
