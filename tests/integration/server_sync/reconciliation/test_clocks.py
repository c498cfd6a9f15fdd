"""Devices whose clocks cannot be right are named, once for each jump, with what they signed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from server.journals.ingest import Ingested, ingest
from shared.journal.chain import decode_entry
from shared.journal.entry import NoteBody
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Instant
from shared.wire.feed import ConflictNotice
from tests.factories.ledger_office import GateDevice, LedgerOffice


async def clock_conflicts(office: LedgerOffice) -> list[dict[str, Any]]:
    """List the conflicts about clocks."""
    path = f"{office.path}/conflicts?kind=clock"
    found = await office.office.ok("GET", path, office.owner)
    items: list[dict[str, Any]] = found["items"]
    return items


async def later(office: LedgerOffice, device: GateDevice) -> None:
    """Let time pass, and send whatever the device has written."""
    office.office.clock.advance(MINUTE)
    await office.exchanged(device, device.journal.entries)


async def test_each_jump_is_one_conflict_with_both_entries(ledger_office: LedgerOffice) -> None:
    """Noted by the device or not; sent again, or followed by more of the same, it is no other."""
    office = ledger_office
    gate = await office.enrol()
    journal = gate.journal
    await later(office, gate)
    office.scan(gate, 0)
    journal.began -= HOUR  # from here on its clock is an hour slow
    note = NoteBody("clock_jump", "the machine's clock jumped by -3600000 ms")
    journal.add(note, EventId(""), office.now - HOUR, offset=HOUR, monotonic=3 * MINUTE)
    await later(office, gate)
    (jump,) = await clock_conflicts(office)
    assert (jump["device_id"], jump["detail"]) == (gate.id, "the device's clock jumped")
    shown = await office.office.ok("GET", f"{office.path}/conflicts/{jump['id']}", office.owner)
    assert [side["device_id"] for side in shown["sides"]] == [gate.id] * len(shown["sides"])
    for number in (1, 2):
        journal.add(
            note, EventId(""), office.now - HOUR, offset=HOUR, monotonic=4 * MINUTE + number
        )
    await later(office, gate)
    assert len(await clock_conflicts(office)) == 1
    journal.add(note, EventId(""), office.now, monotonic=5 * MINUTE)
    await later(office, gate)
    await later(office, gate)
    assert len(await clock_conflicts(office)) == 2
    told = {
        item.conflict_id
        for item in await office.read_feed(gate)
        if isinstance(item, ConflictNotice) and item.kind == "clock"
    }
    assert told == {one["id"] for one in await clock_conflicts(office)}


@pytest.mark.either_database
@pytest.mark.parametrize("away", [HOUR, -2 * DAY])
async def test_times_that_cannot_be_are_named_and_corrected(
    ledger_office: LedgerOffice, away: int
) -> None:
    """After the receipt or before the enrolment: one conflict however many; the use stands."""
    office = ledger_office
    gate = await office.enrol()
    for ticket in range(3):
        office.scan(gate, ticket, wall=Instant(office.now + away + ticket * SECOND))
    await office.exchanged(gate, gate.journal.entries)
    (found,) = await clock_conflicts(office)
    assert found["device_id"] == gate.id
    shown = await office.office.ok("GET", f"{office.path}/conflicts/{found['id']}", office.owner)
    (side,) = shown["sides"]
    entry = decode_entry(base64.b64decode(side["entry"]))
    assert entry.wall == office.now + away
    other = await office.enrol(1)
    assert (await office.claimed(other, office.codes[0]))["reason"] == "already_used"


async def test_an_alarm_about_another_s_event_is_shown_at_the_device_s_own(
    ledger_office: LedgerOffice,
) -> None:
    """What names an event that is none of the organization's is told where somebody looks."""
    office = ledger_office
    gate = await office.enrol()
    office.scan(gate, 0, wall=office.now + HOUR, event_id="ev_of_nobody")
    await office.exchanged(gate, gate.journal.entries)
    assert len(await clock_conflicts(office)) == 1


@pytest.mark.either_database
@pytest.mark.parametrize("uploads", [1, 3])
async def test_a_clock_that_is_set_back_lets_nobody_in_twice(
    ledger_office: LedgerOffice, uploads: int
) -> None:
    """Who went out by a fast clock and came in by the right one is inside, and no double use."""
    office = ledger_office
    path = f"{office.path}/zones/{office.zone_id}"
    terms = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    await office.office.ok("PUT", path, office.owner, json=terms)
    north, south = await office.enrol(), await office.enrol(1)
    fast = {"wall": office.now + HOUR, "offset_error": None}
    office.scan(north, 0, **fast)
    office.scan(north, 0, direction="out", reason="exit", **fast)
    office.scan(north, 0, reason="reentry", wall=office.now + SECOND)
    office.office.clock.advance(MINUTE)
    entries = north.journal.entries
    for upload in range(uploads):
        part = entries[: 2 + upload] if upload + 1 < uploads else entries
        await office.exchanged(north, part)
    assert [one["kind"] for one in await office.conflicts()] == ["clock"]
    assert (await office.claimed(south, office.codes[0]))["reason"] == "already_used"
    office.scan(north, 0, direction="out", reason="exit", wall=office.now)
    await office.exchanged(north, entries)
    assert (await office.claimed(south, office.codes[0]))["reason"] == "reentry"


