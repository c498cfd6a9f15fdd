"""A ticket tried at a gate by the server's one decision, before anybody stands there."""

from __future__ import annotations

from datetime import datetime

import msgspec

from gatekeeper.organizer.server_api import EventSite, ServerApi


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried: a ticket that there is, or an imagined one of a type.

    Attributes:
        gate_id: Where.
        at: When, as the API writes moments.
        ticket_type_id: Of the imagined ticket.
        ticket_id: 16 hex digits; "" for an imagined ticket.
        entered: When the imagined ticket came in there before.
    """

    gate_id: str
    at: str
    ticket_type_id: str
    ticket_id: str = ""
    entered: tuple[str, ...] = ()


class TrialAnswer(msgspec.Struct, frozen=True):
    """What a gate would decide: `admit`, `deny` or `refer`, and the reason's word.

    Attributes:
        paused_at: Since when entry is paused there: what is decided holds once it is resumed.
        is_evacuated: Nobody is let into the zone now: likewise, once that is over.
    """

    verdict: str
    reason: str
    paused_at: datetime | None = None
    is_evacuated: bool = False


async def try_ticket(api: ServerApi, site: EventSite, asked: Asked) -> TrialAnswer:
    """Ask what would be decided.

    Raises:
        Refused: if something of what is tried is not the event's.
    """
    query: dict[str, str | list[str]] = {"gate_id": asked.gate_id, "at": asked.at}
    if asked.ticket_id:
        query["ticket_id"] = asked.ticket_id
    else:
        query["ticket_type_id"] = asked.ticket_type_id
        query["entered"] = list(asked.entered)
    return await api.read(TrialAnswer, f"{site.path}/admission-trial", **query)
