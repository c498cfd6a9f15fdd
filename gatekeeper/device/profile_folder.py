"""The profile folder of this machine: unpaired, or a gate that can be opened."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

import msgspec

from gatekeeper.device.attended_gate import AttendedGate
from gatekeeper.device.composition_root import enrolment_ways
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.device.opened_gate import OnChange, closed_on_fault
from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import PROFILE_NAME, load_profile
from gatekeeper.supervisor.device_settings import DeviceSettings, decode_settings, encode_settings
from gatekeeper.this_machine import System
from shared.kernel.errors import EnvironmentFault, StoreFault
from shared.kernel.id_types import GateId
from shared.kernel.os_errors import words_of_system

SETTINGS_NAME: Final = "kiosk.json"
_TILL: Final = "till"


class PairingRequest(msgspec.Struct, frozen=True):
    """What a person entered to make this machine a device.

    Attributes:
        line: The whole `GKE1 …` line, or "" where address and code were typed.
        url: The server's address.
        code: The one-time code.
    """

    line: str = ""
    url: str = ""
    code: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether something can be tried."""
        return bool(self.line) or bool(self.url and self.code)


class ProfileFolder:
    """Enrols this machine, and opens its gate for the window.

    Args:
        folder: The profile's.
        system: This machine.
        gate: A gate's name or id that the command line asks for, or None.
        direction: The way the lane is used, or None for the gate's own.
        lan: How it claims among the venue's gates, or None to stay alone.
    """

    def __init__(
        self,
        folder: Path,
        system: System,
        *,
        gate: str | None = None,
        direction: str | None = None,
        lan: LanOptions | None = None,
    ) -> None:
        self._folder, self._system = folder, system
        self._gate, self._direction, self._lan = gate, direction, lan

    def is_paired(self) -> bool:
        """Whether this machine is a device: the folder holds a profile.

        Raises:
            StoreFault: if it cannot be read.
        """
        return self._disk().read(PROFILE_NAME) is not None

    def is_till(self) -> bool:
        """Whether this device sells, and opens no gate.

        Raises:
            StoreFault: if it cannot be read.
        """
        return load_profile(self._disk()).role == _TILL

    async def pair(self, request: PairingRequest) -> None:
        """Make this machine a device.

        Raises:
            BadInput: if the code cannot be one.
            Rejected: if the server refuses it.
            ServerFault: if the server cannot be reached.
            EnvironmentFault: if the folder cannot be made.
        """
        # The HTTP library takes a while to read, which a paired gate need not wait for.
        from gatekeeper.sync.enrolment import default_name, enrol, read_code

        code = read_code(request.url or None, request.line or request.code)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as fault:  # said before the one-time code is spent
            message = f"{self._folder} cannot be used: {words_of_system(fault)}"
            raise EnvironmentFault(message) from fault
        await enrol(
            self._system.open_disk(self._folder),
            code,
            name=default_name(self._folder),
            entropy=self._system.entropy,
            ways=enrolment_ways(),
        )

    async def open(self, gate_id: GateId | None, on_change: OnChange) -> AttendedGate:
        """Open the gate; a gate that a person chose is kept for the next start.

        Args:
            gate_id: The gate that a person chose, or None for the profile's own.
            on_change: Called in the engine's thread when the status may have changed.

        Raises:
            StoreFault: if the profile's database cannot be used.
        """
        gate = await AttendedGate.open(
            self._folder,
            system=self._system,
            gate=gate_id or self._gate,
            direction=self._direction or self.load_settings().direction or None,
            on_change=on_change,
            lan=self._lan,
        )
        if gate_id is not None:
            async with closed_on_fault(gate):
                gate.place.choose(gate_id)
        return gate

    def load_settings(self) -> DeviceSettings:
        """Return how this device is set; the standard where nothing is kept."""
        with contextlib.suppress(StoreFault):
            return decode_settings(self._disk().read(SETTINGS_NAME))
        return DeviceSettings()

    def save_settings(self, settings: DeviceSettings) -> None:
        """Keep how this device is set.

        Raises:
            StoreFault: if the disk refuses.
        """
        self._disk().write(SETTINGS_NAME, encode_settings(settings))

    def _disk(self) -> Disk:
        return self._system.open_disk(self._folder)
