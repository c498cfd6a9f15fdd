"""The demo's event, set up as an organizer does it: over the REST API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from gatekeeper.organizer.server_api import EventSite, Fields, ServerApi
from shared.kernel.id_types import GateId

EVENT_NAME = "Night of the Lanterns"
TICKETS: Final = 40
"""Sold in advance."""
NORTH: Final = "North"
SOUTH: Final = "South"
"""Its gates."""
_PATIENCE_MS: Final = 2_000
"""So long the demo's gates wait for the server: it is a machine that does everything at once, and
one that is busy is not to look like a cut cable."""
COUNTER_RIGHTS: Final = {
    "sell": True,
    "find": True,
    "comp": True,
    "open_drawer": True,
    "paid_out": True,
    "discount_percent": 100,
    "refund_minor": 1_000_000,
}
"""Of the cashier at whose till a visitor stands."""


class Evening(msgspec.Struct, frozen=True):
    """The event as the demo plays it.

    Attributes:
        site: Where its resources are.
        gates: Gate ids by name.
        standing_id: The type that is sold.
        standing_code: The same, by its number in credentials.
        sold: QR digits of the tickets sold in advance.
        tonight: Id of the first night.
        tomorrow: Id of the second one; "" where there is none.
    """

    site: EventSite
    gates: dict[str, str]
    standing_id: str
    standing_code: int
    sold: tuple[str, ...] = ()
    tonight: str = ""
    tomorrow: str = ""


async def set_up_evening(
    api: ServerApi, tickets: int, now: datetime, *, has_tomorrow: bool = False
) -> Evening:
    """Make organization, event, gates, ticket types and orders, and hand all to gates.

    Args:
        api: The organizer, signed in.
        tickets: Sold in advance.
        now: An hour after the doors of the first night.
        has_tomorrow: Whether there is a second night, whose tickets the gates refuse on the first.

    Raises:
        Rejected: if the server refuses a step.
        ServerFault: if it cannot be reached.
    """
    organization = await api.post(
        "/organizations", {"name": "Harbour Hall", "slug": "harbour-hall"}
    )
    root = f"/organizations/{organization['id']}"
    event = await api.post(
        f"{root}/events",
        {"name": EVENT_NAME, "timezone": "Europe/Berlin", "currency": "EUR"}
        | {"policy": {"claim_budget_ms": _PATIENCE_MS}},
    )
    site = EventSite(organization["id"], event["id"])
    tonight = await _add_night(api, site, "First night", now)
    tomorrow, bound = "", None
    if has_tomorrow:
        tomorrow = await _add_night(api, site, "Second night", now + timedelta(days=1))
        bound = tonight
    terms: Fields = {"name": "Hall", "reentry_after_exit": False, "capacity": 800}
    zone = await api.post(f"{site.path}/zones", terms | {"occurrence_id": bound})
    gates = {}
    for name in (NORTH, SOUTH):
        gate = await api.post(f"{site.path}/gates", {"name": name, "zone_id": zone["id"]})
        gates[name] = gate["id"]
    standing = await api.post(
        f"{site.path}/ticket-types",
        {
            "name": "Standing",
            "price_minor": 2500,
            "quantity_limit": tickets + 500,
            "occurrence_id": bound,
        },
    )
    await api.post(f"{site.path}/state", {"state": "published"})
    evening = Evening(
        site, gates, standing["id"], standing["code"], tonight=tonight, tomorrow=tomorrow
    )
    sold = await sell_tickets(api, evening, tickets)
    await api.post(f"{site.path}/handover")
    await api.post(f"{site.path}/state", {"state": "active"})
    return msgspec.structs.replace(evening, sold=tuple(sold))


async def sell_tickets(api: ServerApi, evening: Evening, count: int) -> list[str]:
    """Sell tickets in advance; their QR digits, in the order's order."""
    path = evening.site.path
    order = await api.post(
        f"{path}/orders",
        {
            "lines": [{"ticket_type_id": evening.standing_id, "quantity": count}],
            "payment": "paid",
        },
    )
    codes = []
    for ticket in order["tickets"]:
        answer = await api.get(f"{path}/tickets/{ticket['id']}/credential")
        codes.append(str(answer["digits"]))
    return codes


async def make_enrolment_line(
    api: ServerApi, site: EventSite, role: str, gate_id: GateId | None
) -> str:
    """Make a one-time code for a device, as the whole line that its QR code holds."""
    code = await api.post(
        f"/organizations/{site.organization_id}/devices/codes",
        {"role": role, "event_id": site.event_id, "gate_id": gate_id},
    )
    return str(code["text"])


async def _add_night(api: ServerApi, site: EventSite, name: str, now: datetime) -> str:
    """Add an evening whose doors opened an hour ago; returns its id."""
    occurrence = await api.post(
        f"{site.path}/occurrences",
        {
            "name": name,
            "doors_at": _iso(now - timedelta(hours=1)),
            "starts_at": _iso(now + timedelta(hours=1)),
            "ends_at": _iso(now + timedelta(hours=5)),
        },
    )
    return str(occurrence["id"])


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
