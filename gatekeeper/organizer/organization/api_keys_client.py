"""API keys: by which other programs ask the server, each within what was ticked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from gatekeeper.organizer.organization.members_client import list_members
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, Refused, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking

_NOT_FOUND: Final = 404
_OWNER: Final = "owner"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret, as the server's `ApiKeyAnswer` says.

    Attributes:
        shown: How the key begins.
        expires_at: From when on it is refused; None for never.
        created_by: The maker's id; "" of a server that does not say.
    """

    id: str
    name: str
    shown: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: str = ""


class NewKey(msgspec.Struct, frozen=True):
    """A key that was made, and its secret: to be had this once."""

    key: str
    api_key: Key


class KeyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is asked for.

    Attributes:
        until: From when on it is refused; None for never.
    """

    name: str
    scopes: tuple[str, ...]
    until: datetime | None


class ApiKeyOverview(msgspec.Struct, frozen=True):
    """All keys, and whom to ask for one.

    Attributes:
        keys: The earliest first; none where only owners may see them.
        names: What members are called, by their ids.
        owners: The names of those who may make keys.
    """

    keys: tuple[Key, ...]
    names: Mapping[str, str]
    owners: tuple[str, ...]


class ApiKeyClient:
    """Looks after an organization's API keys.

    Args:
        api: Somebody signed in.
        site: An event of the organization.
    """

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api = api
        self.organization_id = site.organization_id
        self._path = f"/organizations/{site.organization_id}/api-keys"
        self._making = UnheardMaking()

    async def look(self, *, is_owner: bool) -> ApiKeyOverview:
        """List the keys, to an owner; to anybody else who may make them."""
        members = await list_members(self._api, self.organization_id)
        keys = await self._api.get(self._path) if is_owner else ()
        return ApiKeyOverview(
            msgspec.convert(keys, tuple[Key, ...]),
            {one.user_id: one.name or one.email for one in members},
            tuple(one.name or one.email for one in members if one.role == _OWNER),
        )

    async def make(self, request: KeyRequest) -> NewKey:
        """Make a key.

        Asked for again because no answer came, it is another one: nobody has seen the former.

        Raises:
            Refused: to anybody but an owner, or of one key too many.
        """
        until = None if request.until is None else request.until.isoformat()
        fields = {"name": request.name, "scopes": list(request.scopes), "expires_at": until}

        async def look() -> tuple[Key, ...]:
            return await self._api.read(tuple[Key, ...], self._path)

        async def make() -> NewKey:
            return await self._api.make(NewKey, self._path, fields)

        def is_meant(one: Key) -> bool:
            return (one.name, {*one.scopes}) == (request.name, {*request.scopes})

        return await self._making.anew(fields, look, is_meant, self.revoke, make)

    async def revoke(self, key: Key) -> None:
        """End a key at once; of one that somebody else has ended, nothing is left to do."""
        try:
            await self._api.delete(f"{self._path}/{key.id}", UNTAGGED)
        except Refused as refusal:
            if refusal.status != _NOT_FOUND:
                raise


def find_key_flaw(name: str, scopes: Sequence[str]) -> str:
    """Say what is missing before a server is asked: `name` or `scopes`; "" for nothing."""
    if not name.strip():
        return "name"
    return "" if scopes else "scopes"
