"""I1: nothing forged, altered, out of scope or foreign is admitted, and nothing superseded."""

from __future__ import annotations

from collections.abc import Iterator

from shared.kernel.ids import format_ticket_id
from simulator.checkers.superseded_codes import find_superseded
from simulator.history import CodeKind
from simulator.judging.evidence import Evidence


def check_forgery(evidence: Evidence) -> Iterator[str]:
    """Yield each admission that should not have been."""
    for scan in evidence.history.greens:
        answer, code = scan.answer, scan.code
        assert answer is not None
        if code.kind is not CodeKind.GENUINE:
            yield f"scan {scan.number} at {scan.node}: a {code.kind} code was admitted"
        elif code.ticket_id is None or answer.ticket_id != format_ticket_id(code.ticket_id):
            yield f"scan {scan.number} at {scan.node}: admitted as ticket {answer.ticket_id}"
    yield from find_superseded(evidence)
