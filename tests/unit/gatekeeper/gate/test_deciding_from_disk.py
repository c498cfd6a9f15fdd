"""What a gate finds on its own: which uses and holds count against a claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.deciding_from_disk import find_locally
from shared.admission.facts import Direction
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import Duration
from shared.lan.claims import Hold, HoldState
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import NORTH, TicketOffice

CLAIM = ClaimId("0123456789abcdef" * 2)


@pytest.mark.parametrize(
    ("device_id", "claim_id", "reason"),
    [
        ("dv_north", CLAIM, "ok"),
        ("dv_north", CLAIM[::-1], "already_used"),
        ("dv_south", CLAIM, "already_used"),
    ],
)
async def test_a_hold_counts_unless_it_is_the_ledgers_grant_of_this_very_claim(
    tmp_path: Path, device_id: DeviceId, claim_id: ClaimId, reason: str
) -> None:
    """The feed may tell of the grant, to this gate or to a peer, before the answer arrives."""
    office = TicketOffice()
    code = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    event, gate = device.knowledge.event, device.lane.gate()
    assert event is not None
    assert gate is not None
    now = device.gate_clock.now()
    attempt = Attempt(
        presented=device.lane.tags.take(code, event),
        claim_id=CLAIM,
        direction=Direction.IN,
        count=1,
        at=now,
        started=Duration(0),
    )
    hold = Hold(
        device_id=device_id,
        claim_id=claim_id,
        gate_id=NORTH,
        count=1,
        at=now,
        state=HoldState.USED,
    )

    case = find_locally(event, device.store.uses, gate, attempt, [hold])

    assert case.decision.reason == reason
