"""Rules of admission as rows of a form: each row a condition with one value. Pure.

A rule that other programs wrote may be deeper than rows can say; then it is shown in words only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from shared.kernel.errors import BadInput

_CLOCK: Final = re.compile(r"local:(\d\d:\d\d):00")
_TIME: Final = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_NUMBER_MAX: Final = 100_000


class Condition(StrEnum):
    """What a row says; its value is a time of the venue's clock, a number, or days."""

    FROM_CLOCK = "from_clock"
    UNTIL_CLOCK = "until_clock"
    BEFORE_DOORS = "before_doors"
    AFTER_START = "after_start"
    AFTER_END = "after_end"
    ENTRIES = "entries"
    ENTRIES_TODAY = "entries_today"
    WEEKDAYS = "weekdays"


class RuleRow(msgspec.Struct, frozen=True):
    """One condition, and its value as a person writes it: `21:30`, `60`, or `1, 2, 5`."""

    condition: Condition
    value: str


_MOMENTS: Final = {
    Condition.BEFORE_DOORS: ("after", "event:doors"),
    Condition.AFTER_START: ("before", "event:start"),
    Condition.AFTER_END: ("before", "event:end"),
}
_CLOCKS: Final = {Condition.FROM_CLOCK: "after", Condition.UNTIL_CLOCK: "before"}
_ENTRIES: Final = {
    Condition.ENTRIES: "entries_total",
    Condition.ENTRIES_TODAY: "entries_today",
}


def rows_of(rule: Any) -> tuple[RuleRow, ...] | None:
    """Return the rows that say a rule, all of which must hold; None for one beyond them."""
    if rule is None:
        return ()
    parts = rule.get("all") if isinstance(rule, dict) and len(rule) == 1 else None
    rows = [_row_of(part) for part in (parts if isinstance(parts, list) else [rule])]
    found = tuple(row for row in rows if row is not None)
    return found if len(found) == len(rows) else None


def rule_of(rows: Sequence[RuleRow]) -> dict[str, Any] | None:
    """Return the rule that rows say; None, which lets every valid ticket in, for no rows.

    Raises:
        BadInput: if a value is not what its condition takes.
    """
    parts = [_part_of(row) for row in rows]
    return {"all": parts} if parts else None


def _row_of(part: Any) -> RuleRow | None:
    if not isinstance(part, dict):
        return None
    fact, value = part.get("fact"), part.get("value")
    row: RuleRow | None = None
    if fact == "now" and isinstance(value, str):
        row = _moment_row(part, value)
    elif fact in _ENTRIES.values() and part.get("cmp") == "<" and isinstance(value, int):
        condition = next(one for one, name in _ENTRIES.items() if name == fact)
        row = RuleRow(condition, str(value))
    else:
        days = _days_of(part)
        row = RuleRow(Condition.WEEKDAYS, ", ".join(map(str, days))) if days else None
    # Whatever else a part says would be lost.
    if row is None:
        return None
    try:
        is_whole = _part_of(row) == _plain(part)
    except BadInput:
        return None
    return row if is_whole else None


def _moment_row(part: dict[str, Any], value: str) -> RuleRow | None:
    clock = _CLOCK.fullmatch(value)
    if clock and not part.get("tolerance_min"):
        found = [one for one, side in _CLOCKS.items() if side == part.get("cmp")]
        return RuleRow(found[0], clock[1]) if found else None
    for condition, (side, moment) in _MOMENTS.items():
        if (part.get("cmp"), value) == (side, moment):
            return RuleRow(condition, str(part.get("tolerance_min") or 0))
    return None


def _days_of(part: dict[str, Any]) -> list[int]:
    parts = part.get("any") if "any" in part else [part]
    if not isinstance(parts, list):
        return []
    days = [one.get("value") for one in parts if isinstance(one, dict)]
    is_all = all(
        isinstance(one, dict) and (one.get("fact"), one.get("cmp")) == ("weekday", "==")
        for one in parts
    )
    return [day for day in days if isinstance(day, int)] if is_all else []


def _plain(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if value is not None}


def _part_of(row: RuleRow) -> dict[str, Any]:
    if row.condition in _CLOCKS:
        time = _TIME.fullmatch(row.value.strip())
        if time is None:
            raise BadInput(row.value)
        value = f"local:{int(time[1]):02d}:{time[2]}:00"
        return {"fact": "now", "cmp": _CLOCKS[row.condition], "value": value}
    if row.condition in _MOMENTS:
        side, moment = _MOMENTS[row.condition]
        part = {"fact": "now", "cmp": side, "value": moment}
        minutes = _number(row.value)
        return part | ({"tolerance_min": minutes} if minutes else {})
    if row.condition in _ENTRIES:
        return {"fact": _ENTRIES[row.condition], "cmp": "<", "value": _number(row.value)}
    days = [_number(day) for day in row.value.replace("،", ",").split(",")]
    if not all(1 <= day <= 7 for day in days):
        raise BadInput(row.value)
    parts = [{"fact": "weekday", "cmp": "==", "value": day} for day in days]
    return parts[0] if len(parts) == 1 else {"any": parts}


def _number(text: str) -> int:
    plain = text.strip()
    if not plain.isascii() or not plain.isdigit() or int(plain) > _NUMBER_MAX:
        raise BadInput(text)
    return int(plain)
