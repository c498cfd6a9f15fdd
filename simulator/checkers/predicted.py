"""The auditor's predictions, and that nobody is turned away as used for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.entry import ReleaseBody, ScanBody
from simulator.history import CodeKind
from simulator.judging.auditor import Auditor
from simulator.judging.evidence import Evidence


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
    _add_claims_given_up(evidence, touched)
    for scan in evidence.history.scans:
        answer, ticket_id = scan.answer, scan.code.ticket_id
        if answer is None or answer.reason != "already_used" or ticket_id is None:
            continue
        if scan.code.kind is not CodeKind.GENUINE or scan.count > scan.code.persons:
            continue
        if not touched.get(ticket_id, set()) - {answer.claim_id}:
            yield f"scan {scan.number} at {scan.node}: turned away as used, by nobody"


def _add_claims_given_up(evidence: Evidence, touched: dict[int, set[str]]) -> None:
    """Add what was held for a moment and came to nothing.

    A grant of a ledger that was put back stands nowhere but in the release of its claim; a claim
    that peers counted while it was open may have ended in a denial.
    """
    ends = ReleaseBody if evidence.scenario.hello_every is None else ReleaseBody | ScanBody
    for device in evidence.devices:
        for held in device.entries:
            body = held.body
            if isinstance(body, ends) and body.ticket_id:
                touched.setdefault(body.ticket_id, set()).add(body.claim_id)
