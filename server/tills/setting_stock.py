"""What the organizer says of tills' stock: how much each holds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from server.db.unit import Unit
from server.devices.finding_devices import Device
from server.events.event_states import SELLABLE
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import answer_of
from server.http.etags import tag_of
from server.problem_answers import wrong_field
from server.publishing.publisher import Publisher
from server.seating.taking_seats import list_seats_of
from server.ticketing.ticket_types import list_ticket_types
from server.tills.allotments import (
    find_allotments,
    find_grant,
    get_till,
    hold_rows,
    note_change,
    refill,
)
from server.tills.models import Allotment, TillGrant
from server.tills.schemas import StockBody, TillStockAnswer, TypeStockAnswer
from server.tills.stock_grant_document import read_grant
from server.tills.till_keys import limit_till_key
from shared.kernel.id_types import DeviceId, EventId


async def set_stock(
    unit: Unit, publisher: Publisher, event_id: EventId, device_id: DeviceId, said: StockBody
) -> TillStockAnswer:
    """Size a till's stock, and give it at once what is free of that.

    What it holds above comes back by its own signed word, when it has heard.

    Raises:
        Problem: `not-found`, or wrong fields.
    """
    event = await get_event(unit, event_id)
    device = await get_till(unit, event_id, device_id)
    sizes = {one.ticket_type_id: one for one in said.types}
    if len(sizes) < len(said.types):
        raise wrong_field("types", "names a ticket type twice")
    rows = {row.ticket_type_id: row for row in await hold_rows(unit, event_id, device_id)}
    for place, one in enumerate(said.types):
        if one.ticket_type_id not in rows:
            raise wrong_field(
                f"types[{place}].ticket_type_id", "is not a ticket type of this event"
            )
    grant = await find_grant(unit, event_id, device_id)
    # A command that is sent again says nothing new: what the till has stays its newest grant.
    is_news = grant is None or grant.returns_at_close != said.returns_at_close
    for kind, row in rows.items():
        wanted = sizes.get(kind)
        size, low_mark = (None, None) if wanted is None else (wanted.size, wanted.low_mark)
        is_news = is_news or (row.size, row.low_mark) != (size, low_mark)
        row.size, row.low_mark = size, low_mark
    await unit.session.flush()
    if is_news:
        await note_change(unit, event_id, device_id)
    grant = await find_grant(unit, event_id, device_id)
    assert grant is not None
    grant.returns_at_close = said.returns_at_close
    await unit.session.flush()
    if event.state in SELLABLE:
        await refill(unit, event_id, device_id)
        await limit_till_key(unit, publisher, await read_grant(unit, event_id, device_id))
    return await show_stock(unit, event_id, device)


async def show_stock(unit: Unit, event_id: EventId, device: Device) -> TillStockAnswer:
    """Tell what a till has of an event."""
    rows = await find_allotments(unit, event_id, device.id)
    return await _shown(unit, event_id, device, rows)


async def list_stocks(unit: Unit, event_id: EventId) -> list[TillStockAnswer]:
    """Tell what each till has that was ever given anything of an event, in order of id."""
    query = (
        select(Device)
        .join(TillGrant, TillGrant.device_id == Device.id)
        .where(TillGrant.event_id == event_id)
        .order_by(Device.id)
    )
    return [await show_stock(unit, event_id, device) for device in await unit.all(query)]


async def _shown(
    unit: Unit, event_id: EventId, device: Device, rows: Sequence[Allotment]
) -> TillStockAnswer:
    kinds = {kind.id: kind for kind in await list_ticket_types(unit, event_id)}
    grant = await find_grant(unit, event_id, device.id)
    types = [
        answer_of(
            TypeStockAnswer,
            row,
            code=kinds[row.ticket_type_id].code,
            name=kinds[row.ticket_type_id].name,
        )
        for row in rows
        if row.ticket_type_id in kinds
    ]
    returns_at_close = grant is None or grant.returns_at_close
    sizes = [(one.code, one.size, one.low_mark) for one in types]
    set_by_hand = sorted(one for one in sizes if one[1:] != (None, None))
    return TillStockAnswer(
        etag=tag_of([returns_at_close, set_by_hand]),
        device_id=device.id,
        device=device.name,
        serial=0 if grant is None else grant.serial,
        returns_at_close=returns_at_close,
        types=sorted(types, key=lambda one: one.code),
        seats=await list_seats_of(unit, event_id, device.id),
    )
