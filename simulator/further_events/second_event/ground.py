"""What the organizer puts on besides: a fair with two zones, and a market before it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.db.unit import Unit
from server.keys.organization_keys import ticket_signing_key
from server.supervisors.supervisors_and_pins import add_supervisor
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import EventId, ZoneId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, Instant, format_instant
from shared.manifest.signed_document import name_key
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.second_event.record import Paper, PaperKind
from simulator.kernel.stage import WORLD_START
from simulator.venue import CLAIM_BUDGET_MS
from simulator.world import World

DAY: Final = 24 * HOUR
PIN_HASH: Final = "nobody types it here"


async def appoint(world: World, name: str) -> tuple[str, str]:
    """Make a supervisor at the office; returns their id, and the code on their badge."""
    async with world.server.context.write(world.venue.organization_id) as unit:
        return await appoint_within(unit, name)


async def appoint_within(unit: Unit, name: str) -> tuple[str, str]:
    """Make one within a unit of the office's that does more besides."""
    made, badge = await add_supervisor(unit, name=name, pin_hash=PIN_HASH, badge=None)
    return made.id, badge


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it was put on.

    Attributes:
        event_id: Which.
        today: The date that is played.
        tomorrow: The other one, if there is one.
        zones: Ids by name.
        gates: Ids by name; each leads into the zone of its name's first word.
        kinds: Ticket types by zone's name, code and id.
    """

    event_id: EventId
    today: str
    tomorrow: str
    zones: dict[str, str]
    gates: dict[str, str]
    kinds: dict[str, tuple[int, str]]


class Ground(msgspec.Struct, frozen=True):
    """Both events, and who may empty a zone.

    Attributes:
        fair: The event at which it all happens.
        market: The one that its gates served before, and serve now and then.
        person: The supervisor's id.
        badge: The code on the badge.
        key_id: The fair's ticket key.
        key: Its private half, which leaks.
        key_name: By which it is declared compromised.
    """

    fair: Site
    market: Site
    person: str
    badge: str
    key_id: int
    key: SigningKey
    key_name: str


class Builder:
    """Puts events on as the organizer does, over the server's routes."""

    def __init__(self, world: World, owner: Owner) -> None:
        self._world, self._owner = world, owner

    async def build(self, capacity: int, dates: int) -> Ground:
        """Put both events on, the fair on so many dates, and publish them."""
        hall = {"reentry_after_exit": False, "capacity": capacity}
        # Somebody may be let in who still has to pay: there is a key for what is only listed.
        yard = {"reentry_after_exit": True, "admit_pending": True}
        gates = ("Hall 1", "Hall 2", "Hall 3", "Yard 1", "Yard 2")
        fair = await self._put_on("Fair", {"Hall": hall, "Yard": yard}, gates, dates)
        market = await self._put_on("Market", {"Hall": {}}, ("Hall 1",), 1)
        world = self._world
        async with world.server.context.write(world.venue.organization_id) as unit:
            person, badge = await appoint_within(unit, "Jo")
            key_id, key = await ticket_signing_key(unit, world.vault, fair.event_id)
        for site in (fair, market):
            await self._owner.must("POST", f"/events/{site.event_id}/handover", {})
        name = name_key(key.public_key).hex()
        return Ground(fair, market, person, badge, key_id, key, name)

    async def _put_on(
        self, name: str, zones: dict[str, dict[str, Any]], gates: tuple[str, ...], dates: int
    ) -> Site:
        policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS}
        body = {"name": name, "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
        event_id = (await self._owner.must("POST", "/events", body))["id"]
        place = f"/events/{event_id}"
        days = [await self._date(place, day) for day in range(dates)]
        kinds: dict[str, tuple[int, str]] = {}
        zone_ids: dict[str, str] = {}
        for zone, terms in zones.items():
            # The hall's tickets say their date by their type, the yard's each for itself.
            said = days[0] if zone == "Hall" else None
            described: dict[str, object] = {
                "name": f"To the {zone}",
                "price_minor": 2_000,
                "occurrence_id": said,
            }
            kind = await self._owner.must("POST", f"{place}/ticket-types", described)
            kinds[zone] = kind["code"], kind["id"]
            only = days[0] if zone == "Yard" and dates > 1 else None
            takes = [kind["id"]]
            whole = {"name": zone, "ticket_type_ids": takes, "occurrence_id": only} | terms
            zone_ids[zone] = (await self._owner.must("POST", f"{place}/zones", whole))["id"]
        gate_ids = {}
        for gate in gates:
            zone_id = zone_ids[gate.split()[0]]
            made = await self._owner.must(
                "POST", f"{place}/gates", {"name": gate, "zone_id": zone_id}
            )
            gate_ids[gate] = made["id"]
        await self._owner.must("POST", f"{place}/state", {"state": "published"})
        return Site(
            event_id=event_id,
            today=days[0],
            tomorrow=days[-1],
            zones=zone_ids,
            gates=gate_ids,
            kinds=kinds,
        )

    async def _date(self, place: str, day: int) -> str:
        doors = WORLD_START + day * DAY
        body = {
            "name": f"Day {day + 1}",
            "doors_at": _moment(doors),
            "starts_at": _moment(doors + HOUR),
            "ends_at": _moment(doors + 12 * HOUR),
        }
        made = await self._owner.must("POST", f"{place}/occurrences", body)
        return str(made["id"])


def _moment(at: Instant) -> str:
    return format_instant(at)


class Printer:
    """Sells tickets of an event by the web, and prints them."""

    def __init__(self, owner: Owner, site: Site) -> None:
        self._owner, self._site = owner, site

    async def sell(
        self,
        zone: str,
        count: int,
        kind: PaperKind = PaperKind.GOOD,
        *,
        is_manual: bool = False,
    ) -> list[Paper]:
        """Place an order and print its tickets; none where the server prints none."""
        site, place = self._site, f"/events/{self._site.event_id}"
        line = {
            "ticket_type_id": site.kinds[zone][1],
            "quantity": count,
            "occurrence_id": site.tomorrow if kind is PaperKind.TOMORROW else site.today,
        }
        payment = "pending" if kind is PaperKind.UNPAID else "paid"
        order = await self._owner.ask("POST", f"{place}/orders", _order(line, payment))
        papers = []
        for ticket in [] if order is None else order["tickets"]:
            paper = await self.print(str(ticket["id"]), zone, kind, is_manual=is_manual)
            papers += [] if paper is None else [paper]
        return papers

    async def print(
        self, ticket_id: str, zone: str, kind: PaperKind, *, is_manual: bool = False
    ) -> Paper | None:
        """Print a ticket as it is now; None where the server prints none."""
        path = f"/events/{self._site.event_id}/tickets/{ticket_id}/credential"
        said = await self._owner.ask("GET", path)
        if said is None:
            return None
        text = said["manual_code"] if is_manual else said["digits"]
        number = parse_ticket_id(ticket_id)
        return Paper(text, kind, number, ZoneId(self._site.zones[zone]), is_manual)


def _order(line: dict[str, Any], payment: str) -> dict[str, Any]:
    return {"lines": [line], "payment": payment}
