"""I8: a void that a device has synced is never admitted."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.evidence import Evidence
from simulator.judging.truth import had_synced, know_acts, ledger_place
from simulator.judging.zone_limits import WORDS


def check_voids(evidence: Evidence) -> Iterator[str]:
    """Yield each admission of a ticket whose void the decider knew."""
    place = ledger_place(evidence)
    for passage in evidence.passages:
        body, entry = passage.body, passage.held.entry
        if body.direction != "in":
            continue
        for act in know_acts(evidence, body.ticket_id, "void"):
            if had_synced(entry, act):
                yield (
                    f"{passage.node} seq {entry.seq}: admitted at cursor {entry.cursor}, void"
                    f" since {act.sequence}"
                )
            # A ledger that was put back posts again what the one before had granted.
            use = evidence.ledger.uses.get(body.claim_id)
            is_granted = use is not None and use.source in WORDS
            granted = place.get(body.claim_id)
            if is_granted and granted is not None and granted > act.sequence:
                yield (
                    f"{passage.node} seq {entry.seq}: granted at {granted}, void since"
                    f" {act.sequence}"
                )
