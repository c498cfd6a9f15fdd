"""A device is revoked that holds tickets among gates: the ledger's word lets holders in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.lan_link import LanOptions
from gatekeeper.gate.asking_peers import LanPeers
from gatekeeper.lan.lan_verdict import LanAnswer
from server.devices.rosters import ROSTER_LOOK_EVERY
from shared.kernel.id_types import ClaimId, GateId, OccurrenceId, ZoneId
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.lan.claims import ClaimKey
from shared.lan.lan_timeouts_and_limits import LanSettings
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_gate
from tests.integration.lan.lanes import GENEROUS_MS, until

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
QUICK = LanSettings(
    hello_every=SECOND // 10,
    sync_every=SECOND // 10,
    gone_patience=Duration(500 * MILLISECOND),
)
LAN = LanOptions(host="127.0.0.1", budget_ms=5_000, settings=QUICK)
HELD = 3


@pytest.fixture
async def gates(ledger_office: LedgerOffice, tmp_path: Path) -> AsyncIterator[list[WiredGate]]:
    """Open three gates on one network that reach the server and hear each other."""
    office = ledger_office.office
    body = {"policy": {"offline_policy": "open", "claim_budget_ms": 5_000}}
    await office.ok("PATCH", ledger_office.path, ledger_office.owner, json=body)
    found = [
        await open_gate(ledger_office, tmp_path, place, clock=SystemClock(), lan=LAN)
        for place in (0, 1, 0)
    ]
    await office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    for gate in (*found, *found):
        await gate.sync()
    for gate in found:
        await gate.session.lan.renew()
    await until(lambda: all(gate.session.lan.live_of()[0] == 2 for gate in found))
    yield found
    for gate in found:
        await gate.session.close()


def peers_of(gate: WiredGate) -> LanPeers:
    """Return a gate's side of the venue's network."""
    peers = gate.session.lane.peers
    assert isinstance(peers, LanPeers)
    return peers


def key_of(office: LedgerOffice, ticket: int) -> ClaimKey:
    """Return the right of a ticket."""
    ticket_id, zone_id = office.tickets[ticket], ZoneId(office.zone_id)
    return ClaimKey(ticket_id=ticket_id, zone_id=zone_id, occurrence_id=OccurrenceId(""))


async def hold_tickets(office: LedgerOffice, hostile: WiredGate) -> None:
    """Claim tickets whose codes a device has not read, and never say what became of them."""
    peers = peers_of(hostile)
    for ticket in range(HELD):
        claim_id = ClaimId(f"{ticket:032x}")
        peers._at_work.add(claim_id)
        verdict = await peers.rung.claim(
            key_of(office, ticket),
            claim_id,
            1,
            gate_id=GateId(hostile.device.gate_id),
            at=SystemClock().wall(),
            budget_ms=GENEROUS_MS,
        )
        assert verdict.answer is LanAnswer.FREE


async def revoke(office: LedgerOffice, device: WiredGate, *others: WiredGate) -> None:
    """Take a device's word away, and let gates that reach the server hear of it."""
    path = f"{office.owner.path}/devices/{device.id}/revoke"
    await office.office.ok("POST", path, office.owner, json={"reason": "stolen"})
    office.office.clock.advance(ROSTER_LOOK_EVERY)
    for gate in others:
        gate.session.lan._renewed_at = None
        await gate.sync()
    rungs = [peers_of(gate).rung for gate in others]
    await until(lambda: all(device.id not in rung.peer.presence.keys for rung in rungs))


async def test_what_a_revoked_device_holds_keeps_nobody_out_where_the_ledger_has_answered(
    ledger_office: LedgerOffice, gates: list[WiredGate]
) -> None:
    """A thief of a gate: nothing that it does takes effect by itself after the revocation."""
    connected, cut_off, hostile = gates
    await hold_tickets(ledger_office, hostile)
    assert (await connected.scan(ledger_office.codes[0])).reason == "already_used"
    await revoke(ledger_office, hostile, connected, cut_off)
    await cut_off.cut()
    rung = peers_of(connected).rung
    await until(lambda: rung.has_left(hostile.session.store.journal.device_id))
    answer = await connected.scan(ledger_office.codes[0])
    assert (answer.reason, answer.mode) == ("ok", "online")
    assert (await connected.scan(ledger_office.codes[0])).reason == "already_used"
    answer = await cut_off.scan(ledger_office.codes[1])
    assert answer.reason == "already_used", "without the ledger's word a promise stands"
    connected.wire.is_cut = True
    assert connected.session.lane._uplink.may_ask, "it does not know yet"
    assert (await connected.scan(ledger_office.codes[1])).reason == "already_used"
    assert not [one for one in await ledger_office.conflicts() if one["kind"] != "clock"]
