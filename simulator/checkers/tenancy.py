"""I10: nobody reads or writes another organization's data."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.judging.evidence import Evidence


def check_tenancy(evidence: Evidence) -> Iterator[str]:
    """Yield each question of a stranger's that was answered."""
    for probe in evidence.history.probes:
        if probe.leaked:
            yield f"a stranger asked {probe.what} and got {probe.status}: {probe.leaked}"
    own = {device.device_id for device in evidence.devices}
    for use in evidence.ledger.uses.values():
        if use.device_id not in own:
            yield f"claim {use.claim_id} was recorded for the stranger {use.device_id}"
