"""Nobody comes in by an older code of a ticket, as far as the gate knew of a newer one.

It knew as far as the device had synced, or had itself seen a higher generation verified.
"""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.entry import ScanBody
from simulator.judging.evidence import Evidence
from simulator.judging.truth import had_synced, know_acts, ledger_place


def find_superseded(evidence: Evidence) -> Iterator[str]:
    """Yield each admission by a code that had been replaced, and whose gate knew."""
    yield from _superseded(evidence)
    yield from _outdone_here(evidence)


def _superseded(evidence: Evidence) -> Iterator[str]:
    place = ledger_place(evidence)
    for passage in evidence.passages:
        body, entry = passage.body, passage.held.entry
        if body.direction != "in" or body.generation is None:
            continue
        for act in know_acts(evidence, body.ticket_id, "reissue"):
            if act.generation <= body.generation:
                continue
            if had_synced(entry, act):
                yield (
                    f"{passage.node} seq {entry.seq}: generation {body.generation} admitted at"
                    f" cursor {entry.cursor}, reissued at {act.sequence}"
                )
            granted = place.get(body.claim_id)
            if body.mode == "online" and granted is not None and granted > act.sequence:
                yield (
                    f"{passage.node} seq {entry.seq}: generation {body.generation} granted at"
                    f" {granted}, reissued at {act.sequence}"
                )


def _outdone_here(evidence: Evidence) -> Iterator[str]:
    for device in evidence.devices:
        highest: dict[int, int] = {}
        for held in device.entries:
            body = held.body
            if not isinstance(body, ScanBody) or body.ticket_id is None:
                continue
            if body.generation is None or body.verdict != "admit":
                continue
            best = highest.get(body.ticket_id, body.generation)
            if body.direction == "in" and body.generation < best:
                yield (
                    f"{device.node} seq {held.entry.seq}: generation {body.generation} admitted"
                    f" after it had admitted generation {best}"
                )
            highest[body.ticket_id] = max(best, body.generation)
