"""What peers alone tell of a holder goes to the ledger, which says whether it keeps them out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from command_line.clock_and_randomness import SystemClock
from gatekeeper.device.lan_link import LanOptions
from server.db.rate_limit_over_workers import RateLimit
from server.db.tenancy import SYSTEM
from shared.admission.pace import BURST, PACE_DEFAULT
from shared.journal.entry import ScanBody
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import MINUTE
from shared.manifest.case_of_shown_code import Case
from shared.manifest.seen_codes import prove_manual, seen_word
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.wired_gates import WiredGate, open_gate
from tests.integration.lan.lanes import until

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


@pytest.fixture
async def pair(
    ledger_office: LedgerOffice, tmp_path: Path
) -> AsyncIterator[tuple[WiredGate, WiredGate]]:
    """Open two gates on one network: one reaches the server, the other has just been cut off."""
    office = ledger_office.office
    body = {"policy": {"offline_policy": "open", "claim_budget_ms": 5_000}}
    await office.ok("PATCH", ledger_office.path, ledger_office.owner, json=body)
    lan, clock = LanOptions(host="127.0.0.1", budget_ms=5_000), SystemClock()
    gates = [
        await open_gate(ledger_office, tmp_path, place, clock=clock, lan=lan) for place in (0, 1)
    ]
    await office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    for gate in (*gates, *gates):
        await gate.sync()
    for gate in gates:
        await gate.session.lan.renew()
    await until(lambda: all(gate.session.lan.live_of()[0] for gate in gates))
    connected, cut_off = gates
    await cut_off.cut()
    yield connected, cut_off
    for gate in gates:
        await gate.session.close()


def say_that_they_came(office: LedgerOffice, hostile: WiredGate, ticket_id: TicketId) -> None:
    """Tell peers of an entry by a manual code that stands in the list, and that nobody typed."""
    session, claim_id = hostile.session, ClaimId("ab" * 16)
    event = session.knowledge.event
    row = None if event is None else event.find(ticket_id)
    code = None if event is None or row is None else event.find_code(row)
    assert code is not None
    word = seen_word(office.event_id, DeviceId(hostile.id), claim_id)
    body = ScanBody(
        claim_id=claim_id,
        gate_id=GateId(hostile.device.gate_id),
        zone_id=ZoneId(office.zone_id),
        occurrence_id=OccurrenceId(""),
        direction="in",
        count=1,
        ticket_id=ticket_id,
        generation=None,
        key_id=None,
        code_hash=bytes(16),
        verdict="admit",
        reason="ok",
        mode="offline",
        seen=prove_manual(word, code),
    )
    with session.store.transaction("made up"):
        stamp = session._recorder.stamp()
        session.store.journal.append(body, stamp, event_id=EventId(office.event_id))
    session.lane.peers.announce()


def has_heard(gate: WiredGate, ticket_id: TicketId) -> bool:
    """Whether a gate has a passage of a ticket on record."""
    return bool(gate.session.store.uses.records_of(ticket_id))


async def test_who_came_in_at_a_cut_off_gate_is_kept_out_by_the_ledgers_own_word(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate]
) -> None:
    """A copy next door: the gate brings what it has heard before it asks."""
    connected, cut_off = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    assert (await cut_off.scan(code)).verdict == "admit"
    await until(lambda: has_heard(connected, ticket_id))
    answer = await connected.scan(code)
    assert (answer.reason, answer.mode) == ("already_used", "online")
    assert answer.used is not None
    assert answer.used.gate_id == cut_off.device.gate_id
    assert await rows_of(ledger_office.office, "SELECT device_id FROM ticket_use") == [
        (cut_off.id,)
    ]
    assert not [one for one in await ledger_office.conflicts() if one["kind"] != "clock"]


async def test_what_a_peer_has_read_from_its_list_turns_nobody_away_beyond_a_lanes_pace(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate]
) -> None:
    """Peers believe it for themselves; the ledger does not, and its word stands."""
    honest, hostile = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    at_once = ledger_office.now + BURST * (MINUTE // PACE_DEFAULT)
    async with ledger_office.office.database.write(org=SYSTEM) as session:
        session.add(RateLimit(key=f"typed:{hostile.id}:{ledger_office.event_id}", tat=at_once))
    say_that_they_came(ledger_office, hostile, ticket_id)
    await until(lambda: has_heard(honest, ticket_id))
    answer = await honest.scan(code)
    assert (answer.reason, answer.mode) == ("ok", "online")
    assert (await honest.scan(code)).reason == "already_used"
    kinds = [one["kind"] for one in await ledger_office.conflicts()]
    assert "too_fast" in kinds, "and its device is named"


async def test_what_peers_tell_counts_where_the_ledger_does_not_answer(
    ledger_office: LedgerOffice, pair: tuple[WiredGate, WiredGate]
) -> None:
    """Without its word nobody knows better."""
    honest, hostile = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    say_that_they_came(ledger_office, hostile, ticket_id)
    await until(lambda: has_heard(honest, ticket_id))
    honest.wire.is_cut = True
    assert honest.session.lane._uplink.may_ask, "it does not know yet"
    assert (await honest.scan(code)).reason == "already_used"


async def test_what_was_left_to_the_ledger_counts_where_it_is_lost_before_it_was_asked(
    ledger_office: LedgerOffice,
    pair: tuple[WiredGate, WiredGate],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Another lane's claim runs out of time in between: the gate is cut off, and knows of them."""
    connected, cut_off = pair
    code, ticket_id = ledger_office.codes[0], ledger_office.tickets[0]
    assert (await cut_off.scan(code)).verdict == "admit"
    await until(lambda: has_heard(connected, ticket_id))
    peers = connected.session.lane.peers
    bring = peers.bring

    async def bring_and_lose(case: Case) -> frozenset[str]:
        brought = await bring(case)
        assert brought, "the ledger holds the entry"
        await connected.cut()
        return brought

    monkeypatch.setattr(peers, "bring", bring_and_lose)
    answer = await connected.scan(code)
    assert (answer.verdict, answer.reason) == ("deny", "already_used")
