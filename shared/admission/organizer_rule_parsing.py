"""Read an organizer's rule, once, into typed nodes; refuse what nobody could mean.

The grammar is in `docs/specs/admission.md`, section 4. A key that is not of the grammar is
refused, since a misspelt tolerance would change who gets in without a word.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import Final

from shared.admission.json_fields import as_ids, as_instant, as_list, as_object, as_text, wrong
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
from shared.kernel.errors import BadInput
from shared.kernel.instant import MINUTE, Duration

__all__ = ["RULE_DEPTH_MAX", "RULE_NODES_MAX", "Rule", "parse_rule"]

RULE_DEPTH_MAX: Final = 32
RULE_NODES_MAX: Final = 1000
TOLERANCE_MIN_MAX: Final = 366 * 24 * 60
"""A year in minutes."""

_CLOCK: Final = re.compile(r"local:([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])")
_MONDAY: Final = 1
_SUNDAY: Final = 7

_ENTRY_FACTS: Final = {
    "entries_total": (EntryUnit.ENTRIES, EntrySpan.ALL),
    "entries_today": (EntryUnit.ENTRIES, EntrySpan.TODAY),
    "entries_since": (EntryUnit.ENTRIES, EntrySpan.SINCE),
    "entries_before": (EntryUnit.ENTRIES, EntrySpan.BEFORE),
    "entry_days": (EntryUnit.DAYS, EntrySpan.ALL),
    "entry_days_since": (EntryUnit.DAYS, EntrySpan.SINCE),
    "entry_days_before": (EntryUnit.DAYS, EntrySpan.BEFORE),
}
_MINUTE_FACTS: Final = {
    "minutes_since_first_entry": WhichEntry.FIRST,
    "minutes_since_last_entry": WhichEntry.LAST,
}
_SPANS_WITH_MOMENT: Final = (EntrySpan.SINCE, EntrySpan.BEFORE)


def parse_rule(raw: object, path: str = "rule") -> Rule:
    """Read a rule from decoded JSON.

    Args:
        raw: Of the form `{"all": […]}`, `{"any": […]}`, `{"const": bool}` or
            `{"fact", "cmp", "value"}`; at most RULE_DEPTH_MAX deep, RULE_NODES_MAX nodes.
        path: Where the rule stands, to begin error messages with.

    Raises:
        BadInput: names the path of what is wrong, such as `rule.all[2].value`.
    """
    return _Parser().node(raw, path, depth=1)


def parse_rule_text(text: str, zone_name: str) -> Rule:
    """Read a zone's rule as the plan keeps it: JSON in a text.

    Raises:
        BadInput: if it is no JSON, or no rule (`parse_rule`).
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        message = f"the rule of zone {zone_name!r} is not JSON; open the zone and save it again"
        raise BadInput(message) from None
    return parse_rule(raw)


class _Parser:
    """Reads one rule and counts its nodes."""

    def __init__(self) -> None:
        self._nodes = 0

    def node(self, raw: object, path: str, depth: int) -> Rule:
        self._nodes += 1
        if depth > RULE_DEPTH_MAX:
            raise BadInput(f"{path}: more than {RULE_DEPTH_MAX} levels deep; split the rule")
        if self._nodes > RULE_NODES_MAX:
            raise BadInput(f"{path}: more than {RULE_NODES_MAX} conditions; shorten the rule")
        fields = as_object(raw, path)
        if "fact" in fields:
            return _condition(fields, path)
        if len(fields) != 1:
            raise BadInput(f"{path}: expected exactly one of all, any, const, or a fact")
        ((key, value),) = fields.items()
        if key == "all":
            return Every(self._parts(value, f"{path}.all", depth))
        if key == "any":
            return Some(self._parts(value, f"{path}.any", depth))
        if key == "const":
            if not isinstance(value, bool):
                raise wrong(f"{path}.const", "true or false", value)
            return Constant(value)
        raise wrong(path, "one of all, any, const, or a fact", key)

    def _parts(self, raw: object, path: str, depth: int) -> tuple[Rule, ...]:
        return tuple(
            self.node(item, f"{path}[{index}]", depth + 1)
            for index, item in enumerate(as_list(raw, path))
        )


