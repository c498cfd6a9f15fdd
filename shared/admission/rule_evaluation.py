"""Ask a rule about one scan's facts. Total: whatever the facts, the answer is yes or no."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final, assert_never

from shared.admission.facts import Direction, EventTimes, ScanFacts, TicketFacts, UseFact
from shared.admission.local_time import instant_at_clock, local_datetime, local_day, time_zone
from shared.admission.rule_tree import (
    ClockMoment,
    Comparison,
    Constant,
    EntriesAre,
    EntrySpan,
    EntryUnit,
    EventMoment,
    Every,
    FixedMoment,
    MinutesSinceEntryAre,
    Moment,
    NowIs,
    OneOf,
    PresenceIs,
    Rule,
    Side,
    Some,
    Subject,
    WeekdayIs,
    WhichEntry,
)
from shared.kernel.instant import MINUTE, Instant

_Number = int | float
_COMPARE: Final[dict[Comparison, Callable[[_Number, _Number], bool]]] = {
    Comparison.LESS: operator.lt,
    Comparison.AT_MOST: operator.le,
    Comparison.EQUAL: operator.eq,
    Comparison.AT_LEAST: operator.ge,
    Comparison.MORE: operator.gt,
}


def rule_holds(
    rule: Rule,
    times: EventTimes,
    ticket: TicketFacts,
    scan: ScanFacts,
    scans: Sequence[UseFact],
) -> bool:
    """Tell whether the rule lets this scan in.

    Args:
        rule: From `parse_rule`, so at most RULE_DEPTH_MAX deep.
        times: Of the occurrence.
        ticket: What is known of the ticket.
        scan: The scan itself.
        scans: The scans that count, oldest first, as `history.scans_here` gives them.
    """
    match rule:
        case Every():
            return all(rule_holds(part, times, ticket, scan, scans) for part in rule.parts)
        case Some():
            return any(rule_holds(part, times, ticket, scan, scans) for part in rule.parts)
        case Constant():
            return rule.holds
        case NowIs():
            return _now_is(rule, times, scan.at)
        case WeekdayIs():
            moment = local_datetime(scan.at, time_zone(times.timezone))
            return _COMPARE[rule.comparison](moment.isoweekday(), rule.weekday)
        case OneOf():
            return _subject_id(rule.subject, ticket, scan) in rule.ids
        case EntriesAre():
            return _entries_are(rule, times, scan.at, _entries(scans))
        case MinutesSinceEntryAre():
            return _minutes_are(rule, scan.at, _entries(scans))
        case PresenceIs():
            is_present = bool(scans) and scans[-1].direction is Direction.IN
            return is_present is rule.present
        case _:
            assert_never(rule)


def _entries(scans: Sequence[UseFact]) -> list[Instant]:
    """The instants of the entries, oldest first; one scan is one entry, whatever its count."""
    return [scan.at for scan in scans if scan.direction is Direction.IN]


def _now_is(rule: NowIs, times: EventTimes, now: Instant) -> bool:
    moment = resolve_moment(rule.moment, times, now)
    if moment is None:
        return False
    if rule.side is Side.AFTER:
        return now > moment - rule.tolerance
    return now < moment + rule.tolerance


def _subject_id(subject: Subject, ticket: TicketFacts, scan: ScanFacts) -> str | None:
    match subject:
        case Subject.TICKET_TYPE:
            return ticket.ticket_type
        case Subject.VARIANT:
            return ticket.variant
        case Subject.GATE:
            return scan.gate_id
        case _:
            assert_never(subject)


def _entries_are(
    rule: EntriesAre, times: EventTimes, now: Instant, entries: list[Instant]
) -> bool:
    zone = time_zone(times.timezone)
    if rule.moment is not None:
        moment = resolve_moment(rule.moment, times, now)
        if moment is None:
            return False
        is_since = rule.span is EntrySpan.SINCE
        entries = [at for at in entries if (at >= moment) is is_since]
    elif rule.span is EntrySpan.TODAY:
        today = local_day(now, zone)
        entries = [at for at in entries if local_day(at, zone) == today]
    if rule.unit is EntryUnit.DAYS:
        count = len({local_day(at, zone) for at in entries})
    else:
        count = len(entries)
    return _COMPARE[rule.comparison](count, rule.number)


def _minutes_are(rule: MinutesSinceEntryAre, now: Instant, entries: list[Instant]) -> bool:
    if not entries:
        return False
    entry = entries[0] if rule.which is WhichEntry.FIRST else entries[-1]
    # Whole minutes, rounded down: 30 minutes and 59 seconds are 30 and not more than 30.
    return _COMPARE[rule.comparison]((now - entry) // MINUTE, rule.number)


def resolve_moment(moment: Moment, times: EventTimes, now: Instant) -> Instant | None:
    """Tell when a rule's moment is for a scan of now; None where the start is not known."""
    match moment:
        case FixedMoment():
            return moment.at
        case ClockMoment():
            zone = time_zone(times.timezone)
            return instant_at_clock(local_day(now, zone), moment.clock, zone)
        case EventMoment():
            return _event_moment(moment, times)
        case _:
            assert_never(moment)


def _event_moment(moment: EventMoment, times: EventTimes) -> Instant | None:
    match moment:
        case EventMoment.START:
            own = times.starts_at
        case EventMoment.END:
            own = times.ends_at
        case EventMoment.DOORS:
            own = times.doors_at
        case _:
            assert_never(moment)
    return times.starts_at if own is None else own
