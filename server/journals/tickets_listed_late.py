"""Tickets on which somebody came in before any list knew them, and that a list knows by now.

A till's sale has them looked at again when it is booked. A list may be taken after its guests have
come, too: once more, where the server was put back to a copy from before it. Then what was named
as unexplained is explained, and whoever cannot have read the code has let nobody in on it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from itertools import groupby
from typing import Final

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Driver
from server.db.hot_path_statements import statement
from server.db.tenancy import SYSTEM
from shared.kernel.id_types import DeviceId, EventId, OrganizationId, TicketId

Review = Callable[[OrganizationId, DeviceId, EventId, Collection[TicketId]], Awaitable[None]]
"""Looks at tickets of an event again, of which more is known now."""

AT_ONCE: Final = 500
_NOBODY: Final = DeviceId("")
_READ: Final = statement(
    "SELECT c.organization_id, c.event_id, c.ticket_id FROM conflict c"
    " JOIN ticket t ON t.event_id = c.event_id AND t.ticket_id = c.ticket_id"
    " WHERE c.disposition = '' AND c.kind = 'unexplained'"
    " AND (c.event_id, c.ticket_id) > ($1::text, $2::bigint)"
    " ORDER BY c.event_id, c.ticket_id LIMIT $3"
)
_FIRST: Final = ("", 0)


class TicketsListedLate:
    """Looks at such tickets now and then; one for each worker.

    Several at once, or twice, change nothing more. It goes round in pieces, so that what stays
    named keeps no other from its turn.
    """

    def __init__(self, driver: Driver, review: Review) -> None:
        self._driver, self._review = driver, review
        self._after: tuple[str, int] = _FIRST

    async def work(self) -> None:
        """Look at the next ones."""
        async with self._driver.read(SYSTEM) as transaction:
            rows = await transaction.fetch(_READ, *self._after, AT_ONCE)
        self._after = (rows[-1][1], rows[-1][2]) if len(rows) == AT_ONCE else _FIRST
        for (org, event_id), some in groupby(rows, key=lambda row: (row[0], row[1])):
            tickets = [TicketId(int(row[2]) + TICKET_ID_OFFSET) for row in some]
            await self._review(OrganizationId(org), _NOBODY, EventId(event_id), tickets)
