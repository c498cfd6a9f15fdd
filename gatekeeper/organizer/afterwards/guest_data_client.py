"""A guest's own data as the desk finds it, gives it out and erases it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.kernel.id_types import OrganizationId


async def newest_erasure(api: ServerApi, organization_id: OrganizationId) -> str:
    """Return the id of the organization's latest erasure, at whichever desk; "" for none.

    Raises:
        Refused: if this needs staff.
    """
    page = await api.get(f"/organizations/{organization_id}/erasures", sort="-at", limit=1)
    return next((str(one["id"]) for one in page["items"]), "")


class FoundPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom a search has found.

    Attributes:
        orders, tickets, events: How many name them.
    """

    name: str | None
    email: str | None
    phone: str | None
    orders: int
    tickets: int
    events: int

    @property
    def shown(self) -> str:
        """By what people call them: the first of name, address and number that is known."""
        return self.name or self.email or self.phone or ""

    @property
    def asked(self) -> dict[str, Any]:
        """How the server is asked about them."""
        return {"name": self.name or "", "email": self.email, "phone": self.phone}


class HeldRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Something that names a person.

    Attributes:
        place: Names it among all of the organization's.
        kind: `order`, `ticket` or `list`.
        number: Of an order, as people know it; else 0.
    """

    place: str
    kind: str
    event_name: str
    name: str | None
    email: str | None
    phone: str | None
    number: int
    total_minor: int
    currency: str


class HeldText(msgspec.Struct, frozen=True):
    """A text that somebody has typed, in which a person is named."""

    text: str


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """All that is held of a person."""

    records: Sequence[HeldRecord]
    texts: Sequence[HeldText]


class FoundPersons(msgspec.Struct, frozen=True, kw_only=True):
    """Who was found; `is_cut` where there are more."""

    items: Sequence[FoundPerson]
    is_cut: bool


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure took: buyers, holders, lists that waited, texts."""

    orders: int
    holders: int
    lists: int
    texts: int


class GuestDataClient:
    """What can be asked about an organization's guests.

    Args:
        api: Somebody signed in.
        site: An event of the organization.
    """

    def __init__(self, api: ServerApi, site: EventSite) -> None:
        self._api = api
        self.organization_id = site.organization_id
        self._path = f"/organizations/{site.organization_id}/persons"

    async def find(self, text: str) -> FoundPersons:
        """Find people among buyers and holders of all events."""
        return await self._api.make(FoundPersons, f"{self._path}/find", {"text": text})

    async def read(self, person: FoundPerson) -> Held:
        """Return all that is held of somebody."""
        return await self._api.make(Held, f"{self._path}/held", person.asked)

    async def export(self, person: FoundPerson) -> bytes:
        """Return all that is held of somebody, as a ZIP to hand out."""
        return await self._api.post_for_bytes(f"{self._path}/export", person.asked)

    async def erase(
        self, person: FoundPerson, seen: Held, spared: Sequence[str]
    ) -> tuple[Erased | None, Held]:
        """Erase somebody, but for records of others of the same name; it cannot be undone.

        Args:
            person: Whom.
            seen: What was shown of them to whoever said which of it is theirs.
            spared: Places of records in it that are of others.

        Returns:
            What was erased, and what is left. None, and what is held by now, where a record names
            them that nobody was shown, such as a namesake's new ticket: then nothing was.

        Raises:
            Refused: while a list that names them is being taken.
        """
        now = await self.read(person)
        if not {one.place for one in now.records} <= {one.place for one in seen.records}:
            return None, now
        asked = person.asked | {"spare": list(spared)}
        done = await self._api.make(Erased, f"{self._path}/erase", asked)
        return done, await self.read(person)
