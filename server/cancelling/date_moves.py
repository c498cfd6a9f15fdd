"""Moving dates of an event: one act, looked at before; tickets stay good for the date as it is.

What was signed for a date keeps its meaning by the plan, which tells when the date was to be
before (`shared/manifest/signed_windows.py: follow_move`); windows of tickets' own move along.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.cancelling.schemas import MoveDatesBody, MovedDateBody, TellBody
from server.db.unit import Unit
from server.events.event_states import EDITABLE, EventState
from server.events.events_and_dates import (
    Event,
    Occurrence,
    list_occurrences,
    lock_event,
    save_occurrence,
)
from server.events.pricing_terms import RefundRule, pricing_from_json, pricing_to_json
from server.events.schemas import OccurrenceBody
from server.http.body_and_answer_types import to_instant
from server.mail.notices import MOVED, MovedDate, NewNotice, write_notice
from server.problem_answers import FieldError, refuse, wrong_field, wrong_fields
from server.ticketing.moved_windows import shift_windows
from server.ticketing.ports import ChangeFeed
from server.venues_and_gates.venues_zones_and_gates import list_zones
from shared.admission.organizer_rule_parsing import parse_rule
from shared.admission.organizer_rule_tree import (
    EntriesAre,
    Every,
    FixedMoment,
    NowIs,
    Rule,
    Some,
    WeekdayIs,
)
from shared.kernel.id_types import EventId, OccurrenceId
from shared.kernel.instant import DAY, Duration, Instant, instant_from_datetime
from shared.manifest.times_of_dates import end_of
from shared.sales.refund_terms import TERMS_MAX
from shared.wire.work_reasons import WorkReason


class Move(msgspec.Struct, frozen=True):
    """A date that is to be moved, and what is said of it."""

    row: Occurrence
    said: MovedDateBody

    @property
    def was(self) -> tuple[Instant, Instant | None, Instant | None]:
        """When it was to be."""
        return self.row.starts_at, self.row.ends_at, self.row.doors_at

    @property
    def times(self) -> tuple[Instant, Instant | None, Instant | None]:
        """When it is to be."""
        said = self.said
        starts_at = instant_from_datetime(said.starts_at)
        return starts_at, to_instant(said.ends_at), to_instant(said.doors_at)


async def plan_moves(unit: Unit, event: Event, said: MoveDatesBody) -> list[Move]:
    """Return the dates that a body moves; those that are there already are left out.

    Raises:
        Problem: `conflict` if the event is over, or a date was called off, or moved
            meanwhile; `invalid-fields`.
    """
    if EventState(event.state) not in EDITABLE:
        raise refuse("conflict", "event.fixed", event_state=event.state)
    rows = {row.id: row for row in await list_occurrences(unit, event.id)}
    wrong: list[FieldError] = []
    moves: list[Move] = []
    for index, one in enumerate(said.dates):
        where, row = f"dates[{index}]", rows.pop(one.occurrence_id, None)
        if row is None:
            wrong.append(
                FieldError(
                    f"{where}.occurrence_id", "is not a date of this event, or appears twice"
                )
            )
            continue
        move = Move(row, one)
        starts_at, ends_at, doors_at = move.times
        if ends_at is not None and ends_at <= starts_at:
            wrong.append(
                FieldError(
                    f"{where}.ends_at", "must be after starts_at", WorkReason("field.ends_first")
                )
            )
        if doors_at is not None and doors_at > starts_at:
            wrong.append(
                FieldError(
                    f"{where}.doors_at",
                    "must not be after starts_at",
                    WorkReason("field.doors_late"),
                )
            )
        if move.was == move.times:
            continue
        if row.cancelled_at is not None:
            raise refuse("conflict", "date.off_named", name=row.name)
        if (ends_at or starts_at + DAY) <= unit.now:
            wrong.append(
                FieldError(f"{where}.starts_at", "is already over", WorkReason("field.date_over"))
            )
        if one.was_starts_at is not None and to_instant(one.was_starts_at) != row.starts_at:
            raise refuse("conflict", "date.moved", name=row.name)
        moves.append(move)
    if wrong:
        raise wrong_fields(wrong)
    if said.refund_until is not None and moves:
        _check_refund(said, list(rows.values()), unit.now)
    return moves


def _check_refund(said: MoveDatesBody, others: Sequence[Occurrence], now: Instant) -> None:
    until = to_instant(said.refund_until)
    if until is not None and until <= now:
        raise wrong_field("refund_until", "is already over", WorkReason("field.date_over"))
    ahead = [row for row in others if row.cancelled_at is None]
    if any(end_of(row) > now for row in ahead):
        message = "covers the whole event, and other dates still take place; refund single tickets"
        raise wrong_field("refund_until", message, WorkReason("field.refund_others"))


async def move_dates(
    unit: Unit,
    changes: ChangeFeed,
    event_id: EventId,
    said: MoveDatesBody,
    *,
    actor: str,
    has_mail: bool,
) -> int:
    """Move dates, and have all buyers told. Said again, nothing is done, and nobody told again.

    From the commit on gates, tills and claims are told of the plan with their next exchange.

    Args:
        unit: A writing one.
        changes: Where gates are told of tickets whose windows move along.
        event_id: Which event.
        said: What moves to when, and what buyers are told.
        actor: Who.
        has_mail: There is a mail server.

    Returns:
        How many dates are at other times now.

    Raises:
        Problem: `not-found`; as `plan_moves`; `quota-exceeded`.
    """
    event = await lock_event(unit, event_id)
    moves = await plan_moves(unit, event, said)
    if not moves:
        return 0
    is_only = len(await list_occurrences(unit, event_id)) == 1
    # Of an event with one date, what names none is for it.
    whose = () if is_only else [move.row.id for move in moves]
    told = [MovedDate(move.row.name, move.was[0], move.times[0], move.times[2]) for move in moves]
    shifts = {move.row.id: Duration(move.times[0] - move.was[0]) for move in moves}
    if said.refund_until is not None:
        _open_refunds(event, said)
    for move in moves:
        one = move.said
        body = OccurrenceBody(
            name=move.row.name,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            doors_at=one.doors_at,
        )
        await save_occurrence(unit, event_id, move.row.id, body, is_move=True)
    if said.tell is not None:
        notice = new_notice(MOVED, said.tell, whose, told, has_mail=has_mail)
        until = to_instant(said.refund_until)
        await write_notice(
            unit, event_id, msgspec.structs.replace(notice, refund_until=until), actor=actor
        )
    await shift_windows(unit, changes, event_id, shifts, is_only=is_only)
    return len(moves)


def new_notice(
    kind: str,
    tell: TellBody,
    dates: Sequence[OccurrenceId],
    times: Sequence[MovedDate],
    *,
    has_mail: bool,
) -> NewNotice:
    """Make what all buyers are told."""
    return NewNotice(
        kind=kind,
        language=tell.language,
        words=tell.words.strip(),
        dates=dates,
        times=times,
        has_mail=has_mail,
    )


def _open_refunds(event: Event, said: MoveDatesBody) -> None:
    """Let all of the price go back until a date, whatever the terms say; then they hold again."""
    terms = pricing_from_json(event.pricing)
    until = said.refund_until
    if not terms.refunds or until is None:
        return  # all goes back as it is
    later = tuple(one for one in terms.refunds if one.until is None or one.until > until)
    if len(later) >= TERMS_MAX:
        detail = (
            f"is one more than the {TERMS_MAX} refund rules that an event may have; remove one"
        )
        raise wrong_field("refund_until", detail)
    changed = msgspec.structs.replace(terms, refunds=(RefundRule(until=until), *later))
    event.pricing = pricing_to_json(changed)


async def find_fixed_rules(
    unit: Unit, event_id: EventId, dates: Sequence[OccurrenceId]
) -> list[str]:
    """Name the zones of some dates whose rules name a moment or a weekday: a person must look."""
    return [
        zone.name
        for zone in await list_zones(unit, event_id)
        if zone.rule is not None
        and zone.occurrence_id in {None, *dates}
        and _is_fixed(parse_rule(zone.rule))
    ]


def _is_fixed(rule: Rule) -> bool:
    match rule:
        case Every(parts) | Some(parts):
            return any(map(_is_fixed, parts))
        case NowIs() | EntriesAre():
            return isinstance(rule.moment, FixedMoment)
        case _:
            return isinstance(rule, WeekdayIs)
