"""What the organizer's board and reports count is what devices have on record, each once."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.evidence import Evidence
from simulator.judging.running_counts import wrong_counts


def check_counts(evidence: Evidence) -> Iterator[str]:
    """Yield each count that is another one than the records come to.

    What a device has on record that nobody can look into is taken from the ledger.
    """
    seen = {device.device_id for device in evidence.devices}
    entries = [one for device in evidence.devices for one in device.entries]
    for device_id, held in evidence.ledger.entries.items():
        if device_id not in seen:
            entries += held.values()
    venue = evidence.venue
    yield from wrong_counts(entries, evidence.ledger, venue.event_id, venue.gate_ids)
