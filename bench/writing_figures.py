"""Figures beside their budgets, in one file; each budget stands at the head of its measurement."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """One measured value.

    Attributes:
        name: What was measured.
        value: The measurement.
        unit: Its unit.
        budget: The bound, or None for a figure that only stands beside others.
        ok: Whether the value is within the budget.
        n: How many observations it rests on.
        note: Floors, ratios and circumstances.
    """

    name: str
    value: float
    unit: str
    budget: float | None
    ok: bool
    n: int
    note: str = ""


def at_most(name: str, value: float, unit: str, budget: float, n: int, note: str = "") -> Figure:
    """Return a figure that must not exceed its budget."""
    return Figure(name, _round(value), unit, _round(budget), value <= budget, n, note)


def at_least(name: str, value: float, unit: str, budget: float, n: int, note: str = "") -> Figure:
    """Return a figure that must reach its budget."""
    return Figure(name, _round(value), unit, _round(budget), value >= budget, n, note)


def floor(name: str, value: float, unit: str, n: int, note: str = "") -> Figure:
    """Return a bare part's figure: it has no budget of its own."""
    return Figure(name, _round(value), unit, None, ok=True, n=n, note=note)


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """Return the value below which a share (0 to 1) of the sorted values lies."""
    return sorted_values[min(len(sorted_values) - 1, int(share * len(sorted_values)))]


def say(figure: Figure) -> None:
    """Print one figure for the person who waits."""
    mark = "ok  " if figure.ok else "OVER"
    budget = "" if figure.budget is None else f" (budget {figure.budget:g})"
    note = f"  {figure.note}" if figure.note else ""
    print(f"{mark} {figure.name}: {figure.value:g} {figure.unit}{budget}{note}", file=sys.stderr)


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write all figures as one JSON list."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [msgspec.structs.asdict(figure) for figure in figures]
    path.write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


def _round(value: float) -> float:
    return float(f"{value:.4g}")
