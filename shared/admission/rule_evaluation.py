"""Ask a rule about one scan's facts. Total: whatever the facts, the answer is yes or no."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Final, assert_never

from shared.admission.facts import AdmissionFacts, Direction, EventTimes, UseFact
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


def rule_holds(rule: Rule, facts: AdmissionFacts, scans: Sequence[UseFact]) -> bool:
    """Tell whether the rule lets this scan in.

    Args:
        rule: From `parse_rule`, so at most RULE_DEPTH_MAX deep.
        facts: The scan's whole world.
        scans: The scans that count, oldest first, as `history.scans_here` gives them.
    """
    match rule:
        case Every():
            return all(rule_holds(part, facts, scans) for part in rule.parts)
        case Some():
            return any(rule_holds(part, facts, scans) for part in rule.parts)
        case Constant():
            return rule.holds
        case NowIs():
            return _now_is(rule, facts)
        case WeekdayIs():
            moment = local_datetime(facts.scan.at, time_zone(facts.event.timezone))
            return _COMPARE[rule.comparison](moment.isoweekday(), rule.weekday)
        case OneOf():
            return _subject_id(rule.subject, facts) in rule.ids
        case EntriesAre():
            return _entries_are(rule, facts, _entries(scans))
        case MinutesSinceEntryAre():
            return _minutes_are(rule, facts.scan.at, _entries(scans))
        case PresenceIs():
            is_present = bool(scans) and scans[-1].direction is Direction.IN
            return is_present is rule.present
        case _:
            assert_never(rule)


def _entries(scans: Sequence[UseFact]) -> list[Instant]:
    """The instants of the entries, oldest first; one scan is one entry, whatever its count."""
    return [scan.at for scan in scans if scan.direction is Direction.IN]


def _now_is(rule: NowIs, facts: AdmissionFacts) -> bool:
    moment = resolve_moment(rule.moment, facts)
    if moment is None:
        return False
    if rule.side is Side.AFTER:
        return facts.scan.at > moment - rule.tolerance
    return facts.scan.at < moment + rule.tolerance


def _subject_id(subject: Subject, facts: AdmissionFacts) -> str | None:
    match subject:
        case Subject.TICKET_TYPE:
            return facts.ticket.ticket_type
        case Subject.VARIANT:
            return facts.ticket.variant
        case Subject.GATE:
            return facts.scan.gate_id
        case _:
            assert_never(subject)


def _entries_are(rule: EntriesAre, facts: AdmissionFacts, entries: list[Instant]) -> bool:
    zone = time_zone(facts.event.timezone)
    if rule.moment is not None:
        moment = resolve_moment(rule.moment, facts)
        if moment is None:
            return False
        is_since = rule.span is EntrySpan.SINCE
        entries = [at for at in entries if (at >= moment) is is_since]
    elif rule.span is EntrySpan.TODAY:
        today = local_day(facts.scan.at, zone)
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


def resolve_moment(moment: Moment, facts: AdmissionFacts) -> Instant | None:
    """Tell when a rule's moment is for this scan; None where the event's start is not known."""
    match moment:
        case FixedMoment():
            return moment.at
        case ClockMoment():
            zone = time_zone(facts.event.timezone)
            return instant_at_clock(local_day(facts.scan.at, zone), moment.clock, zone)
        case EventMoment():
            return _event_moment(moment, facts.event)
        case _:
            assert_never(moment)


def _event_moment(moment: EventMoment, event: EventTimes) -> Instant | None:
    match moment:
        case EventMoment.START:
            own = event.starts_at
        case EventMoment.END:
            own = event.ends_at
        case EventMoment.DOORS:
            own = event.doors_at
        case _:
            assert_never(moment)
    return event.starts_at if own is None else own
