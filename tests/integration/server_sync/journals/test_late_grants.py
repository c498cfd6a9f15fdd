"""A claim that hung on its way is granted when it comes; its gate let the holder pass before.

A cable that is mended within minutes, and a server that stood still, bring it late. By then
whoever came in by it may have left elsewhere, or who left by it come back.
"""

from __future__ import annotations

import pytest

from shared.kernel.id_types import ClaimId, ZoneId
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration
from shared.wire.feed import Use
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.zone_limits import limit_zone
from tests.integration.server_sync.journals.test_order import allow_reentry, passes, record

HUNG = ClaimId("ab" * 16)
ERROR = 20 * MILLISECOND


def let_pass(
    office: LedgerOffice, gate: GateDevice, direction: str, mode: str = "offline"
) -> None:
    """Let a gate whose claim is not answered let the holder pass, and write that down."""
    seen = office.prove(gate, office.codes[0], HUNG)
    office.scan(
        gate, 0, claim_id=HUNG, direction=direction, mode=mode, seen=seen, offset_error=ERROR
    )


async def arrive(office: LedgerOffice, gate: GateDevice, direction: str) -> None:
    """Let what hung come: the claim, which is granted, and a moment later the journal."""
    answer = await office.claimed(gate, office.codes[0], HUNG, direction=direction)
    assert answer["verdict"] == "admit"
    office.office.clock.advance(SECOND)
    await office.exchanged(gate, gate.journal.entries)


async def test_who_has_left_by_another_gate_meanwhile_comes_in_again(
    ledger_office: LedgerOffice,
) -> None:
    """The ledger held that they came in after they had left, and let nobody in any more."""
    office = ledger_office
    await allow_reentry(office)
    cut, other = await office.enrol(0), await office.enrol(1)
    begun = office.now
    let_pass(office, cut, "in")
    office.office.clock.advance(MINUTE)
    assert await passes(office, other, "out") == "exit"
    office.office.clock.advance(MINUTE)
    await arrive(office, cut, "in")
    told = [one for one in await office.read_feed(other) if isinstance(one, Use)]
    assert {one.claim_id: one.at for one in told}[HUNG] == begun, "as gates fold it"
    assert await passes(office, other) == "reentry"
    assert await passes(office, cut) == "already_used"
    assert await office.conflicts() == []


async def test_no_copy_comes_in_behind_an_exit_of_before_the_holder_came_back(
    ledger_office: LedgerOffice,
) -> None:
    """Two gates are cut off; by one the holder goes out, by the other in; then all is heard."""
    office = ledger_office
    await allow_reentry(office)
    cut, other, third = [await office.enrol(gate) for gate in (0, 1, 0)]
    assert await passes(office, other) == "ok"
    office.office.clock.advance(MINUTE)
    let_pass(office, cut, "out")
    office.office.clock.advance(MINUTE)
    record(office, other, "in")
    office.office.clock.advance(MINUTE)
    await arrive(office, cut, "out")
    await office.exchanged(other, other.journal.entries)
    assert await passes(office, third) == "already_used"
    assert await office.conflicts() == []


@pytest.mark.parametrize(
    ("mode", "late"), [("online", MINUTE), ("offline", ERROR)], ids=["heard", "within the bound"]
)
async def test_a_grant_keeps_its_place_that_was_heard_or_may_have_come_first(
    ledger_office: LedgerOffice, mode: str, late: Duration
) -> None:
    """Nothing is told of it a second time."""
    office = ledger_office
    await allow_reentry(office)
    gate = await office.enrol(0)
    let_pass(office, gate, "in", mode)
    office.office.clock.advance(late)
    at = office.now
    await arrive(office, gate, "in")
    told = [one for one in await office.read_feed(gate) if isinstance(one, Use)]
    assert [(one.claim_id, one.at) for one in told] == [(HUNG, at)]


async def lead_elsewhere(office: LedgerOffice, capacity: int = 500) -> ZoneId:
    """Let the first gate lead into a new zone."""
    body = {"name": "Yard", "occurrence_id": office.occurrence_id, "capacity": capacity}
    yard = await office.office.ok("POST", f"{office.path}/zones", office.owner, json=body)
    led = {"name": "North", "zone_id": yard["id"]}
    path = f"{office.path}/gates/{office.gates[0]}"
    await office.office.ok("PUT", path, office.owner, json=led)
    return ZoneId(yard["id"])


@pytest.mark.parametrize("late", [MINUTE, ERROR], ids=["surely late", "within the bound"])
async def test_who_came_in_before_their_gate_led_elsewhere_is_in_that_zone(
    ledger_office: LedgerOffice, late: Duration
) -> None:
    """The ledger held them in the zone of today: a copy came into theirs, and nobody was told."""
    office = ledger_office
    cut, beside = await office.enrol(0), await office.enrol(1)
    let_pass(office, cut, "in")
    office.office.clock.advance(late)
    await lead_elsewhere(office)
    await arrive(office, cut, "in")
    told = [one for one in await office.read_feed(beside) if isinstance(one, Use)]
    assert [one.zone_id for one in told][-1:] == [office.zone_id], "as gates fold it"
    assert await passes(office, beside) == "already_used"
    assert await passes(office, await office.enrol(0)) == "ok", "nobody is in the yard yet"
    assert await office.conflicts() == []


async def test_no_device_moves_a_grant_into_a_zone_where_it_never_was(
    ledger_office: LedgerOffice,
) -> None:
    """It could spend tickets, and have them let in at their own zone once more."""
    office = ledger_office
    gate, beside = await office.enrol(0), await office.enrol(1)
    body = {"name": "Lounge", "occurrence_id": office.occurrence_id, "capacity": 500}
    lounge = await office.office.ok("POST", f"{office.path}/zones", office.owner, json=body)
    office.scan(gate, 0, claim_id=HUNG, mode="offline", zone_id=lounge["id"], offset_error=ERROR)
    office.office.clock.advance(MINUTE)
    await arrive(office, gate, "in")
    told = [one for one in await office.read_feed(beside) if isinstance(one, Use)]
    assert [one.zone_id for one in told] == [office.zone_id]
    assert await passes(office, beside) == "already_used"


async def test_a_heard_grant_is_charged_to_the_share_of_the_zone_that_its_gate_knew(
    ledger_office: LedgerOffice,
) -> None:
    """The ledger charged the share of the new zone, its device the old one's: one too many."""
    office = ledger_office
    await limit_zone(office, 8)
    gate = await office.enrol(0)
    await office.exchanged(gate)
    yard = await lead_elsewhere(office, capacity=4)
    await office.exchanged(gate)  # it holds two places of the new zone now
    for ticket in (1, 2):
        assert (await office.claimed(gate, office.codes[ticket]))["verdict"] == "admit"
    answer = await office.claimed(gate, office.codes[0], HUNG, allotted=1)
    assert (answer["verdict"], answer["allotted"]) == ("admit", 1)
    office.scan(gate, 0, claim_id=HUNG, mode="online", allotted=1, zone_id=office.zone_id)
    await office.exchanged(gate, gate.journal.entries)
    for ticket in (4, 5):
        office.scan(gate, ticket, mode="offline", allotted=1, zone_id=yard)
    await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []
