"""Answer bodies about an event's plan as gates know it."""

from __future__ import annotations

from datetime import datetime

from server.devices.schemas import HearingAnswer
from server.http.body_and_answer_types import Answer
from shared.kernel.id_types import GateId, ZoneId


class PauseAnswer(Answer):
    """A pause of entry, or the end of one that not all gates have heard of.

    Attributes:
        gate_id, zone_id: Where: one of the two, the other is null.
        since: When it began.
        until: When it was resumed; null while it lasts.
        devices: Those at its gates; after its end those alone that have not heard of that.
    """

    gate_id: GateId | None
    zone_id: ZoneId | None
    since: datetime
    until: datetime | None
    devices: list[HearingAnswer]
