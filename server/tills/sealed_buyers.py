"""The buyers of an event for its tills: sealed to the badges of cashiers who may find."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Final
from weakref import WeakValueDictionary

from server.cashiers.cashiers_and_badges import list_finders
from server.db.unit import Context, Unit
from server.devices.finding_devices import get_device
from server.devices.schemas import SELLING_ROLES
from server.orders.buyers_for_tills import name_buyers, page_buyers
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import DeviceId, EventId, OrganizationId
from shared.kernel.packing import pack
from shared.manifest.sealed_buyer_list import PIECE_ROWS, BuyerRow, BuyerSealer

FILES_MAX: Final = 100
FILES_SIZE_MAX: Final = 64_000_000
"""Bytes of files that a worker keeps, but for the newest one."""

_Place = tuple[OrganizationId, EventId]


class BuyerFiles:
    """Makes and keeps the newest file of each event that is asked for; one for each worker."""

    def __init__(self, context: Context) -> None:
        """Read by `context`; nothing is made yet."""
        self._context = context
        self._made: OrderedDict[_Place, tuple[str, bytes]] = OrderedDict()
        self._turns: WeakValueDictionary[_Place, asyncio.Lock] = WeakValueDictionary()

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
        place = (organization_id, event_id)
        turn = self._turns.setdefault(place, asyncio.Lock())
        async with turn, self._context.read(organization_id) as unit:
            finders = await list_finders(unit)
            readers = sha256(pack(finders)).hex()[:16]
            version = f"{await name_buyers(unit, event_id)}-{readers}"
            if version == known:
                return b""
            made = self._made.get(place)
            if made is None or made[0] != version:
                sealer = BuyerSealer(version, event_id, self._context.entropy)
                if finders:
                    await self._seal(unit, event_id, sealer)
                made = (version, pack(sealer.finish(finders)))
            self._keep(place, made)
        return made[1]

    @staticmethod
    async def _seal(unit: Unit, event_id: EventId, sealer: BuyerSealer) -> None:
        """Seal an event's buyers; devices want their answers meanwhile."""
        rows: list[BuyerRow] = []
        async for page in page_buyers(unit, event_id):
            rows += page
            while len(rows) >= PIECE_ROWS:
                sealer.add(rows[:PIECE_ROWS])
                del rows[:PIECE_ROWS]
            await asyncio.sleep(0)
        if rows:
            sealer.add(rows)

    def _keep(self, place: _Place, made: tuple[str, bytes]) -> None:
        """Keep the files that were asked for last: nobody's events fill the memory."""
        self._made[place] = made
        self._made.move_to_end(place)
        while len(self._made) > 1 and (
            len(self._made) > FILES_MAX
            or sum(len(content) for _, content in self._made.values()) > FILES_SIZE_MAX
        ):
            self._made.popitem(last=False)
