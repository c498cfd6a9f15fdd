"""The auditor's predictions, and that nobody is turned away as used for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.evidence import Evidence
from simulator.history import CodeKind
from simulator.model import Auditor


def check_predictions(evidence: Evidence) -> Iterator[str]:
    """Yield each answer that nobody could have expected."""
    if not evidence.history.restores:  # else cursors of two ledgers have the same numbers
        yield from Auditor(evidence).differences()
    yield from _turned_away_for_nothing(evidence)


def _turned_away_for_nothing(evidence: Evidence) -> Iterator[str]:
    """A ticket is said to be used only where somebody used it or was about to."""
    touched: dict[int, set[str]] = {}
    for use in evidence.ledger.uses.values():
        touched.setdefault(use.ticket_id, set()).add(use.claim_id)
    for passage in evidence.passages:
        if passage.body.ticket_id is not None:
            touched.setdefault(passage.body.ticket_id, set()).add(passage.body.claim_id)
    for scan in evidence.history.scans:
        answer, ticket_id = scan.answer, scan.code.ticket_id
        if answer is None or answer.reason != "already_used" or ticket_id is None:
            continue
        if scan.code.kind is not CodeKind.GENUINE or scan.count > scan.code.persons:
            continue
        if not touched.get(ticket_id, set()) - {answer.claim_id}:
            yield f"scan {scan.number} at {scan.node}: turned away as used, by nobody"
