"""What gates note about a device on the venue's network reaches the organizer."""

from __future__ import annotations

import pytest

from gatekeeper.presenters.conflict_kinds import KINDS
from server.reconciliation.findings import ConflictKind
from shared.journal.entry import FALSE_PEER, NoteBody
from shared.kernel.instant import MINUTE
from tests.factories.ledger_office import LedgerOffice


@pytest.mark.either_database
async def test_who_was_noticed_by_whom_and_when_is_a_conflict_and_in_the_report(
    ledger_office: LedgerOffice,
) -> None:
    """One about each device, a side for each note; nobody's flood of notes is kept without end."""
    office = ledger_office
    gates = [await office.enrol(number) for number in (0, 1, 0)]
    false = gates[2]
    for gate in gates[:2]:
        office.office.clock.advance(MINUTE)
        gate.journal.add(NoteBody(FALSE_PEER, f"{false.id} flooding"), office.event_id, office.now)
        await office.exchanged(gate, gate.journal.entries)
    for text in (
        *(f"{gates[0].id} malformed",) * 99,
        "dv_of_nobody flooding",
        "",
        f"{false.id} A",
    ):
        false.journal.add(NoteBody(FALSE_PEER, text), office.event_id, office.now)
    await office.exchanged(false, false.journal.entries)
    path = f"{office.path}/conflicts?kind=false_peer&sort=opened_at"
    found = (await office.office.ok("GET", path, office.owner))["items"]
    assert [one["device_id"] for one in found] == [false.id, gates[0].id]
    assert found[0]["detail"] == "on the venue's network it does not behave like a gate: flooding"
    sides = [
        (await office.office.ok("GET", f"{office.path}/conflicts/{one['id']}", office.owner))[
            "sides"
        ]
        for one in found
    ]
    assert [side["device_id"] for side in sides[0]] == [gates[0].id, gates[1].id]
    assert all(side["entry_hash"] for side in sides[0])
    assert len(sides[1]) < 99
    report = await office.office.ok("GET", f"{office.path}/report", office.owner)
    (table,) = [one for one in report["tables"] if one["name"] == "false_devices"]
    assert table["columns"] == ["device", "noticed_by", "first", "last", "notes", "decided"]
    names = {gate.id: gate.id for gate in gates}
    listed = await office.office.ok("GET", f"{office.path}/devices", office.owner)
    names = {one["device_id"]: one["name"] for one in listed["items"]}
    assert [row[:2] for row in table["rows"]] == [
        [names[false.id], names[gates[0].id]],
        [names[false.id], names[gates[1].id]],
        [names[gates[0].id], names[false.id]],
    ]
    assert [(row[4], row[5]) for row in table["rows"][:2]] == [(1, "open")] * 2


def test_the_windows_have_words_for_every_conflict() -> None:
    """A kind that the server finds is told by name at the desk and at gates."""
    assert set(ConflictKind) == KINDS
