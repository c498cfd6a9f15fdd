"""A code that is replaced is the one that was meant: the newest one stays whose holder has it.

Two people at the office, or one who had no answer, may replace the same lost code. Whoever was
given the new one by the first of them comes with it, and is turned away where it was replaced too.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.evidence import Evidence


def check_reissues(evidence: Evidence) -> Iterator[str]:
    """Yield each ticket of which another code was replaced than the office had named."""
    for act in evidence.history.acts:
        if act.replaced is not None and act.generation != act.replaced + 1:
            yield (
                f"ticket {act.ticket_id:016x}: generation {act.replaced} was to be replaced, and"
                f" {act.generation} came of it"
            )
