"""What the desk says of dates that are moved."""

from __future__ import annotations

from datetime import tzinfo

from gatekeeper.organizer.before_doors.date_moves_client import (
    DateLine,
    MovePlan,
    MovePreview,
    WantedMove,
)
from gatekeeper.organizer.prepare.event_copying import CopiedDate
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_apart

Rows = tuple[tuple[str, str], ...]
"""What, and how much."""


def spell_plan(plan: MovePlan) -> str:
    """Say what may be done about an event's dates."""
    if not plan.is_movable:
        return TEXTS.say("moving.over", name=plan.name)
    if not plan.dates:
        return TEXTS.say("moving.no_dates", name=plan.name)
    return TEXTS.say("moving.lead", zone=plan.timezone)


def spell_date(date: DateLine | CopiedDate, zone: tzinfo) -> str:
    """Say a date by the venue's clock: doors, start, end."""
    parts = [TEXTS.say("moving.starts", time=spell_apart(date.starts_at, zone))]
    if date.doors_at is not None:
        parts.insert(0, TEXTS.say("moving.doors", time=spell_apart(date.doors_at, zone)))
    if date.ends_at is not None:
        parts.append(TEXTS.say("moving.ends", time=spell_apart(date.ends_at, zone)))
    return " · ".join(parts)


def spell_move(preview: MovePreview, wanted: WantedMove, zone: tzinfo) -> Rows:
    """Say what a move would mean: each date's times, tickets, who is inside, who is told."""
    rows = [(TEXTS.isolate(one.name), spell_date(one, zone)) for one in wanted.after]
    rows += [
        (
            TEXTS.beside(one.name, TEXTS.say(f"calloff.ticket.{one.state}")),
            TEXTS.number(one.count),
        )
        for one in preview.tickets
    ]
    if preview.inside_persons:
        rows.append((TEXTS.say("moving.inside"), TEXTS.number(preview.inside_persons)))
    if wanted.refund_until is not None:
        rows.append((TEXTS.say("moving.refund"), spell_apart(wanted.refund_until, zone)))
    if wanted.is_told and not preview.has_mail:
        rows.append((TEXTS.say("moving.no_server"), TEXTS.number(preview.orders)))
    elif wanted.is_told:
        rows.append((TEXTS.say("moving.told"), TEXTS.number(preview.orders - preview.unreached)))
        if preview.unreached:
            rows.append((TEXTS.say("moving.no_address"), TEXTS.number(preview.unreached)))
    if preview.zones_to_check:
        zones = TEXTS.list(TEXTS.isolate(one) for one in preview.zones_to_check)
        rows.append((TEXTS.say("moving.check"), zones))
    return tuple(rows)
