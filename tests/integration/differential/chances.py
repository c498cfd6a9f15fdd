"""Random choices about an event: its instants, its rules, its settings. No input or output."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant, format_instant, parse_instant

CENTRES = (
    "2026-07-04T17:00:00Z",
    "2026-10-25T00:30:00Z",  # Berlin's clocks go back half an hour later
    "2026-03-29T00:30:00Z",  # and forward
    "2026-12-31T22:45:00Z",
    "2028-02-29T18:15:00Z",
)
TIMEZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "UTC", "Pacific/Apia")
VARIANTS = ("adult", "child", "press")
_STEPS = (1, SECOND, MINUTE, 15 * MINUTE, HOUR, DAY)
_CLOCKS = ("local:00:00:00", "local:02:30:00", "local:17:00:00", "local:21:30:00")
_EVENT_MOMENTS = ("event:start", "event:end", "event:doors")
_COMPARISONS = ("<", "<=", "==", ">=", ">")
_COUNTS = ("entries_total", "entries_today", "entry_days")
_SPANS = ("entries_since", "entries_before", "entry_days_since", "entry_days_before")
_MINUTES = ("minutes_since_first_entry", "minutes_since_last_entry")


class Chances:
    """Random choices from one seed.

    Attributes:
        asking: What is asked at the door, and answered.
        pausing: Where entry is paused.
        centre: The instant around which everything happens.
        instants: Those at which something begins or ends; what is chosen lies at or beside one.
    """

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.asking = random.Random(f"asking {seed}")
        self.pausing = random.Random(f"pausing {seed}")
        self.centre: Instant = parse_instant(self.draw.choice(CENTRES))
        self.instants: list[Instant] = [self.centre]

    def sometimes(self, share: float) -> bool:
        """Say yes in about this share of cases."""
        return self.draw.random() < share

    def new_instant(self) -> Instant:
        """Choose an instant within two days of the centre, and remember it as a boundary."""
        away = self.draw.choice((MINUTE, HOUR, 6 * HOUR, DAY, 2 * DAY))
        at = self.centre + self.draw.randint(-away, away)
        if self.sometimes(0.7):
            at -= at % (15 * MINUTE if self.sometimes(0.5) else SECOND)
        self.instants.append(Instant(at))
        return Instant(at)

    def near(self) -> Instant:
        """Choose an instant at a boundary, or just beside one."""
        at = self.draw.choice(self.instants)
        if self.sometimes(0.45):
            return at
        step = self.draw.choice(_STEPS)
        return Instant(
            at + self.draw.choice((-1, 1)) * (step if self.sometimes(0.7) else at % step)
        )

    def window(self) -> tuple[Instant | None, Instant | None]:
        """Choose a validity window, open at either end or none at all."""
        first, last = sorted((self.new_instant(), self.new_instant()))
        return (
            first if self.sometimes(0.4) else None,
            last if self.sometimes(0.4) else None,
        )

    def rule(self, ids: dict[str, Sequence[str]], depth: int = 0) -> dict[str, Any]:
        """Make a rule tree, not always one that lets anybody in.

        Args:
            ids: What `ticket_type`, `variant` and `gate` may name.
            depth: How deep it stands already.
        """
        kind = self.draw.random()
        if depth < 3 and kind < 0.35:
            parts = [self.rule(ids, depth + 1) for _ in range(self.draw.randint(0, 3))]
            return {"any" if self.sometimes(0.6) else "all": parts}
        if kind < 0.42:
            return {"const": self.sometimes(0.7)}
        return self._condition(ids)

    def _condition(self, ids: dict[str, Sequence[str]]) -> dict[str, Any]:
        draw = self.draw
        kind = draw.choice(("now", "weekday", "id", "count", "span", "minutes", "presence"))
        comparison = draw.choice(_COMPARISONS)
        if kind == "now":
            said: dict[str, Any] = {"fact": "now", "cmp": draw.choice(("after", "before"))}
            said["value"] = self._moment()
            if self.sometimes(0.3):
                said["tolerance_min"] = draw.choice((0, 1, 15, 0.5, 600))
            return said
        if kind == "weekday":
            return {"fact": "weekday", "cmp": comparison, "value": draw.randint(1, 7)}
        if kind == "id":
            fact = draw.choice(sorted(ids))
            known = list(ids[fact])
            return {"fact": fact, "cmp": "in", "value": draw.sample(known, (len(known) + 1) // 2)}
        if kind == "presence":
            return {"fact": kind, "cmp": "==", "value": draw.choice(("present", "absent"))}
        if kind == "minutes":
            minutes = draw.choice((0, 1, 15, 60, 59.5))
            return {"fact": draw.choice(_MINUTES), "cmp": comparison, "value": minutes}
        fact = draw.choice(_COUNTS if kind == "count" else _SPANS)
        counted = {"fact": fact, "cmp": comparison, "value": draw.randint(0, 3)}
        return counted | ({"since": self._moment()} if kind == "span" else {})

    def _moment(self) -> str:
        kind = self.draw.random()
        if kind < 0.4:
            return self.draw.choice(_EVENT_MOMENTS)
        if kind < 0.7:
            return self.draw.choice(_CLOCKS)
        return format_instant(self.new_instant())
