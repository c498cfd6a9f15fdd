"""Orders of an event, and the refund of single tickets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import msgspec
from litestar import Litestar, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.background.repeating import repeating
from server.db.personal_columns import TILL_KEYS
from server.db.unit import Unit, Units
from server.erasures.erasure_list import hold_off_lists
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import Page, answer_of, says_nothing
from server.http.list_search_and_filters import Search
from server.http.logs import log
from server.http.page_cursors import SORTS
from server.http.parameters import AnyRequest
from server.http.retrying import look_again
from server.orders import paying_and_refunding, placing_orders
from server.orders.expiring_unpaid_orders import expire_due_orders
from server.orders.models import Order
from server.orders.order_search import ORDER_ORDER, select_orders
from server.orders.schemas import (
    CancelBody,
    Channel,
    LineAnswer,
    NewOrder,
    OrderAnswer,
    OrderSummary,
    RefundAnswer,
)
from server.problem_answers import wrong_field
from server.ticketing.asked_ticket_ids import ticket_in_path
from server.ticketing.holds import DUE_EVERY_S
from server.ticketing.ports import ChangeFeed, NamedFiles, UsageLookup
from server.ticketing.refund_rights import EvenIfUsed, InFull, may_as_manager
from server.ticketing.schemas import RefundBody, TicketAnswer
from server.ticketing.ticket_answers import show_tickets
from shared.kernel.id_types import EventId, OrderId, UserId
from shared.kernel.instant import SECOND

EVENT = "/organizations/{organization_id:str}/events/{event_id:str}"
ORDERS = EVENT + "/orders"
ORDER = ORDERS + "/{order_id:str}"
READ = requires(Role.STAFF, "orders:read")
WRITE = requires(Role.BOX_OFFICE, "orders:write")

ClientKey = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=80,
        description="The same key again gives the same order.",
    ),
]


@post(ORDERS, tags=["orders"], guards=[WRITE])
@look_again
async def create_order(
    data: JSONBody[NewOrder],
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    client_key: ClientKey = None,
) -> OrderAnswer:
    """Place an order and issue its tickets, all or nothing."""
    if client_key is not None and client_key.startswith(TILL_KEYS):
        raise wrong_field("Idempotency-Key", f"begins with {TILL_KEYS}, as tills' own do")
    fields = msgspec.structs.asdict(data)
    hold_s = fields.pop("hold_s")
    lines = [
        placing_orders.WantedLine(**msgspec.structs.asdict(line)) for line in fields.pop("lines")
    ]
    wanted = placing_orders.WantedOrder(
        lines=lines,
        hold_us=hold_s * SECOND,
        client_key=client_key,
        created_by=UserId(units.actor),
        **fields,
    )
    async with units.write() as unit:
        placed = await placing_orders.create_order(unit, changes, event_id, wanted)
        answer = await _answer(unit, usage, placed)
    log().info(
        "order.created",
        order_id=placed.order.id,
        event_id=event_id,
        organization_id=units.organization_id,
    )
    return answer


@get(ORDERS, tags=["orders"], guards=[READ], opt={SORTS: ORDER_ORDER})
async def list_orders(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
    order_state: Annotated[
        Literal["pending", "paid", "cancelled", "expired"] | None, QueryParameter(name="state")
    ] = None,
    channel: Annotated[Channel | None, QueryParameter()] = None,
) -> Page[OrderSummary]:
    """List an event's orders, the latest first."""
    async with units.read() as unit:
        await get_event(unit, event_id)
        return await search.page(
            unit,
            select_orders(event_id, words=search.spellings, state=order_state, channel=channel),
            ORDER_ORDER,
            convert=_summary,
            is_searched=True,
        )


@get(ORDER, tags=["orders"], guards=[READ])
async def get_order(
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
) -> OrderAnswer:
    """Return an order with its lines and tickets."""
    async with units.read() as unit:
        return await _answer(unit, usage, await placing_orders.get_order(unit, event_id, order_id))


@post(ORDER + "/paid", status_code=200, tags=["orders"], guards=[WRITE])
@look_again
async def mark_paid(
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
) -> OrderAnswer:
    """Note that a pending order was paid; its tickets become valid."""
    async with units.write() as unit:
        placed = await paying_and_refunding.mark_paid(
            unit, changes, event_id, order_id, actor=units.actor
        )
        return await _answer(unit, usage, placed)


