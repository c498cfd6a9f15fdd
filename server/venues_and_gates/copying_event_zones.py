"""A copied event's zones and gates, with their rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from server.db.unit import Unit
from server.events.copying_event_and_dates import EventDraft
from server.events.moved_clock import MovedClock
from server.events.tables_of_event_copies import add_rows, copy_row, in_turns, keep_known
from server.ticketing.copying_event_types import SaleDraft
from server.venues_and_gates.models import Gate, Zone
from server.venues_and_gates.venues_zones_and_gates import list_gates, list_zones
from shared.admission.organizer_rule_parsing import parse_rule
from shared.admission.organizer_rule_tree import Every, Rule, Some, Subject, WeekdayIs
from shared.kernel import ids
from shared.kernel.instant import Instant, format_instant, parse_instant

_WEEK = 7
_MOMENTS = frozenset({"value", "since"})
_OWN_IDS = frozenset({Subject.TICKET_TYPE.value, Subject.GATE.value})


class PlaceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """Where a copy of an event lets people in, as rows that nobody has added yet.

    Attributes:
        zones: Each zone that comes along, and the copy's own.
        gates: The copy's.
        weekdays: Names of zones whose rule names a weekday, which is another one now.
        idle: Names of zones that take types by name, none of which comes along.
    """

    zones: Sequence[tuple[Zone, Zone]]
    gates: Sequence[Gate]
    weekdays: Sequence[str]
    idle: Sequence[str]


async def draft_places(unit: Unit, draft: EventDraft, sale: SaleDraft) -> PlaceDraft:
    """Draft a copy of an event's zones and gates; nothing is added.

    A zone of a date that does not come along stays behind with its gates.

    Raises:
        BadInput: if an instant of a rule would be moved out of the calendar.
    """
    dates, type_ids = draft.date_ids, sale.type_ids
    zones = [
        row
        for row in await list_zones(unit, draft.source.id)
        if row.occurrence_id is None or row.occurrence_id in dates
    ]
    zone_ids = {row.id: ids.new_id(ids.ZONE, unit.entropy) for row in zones}
    gates = [row for row in await list_gates(unit, draft.source.id) if row.zone_id in zone_ids]
    gate_ids: dict[str, str] = {row.id: ids.new_id(ids.GATE, unit.entropy) for row in gates}
    known: dict[str, str] = {**type_ids, **gate_ids}

    def copy_zone(row: Zone) -> Zone:
        date, named = row.occurrence_id, row.ticket_type_ids
        return copy_row(
            row,
            id=zone_ids[row.id],
            organization_id=unit.organization_id,
            event_id=draft.event.id,
            occurrence_id=None if date is None else dates[date],
            ticket_type_ids=None if named is None else keep_known(named, type_ids),
            rule=None if row.rule is None else move_rule(row.rule, draft.clock, known),
            created_at=unit.now,
        )

    copied = [(row, copy_zone(row)) async for row in in_turns(zones)]
    return PlaceDraft(
        zones=copied,
        gates=[
            copy_row(
                row,
                id=gate_ids[row.id],
                organization_id=unit.organization_id,
                event_id=draft.event.id,
                zone_id=zone_ids[row.zone_id],
                created_at=unit.now,
            )
            async for row in in_turns(gates)
        ],
        weekdays=[
            row.name
            for row in zones
            if draft.clock.days % _WEEK
            and row.rule is not None
            and _is_of_days(parse_rule(row.rule))
        ],
        idle=[was.name for was, row in copied if was.ticket_type_ids and not row.ticket_type_ids],
    )


async def add_places(unit: Unit, places: PlaceDraft) -> None:
    """Add a copy's zones and gates, once its event, dates and types are there."""
    await add_rows(unit, [row for _, row in places.zones])
    await add_rows(unit, places.gates)


def move_rule(raw: Any, clock: MovedClock, known: Mapping[str, str]) -> Any:
    """Move the instants in a rule, and let it name the copy's types and gates.

    An id of nothing that comes along stays: it was true of nobody who comes here, and is so still.

    Args:
        raw: As the zone has it; `parse_rule` takes it.
        clock: Moves.
        known: The copy's ids by those of the source.

    Raises:
        BadInput: as `MovedClock.at`.
    """
    if "fact" not in raw:
        return {
            name: [move_rule(one, clock, known) for one in part]
            if isinstance(part, list)
            else part
            for name, part in raw.items()
        }
    if raw["fact"] in _OWN_IDS:
        return raw | {"value": [known.get(one, one) for one in raw["value"]]}
    return {
        name: _move_moment(said, clock) if name in _MOMENTS and isinstance(said, str) else said
        for name, said in raw.items()
    }


def moments_of(raw: Any) -> list[Instant]:
    """Return the instants that a rule names, in its order."""
    if "fact" not in raw:
        parts = [part for part in raw.values() if isinstance(part, list)]
        return [at for part in parts for one in part for at in moments_of(one)]
    if raw["fact"] in _OWN_IDS:
        return []
    said = [raw[name] for name in ("value", "since") if name in raw]
    return [parse_instant(one) for one in said if isinstance(one, str) and _is_instant(one)]


def _move_moment(said: str, clock: MovedClock) -> str:
    if not _is_instant(said):
        return said
    return format_instant(clock.at(parse_instant(said)))


def _is_instant(said: str) -> bool:
    """Tell a moment from the event's own, from a clock's time, and from words like `present`."""
    return said[:1].isdigit()


def _is_of_days(rule: Rule) -> bool:
    match rule:
        case Every(parts) | Some(parts):
            return any(map(_is_of_days, parts))
        case _:
            return isinstance(rule, WeekdayIs)
