"""What the organizer puts on: one event of four dates, with a zone that serves all of them."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, Duration, Instant, format_instant
from simulator.further_events.second_event.owner import Owner
from simulator.further_events.single_dates.record import Day
from simulator.kernel.stage import WORLD_START
from simulator.venue import CLAIM_BUDGET_MS

STARTS: Final[dict[Day, Instant]] = {
    Day.STAYS: Instant(WORLD_START + 2 * HOUR),
    Day.OFF: Instant(WORLD_START + 3 * HOUR),
    Day.AWAY: Instant(WORLD_START + 4 * HOUR),
    Day.HERE: Instant(WORLD_START + 2 * DAY),
}
MOVED: Final[dict[Day, Instant]] = {
    Day.AWAY: Instant(WORLD_START + 7 * DAY),
    Day.HERE: Instant(WORLD_START + 5 * HOUR),
}
PRICES: Final[dict[Day, int]] = {Day.STAYS: 2_500, Day.OFF: 3_335, Day.AWAY: 1_999, Day.HERE: 500}
BEFORE: Final[Duration] = 8 * HOUR
AFTER: Final[Duration] = 20 * HOUR
"""How long before its start the tickets of a date let in, and after: no clock is so wrong."""
GATES: Final = ("Gate 1", "Gate 2")


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The series as it was put on.

    Attributes:
        event_id: Which.
        zone_id: Its one zone.
        gates: Ids by name.
        dates: Ids by what becomes of them.
        kinds: Ticket types of each date, by id.
    """

    event_id: EventId
    zone_id: str
    gates: dict[str, str]
    dates: dict[Day, str]
    kinds: dict[Day, str]

    @property
    def path(self) -> str:
        """Where the organizer finds it."""
        return f"/events/{self.event_id}"


def times_of(starts: Instant) -> dict[str, str]:
    """Say when a date is, as routes want it."""
    return {
        "starts_at": format_instant(starts),
        "doors_at": format_instant(Instant(starts - HOUR)),
        "ends_at": format_instant(Instant(starts + AFTER)),
    }


async def put_on(owner: Owner) -> Programme:
    """Put the series on, publish it, and hand it to its gates."""
    policy = {"offline_policy": "open", "claim_budget_ms": CLAIM_BUDGET_MS}
    body = {"name": "Series", "timezone": "Europe/Zurich", "currency": "CHF", "policy": policy}
    event_id = EventId((await owner.must("POST", "/events", body))["id"])
    path = f"/events/{event_id}"
    dates, kinds = {}, {}
    for day, starts in STARTS.items():
        made = await owner.must(
            "POST", f"{path}/occurrences", {"name": f"It {day}"} | times_of(starts)
        )
        dates[day] = str(made["id"])
        kind = {
            "name": f"For what {day}",
            "price_minor": PRICES[day],
            "occurrence_id": made["id"],
            "valid_from": format_instant(Instant(starts - BEFORE)),
            "valid_until": format_instant(Instant(starts + AFTER)),
        }
        kinds[day] = str((await owner.must("POST", f"{path}/ticket-types", kind))["id"])
    zone = await owner.must("POST", f"{path}/zones", {"name": "Stage"})
    gates = {}
    for name in GATES:
        gate = {"name": name, "zone_id": zone["id"]}
        gates[name] = str((await owner.must("POST", f"{path}/gates", gate))["id"])
    await owner.must("POST", f"{path}/state", {"state": "published"})
    await owner.must("POST", f"{path}/handover", {})
    return Programme(
        event_id=event_id, zone_id=str(zone["id"]), gates=gates, dates=dates, kinds=kinds
    )