@post(ORDER + "/cancel", status_code=200, tags=["orders"], guards=[WRITE])
@look_again
async def cancel_order(  # noqa: PLR0913 - the parts of a route, each by name
    data: JSONBody[CancelBody],
    request: AnyRequest,
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
    *,
    even_if_used: EvenIfUsed = False,
    in_full: InFull = False,
) -> OrderAnswer:
    """Cancel an order and its tickets; what the event's terms give back is noted as owed."""
    may_go_on = may_as_manager(request, asks=even_if_used)
    is_whole = may_as_manager(request, asks=in_full)
    async with units.write() as unit:
        placed = await paying_and_refunding.cancel_order(
            unit,
            changes,
            usage,
            event_id,
            order_id,
            reason=data.reason,
            actor=units.actor,
            even_if_used=may_go_on,
            in_full=is_whole,
        )
        return await _answer(unit, usage, placed)


@delete(ORDER + "/buyer", status_code=204, tags=["orders"], guards=[WRITE])
@look_again
async def erase_buyer(
    units: NamedDependency[Units],
    named_files: NamedDependency[NamedFiles],
    event_id: FromPath[EventId],
    order_id: FromPath[OrderId],
) -> None:
    """Forget who bought; the order and its money stay."""
    async with units.write() as unit:
        await hold_off_lists(unit)
        await placing_orders.erase_buyer(unit, event_id, order_id)
        await named_files.forget(unit, event_id)
    await units.context.database.empty_log()


@get(EVENT + "/tickets/{ticket_id:str}/refund", tags=["tickets"], guards=[READ])
async def preview_refund(
    units: NamedDependency[Units],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
) -> RefundAnswer:
    """Say what the refund of a ticket would give back now, or has given; it changes nothing."""
    number = ticket_in_path(ticket_id)
    async with units.read() as unit:
        return await paying_and_refunding.read_refund(unit, usage, event_id, number)


@post(EVENT + "/tickets/{ticket_id:str}/refund", status_code=200, tags=["tickets"], guards=[WRITE])
@look_again
async def refund_ticket(  # noqa: PLR0913 - the parts of a route, each by name
    data: JSONBody[RefundBody],
    request: AnyRequest,
    units: NamedDependency[Units],
    changes: NamedDependency[ChangeFeed],
    usage: NamedDependency[UsageLookup],
    event_id: FromPath[EventId],
    ticket_id: FromPath[str],
    *,
    even_if_used: EvenIfUsed = False,
    in_full: InFull = False,
) -> TicketAnswer:
    """Cancel one ticket; what the event's terms give back of its price is noted as owed."""
    may_go_on = may_as_manager(request, asks=even_if_used)
    is_whole = may_as_manager(request, asks=in_full)
    number = ticket_in_path(ticket_id)
    if says_nothing(data.reason):
        raise wrong_field("reason", "is empty")
    async with units.write() as unit:
        row = await paying_and_refunding.refund_ticket(
            unit,
            changes,
            usage,
            event_id,
            number,
            reason=data.reason,
            actor=units.actor,
            even_if_used=may_go_on,
            in_full=is_whole,
        )
        return (await show_tickets(unit, usage, [row]))[0]


async def _answer(
    unit: Unit, usage: UsageLookup, placed: placing_orders.PlacedOrder
) -> OrderAnswer:
    return OrderAnswer(
        order=_summary(placed.order),
        lines=[msgspec.convert(line, LineAnswer, from_attributes=True) for line in placed.lines],
        tickets=await show_tickets(unit, usage, placed.tickets),
    )


def _summary(row: Order) -> OrderSummary:
    return answer_of(OrderSummary, row)


@asynccontextmanager
async def expiry(app: Litestar) -> AsyncIterator[None]:
    """Expire unpaid orders while the application runs."""
    context, changes = app.state["context"], app.state["changes"]

    async def expire() -> None:
        freed = await expire_due_orders(context, changes)
        if freed:
            log().info("orders.expired", count=freed)

    async with repeating("orders.expiry", DUE_EVERY_S, expire):
        yield


lifespans = [expiry]
