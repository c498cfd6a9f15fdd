"""What a gate finds on its own: which uses and holds count against a claim."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gatekeeper.gate.attempt import Attempt
from gatekeeper.gate.deciding_by_itself import find_locally
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.gate.requests import Scan
from shared.admission.facts import Direction
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import SECOND, Duration, Instant
from shared.lan.claims import Hold, HoldState
from shared.manifest.event_config import GateConfig
from tests.factories.gate_device import GateDevice
from tests.factories.gate_event import GROUP, NORTH, TicketOffice

CLAIM = ClaimId("0123456789abcdef" * 2)


def _ask(
    device: GateDevice, code: str, count: int = 1
) -> tuple[EventKnowledge, GateConfig, Attempt]:
    event, gate = device.knowledge.event, device.lane.gate()
    assert event is not None
    assert gate is not None
    attempt = Attempt(
        presented=device.lane.tags.take(code, event),
        claim_id=CLAIM,
        direction=Direction.IN,
        count=count,
        at=device.gate_clock.now(),
        started=Duration(0),
    )
    return event, gate, attempt


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
    event, gate, attempt = _ask(device, code)
    hold = Hold(
        device_id=device_id,
        claim_id=claim_id,
        gate_id=NORTH,
        count=1,
        at=attempt.at,
        state=HoldState.USED,
    )

    case = find_locally(event, device.store.uses, gate, attempt, [hold])

    assert case.decision.reason == reason


async def test_who_was_let_in_a_moment_ago_by_a_clock_that_is_behind_is_not_outside_again(
    tmp_path: Path,
) -> None:
    """A peer's entry was heard, and is not on this disk yet: it comes after the exit before it."""
    office = TicketOffice()
    code = office.sell()
    device = GateDevice(tmp_path, office)
    await device.publish()
    assert (await device.lane.scan(Scan(code))).verdict == "admit"
    assert (await device.lane.scan(Scan(code, direction=Direction.OUT))).reason == "exit"
    event, gate, attempt = _ask(device, code)
    held = Hold(
        device_id=DeviceId("dv_south"),
        claim_id=ClaimId(CLAIM[::-1]),
        gate_id=NORTH,
        count=1,
        at=Instant(attempt.at - SECOND),
        state=HoldState.USED,
    )

    assert find_locally(event, device.store.uses, gate, attempt).decision.reason == "reentry"
    case = find_locally(event, device.store.uses, gate, attempt, [held])
    assert case.decision.reason == "already_used"


async def test_a_use_counts_once_though_a_peer_and_its_entry_tell_of_it(tmp_path: Path) -> None:
    """Two of five are in by another gate, whose entry is on its way here: three may come."""
    office = TicketOffice()
    code = office.sell(GROUP)
    device = GateDevice(tmp_path, office)
    await device.publish()
    event, gate, attempt = _ask(device, code, count=3)
    told = Hold(
        device_id=DeviceId("dv_south"),
        claim_id=ClaimId(CLAIM[::-1]),
        gate_id=NORTH,
        count=2,
        at=attempt.at,
        state=HoldState.OPEN,
    )
    heard = msgspec.structs.replace(told, state=HoldState.USED)
    case = find_locally(event, device.store.uses, gate, attempt, [told, heard])
    assert (case.decision.reason, case.decision.remaining) == ("ok", 0)
