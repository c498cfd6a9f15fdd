"""A conflict names the passages that cannot all stand: no one less, and no one more."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest

from server.reconciliation.conflicts_and_sides import record_findings
from server.reconciliation.findings import ConflictKind, Finding, FindingSide
from shared.journal.entry import UndoBody
from shared.kernel.id_types import ClaimId, DeviceId
from shared.wire.feed import ConflictNotice
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.integration.server_sync.homes.test_homes import home_and_other, move

pytestmark = pytest.mark.either_database


async def sides_of(office: LedgerOffice) -> set[str]:
    """Name the devices that are sides of the one conflict, which is open."""
    (conflict,) = await office.conflicts()
    assert conflict["disposition"] == ""
    path = f"{office.path}/conflicts/{conflict['id']}"
    detail = await office.office.ok("GET", path, office.owner)
    return {side["device_id"] for side in detail["sides"]}


async def three_gates(office: LedgerOffice) -> list[GateDevice]:
    """Enrol three devices."""
    return [await office.enrol(n % 2) for n in range(3)]


async def test_grant_that_nobody_used_is_no_side_any_more(ledger_office: LedgerOffice) -> None:
    """Two gates let the same ticket in alone; a third was granted it and let nobody in."""
    granted, *alone = await three_gates(ledger_office)
    await ledger_office.claimed(granted, ledger_office.codes[0], "granted")
    for gate in alone:
        ledger_office.scan(gate, 0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert len(await sides_of(ledger_office)) == 3
    ledger_office.release(granted, ClaimId("granted"), 0)
    answer = await ledger_office.exchanged(granted, granted.journal.entries)
    assert answer.conflicts == 1
    assert await sides_of(ledger_office) == {gate.id for gate in alone}
    feed = await ledger_office.read_feed(granted)
    last = [item for item in feed if isinstance(item, ConflictNotice)][-1]
    assert len(last.claim_ids) == 2, "gates are told so"


async def test_admission_that_was_undone_is_no_side_any_more(ledger_office: LedgerOffice) -> None:
    """Three gates let a ticket in; one takes its admission back by the rules."""
    gates = await three_gates(ledger_office)
    scans = [ledger_office.scan(gate, 0) for gate in gates]
    for gate in gates:
        await ledger_office.exchanged(gate, gate.journal.entries)
    undo = UndoBody(scans[0].claim_id, ledger_office.tickets[0], "us_somebody", "turned back")
    gates[0].journal.add(undo, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(gates[0], gates[0].journal.entries)
    assert await sides_of(ledger_office) == {gate.id for gate in gates[1:]}


async def test_double_use_that_a_lost_home_joins_is_still_one(ledger_office: LedgerOffice) -> None:
    """Two gates have let a ticket in; then the home that was declared lost brings its entry."""
    home, other, _code = await home_and_other(ledger_office)
    third = await ledger_office.enrol(1)
    ledger_office.scan(home, 0, policy="home")
    await move(ledger_office, home, is_lost=True, reason="fell into the river")
    for gate in (other, third):
        ledger_office.scan(gate, 0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert [one["kind"] for one in await ledger_office.conflicts()] == ["double_use"]
    await ledger_office.exchanged(home, home.journal.entries)
    found = {one["kind"]: one["disposition"] for one in await ledger_office.conflicts()}
    assert found == {"home_lost": "", "double_use": "withdrawn"}


async def test_settled_double_use_is_no_news_until_somebody_joins_it(
    ledger_office: LedgerOffice,
) -> None:
    """An exit of one of the two opens nothing again; a third entry does."""
    gates = await three_gates(ledger_office)
    for gate in gates[:2]:
        ledger_office.scan(gate, 0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    path = f"{ledger_office.path}/conflicts/{conflict['id']}/disposition"
    settled = {"disposition": "let_stay", "note": ""}
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=settled)
    ledger_office.scan(gates[0], 0, direction="out", reason="exit")
    await ledger_office.exchanged(gates[0], gates[0].journal.entries)
    assert [one["disposition"] for one in await ledger_office.conflicts()] == ["let_stay"]
    feed = await ledger_office.read_feed(gates[0])
    told = [item for item in feed if isinstance(item, ConflictNotice)]
    assert told[-1].disposition == "let_stay", "gates do not hear of it as open either"
    ledger_office.scan(gates[2], 0)
    await ledger_office.exchanged(gates[2], gates[2].journal.entries)
    assert gates[2].id in await sides_of(ledger_office), "and it is open again"


async def test_device_that_steals_a_claim_id_makes_no_thief_of_its_owner(
    ledger_office: LedgerOffice,
) -> None:
    """Peers see claim ids: whoever uploads one first, each device takes back its own passage."""
    thief, owner, _ = await three_gates(ledger_office)
    ledger_office.scan(thief, 0, claim_id="seen")
    ledger_office.scan(owner, 0, claim_id="seen")
    for gate in (thief, owner):
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert await sides_of(ledger_office) == {thief.id, owner.id}
    undo = UndoBody(ClaimId("seen"), ledger_office.tickets[0], "us_somebody", "turned back")
    owner.journal.add(undo, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(owner, owner.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert (conflict["kind"], conflict["disposition"]) == ("double_use", "withdrawn")
    counts = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/checkins/counts", ledger_office.owner
    )
    assert counts["admitted"] == 1


async def test_side_of_one_conflict_is_none_of_another_found_with_it(
    ledger_office: LedgerOffice,
) -> None:
    """An entry that stands after all leaves the double use, though a payout contradicts it."""
    gates = await three_gates(ledger_office)
    at = ledger_office.now
    sides = [
        FindingSide(gate.id, DeviceId(gate.id), gate.gate_id, at, None, 1, "", "")
        for gate in gates
    ]
    double = Finding(kind=ConflictKind.DOUBLE_USE, subject="ticket/zone", sides=sides)
    paid = Finding(kind=ConflictKind.PAYOUT_AND_ENTRY, subject="ticket", sides=sides[:1])
    office = ledger_office.office
    place = (ledger_office.owner.organization_id, ledger_office.event_id)
    fewer = msgspec.structs.replace(double, sides=sides[1:])
    async with office.driving() as driver, driver.write(place[0]) as transaction:
        record = partial(record_findings, transaction, *place, now=at, entropy=office.entropy)
        await record([double])
        notices = await record([fewer, paid])
    assert [len(one.claim_ids) for one in notices] == [2, 1]
