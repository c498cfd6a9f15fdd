"""A device that will not come back: nobody waits for its word, and a stolen one has none.

Its sentences: `gatekeeper/presenters/desk/lost_device_words.py`.
"""

from __future__ import annotations

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi


class DeviceLoss(msgspec.Struct, frozen=True, kw_only=True):
    """What a lost device has given up, as the server's `LostAnswer` says.

    Attributes:
        maybe_sold_total: How many tickets of its stock it may have sold; they are free again.
        seats: Reserved seats that it may have sold; they stay held until a person frees them.
    """

    maybe_sold_total: int
    seats: tuple[str, ...]


async def declare_lost(
    api: ServerApi, site: EventSite, device_id: str, *, reason: str, is_stolen: bool
) -> DeviceLoss:
    """Let a device give up homes, shares of zones and stock; of a stolen one end its keys too.

    Raises:
        Refused: if this needs a manager, or the device is none of the event's.
    """
    path = f"{site.path}/devices/{device_id}/lost"
    return await api.make(DeviceLoss, path, {"reason": reason, "revokes": is_stolen})
