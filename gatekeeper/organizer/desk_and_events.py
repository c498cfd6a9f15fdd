"""Whose events somebody has at a desk, which of them opens first, and the acts of their board."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from gatekeeper.organizer.before_doors.devices_client import DeviceClient
from gatekeeper.organizer.before_doors.doors_ready_facts import read_event_facts
from gatekeeper.organizer.before_doors.doors_ready_judging import (
    OPEN_STATES,
    EventFacts,
)
from gatekeeper.organizer.before_doors.gate_order import ordered_gates
from gatekeeper.organizer.date_on_now_or_next import date_facts, is_date_on, next_date
from gatekeeper.organizer.organization.staff_client import StaffClient
from gatekeeper.organizer.prepare.new_event import make_slug
from gatekeeper.organizer.server_api import EventSite, ServerApi
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ports import Entropy

_SLUG_BYTES: Final = 3
_DATES_READ_MAX: Final = 20
"""Events whose dates are asked for when the desk opens, the newest ones."""


class Organization(msgspec.Struct, frozen=True):
    """Whom the desk works for, and in which role of `roles.ROLES`; its time zone by name."""

    id: OrganizationId
    name: str
    role: str = "owner"
    timezone: str = "UTC"
    currency: str = "EUR"


class ListedEvent(msgspec.Struct, frozen=True):
    """An event in the desk's list of events.

    Attributes:
        site: Where it is.
        timezone: By name.
        is_on: One of its dates begins within hours, or has begun and is not over.
        begins_at: When its date that is on or comes next begins; None for one not on sale, and
            where all are over.
    """

    site: EventSite
    name: str
    state: str
    timezone: str = "UTC"
    is_on: bool = False
    begins_at: datetime | None = None


def first_event(events: Sequence[ListedEvent]) -> ListedEvent:
    """Return the event that the desk opens with.

    It is the newest that is on now; else, of those on sale, which begins next; else the newest.

    Args:
        events: The newest first; one at least.
    """
    on = next((event for event in events if event.is_on), None)
    ahead = [(event.begins_at, at) for at, event in enumerate(events) if event.begins_at]
    return on or events[min(ahead)[1] if ahead else 0]


class Desk:
    """A signed-in organizer at work for one organization.

    Args:
        api: Somebody signed in.
        organization: Whom they work for.
        entropy: Draws PINs.
    """

    def __init__(self, api: ServerApi, organization: Organization, entropy: Entropy) -> None:
        self.api, self.organization, self.entropy = api, organization, entropy
        self.staff = StaffClient(api, organization.id, entropy)
        self.devices = DeviceClient(api, organization.id)

    def call_organization(self, name: str, timezone: str, currency: str) -> None:
        """Work for the organization under what it is called by now."""
        self.organization = msgspec.structs.replace(
            self.organization, name=name, timezone=timezone, currency=currency
        )

    def in_role(self, role: str) -> Desk:
        """Return the desk of the same person in the role that they have by now."""
        organization = msgspec.structs.replace(self.organization, role=role)
        return Desk(self.api, organization, self.entropy)

    async def read_role(self) -> str:
        """Return the role that whoever is signed in has by now."""
        found = await self.api.get("/organizations")
        own = [one for one in found if one["id"] == self.organization.id]
        return str(own[0]["role"] or "owner") if own else self.organization.role

    @property
    def _root(self) -> str:
        return f"/organizations/{self.organization.id}"

    async def name_events(self) -> list[ListedEvent]:
        """List the events, the newest first, by what they are called and their states."""
        found = await self.api.list_all(f"{self._root}/events")
        return [
            ListedEvent(
                self._site(event["id"]), event["name"], event["state"], str(event["timezone"])
            )
            for event in sorted(found, key=lambda one: str(one["created_at"]), reverse=True)
        ]

    async def list_events(self, now: datetime) -> tuple[ListedEvent, ...]:
        """List the events, the newest first; of those on sale, whether they are on, or when."""
        events = await self.name_events()
        on_sale = [at for at, event in enumerate(events) if event.state in OPEN_STATES]
        for at in on_sale[:_DATES_READ_MAX] if len(events) > 1 else ():
            said = await self.api.get(f"{events[at].site.path}/occurrences")
            dates = tuple(date_facts(one) for one in said)
            coming = next_date(dates, now)
            events[at] = msgspec.structs.replace(
                events[at],
                is_on=is_date_on(dates, now),
                begins_at=None if coming is None else coming.starts_at,
            )
        return tuple(events)

    async def look(self, site: EventSite) -> EventFacts:
        """Measure all that the board needs."""
        return await read_event_facts(self.api, site)

    async def put_on_sale(self, site: EventSite) -> None:
        """Publish the event: from now on it is sold."""
        await self.api.post(f"{site.path}/state", {"state": "published"})

    async def hand_to_gates(self, site: EventSite) -> None:
        """Sign the manifest, which gates then fetch."""
        await self.api.post(f"{site.path}/handover")

    async def lift_bounds(self, site: EventSite) -> None:
        """Let tickets of every key of the event admit until it is over.

        Raises:
            Rejected: for whoever is no owner.
        """
        for key in await self.api.list_all(f"{self._root}/keys", event_id=site.event_id):
            if key["admits_until"] is not None and key["state"] != "compromised":
                path = f"{self._root}/keys/{key['name']}/bound"
                await self.api.post(path, {"admits_until": None, "reason": "the board"})

    async def list_gates(self, site: EventSite) -> dict[str, str]:
        """Return the gates' names by id, those of the earliest date first."""
        plan = await self.api.get(f"{site.path}/plan")
        return ordered_gates(plan, await self.api.get(f"{site.path}/occurrences"))

    def _site(self, event_id: str) -> EventSite:
        return EventSite(self.organization.id, EventId(event_id))


def is_same_seat(now: Organization, before: Organization) -> bool:
    """Whether somebody works for the same organization as before, and may do the same."""
    return (now.id, now.role) == (before.id, before.role)


class NoOrganization(GatekeeperError):
    """Whoever signed in belongs to no organization of this server."""


async def find_organization(api: ServerApi) -> Organization | None:
    """Return the organization that somebody works for; None if there is none yet."""
    found: list[Any] = await api.get("/organizations")
    if not found:
        return None
    first = found[0]
    return _organization(first)


async def found_organization(
    api: ServerApi, name: str, entropy: Entropy, timezone: str
) -> Organization:
    """Make an organization, whose days are those of a time zone; "" for UTC."""
    slug = make_slug(name, entropy.random_bytes(_SLUG_BYTES).hex())
    fields = {"name": name, "slug": slug, "timezone": timezone or "UTC"}
    return _organization(await api.post("/organizations", fields))


async def open_desk(api: ServerApi, entropy: Entropy, name: str, timezone: str) -> Desk:
    """Return the desk of whoever is signed in.

    Args:
        api: Somebody signed in.
        entropy: Draws what is drawn at the desk.
        name: Of the organization that is made where they belong to none; "" to make none.
        timezone: Of such an organization.

    Raises:
        NoOrganization: if they belong to none, and none shall be made.
    """
    organization = await find_organization(api)
    if organization is None and not name:
        raise NoOrganization("you do not belong to any organization on this server")
    if organization is None:
        organization = await found_organization(api, name, entropy, timezone)
    return Desk(api, organization, entropy)


def _organization(one: dict[str, Any]) -> Organization:
    return Organization(
        OrganizationId(one["id"]),
        str(one["name"]),
        str(one["role"] or "owner"),
        str(one["timezone"]),
        str(one["currency"]),
    )
