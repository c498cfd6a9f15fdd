"""Ticket types and tickets of an event."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.audit_line import note_target
from server.db.unit import Unit, Units
from server.erasures.erasure_list import hold_off_lists
from server.events.events_and_dates import get_event, lock_event
from server.http.body_and_answer_types import Page, answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.page_cursors import PAGE_SIZE_DEFAULT, Limit
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.ticketing import (
    finding_and_changing_tickets,
    passing_tickets_on,
    reissues,
    removing_ticket_types,
    ticket_types,
)
from server.ticketing.asked_ticket_ids import ticket_in_path
from server.ticketing.door_question_fields import show_questions
from server.ticketing.holder_search_at_desk import find_by_name, read_found
from server.ticketing.importing_foreign_codes import import_tickets, read_codes
from server.ticketing.inventory import available, read_stock
from server.ticketing.models import Inventory, TicketType
from server.ticketing.ports import ChangeFeed, NamedFiles, UsageLookup
from server.ticketing.refund_rights import EvenIfUsed, is_managers, may_as_manager
from server.ticketing.schemas import (
    BlockBody,
    HolderAnswer,
    HolderBody,
    ImportAnswer,
    ImportBody,
    ImportedTicketAnswer,
    TicketAnswer,
    TicketTypeAnswer,
    TicketTypeBody,
)
from server.ticketing.selling_terms import selling_from_json
from server.ticketing.ticket_answers import names_at_gates, show_tickets
from server.ticketing.ticket_filters import Filters, provide_filters
from shared.kernel.id_types import EventId, TicketId, TicketTypeId
from shared.kernel.ids import format_ticket_id

Superseded = Annotated[
    int | None,
    QueryParameter(
        description="The generation that is to be superseded; a ticket that has another one by now"
        " is left as it is, so that a request may be sent again."
    ),
]
EVENT = "/organizations/{organization_id:str}/events/{event_id:str}"
TYPES = EVENT + "/ticket-types"
TYPE = TYPES + "/{ticket_type_id:str}"
TICKETS = EVENT + "/tickets"
TICKET = TICKETS + "/{ticket_id:str}"
READ_TYPES = requires(Role.READER, "ticket_types:read")
WRITE_TYPES = requires(Role.MANAGER, "ticket_types:write")
READ = requires(Role.STAFF, "tickets:read")
WRITE = requires(Role.BOX_OFFICE, "tickets:write")


@post(TYPES, tags=["ticket types"], guards=[WRITE_TYPES])
async def create_ticket_type(
    data: JSONBody[TicketTypeBody], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> TicketTypeAnswer:
    """Add a ticket type."""
    async with units.write() as unit:
        made = await ticket_types.create_ticket_type(unit, event_id, data)
        return (await _types(unit, event_id, [made]))[0]


@put(TYPE, tags=["ticket types"], guards=[WRITE_TYPES])
@look_again
async def change_ticket_type(
    data: JSONBody[TicketTypeBody],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_type_id: FromPath[TicketTypeId],
) -> TicketTypeAnswer:
    """Replace a ticket type's terms; tickets already sold keep theirs."""
    async with units.write() as unit:
        await expected.check(unit, ticket_type_id, locked_type, event_id, ticket_type_id)
        changed = await ticket_types.change_ticket_type(
            unit, usage, event_id, ticket_type_id, data
        )
        return (await _types(unit, event_id, [changed]))[0]


@delete(TYPE, status_code=204, tags=["ticket types"], guards=[WRITE_TYPES])
@look_again
async def remove_ticket_type(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_type_id: FromPath[TicketTypeId],
) -> None:
    """Remove a ticket type of which no ticket ever was, and which nothing names."""
    async with units.write() as unit:
        await expected.check(unit, ticket_type_id, locked_type, event_id, ticket_type_id)
        await removing_ticket_types.remove_ticket_type(unit, usage, event_id, ticket_type_id)


