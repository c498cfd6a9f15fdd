"""What an organizer's rule is made of, once parsed: small frozen nodes.

`organizer_rule_parsing.parse_rule` makes them, `organizer_rule_evaluation.rule_holds` asks them.
Their meaning is in `docs/specs/admission.md`, section 4.
"""

from __future__ import annotations

from datetime import time
from enum import StrEnum
from typing import TypeAlias

import msgspec

from shared.kernel.instant import Duration, Instant


class Comparison(StrEnum):
    """How a fact is compared with the rule's value."""

    LESS = "<"
    AT_MOST = "<="
    EQUAL = "=="
    AT_LEAST = ">="
    MORE = ">"


class Side(StrEnum):
    """On which side of a moment."""

    AFTER = "after"
    BEFORE = "before"


class EventMoment(StrEnum):
    """A moment that the event defines; end and doors fall back to start."""

    START = "event:start"
    END = "event:end"
    DOORS = "event:doors"


class ClockMoment(msgspec.Struct, frozen=True):
    """A clock time on the local day of the scan."""

    clock: time


class FixedMoment(msgspec.Struct, frozen=True):
    """One instant."""

    at: Instant


Moment: TypeAlias = EventMoment | ClockMoment | FixedMoment


class Subject(StrEnum):
    """What a membership test looks at."""

    TICKET_TYPE = "ticket_type"
    VARIANT = "variant"
    GATE = "gate"


class EntryUnit(StrEnum):
    """What is counted: entries, or local days with an entry."""

    ENTRIES = "entries"
    DAYS = "days"


class EntrySpan(StrEnum):
    """Which entries are counted."""

    ALL = "all"
    TODAY = "today"
    SINCE = "since"
    BEFORE = "before"


class WhichEntry(StrEnum):
    """From which entry minutes are counted."""

    FIRST = "first"
    LAST = "last"


class Every(msgspec.Struct, frozen=True):
    """Holds if every part holds; with no parts it holds."""

    parts: tuple[Rule, ...]


class Some(msgspec.Struct, frozen=True):
    """Holds if at least one part holds; with no parts it does not."""

    parts: tuple[Rule, ...]


class Constant(msgspec.Struct, frozen=True):
    """Always holds, or never."""

    holds: bool


class NowIs(msgspec.Struct, frozen=True):
    """The scan's instant lies strictly on one side of a moment, widened by the tolerance."""

    side: Side
    moment: Moment
    tolerance: Duration


class WeekdayIs(msgspec.Struct, frozen=True):
    """The local weekday of the scan, 1 (Monday) to 7, compares so."""

    comparison: Comparison
    weekday: int


class OneOf(msgspec.Struct, frozen=True):
    """The subject's id is in the list."""

    subject: Subject
    ids: frozenset[str]


class EntriesAre(msgspec.Struct, frozen=True):
    """A count of entries compares so; `moment` is given exactly for SINCE and BEFORE."""

    unit: EntryUnit
    span: EntrySpan
    comparison: Comparison
    number: int | float
    moment: Moment | None = None


class MinutesSinceEntryAre(msgspec.Struct, frozen=True):
    """Whole minutes since an entry compare so; with no entry it does not hold."""

    which: WhichEntry
    comparison: Comparison
    number: int | float


class PresenceIs(msgspec.Struct, frozen=True):
    """Somebody is inside by the ticket's latest scan in the zone, or nobody is."""

    present: bool


Rule: TypeAlias = (
    Every
    | Some
    | Constant
    | NowIs
    | WeekdayIs
    | OneOf
    | EntriesAre
    | MinutesSinceEntryAre
    | PresenceIs
)
