"""The buyers of an event for its tills: sealed to the badges of cashiers who may find."""

from __future__ import annotations

import asyncio

from server.cashiers.service import list_finders
from server.db.unit import Context
from server.devices.schemas import SELLING_ROLES
from server.devices.service import get_device
from server.orders.buyers import list_buyers, name_buyers
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.packing import pack
from shared.manifest.buyers import PIECE_ROWS, BuyerSealer


class BuyerFiles:
    """Makes and keeps the newest file of each event that is asked for; one for each worker."""

    def __init__(self, context: Context) -> None:
        """Read by `context`; nothing is made yet."""
        self._context = context
        self._made: dict[tuple[OrganizationId, EventId], tuple[str, bytes]] = {}
        self._turn = asyncio.Lock()

    async def may_hold(self, organization_id: OrganizationId, device_id: DeviceId) -> bool:
        """Tell whether a device is a till: gates are told of no buyer."""
        async with self._context.read(organization_id) as unit:
            return (await get_device(unit, device_id)).role in SELLING_ROLES

    async def read(self, organization_id: OrganizationId, event_id: EventId, known: str) -> bytes:
        """Return an event's file as its tills hold it; empty where they hold the newest.

        Args:
            organization_id: Whose event.
            event_id: Which.
            known: The version that the till holds, or "".
        """
        async with self._turn, self._context.read(organization_id) as unit:
            finders = await list_finders(unit)
            readers = sha256(pack(finders)).hex()[:16]
            version = f"{await name_buyers(unit, event_id)}-{readers}"
            if version == known:
                return b""
            place = (organization_id, event_id)
            made = self._made.get(place)
            if made is None or made[0] != version:
                rows = await list_buyers(unit, event_id) if finders else []
                sealer = BuyerSealer(version, event_id, self._context.entropy)
                for first in range(0, len(rows), PIECE_ROWS):
                    sealer.add(rows[first : first + PIECE_ROWS])
                    await asyncio.sleep(0)  # devices want their answers meanwhile
                made = (version, pack(sealer.finish(finders)))
                self._made[place] = made
        return made[1]
