"""Codes for devices that nobody has used yet: listed without the codes, and taken back."""

from __future__ import annotations

from datetime import datetime

import msgspec

from gatekeeper.organizer.organization.members_client import list_members
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, ServerApi


class OpenCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that would still make a device, as the server's `OpenCodeAnswer` says.

    Attributes:
        id: By which it is taken back.
        by: Who made it; "" for a program, or somebody who is no member any more.
    """

    id: str
    role: str
    event_id: str | None
    gate_id: str | None
    created_by: str
    expires_at: datetime
    by: str = ""


async def list_open_codes(api: ServerApi, site: EventSite) -> tuple[OpenCode, ...]:
    """List the organization's open codes, the newest first, with who made each."""
    root = f"/organizations/{site.organization_id}"
    codes = msgspec.convert(await api.get(f"{root}/devices/codes"), tuple[OpenCode, ...])
    if not codes:
        return ()
    names = {one.user_id: one.name for one in await list_members(api, site.organization_id)}
    return tuple(msgspec.structs.replace(one, by=names.get(one.created_by, "")) for one in codes)


async def take_code_back(api: ServerApi, site: EventSite, code: OpenCode) -> None:
    """Let a code make no device any more.

    Raises:
        Refused: if it was used, taken back or over meanwhile.
    """
    await api.delete(f"/organizations/{site.organization_id}/devices/codes/{code.id}", UNTAGGED)
