"""What the organizer puts on: one evening with one zone, as plain as an event can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, Instant, format_instant
from shared.manifest.questions import DoorQuestion
from simulator.fair.owner import Owner
from simulator.series.ground import must
from simulator.stage import WORLD_START
from simulator.venue import CLAIM_BUDGET_MS

STARTS: Final = Instant(WORLD_START + 2 * HOUR)
ENDS: Final = Instant(WORLD_START + 30 * HOUR)
GATES: Final = ("Gate 1", "Gate 2")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was put on.

    Attributes:
        event_id: Which.
        gates: Ids of its gates, in order of their names.
        kind: Id of its ticket type.
    """

    event_id: EventId
    gates: tuple[str, ...]
    kind: str

    @property
    def path(self) -> str:
        """Where the organizer finds it."""
        return f"/events/{self.event_id}"


async def put_on(owner: Owner, questions: Sequence[DoorQuestion] = ()) -> Site:
    """Put the evening on, with what its gates ask, publish it, and hand it to its gates."""
    policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS}
    body = {"name": "Evening", "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
    event_id = EventId((await must(owner, "POST", "/events", body))["id"])
    path = f"/events/{event_id}"
    date = {
        "name": "Tonight",
        "starts_at": format_instant(STARTS),
        "doors_at": format_instant(WORLD_START),
        "ends_at": format_instant(ENDS),
    }
    made = await must(owner, "POST", f"{path}/occurrences", date)
    kind = {"name": "Floor", "price_minor": 2_500, "occurrence_id": made["id"]}
    if questions:
        kind["questions"] = [
            {"id": one.id, "text": one.text, "answers": list(one.answers)} for one in questions
        ]
    sold = await must(owner, "POST", f"{path}/ticket-types", kind)
    zone = await must(owner, "POST", f"{path}/zones", {"name": "Floor", "capacity": 5_000})
    gates = [
        str(
            (await must(owner, "POST", f"{path}/gates", {"name": name, "zone_id": zone["id"]}))[
                "id"
            ]
        )
        for name in GATES
    ]
    await open_doors(owner, path)
    return Site(event_id=event_id, gates=tuple(gates), kind=str(sold["id"]))


async def open_doors(owner: Owner, path: str) -> None:
    """Publish an event, and hand it to its gates."""
    await must(owner, "POST", f"{path}/state", {"state": "published"})
    await must(owner, "POST", f"{path}/handover", {})
