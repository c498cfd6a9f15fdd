"""Tickets that lost their right since the copy which is put back: by the copy they admit again.

So do those that the copy has forgotten, once their till has brought its journal, or somebody their
list: neither says what became of them at the office.

The database that knew of them is gone when the copy is in its place, and who was paid back since,
or whose code was stolen, is known nowhere else. Whether they were ended rightly is for a person to
say, since a copy is put back to undo mistakes as well: they are listed in a file.

Source:
    docs/decisions/0194-tickets-that-a-copy-makes-good-again-are-listed.md
"""

from __future__ import annotations

import asyncio
import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from server.durable_files import write_durably
from server.orders.models import Order
from server.settings import Settings
from server.ticketing.models import Ticket
from shared.admission.facts import GONE, TicketState
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import Instant, format_instant

LIST_NAME: Final = "good-again-{}.csv"
"""The file in the data folder, by the epoch that begins with the copy."""
_HEAD: Final = ("organization", "event", "order", "ticket", "since", "at")
_ADMITS: Final = (TicketState.PAID, TicketState.PENDING_ADMISSIBLE)
_ASKED_AT_ONCE: Final = 500


class EndedTicket(msgspec.Struct, frozen=True):
    """A ticket that was cancelled, blocked or reissued, whatever it is now.

    Attributes:
        order: Its order's number; None where it has none.
        at: When it lost its right first; of each that was read it is known.
        comes_back: Whether a copy that has forgotten it hears of it: by its till, or by its list.
    """

    organization_id: OrganizationId
    event_id: EventId
    order: int | None
    ticket_id: TicketId
    state: str
    blocked: bool
    generation: int
    at: Instant | None
    comes_back: bool = False


async def read_ended_tickets(settings: Settings) -> list[EndedTicket]:
    """Return the tickets that a database which is about to be replaced knows to have ended.

    None of one that cannot be read: it has nothing to add.
    """
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return []
    query = (
        select(
            Ticket.organization_id,
            Ticket.event_id,
            Order.number,
            Ticket.ticket_id,
            Ticket.state,
            Ticket.blocked,
            Ticket.generation,
            Ticket.voided_at,
            Ticket.order_id.is_(None) | Ticket.sold_boot.is_not(None),
        )
        .outerjoin(Order, Order.id == Ticket.order_id)
        .where(Ticket.voided_at.is_not(None))
    )
    database = Database(settings.database, pool_size=1)
    try:
        async with database.read(org=SYSTEM) as session:
            return [EndedTicket(*row) for row in await session.execute(query)]
    except DBAPIError:  # damaged, or of a version without such a column
        return []
    finally:
        await database.close()


async def list_good_again(session: AsyncSession, ended: Iterable[EndedTicket], file: Path) -> bool:
    """List in a file the tickets that admit by a copy, and did not any more; none without any.

    Returns:
        Whether there are any.

    Raises:
        OSError: if the disk refuses.
    """
    by_event: defaultdict[EventId, list[EndedTicket]] = defaultdict(list)
    for one in ended:
        by_event[one.event_id].append(one)
    text = StringIO(newline="")
    table, is_empty = csv.writer(text), True
    table.writerow(_HEAD)
    for event_id, those in by_event.items():
        for some in _slices(those):
            query = select(
                Ticket.ticket_id, Ticket.state, Ticket.blocked, Ticket.generation
            ).where(
                Ticket.event_id == event_id,
                Ticket.ticket_id.in_([one.ticket_id for one in some]),
            )
            copied = {row.ticket_id: row for row in await session.execute(query)}
            for one in some:
                row = copied.get(one.ticket_id)
                admits = row.state in _ADMITS and not row.blocked if row else one.comes_back
                if admits and (since := _what_became(one, row.generation if row else 0)):
                    table.writerow(_line(one, since))
                    is_empty = False
    await asyncio.to_thread(_write, file, "" if is_empty else text.getvalue())
    return not is_empty


def _write(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)  # of a `restore` that was killed
    if text:
        write_durably(file, text.encode())


def _slices(those: list[EndedTicket]) -> Iterator[list[EndedTicket]]:
    for start in range(0, len(those), _ASKED_AT_ONCE):
        yield those[start : start + _ASKED_AT_ONCE]


def _what_became(one: EndedTicket, copied_generation: int) -> str:
    if one.state in GONE:
        return "cancelled"
    if one.blocked:
        return "blocked"
    return "reissued" if one.generation > copied_generation else ""


def _line(one: EndedTicket, since: str) -> tuple[str | int, ...]:
    ticket = format_ticket_id(one.ticket_id)
    order = "" if one.order is None else one.order
    at = "" if one.at is None else format_instant(one.at)
    return one.organization_id, one.event_id, order, ticket, since, at
