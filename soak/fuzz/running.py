"""Reads inputs drawn from a seed, and says what went wrong with which."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any, Final

import msgspec

from shared.kernel.errors import GatekeeperError
from soak.fuzz.codes import code_targets
from soak.fuzz.mutate import Dice
from soak.fuzz.pictures import picture_targets
from soak.fuzz.target import Target
from soak.fuzz.venue import venue_targets
from soak.fuzz.wire import wire_targets

FINDINGS_MAX: Final = 20
TRIES: Final = 5
"""An input that took too long is read again, and its least time counts: the machine was busy."""


class Report(msgspec.Struct):
    """What came of one part of the inputs."""

    inputs: dict[str, int]
    slowest_ms: dict[str, float]
    findings: list[str]


def run_part(seed: str, inputs: int, pictures: int) -> Report:
    """Read a share of all inputs, drawn from a seed."""
    report = Report({}, {}, [])
    run_targets(
        f"{seed}/inputs", [*code_targets(), *wire_targets(), *venue_targets()], inputs, report
    )
    if pictures:
        run_targets(f"{seed}/pictures", picture_targets(), pictures, report)
    return report


def run_targets(seed: str, targets: list[Target], count: int, report: Report) -> None:
    """Read so many inputs, each of a target drawn by its weight."""
    dice = Dice(seed)
    counts, slowest = Counter[str](), Counter[str]()
    weights = [target.weight for target in targets]
    for target in dice.random.choices(targets, weights, k=count):
        given = target.draw(dice)
        wrong, spent_ms = _read(target, given)
        if spent_ms > target.budget_ms:
            spent_ms = min(_read(target, given)[1] for _ in range(TRIES))
            if spent_ms > target.budget_ms:
                wrong = wrong or f"took {spent_ms:.1f} ms of {target.budget_ms:.0f}"
        counts[target.name] += 1
        slowest[target.name] = max(slowest[target.name], spent_ms)  # type: ignore[assignment] # a Counter of milliseconds
        if wrong and len(report.findings) < FINDINGS_MAX:
            report.findings.append(f"{target.name}: {wrong}; input {given!r:.400}")
    report.inputs |= counts
    report.slowest_ms |= {name: round(float(spent), 2) for name, spent in slowest.items()}


def _read(target: Target, given: Any) -> tuple[str, float]:
    started = time.perf_counter_ns()
    try:
        wrong = target.read(given)
    except GatekeeperError:
        wrong = ""
    except Exception as fault:  # noqa: BLE001 - any other exception is a finding
        wrong = f"{type(fault).__name__}: {fault}"
    return wrong, (time.perf_counter_ns() - started) / 1e6


def sum_up(reports: list[Report]) -> Report:
    """Add the parts' counts up, and keep the slowest of each target."""
    whole = Report({}, {}, [])
    for report in reports:
        for name, count in report.inputs.items():
            whole.inputs[name] = whole.inputs.get(name, 0) + count
        for name, spent in report.slowest_ms.items():
            whole.slowest_ms[name] = max(spent, whole.slowest_ms.get(name, 0.0))
        whole.findings += report.findings
    return whole
