"""A copied event's ticket types and promotions: what is sold and how, nothing that was sold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.events.copying_event_and_dates import EventDraft
from server.events.moved_clock import MovedClock
from server.events.tables_of_event_copies import add_rows, copy_row, in_turns, keep_known
from server.ticketing.models import Inventory, Promotion, TicketType
from server.ticketing.promotions import PROMOTION, list_promotions
from server.ticketing.selling_terms import (
    SellingTerms,
    Tier,
    selling_from_json,
    selling_to_json,
)
from server.ticketing.ticket_types import list_ticket_types
from shared.kernel import ids
from shared.kernel.errors import BadInput
from shared.kernel.id_types import OccurrenceId
from shared.kernel.instant import Instant, datetime_from_instant, instant_from_datetime


class SaleDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What a copy of an event sells, as rows that nobody has added yet.

    Attributes:
        types: Each type that comes along, and the copy's own, in order of code.
        limits: How many of each there are.
        promotions: Each promotion that comes along, and the copy's own.
        coded: Promotions that stay behind, since of their codes only hashes are kept.
    """

    types: Sequence[tuple[TicketType, TicketType]]
    limits: Sequence[Inventory]
    promotions: Sequence[tuple[Promotion, Promotion]]
    coded: Sequence[Promotion]

    @property
    def type_ids(self) -> Mapping[str, str]:
        """The copy's types by those of the source."""
        return {was.id: row.id for was, row in self.types}


async def draft_sale(unit: Unit, draft: EventDraft) -> SaleDraft:
    """Draft a copy of an event's types and promotions; nothing is added.

    A type of a date that does not come along stays behind with it, and so does a promotion for
    none but such types.

    Raises:
        BadInput: if a window would be moved out of the calendar.
    """
    dates = draft.date_ids
    types = [
        (row, _copy_type(unit, draft, row, dates))
        async for row in in_turns(await list_ticket_types(unit, draft.source.id))
        if row.occurrence_id is None or row.occurrence_id in dates
    ]
    known: dict[str, str] = {was.id: row.id for was, row in types}
    found = await unit.all(select(Inventory).where(Inventory.event_id == draft.source.id))
    limits = [
        copy_row(
            row,
            event_id=draft.event.id,
            ticket_type_id=known[row.ticket_type_id],
            organization_id=unit.organization_id,
            sold=0,
            held=0,
            allotted=0,
            beyond=0,
        )
        async for row in in_turns(found)
        if row.ticket_type_id in known
    ]
    promotions = [
        row
        for row in await list_promotions(unit, draft.source.id)
        if row.ticket_type_ids is None or keep_known(row.ticket_type_ids, known)
    ]
    return SaleDraft(
        types=types,
        limits=limits,
        promotions=[
            (row, _copy_promotion(unit, draft, row, known))
            async for row in in_turns(promotions)
            if row.code_hash is None
        ],
        coded=[row for row in promotions if row.code_hash is not None],
    )


def _copy_type(
    unit: Unit, draft: EventDraft, row: TicketType, dates: Mapping[OccurrenceId, OccurrenceId]
) -> TicketType:
    clock = draft.clock
    sales_from, sales_until = _span(clock, row.sales_from, row.sales_until)
    valid_from, valid_until = _span(clock, row.valid_from, row.valid_until)
    date = row.occurrence_id
    return copy_row(
        row,
        id=ids.new_id(ids.TICKET_TYPE, unit.entropy),
        organization_id=unit.organization_id,
        event_id=draft.event.id,
        occurrence_id=None if date is None else dates[date],
        sales_from=sales_from,
        sales_until=sales_until,
        valid_from=valid_from,
        valid_until=valid_until,
        selling=selling_to_json(move_tiers(selling_from_json(row.selling), clock)),
        created_at=unit.now,
    )


def _copy_promotion(
    unit: Unit, draft: EventDraft, row: Promotion, known: Mapping[str, str]
) -> Promotion:
    starts_at, ends_at = _span(draft.clock, row.starts_at, row.ends_at)
    named = row.ticket_type_ids
    return copy_row(
        row,
        id=ids.new_id(PROMOTION, unit.entropy),
        organization_id=unit.organization_id,
        event_id=draft.event.id,
        code_hash=None,
        ticket_type_ids=None if named is None else keep_known(named, known),
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=unit.now,
        removed_at=None,
    )


def _span(
    clock: MovedClock, first: Instant | None, last: Instant | None
) -> tuple[Instant | None, Instant | None]:
    """Move a window; it does not end before it begins, and what is for ever stays so."""
    then = _moved(clock, first)
    try:
        return then, clock.beside(last, first, then)
    except BadInput:
        return then, last


def _moved(clock: MovedClock, at: Instant | None) -> Instant | None:
    try:
        return clock.maybe(at)
    except BadInput:  # beyond the calendar
        return at


def move_tiers(selling: SellingTerms, clock: MovedClock) -> SellingTerms:
    """Move from when to when each tier holds.

    Raises:
        BadInput: as `MovedClock.at`.
    """
    return msgspec.structs.replace(
        selling, tiers=tuple(_move_tier(one, clock) for one in selling.tiers)
    )


def _move_tier(tier: Tier, clock: MovedClock) -> Tier:
    was = [
        None if one is None else instant_from_datetime(one)
        for one in (tier.starts_at, tier.ends_at)
    ]
    starts_at, ends_at = (
        None if one is None else datetime_from_instant(one) for one in _span(clock, *was)
    )
    return msgspec.structs.replace(tier, starts_at=starts_at, ends_at=ends_at)


async def add_sale(unit: Unit, sale: SaleDraft) -> None:
    """Add what a copy sells, once its event and dates are there."""
    await add_rows(unit, [row for _, row in sale.types])
    await add_rows(unit, sale.limits)
    await add_rows(unit, [row for _, row in sale.promotions])
