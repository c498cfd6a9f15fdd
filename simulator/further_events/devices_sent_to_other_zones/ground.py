"""What the organizer puts on: one evening with a small hall and a small yard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import EventId
from simulator.further_events.ended_keys_and_copied_events.ground import open_doors, say_date
from simulator.further_events.second_event.owner import Owner
from simulator.venue import CLAIM_BUDGET_MS

ROOMS: Final = {"Hall": 14, "Yard": 18}
GATES_EACH: Final = 2


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was put on.

    Attributes:
        event_id: Which.
        kinds: Ids of its ticket types, by the zone into which each lets in.
        zones: Names of its zones, by the ids of the gates that lead there.
    """

    event_id: EventId
    kinds: dict[str, str]
    zones: dict[str, str]

    @property
    def path(self) -> str:
        """Where the organizer finds it."""
        return f"/events/{self.event_id}"

    def gates_of(self, zone: str) -> list[str]:
        """List the gates that lead into a zone."""
        return [gate for gate, there in self.zones.items() if there == zone]


def say_policy(policy: OfflinePolicy) -> dict[str, object]:
    """Say what gates go by, as the organizer does."""
    return {"offline_policy": policy.value, "claim_budget_ms": CLAIM_BUDGET_MS}


async def put_on(
    owner: Owner, policy: OfflinePolicy, rooms: Mapping[str, int | None] = ROOMS
) -> Site:
    """Put the evening on, publish it, and hand it to its gates."""
    body = {"name": "Two zones", "timezone": "Europe/Zurich", "currency": "CHF"}
    said = body | {"policy": say_policy(policy)}
    event_id = EventId((await owner.must("POST", "/events", said))["id"])
    path = f"/events/{event_id}"
    made = await owner.must("POST", f"{path}/occurrences", say_date())
    kinds, zones = {}, {}
    for name, room in rooms.items():
        kind = {"name": name, "price_minor": 2_500, "occurrence_id": made["id"]}
        kinds[name] = str((await owner.must("POST", f"{path}/ticket-types", kind))["id"])
        zone = {"name": name, "capacity": room, "ticket_type_ids": [kinds[name]]}
        zone_id = (await owner.must("POST", f"{path}/zones", zone))["id"]
        for number in range(1, GATES_EACH + 1):
            gate = {"name": f"{name} {number}", "zone_id": zone_id}
            zones[str((await owner.must("POST", f"{path}/gates", gate))["id"])] = name
    await open_doors(owner, path)
    return Site(event_id=event_id, kinds=kinds, zones=zones)