@pytest.mark.either_database
@pytest.mark.parametrize("ahead", [HOUR + MINUTE, 0])
async def test_servers_clock_that_went_back_is_named_and_no_device_is_accused(
    ledger_office: LedgerOffice, ahead: int
) -> None:
    """One conflict of the event and day, however many gates; what they bring stands.

    They went on by the time of before, cut off for a minute, or have heard the new one already,
    which is before they were enrolled.
    """
    office = ledger_office
    gates = [await office.enrol(0), await office.enrol(1)]
    office.office.clock.step_wall(-HOUR)
    for number, gate in enumerate(gates):
        office.scan(gate, number, wall=Instant(office.now + ahead))
        await office.exchanged(gate, gate.journal.entries)
    office.office.clock.step_wall(HOUR)
    (found,) = await office.conflicts()
    assert (found["kind"], found["device_id"]) == ("server_clock", "")
    assert "set back by 3600 s" in found["detail"]
    office.scan(gates[0], 2)
    await office.exchanged(gates[0], gates[0].journal.entries)
    assert [one["kind"] for one in await office.conflicts()] == ["server_clock"]


@pytest.mark.either_database
async def test_an_upload_that_waited_long_accuses_no_clock(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its device was heard of meanwhile, as is noted by itself: later than the upload had come."""
    office = ledger_office
    gate = await office.enrol()
    heard = statement("UPDATE device SET last_seen_at = $1 WHERE id = $2 AND organization_id = $3")

    async def ingest_late(transaction: Transaction, *upload: Any) -> Ingested:
        office.office.clock.advance(MINUTE)
        who = (gate.id, office.owner.organization_id)
        await transaction.fetch(heard, office.now, *who)
        return await ingest(transaction, *upload)

    monkeypatch.setattr("server.exchange.round_trip.ingest", ingest_late)
    office.scan(gate, 0)
    await office.exchanged(gate, gate.journal.entries)
    assert await office.conflicts() == []


@pytest.mark.either_database
@pytest.mark.parametrize("away", [3 * HOUR, -3 * HOUR])
async def test_a_wrong_clock_of_a_server_that_was_put_back_since_accuses_no_device(
    ledger_office: LedgerOffice, away: int
) -> None:
    """It has forgotten that it was wrong; gates' own clocks went on, and their journals say so."""
    office = ledger_office
    gates = [await office.enrol(0), await office.enrol(1)]
    office.office.clock.advance(10 * MINUTE)
    for number, gate in enumerate(gates):
        for minute, told in enumerate((0, away, 0)):
            moment = Instant(office.now - (3 - minute) * MINUTE)
            office.scan(gate, 3 * number + minute, wall=moment, offset=told)
        await office.exchanged(gate, gate.journal.entries)
    (found,) = await office.conflicts()
    assert (found["kind"], found["device_id"]) == ("server_clock", "")
    other = await office.enrol(1)
    for ticket in range(6):
        assert (await office.claimed(other, office.codes[ticket]))["reason"] == "already_used"


@pytest.mark.either_database
async def test_a_lie_that_is_uploaded_alone_is_named_as_one_among_others(
    ledger_office: LedgerOffice,
) -> None:
    """A connected gate brings each entry by itself; its clock is held against what is held."""
    office = ledger_office
    gate = await office.enrol()
    office.office.clock.advance(HOUR)
    office.scan(gate, 0)
    honest = gate.journal.entries[-1]
    await later(office, gate)
    body = office.passage(gate, 1, {})
    lie = gate.journal.add(
        body, office.event_id, Instant(office.now - 20 * MINUTE), monotonic=HOUR + MINUTE
    )
    await later(office, gate)
    (found,) = await clock_conflicts(office)
    assert (found["device_id"], found["detail"]) == (gate.id, "the device's clock jumped")
    shown = await office.office.ok("GET", f"{office.path}/conflicts/{found['id']}", office.owner)
    sides = {base64.b64decode(side["entry"]) for side in shown["sides"]}
    assert sides == {honest.entry, lie.entry}
    for ticket in (2, 3):  # and goes on with the time that it had
        office.scan(gate, ticket)
        await later(office, gate)
    assert len(await clock_conflicts(office)) == 2
