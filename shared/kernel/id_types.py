"""Ids of different things as mypy tells them apart; when the program runs, they are plain values.

The stub beside this file makes each a type of its own: a gate's id cannot be passed where an
event's is asked for. All but a ticket's are short texts that the server made (`ev_…`, `gt_…`).
"""

from __future__ import annotations

OrganizationId = str
EventId = str
OccurrenceId = str
VenueId = str
ZoneId = str
GateId = str
TicketTypeId = str
OrderId = str
DeviceId = str
UserId = str
ClaimId = str
"""Names one wish to pass; chosen by who claims."""

ConflictId = str
EvacuationId = str
SeatId = str
"""Unique within its seat map; chosen by the organizer, or made of the seat's labels."""

TicketId = int
"""Unsigned, 64 bits."""
