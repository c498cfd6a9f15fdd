"""An event's devices, as the desk lists them, makes machines into them and revokes them."""

from __future__ import annotations

from datetime import datetime

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi, moment_of
from gatekeeper.wording.names_in_order import by_number
from shared.code_lifetimes import DEVICE_CODE_MINUTES
from shared.kernel.id_types import OrganizationId


class Pairing(msgspec.Struct, frozen=True):
    """What makes a machine a device, once.

    Attributes:
        text: The whole line, which a QR code shows and a person may type into a pairing screen.
        expires_at: When it ends.
        id: By which it is taken back.
    """

    text: str
    expires_at: datetime
    id: str = ""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A gate or till as the desk's list of devices has it.

    Attributes:
        id: By which it is revoked.
        gate: The name of its gate; "" for none.
        heard_at: Its last contact; None before the first.
        gate_id: Its gate; None for any of the event's.
        homes: Tickets whose home it is.
    """

    id: str
    name: str
    role: str
    gate: str
    heard_at: datetime | None
    is_revoked: bool
    gate_id: str | None = None
    homes: int = 0


class DeviceClient:
    """Asks the server about the devices of one organization.

    Args:
        api: Somebody signed in.
        organization_id: Whose devices.
    """

    def __init__(self, api: ServerApi, organization_id: OrganizationId) -> None:
        self._api, self._root = api, f"/organizations/{organization_id}"

    async def list_all(self, site: EventSite) -> tuple[Device, ...]:
        """List the event's devices, those that are revoked last."""
        plan = await self._api.get(f"{site.path}/plan")
        gates = {gate["id"]: str(gate["name"]) for gate in plan["gates"]}
        found = [
            Device(
                id=one["device_id"],
                name=one["name"],
                role=one["role"],
                gate=gates.get(one["gate_id"], ""),
                heard_at=moment_of(one["heard_at"]),
                is_revoked=one["revoked_at"] is not None,
                gate_id=one["gate_id"],
                homes=one["homes"],
            )
            for one in await self._api.list_all(f"{site.path}/devices")
        ]
        return tuple(
            sorted(
                found, key=lambda one: (one.is_revoked, by_number(one.gate), by_number(one.name))
            )
        )

    async def make_pairing(self, site: EventSite, role: str, gate_id: str | None) -> Pairing:
        """Make a one-time code for a device."""
        code = await self._api.post(
            f"{self._root}/devices/codes",
            {
                "role": role,
                "event_id": site.event_id,
                "gate_id": gate_id,
                "minutes": DEVICE_CODE_MINUTES,
            },
        )
        return Pairing(
            str(code["text"]), datetime.fromisoformat(code["expires_at"]), str(code["id"])
        )
