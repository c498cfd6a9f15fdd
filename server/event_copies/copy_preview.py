"""What a copy of an event would be, for whoever is about to make it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from server.alarms.alarms_shown_and_settings import has_own_limits
from server.db.unit import Unit
from server.event_copies.copying_event import CopyDraft, draft_copy
from server.event_copies.schemas import (
    CopiedDate,
    CopiedWindow,
    CopyBody,
    CopyPreviewAnswer,
    Shift,
    WindowKind,
)
from server.events.copying_event_and_dates import EventDraft, count_named
from server.events.events_and_dates import Occurrence, get_event
from server.events.pricing_terms import pricing_from_json
from server.http.body_and_answer_types import answer_of, moment_of, to_moment
from server.report_schedules.schedules_and_runs import name_schedules_of
from server.seating.copying_event_seats import count_copied_seats
from server.ticketing.holds import count_open_holds
from server.ticketing.models import TicketType
from server.ticketing.selling_terms import selling_from_json
from server.ticketing.ticket_types import list_ticket_types
from server.venues_and_gates.copying_event_zones import moments_of
from server.venues_and_gates.venues_zones_and_gates import list_zones
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant, datetime_from_instant

_WALL: Final = "%Y-%m-%dT%H:%M"


async def preview_copy(unit: Unit, event_id: EventId, said: CopyBody) -> CopyPreviewAnswer:
    """Tell what a copy would be now.

    Raises:
        Problem: as the copy itself.
    """
    draft = await draft_copy(unit, await get_event(unit, event_id), said)
    event, sale, places = draft.event, draft.sale, draft.places
    seats = await count_copied_seats(unit, event_id)
    types = len(await list_ticket_types(unit, event_id))
    zones = len(await list_zones(unit, event_id))
    return CopyPreviewAnswer(
        timezone=event.source.timezone,
        same_name=await count_named(unit, said.name),
        days=event.clock.days,
        dates=[_date(was, row, event.clock.zone) for was, row in event.dates],
        windows=list(_windows(draft)),
        dates_left=event.left_dates,
        types_left=types - len(sale.types),
        zones_left=zones - len(places.zones),
        ticket_types=len(sale.types),
        promotions=len(sale.promotions),
        zones=len(places.zones),
        gates=len(places.gates),
        seats=seats.seats,
        seats_killed=seats.killed,
        has_alarm_limits=await has_own_limits(unit, event_id),
        codes_left=[row.name for row in sale.coded],
        holds_left=await count_open_holds(unit, event_id),
        weekday_zones=places.weekdays,
        idle_zones=places.idle,
        reports_left=await name_schedules_of(unit, event_id),
    )


def _date(was: Occurrence, row: Occurrence, zone: ZoneInfo) -> CopiedDate:
    local = datetime_from_instant(row.starts_at).astimezone(zone)
    return answer_of(
        CopiedDate,
        row,
        occurrence_id=was.id,
        was_cancelled=was.cancelled_at is not None,
        was_starts_at=moment_of(was.starts_at),
        local=local.strftime(_WALL),
        shift=_shift(was, row, local, zone),
    )


def _shift(was: Occurrence, row: Occurrence, local: datetime, zone: ZoneInfo) -> Shift:
    clock = datetime_from_instant(was.starts_at).astimezone(zone).time()
    if local.time() != clock:
        return "left_out"
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return "twice"
    if was.ends_at is not None and row.ends_at is not None:
        before, after = was.ends_at - was.starts_at, row.ends_at - row.starts_at
        return "uneven" if before != after else ""
    return ""


def _windows(draft: CopyDraft) -> Iterator[CopiedWindow]:
    for _, row in draft.sale.types:
        yield from _windows_of_type(row)
    for _, promotion in draft.sale.promotions:
        yield from _window("promotion", promotion.name, promotion.starts_at, promotion.ends_at)
    yield from _terms(draft.event)
    for _, zone in draft.places.zones:
        for at in [] if zone.rule is None else moments_of(zone.rule):
            yield from _window("rule", zone.name, at, at)


def _windows_of_type(row: TicketType) -> Iterator[CopiedWindow]:
    yield from _window("sale", row.name, row.sales_from, row.sales_until)
    yield from _window("validity", row.name, row.valid_from, row.valid_until)
    for tier in selling_from_json(row.selling).tiers:
        if tier.starts_at is not None or tier.ends_at is not None:
            yield CopiedWindow(
                kind="tier",
                name=row.name,
                part=tier.name,
                starts_at=tier.starts_at,
                ends_at=tier.ends_at,
            )


def _terms(event: EventDraft) -> Iterator[CopiedWindow]:
    terms = pricing_from_json(event.event.pricing)
    if terms.transfers_until is not None:
        until = terms.transfers_until
        yield CopiedWindow(kind="transfer", name="", part="", starts_at=None, ends_at=until)
    for rule in terms.refunds:
        if rule.until is not None:
            yield CopiedWindow(kind="refund", name="", part="", starts_at=None, ends_at=rule.until)


def _window(
    kind: WindowKind, name: str, first: Instant | None, last: Instant | None
) -> Iterator[CopiedWindow]:
    if first is not None or last is not None:
        yield CopiedWindow(
            kind=kind, name=name, part="", starts_at=to_moment(first), ends_at=to_moment(last)
        )
