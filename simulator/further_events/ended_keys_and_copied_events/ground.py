"""What the organizer puts on: one evening with one zone, as plain as an event can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, Instant, format_instant
from shared.manifest.door_questions import DoorQuestion
from simulator.further_events.second_event.owner import Owner
from simulator.kernel.stage import WORLD_START
from simulator.venue import CLAIM_BUDGET_MS

STARTS: Final = Instant(WORLD_START + 2 * HOUR)
ENDS: Final = Instant(WORLD_START + 30 * HOUR)
GATES: Final = ("Gate 1", "Gate 2")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """An event as it was put on.

    Attributes:
        event_id: Which.
        gates: Ids of its gates, in order of their names.
        kinds: Ids of its ticket types.
        codes: And by which numbers tills sell them.
    """

    event_id: EventId
    gates: tuple[str, ...]
    kinds: tuple[str, ...]
    codes: tuple[int, ...]

    @property
    def kind(self) -> str:
        """Id of its first ticket type."""
        return self.kinds[0]

    @property
    def path(self) -> str:
        """Where the organizer finds it."""
        return f"/events/{self.event_id}"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an evening has that the plainest has not.

    Attributes:
        questions: What its gates ask.
        persons: How many one ticket of each further type lets in.
        prices: Of each type, in minor units; none for 25.00 each.
        pricing: The event's terms of sale.
        selling: Each type's.
        policy: What its gates go by, beside what all do.
        gates: What they are called.
        zone: How often one may come in there, beside what is plain.
        limit: How many tickets of each type there are; None for no limit.
    """

    questions: Sequence[DoorQuestion] = ()
    persons: Sequence[int] = ()
    prices: Sequence[int] = ()
    pricing: Mapping[str, object] = {}
    selling: Mapping[str, object] = {}
    policy: Mapping[str, object] = {}
    gates: Sequence[str] = GATES
    zone: Mapping[str, object] = {}
    limit: int | None = None


def say_date() -> dict[str, str]:
    """Say the evening's only date, as the organizer does."""
    return {
        "name": "Tonight",
        "starts_at": format_instant(STARTS),
        "doors_at": format_instant(WORLD_START),
        "ends_at": format_instant(ENDS),
    }


async def put_on(owner: Owner, terms: Terms = Terms()) -> Site:  # noqa: B008 - it never changes
    """Put the evening on, publish it, and hand it to its gates."""
    policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS, **terms.policy}
    body = {"name": "Evening", "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
    if terms.pricing:
        body["pricing"] = terms.pricing
    event_id = EventId((await owner.must("POST", "/events", body))["id"])
    path = f"/events/{event_id}"
    made = await owner.must("POST", f"{path}/occurrences", say_date())
    kinds = []
    for number, persons in enumerate((1, *terms.persons)):
        kind: dict[str, object] = {"name": f"Floor {number}" if number else "Floor"}
        price = terms.prices[number] if terms.prices else 2_500
        kind |= {"price_minor": price, "occurrence_id": made["id"], "persons": persons}
        if terms.limit is not None:
            kind["quantity_limit"] = terms.limit
        if terms.selling:
            kind["selling"] = terms.selling
        if terms.questions:
            kind["questions"] = [
                {"id": one.id, "text": one.text, "answers": list(one.answers)}
                for one in terms.questions
            ]
        kinds.append(await owner.must("POST", f"{path}/ticket-types", kind))
    plain: dict[str, object] = {"name": "Floor", "capacity": 5_000}
    zone = await owner.must("POST", f"{path}/zones", plain | dict(terms.zone))
    gates = []
    for name in terms.gates:
        gate = {"name": name, "zone_id": zone["id"]}
        gates.append(str((await owner.must("POST", f"{path}/gates", gate))["id"]))
    await open_doors(owner, path)
    return Site(
        event_id=event_id,
        gates=tuple(gates),
        kinds=tuple(str(one["id"]) for one in kinds),
        codes=tuple(int(one["code"]) for one in kinds),
    )


async def open_doors(owner: Owner, path: str) -> None:
    """Publish an event, and hand it to its gates."""
    await owner.must("POST", f"{path}/state", {"state": "published"})
    await owner.must("POST", f"{path}/handover", {})
