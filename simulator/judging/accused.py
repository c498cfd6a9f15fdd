"""Who is accused at a further event, against who came in there by its gates' own entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from shared.journal.entry import ScanBody
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.ledger_and_device_views import HeldEntry, LedgerConflict

OF_CLOCKS: Final = frozenset({"clock", "server_clock", "sold_twice"})
"""What a server's wrong clock says of others: a till that does not hear of it sells, it seems,
after its guests have come (decision 0111)."""


def check_doubles(
    evidence: EveningEvidence[Any, Any],
    conflicts: Iterable[LedgerConflict] | None = None,
    held: Iterable[HeldEntry] | None = None,
) -> Iterator[str]:
    """Yield each double that is not one conflict with all its sides, and each other accusation.

    Args:
        evidence: What was seen; also what was answered to the organizer and should not have been.
        conflicts: Those that nothing else explains; None for all of the ledger's.
        held: What is true of what devices have on record; None for all.
    """
    entries: dict[int, set[str]] = {}
    for one in evidence.held.values() if held is None else held:
        body = one.body
        is_entry = isinstance(body, ScanBody) and body.verdict == "admit"
        if isinstance(body, ScanBody) and is_entry and body.ticket_id is not None:
            entries.setdefault(body.ticket_id, set()).add(body.claim_id)
    said: dict[int, list[frozenset[str]]] = {}
    for conflict in evidence.ledger.conflicts if conflicts is None else conflicts:
        if conflict.kind == "double_use" and conflict.ticket_id is not None:
            if conflict.disposition != "withdrawn":
                said.setdefault(conflict.ticket_id, []).append(conflict.sides)
        elif evidence.has_true_server or conflict.kind not in OF_CLOCKS:
            yield f"conflict {conflict.kind} of {conflict.device_id}, and nothing of it happened"
    for ticket_id, claims in entries.items():
        found = said.get(ticket_id, [])
        expected = [claims] if len(claims) > 1 else []
        if [set(sides) for sides in found] != expected:
            yield f"ticket {ticket_id:016x}: {len(claims)} came in, {len(found)} conflicts"
    yield from evidence.wrong
