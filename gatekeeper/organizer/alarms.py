"""What an organizer must hear of at once, as the server has it, for the desk."""

from __future__ import annotations

import msgspec

from gatekeeper.organizer.office import EventSite, Office
from shared.kernel.id_types import EventId, OrganizationId


class DeskAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands.

    Attributes:
        site: Its event.
        event: That one's name.
        kind: As the server names it, such as `gate_silent`.
        what: The server's own sentence.
        place: The gate, zone or device it is about; "" for the event.
        count, out_of: What was measured last.
        seen_by: Who sees to it; "" while nobody does.
    """

    id: str
    site: EventSite
    event: str
    kind: str
    what: str
    place: str
    count: int
    out_of: int
    seen_by: str


async def list_alarms(office: Office, organization_id: OrganizationId) -> tuple[DeskAlarm, ...]:
    """List the alarms that stand at all events: those that nobody has seen first."""
    found = [
        DeskAlarm(
            id=one["id"],
            site=EventSite(organization_id, EventId(one["event_id"])),
            event=one["event"],
            kind=one["kind"],
            what=one["what"],
            place=one["place"],
            count=one["count"],
            out_of=one["out_of"],
            seen_by=one["seen_by"] or "",
        )
        for one in await office.get(f"/organizations/{organization_id}/alarms")
    ]
    return tuple(sorted(found, key=lambda one: bool(one.seen_by)))


async def take_notice(office: Office, alarm: DeskAlarm) -> None:
    """Say that I see to an alarm."""
    await office.post(f"{alarm.site.path}/alarms/{alarm.id}/seen", {})