def _condition(fields: Mapping[str, object], path: str) -> Rule:
    fact = as_text(fields["fact"], f"{path}.fact")
    reader = _READERS.get(fact)
    if reader is None:
        raise wrong(f"{path}.fact", f"one of {', '.join(_READERS)}", fact)
    allowed = {"fact", "cmp", "value"}
    if fact == "now":
        allowed.add("tolerance_min")
    if fact.endswith(("_since", "_before")):
        allowed.add("since")
    for key, value in fields.items():
        # A null of the grammar is as good as absent.
        if key not in allowed and not (key in {"tolerance_min", "since"} and value is None):
            raise BadInput(f"{path}.{key[:64]}: {fact} has no such field")
    return reader(fact, fields, path)


def _now(_fact: str, fields: Mapping[str, object], path: str) -> Rule:
    cmp = fields.get("cmp")
    for side in Side:
        if side.value == cmp:
            moment = _moment(fields.get("value"), f"{path}.value")
            return NowIs(side, moment, _tolerance(fields, path))
    raise wrong(f"{path}.cmp", "after or before", cmp)


def _weekday(_fact: str, fields: Mapping[str, object], path: str) -> Rule:
    comparison = _comparison(fields, path)
    value = fields.get("value")
    if not isinstance(value, int) or isinstance(value, bool) or not _MONDAY <= value <= _SUNDAY:
        raise wrong(f"{path}.value", "a weekday from 1 (Monday) to 7", value)
    return WeekdayIs(comparison, value)


def _one_of(fact: str, fields: Mapping[str, object], path: str) -> Rule:
    if fields.get("cmp") != "in":
        raise wrong(f"{path}.cmp", "in", fields.get("cmp"))
    return OneOf(Subject(fact), as_ids(fields.get("value"), f"{path}.value"))


def _entries(fact: str, fields: Mapping[str, object], path: str) -> Rule:
    unit, span = _ENTRY_FACTS[fact]
    comparison, number = _comparison(fields, path), _number(fields.get("value"), f"{path}.value")
    moment = None
    if span in _SPANS_WITH_MOMENT:
        moment = _moment(fields.get("since"), f"{path}.since")
    return EntriesAre(unit, span, comparison, number, moment)


def _minutes(fact: str, fields: Mapping[str, object], path: str) -> Rule:
    number = _number(fields.get("value"), f"{path}.value")
    return MinutesSinceEntryAre(_MINUTE_FACTS[fact], _comparison(fields, path), number)


def _presence(_fact: str, fields: Mapping[str, object], path: str) -> Rule:
    if fields.get("cmp") != Comparison.EQUAL.value:
        raise wrong(f"{path}.cmp", "==", fields.get("cmp"))
    value = fields.get("value")
    if value == "present":
        return PresenceIs(present=True)
    if value == "absent":
        return PresenceIs(present=False)
    raise wrong(f"{path}.value", "present or absent", value)


_READERS: Final[dict[str, Callable[[str, Mapping[str, object], str], Rule]]] = {
    "now": _now,
    "weekday": _weekday,
    **dict.fromkeys((subject.value for subject in Subject), _one_of),
    **dict.fromkeys(_ENTRY_FACTS, _entries),
    **dict.fromkeys(_MINUTE_FACTS, _minutes),
    "presence": _presence,
}


def _comparison(fields: Mapping[str, object], path: str) -> Comparison:
    cmp = fields.get("cmp")
    for comparison in Comparison:
        if comparison.value == cmp:
            return comparison
    raise wrong(f"{path}.cmp", "one of " + ", ".join(Comparison), cmp)


def _number(raw: object, path: str) -> int | float:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and math.isfinite(raw):
        return raw
    raise wrong(path, "a number", raw)


def _tolerance(fields: Mapping[str, object], path: str) -> Duration:
    raw = fields.get("tolerance_min")
    if raw is None:
        return Duration(0)
    number = _number(raw, f"{path}.tolerance_min")
    if not 0 <= number <= TOLERANCE_MIN_MAX:
        raise wrong(f"{path}.tolerance_min", f"minutes from 0 to {TOLERANCE_MIN_MAX}", raw)
    return Duration(round(number * MINUTE))


def _moment(raw: object, path: str) -> Moment:
    text = as_text(raw, path)
    for moment in EventMoment:
        if moment.value == text:
            return moment
    clock = _CLOCK.fullmatch(text)
    if clock:
        hour, minute, second = (int(part) for part in clock.groups())
        return ClockMoment(time(hour, minute, second))
    if text.startswith(("event:", "local:")):
        expected = "event:start, event:end, event:doors or local:HH:MM:SS"
        raise wrong(path, expected, text)
    return FixedMoment(as_instant(text, path))
