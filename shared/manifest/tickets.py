"""A ticket's facts as manifests and feeds carry them.

Most tickets of an event share everything but their id. The manifest lists each distinct
combination once, as a class, and gives each ticket a class number.
"""

from __future__ import annotations

import msgspec

from shared.kernel.id_types import DeviceId, OccurrenceId, SeatId, TicketId
from shared.kernel.instant import Instant


class TicketClass(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """Everything about a ticket but its id.

    Attributes:
        ticket_type_code: The event's number of its type.
        state: One of the admission's ticket states (`paid`, `pending`, `cancelled`, …).
        occurrence_id: Narrower than the type's, or None.
        variant: Seat category, reduction or the like, or None.
        blocked: Stopped by the organizer.
        generation: Of the credential that is good now.
        valid_from: Exact first instant, or None.
        valid_until: Exact last instant, or None.
        persons: How many persons it stands for.
        home_device_id: Its home device under the policy `home`, or None.
        is_imported: Its code is a foreign one, known by its hash alone.
        home_number: Which of the event's assignments of homes gave it that one; a later one has
            a higher number.
    """

    ticket_type_code: int
    state: str
    occurrence_id: OccurrenceId | None = None
    variant: str | None = None
    blocked: bool = False
    generation: int = 0
    valid_from: Instant | None = None
    valid_until: Instant | None = None
    persons: int = 1
    home_device_id: DeviceId | None = None
    is_imported: bool = False
    home_number: int = 0


class TicketRow(msgspec.Struct, frozen=True, array_like=True):
    """One ticket's present facts; in a feed, a new or changed ticket.

    Attributes:
        seat_id: Its seat in the event's map, or "".
    """

    ticket_id: TicketId
    facts: TicketClass
    manual_code: int | None = None
    seat_id: SeatId = SeatId("")