@get(TYPES, tags=["ticket types"], guards=[READ_TYPES])
async def list_ticket_types(
    listing: NamedDependency[Listing], units: NamedDependency[Units], event_id: FromPath[EventId]
) -> list[TicketTypeAnswer]:
    """List an event's ticket types with their counts."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        found = await _types(
            unit, event_id, list(await ticket_types.list_ticket_types(unit, event_id))
        )
    return listing.arrange(found, TicketTypeAnswer)


@get(
    TICKETS,
    tags=["tickets"],
    guards=[READ],
    dependencies={"filters": Provide(provide_filters, sync_to_thread=False)},
)
async def list_tickets(
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    filters: NamedDependency[Filters],
    limit: Limit = PAGE_SIZE_DEFAULT,
) -> Page[TicketAnswer]:
    """List or search tickets, in order of their ids; with `occurrence_id` those of one date.

    A search by name looks at so many names at once: a page may be short or empty, and `next` leads
    on until it is null.
    """
    terms = msgspec.structs.asdict(filters)
    name, is_whole = terms.pop("name"), terms.pop("is_whole")
    async with units.read() as unit:
        await get_event(unit, event_id)
        if name is not None:
            found = await find_by_name(
                unit, event_id, name, is_whole=is_whole, after=terms.pop("after"), limit=limit
            )
            rows = await read_found(unit, event_id, found, **terms)
            on = None if found.looked_to is None else format_ticket_id(TicketId(found.looked_to))
            return Page(await show_tickets(unit, usage, rows), on)
        rows = await finding_and_changing_tickets.list_tickets(
            unit, event_id, limit=limit, **terms
        )
        shown = await show_tickets(unit, usage, rows[:limit])
        following = format_ticket_id(rows[limit - 1].ticket_id) if len(rows) > limit else None
        return Page(shown, following)


@post(TICKETS + "/import", status_code=200, tags=["tickets"], guards=[WRITE])
@look_again
async def import_codes(
    data: JSONBody[ImportBody],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    event_id: FromPath[EventId],
) -> ImportAnswer:
    """Let codes of others admit; a request that is sent again adds nothing twice."""
    codes = await asyncio.to_thread(read_codes, event_id, data.codes, data.uids)
    async with units.write() as unit:
        kind = await ticket_types.get_ticket_type(unit, event_id, data.ticket_type_id)
        found = await import_tickets(unit, changes, kind, codes)
    tickets = [
        answer_of(ImportedTicketAnswer, one, ticket_id=format_ticket_id(one.ticket_id))
        for one in found.tickets
    ]
    return ImportAnswer(
        ticket_ids=[one.ticket_id for one in tickets], added=found.added, tickets=tickets
    )


@get(TICKET, tags=["tickets"], guards=[READ])
async def get_ticket(
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> TicketAnswer:
    """Return a ticket."""
    async with units.read() as unit:
        return await _shown(unit, usage, event_id, ticket_in_path(ticket_id))


@delete(TICKET, status_code=204, tags=["tickets"], guards=[WRITE])
@look_again
async def remove_code(
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> None:
    """Take an imported code out that nobody has used: it admits no more, and its place is free.

    It stays known as cancelled, so that gates learn it; the same code is not imported again.
    """
    number = ticket_in_path(ticket_id)
    async with units.write() as unit:
        await finding_and_changing_tickets.remove_imported(unit, changes, usage, event_id, number)
    await units.context.database.empty_log()


@put(TICKET + "/block", tags=["tickets"], guards=[requires(Role.STAFF, "tickets:write")])
@look_again
async def block_ticket(
    data: JSONBody[BlockBody],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> TicketAnswer:
    """Deny a ticket both ways for now, or allow it again; gates learn it with the next sync."""
    number = ticket_in_path(ticket_id)
    async with units.write() as unit:
        note_target("blocked", "yes" if data.blocked else "no")
        await finding_and_changing_tickets.block_ticket(
            unit, changes, event_id, number, blocked=data.blocked
        )
        return await _shown(unit, usage, event_id, number)


@post(TICKET + "/reissue", status_code=200, tags=["tickets"], guards=[WRITE])
@look_again
async def reissue_ticket(
    request: AnyRequest,
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
    *,
    even_if_used: EvenIfUsed = False,
    generation: Superseded = None,
) -> TicketAnswer:
    """Raise a ticket's generation: codes given out before are superseded."""
    number = ticket_in_path(ticket_id)
    may_go_on = may_as_manager(request, asks=even_if_used)
    async with units.write() as unit:
        await reissues.reissue_ticket(
            unit,
            changes,
            usage,
            event_id,
            number,
            actor=units.actor,
            even_if_used=may_go_on,
            superseded=generation,
        )
        return await _shown(unit, usage, event_id, number)


@put(TICKET + "/holder", tags=["tickets"], guards=[WRITE])
@look_again
async def name_holder(
    request: AnyRequest,
    data: JSONBody[HolderBody],
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> HolderAnswer:
    """Say whom a ticket is for; gates know it from the event's next publication on.

    Where the event's terms let tickets be passed on no more, another name needs the role manager.
    """
    number = ticket_in_path(ticket_id)
    async with units.write() as unit:
        await passing_tickets_on.name_holder(
            unit,
            event_id,
            number,
            name=data.name,
            email=data.email,
            is_managers=is_managers(request),
        )
        shown = await _shown(unit, usage, event_id, number)
        told = names_at_gates((await get_event(unit, event_id)).policy)
    return HolderAnswer(**msgspec.structs.asdict(shown), names_at_gates=told)


@delete(TICKET + "/holder", status_code=204, tags=["tickets"], guards=[WRITE])
@look_again
async def erase_holder(
    units: NamedDependency[Units],
    named_files: NamedDependency[NamedFiles],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> None:
    """Forget whom a ticket is for."""
    number = ticket_in_path(ticket_id)
    async with units.write() as unit:
        await hold_off_lists(unit)
        await finding_and_changing_tickets.get_ticket(unit, event_id, number)
        await finding_and_changing_tickets.erase_holders(unit, event_id, [number])
        await named_files.forget(unit, event_id)
    await units.context.database.empty_log()


async def _shown(
    unit: Unit, usage: UsageLookup, event_id: EventId, ticket_id: TicketId
) -> TicketAnswer:
    row = await finding_and_changing_tickets.get_ticket(unit, event_id, ticket_id)
    return (await show_tickets(unit, usage, [row]))[0]


async def locked_type(
    unit: Unit, event_id: EventId, ticket_type_id: TicketTypeId
) -> TicketTypeAnswer:
    """Read a ticket type as it is now, the event locked until the end."""
    await lock_event(unit, event_id)
    found = await ticket_types.get_ticket_type(unit, event_id, ticket_type_id)
    return (await _types(unit, event_id, [found]))[0]


async def _types(unit: Unit, event_id: EventId, rows: list[TicketType]) -> list[TicketTypeAnswer]:
    stock = await read_stock(unit, event_id)
    return [_type(row, stock[row.id]) for row in rows]


def _type(row: TicketType, stock: Inventory) -> TicketTypeAnswer:
    return answer_of(
        TicketTypeAnswer,
        row,
        selling=selling_from_json(row.selling),
        questions=show_questions(row.questions),
        quantity_limit=stock.quantity_limit,
        sold=stock.sold,
        held=stock.held,
        allotted=stock.allotted,
        available=available(stock),
    )
