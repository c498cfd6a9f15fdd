"""Exits where nobody leaves who was not seen coming: each who was let in goes out once."""

from __future__ import annotations

from typing import Any

import pytest

from shared.admission.reasons import Reason
from tests.factories.ledger_office import GateDevice, LedgerOffice


async def be_strict(office: LedgerOffice, capacity: int = 50) -> None:
    """Let nobody out of the zone who is not recorded inside."""
    body = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "strict_anti_passback": True,
        "capacity": capacity,
    }
    zone = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", zone, office.owner, json=body)


async def inside(office: LedgerOffice) -> tuple[int, int]:
    """Count who is inside as the board says, and by the counts beside the check-ins."""
    live = await office.office.ok("GET", f"{office.path}/live", office.owner)
    counts = await office.office.ok("GET", f"{office.path}/checkins/counts", office.owner)
    return live["inside"], counts["zones"][0]["inside"]


async def leave(office: LedgerOffice, device: GateDevice, ticket: int = 0) -> str:
    """Claim an exit."""
    answer = await office.claimed(device, office.codes[ticket], direction="out")
    return str(answer["reason"])


@pytest.mark.either_database
@pytest.mark.parametrize("by_override", [False, True])
async def test_two_who_came_in_on_one_ticket_both_leave(
    ledger_office: LedgerOffice, *, by_override: bool
) -> None:
    """By a supervisor's word, or cut off and found later: the board counts nobody who left."""
    office = ledger_office
    await be_strict(office)
    north, south = await office.enrol(0), await office.enrol(1)
    assert (await office.claimed(north, office.codes[0]))["reason"] == "ok"
    changed: dict[str, Any] = {}
    if by_override:
        changed = {"reason": Reason.OVERRIDE.value, "person": "sv", "why": "other"}
    office.scan(south, 0, **changed)
    await office.exchanged(south, south.journal.entries)
    assert await inside(office) == (2, 2)

    assert [await leave(office, north), await leave(office, south)] == ["exit", "exit"]
    assert await inside(office) == (0, 0)
    assert await leave(office, north) == "not_inside"


async def test_a_place_is_free_for_each_who_left(ledger_office: LedgerOffice) -> None:
    """The room that two took on one ticket is free again when both have gone out."""
    office = ledger_office
    await be_strict(office, capacity=2)
    north, south = await office.enrol(0, role="scanner"), await office.enrol(1)
    assert (await office.claimed(north, office.codes[0]))["reason"] == "ok"
    office.scan(south, 0)
    await office.exchanged(south, south.journal.entries)
    assert (await office.claimed(north, office.codes[1]))["reason"] == "capacity_full"
    assert [await leave(office, north), await leave(office, north)] == ["exit", "exit"]
    assert (await office.claimed(north, office.codes[1]))["reason"] == "ok"
    assert (await office.claimed(north, office.codes[2]))["reason"] == "ok"
    assert (await office.claimed(north, office.codes[3]))["reason"] == "capacity_full"
