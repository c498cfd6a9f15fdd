"""The auditor's predictions of what gates answer alone."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.auditor import Auditor
from simulator.judging.evidence import Evidence


def check_predictions(evidence: Evidence) -> Iterator[str]:
    """Yield each answer that nobody could have expected."""
    if not evidence.history.restores:  # else cursors of two ledgers have the same numbers
        yield from Auditor(evidence).differences()
