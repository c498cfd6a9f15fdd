"""Ask a rule about one scan's facts. Total: whatever the facts, the answer is yes or no."""

from __future__ import annotations

import operator
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from typing import Final, assert_never

from shared.admission.facts import Direction, EventTimes, ScanFacts, TicketFacts, UseFact
from shared.admission.local_time import instant_at_clock, local_datetime, local_day, time_zone
from shared.admission.organizer_rule_tree import (
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
        scans: The scans that count, oldest first, as `entries_left.scans_here` gives them.
    """
    return _holds(rule, times, ticket, scan, _Passages(scans, times, scan.at))


class _Passages:
    """What a rule may ask of the scans that count, counted once for all of its conditions.

    One scan is one entry, whatever its count of persons.
    """

    def __init__(self, scans: Sequence[UseFact], times: EventTimes, now: Instant) -> None:
        self._scans, self._times, self._now = scans, times, now

    @property
    def is_present(self) -> bool:
        """Whether the latest scan went in."""
        return bool(self._scans) and self._scans[-1].direction is Direction.IN

    @cached_property
    def entries(self) -> list[Instant]:
        """The instants of the entries, oldest first."""
        return [scan.at for scan in self._scans if scan.direction is Direction.IN]

    @cached_property
    def today(self) -> int:
        """The number of entries on the local day of now."""
        return self._days.count(local_day(self._now, time_zone(self._times.timezone)))

    @cached_property
    def days_before(self) -> list[int]:
        """For each number of entries, on how many local days the oldest so many were."""
        return _running_distinct(self._days)

    @cached_property
    def days_since(self) -> list[int]:
        """For each number of entries, on how many local days all but the oldest so many were."""
        return _running_distinct(self._days[::-1])[::-1]

    @cached_property
    def _days(self) -> list[date]:
        zone = time_zone(self._times.timezone)
        return [local_day(at, zone) for at in self.entries]


def _running_distinct(days: Sequence[date]) -> list[int]:
    seen: set[date] = set()
    counts = [0]
    for day in days:
        seen.add(day)
        counts.append(len(seen))
    return counts


def _holds(
    rule: Rule, times: EventTimes, ticket: TicketFacts, scan: ScanFacts, passages: _Passages
) -> bool:
    match rule:
        case Every():
            return all(_holds(part, times, ticket, scan, passages) for part in rule.parts)
        case Some():
            return any(_holds(part, times, ticket, scan, passages) for part in rule.parts)
        case Constant():
            return rule.holds
        case NowIs():
            return any(_now_is(rule, times, at) for at in (scan.at, scan.came_at))
        case WeekdayIs():
            moment = local_datetime(scan.at, time_zone(times.timezone))
            return _COMPARE[rule.comparison](moment.isoweekday(), rule.weekday)
        case OneOf():
            return _subject_id(rule.subject, ticket, scan) in rule.ids
        case EntriesAre():
            return _entries_are(rule, times, scan.at, passages)
        case MinutesSinceEntryAre():
            return _minutes_are(rule, scan.at, passages.entries)
        case PresenceIs():
            return passages.is_present is rule.present
        case _:
            assert_never(rule)


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


def _entries_are(rule: EntriesAre, times: EventTimes, now: Instant, passages: _Passages) -> bool:
    before = len(passages.entries)
    if rule.moment is not None:
        moment = resolve_moment(rule.moment, times, now)
        if moment is None:
            return False
        before = bisect_left(passages.entries, moment)
    is_since = rule.span is EntrySpan.SINCE
    if rule.unit is EntryUnit.DAYS:
        count = (passages.days_since if is_since else passages.days_before)[before]
    elif rule.span is EntrySpan.TODAY:
        count = passages.today
    else:
        count = len(passages.entries) - before if is_since else before
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
