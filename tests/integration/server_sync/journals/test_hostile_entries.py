"""Entries that a hostile device can sign, and an honest one never does: nothing hides in them."""

from __future__ import annotations

from typing import Any

import pytest

from server.entries.checking_uploaded_entries import check_entry
from server.entries.rows import JournalOwner, read_held
from shared.journal.entry import NoteBody, ReleaseBody, ReturnBody, UndoBody
from shared.kernel.id_types import ClaimId, DeviceId, EventId, ZoneId
from shared.kernel.instant import HOUR, MINUTE, Instant, format_instant
from shared.wire.feed import Use
from tests.factories.journal_writing import Journal
from tests.factories.ledger_office import LedgerOffice
from tests.integration.server_sync.journals.test_relayed_by_gates import relay_entries


async def kinds(office: LedgerOffice) -> list[str]:
    """Name the kinds of the event's conflicts."""
    return sorted(one["kind"] for one in await office.conflicts())


@pytest.mark.either_database
async def test_fork_at_an_event_that_nobody_has_is_shown_all_the_same(
    ledger_office: LedgerOffice,
) -> None:
    """The organizer sees it at the event that the device serves."""
    gate = await ledger_office.enrol(0)
    for words in ("one", "the other"):
        gate.journal.add(NoteBody("x", words), EventId("ev_nowhere"), ledger_office.now)
        await ledger_office.exchanged(gate, gate.journal.entries)
        gate.journal.entries.pop()
        gate.journal.dseq -= 1
        gate.journal.previous = gate.journal.entries[-1].hash
    assert await kinds(ledger_office) == ["forked_journal"]


async def test_names_that_no_index_holds_are_answered(ledger_office: LedgerOffice) -> None:
    """Letters that do not compress: a body has no effect then, an envelope is refused."""
    gate = await ledger_office.enrol(0)
    name = "".join(chr(0x4E00 + 7919 * n % 20_000) for n in range(1_000))
    gate.journal.add(ReturnBody(ZoneId(name), 1), ledger_office.event_id, ledger_office.now)
    gate.journal.add(NoteBody("x", "y"), EventId(name), ledger_office.now)
    answer = await ledger_office.exchanged(gate, gate.journal.entries)
    assert [one.status for one in answer.answers] == ["stored", "stored", "refused"]


@pytest.mark.either_database
async def test_event_that_no_database_can_name_keeps_no_other_entry_out(
    ledger_office: LedgerOffice,
) -> None:
    """PostgreSQL holds no U+0000: such an entry is refused, and what comes with it is stored."""
    hostile, honest = await ledger_office.enrol(0), await ledger_office.enrol(1)
    hostile.journal.add(NoteBody("x", "y"), ledger_office.event_id, ledger_office.now)
    hostile.journal.add(NoteBody("x", "y"), EventId("ev_\0"), ledger_office.now)
    answer = await ledger_office.exchanged(hostile, hostile.journal.entries)
    assert [one.status for one in answer.answers] == ["stored", "stored", "refused"]
    ledger_office.scan(honest, 0)
    brought = [*hostile.journal.entries, *honest.journal.entries]
    told = await relay_entries(ledger_office, hostile, brought)
    assert {(mark.device_id, mark.dseq) for mark in told.marks} == {
        (hostile.id, 2),
        (honest.id, len(honest.journal.entries)),
    }


@pytest.mark.either_database
async def test_numbers_far_apart_make_nobody_read_what_lies_between(
    ledger_office: LedgerOffice,
) -> None:
    """Two entries of a long boot, and of a forked one: only what bears their numbers is read."""
    gate = await ledger_office.enrol(0)
    for number in range(40):
        gate.journal.add(NoteBody("x", str(number)), ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(gate, gate.journal.entries)
    forks = Journal(DeviceId(gate.id), gate.key, gate.journal.boot)
    for number in range(40):
        forks.add(NoteBody("y", str(number)), ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(gate, forks.entries)
    owner = JournalOwner(ledger_office.owner.organization_id, DeviceId(gate.id))
    sent = [
        check_entry(forks.entries[place], DeviceId(gate.id), is_signed=True)
        for place in (0, 1, 38, 39)
    ]
    async with (
        ledger_office.office.driving() as driver,
        driver.read(owner.organization_id) as transaction,
    ):
        held = await read_held(transaction, owner, sent)
    assert sorted(number for _, number in held.hashes) == [1, 2, 39, 40]
    assert sorted(number for _, number in held.forks) == [1, 2, 38, 39, 40]


@pytest.mark.either_database
@pytest.mark.parametrize(
    "said",
    [
        {"count": 1 << 60},
        {"count": 1_001},
        {"count": 0},
        {"count": -1},
        {"direction": "up"},
        {"direction": ""},
        {"mode": "x"},
        {"generation": 1 << 20},
        {"allotted": -5_000},
        {"gate_id": "g" * 65},
    ],
    ids=str,
)
async def test_scan_that_no_gate_writes_is_kept_and_named_and_counts_nobody(
    ledger_office: LedgerOffice, said: dict[str, Any]
) -> None:
    """One entry made a page of counts absurd, or booked a way that no zone has."""
    gate = await ledger_office.enrol(0)
    for number in range(12):
        ledger_office.scan(gate, number, **said)
    answer = await ledger_office.exchanged(gate, gate.journal.entries)
    assert {one.status for one in answer.answers} == {"stored"}
    path = f"{ledger_office.path}/checkins/counts"
    counts = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert (counts["inside"], counts["admitted"]) == (0, 0)
    assert await kinds(ledger_office) == ["entry_out_of_bounds"]
    admitted = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert admitted["reason"] == "ok"


async def test_flaw_named_before_others_came_says_that_its_number_is_of_then(
    ledger_office: LedgerOffice,
) -> None:
    """Sides join with each upload, and the words stay: they spoke of one entry only."""
    gate = await ledger_office.enrol(0)
    for number in range(3):
        ledger_office.scan(gate, number, count=0)
        await ledger_office.exchanged(gate, gate.journal.entries)
    [conflict] = await ledger_office.conflicts()
    assert "(1 when this was reported)" in conflict["detail"]


@pytest.mark.either_database
async def test_reason_that_this_version_does_not_know_is_kept(ledger_office: LedgerOffice) -> None:
    """A later version's gate may have reasons of its own; its admission counts."""
    gate = await ledger_office.enrol(0)
    ledger_office.scan(gate, 0, reason="no_such_reason_yet")
    await ledger_office.exchanged(gate, gate.journal.entries)
    denied = await ledger_office.claimed(gate, ledger_office.codes[0])
    assert denied["reason"] == "already_used"
    assert await kinds(ledger_office) == []


@pytest.mark.either_database
async def test_more_persons_than_were_claimed_are_counted(ledger_office: LedgerOffice) -> None:
    """A claim confirms the passage that it was granted for, and no other."""
    gate = await ledger_office.enrol(0)
    await ledger_office.claimed(gate, ledger_office.codes[0], "c1")
    ledger_office.scan(gate, 0, claim_id="c1", mode="online", count=3)
    await ledger_office.exchanged(gate, gate.journal.entries)
    assert "double_use" in await kinds(ledger_office)


@pytest.mark.parametrize("years", [-30_000, -1, 30_000])
async def test_years_that_no_calendar_has_break_no_page(
    ledger_office: LedgerOffice, years: int
) -> None:
    """The conflict, its evidence and later claims are answered, however wrong the clock is."""
    office = ledger_office
    for number, wall in enumerate((years * 365 * 24 * HOUR, office.now)):
        gate = await office.enrol(number)
        office.scan(gate, 0, wall=Instant(wall))
        await office.exchanged(gate, gate.journal.entries)
    (conflict,) = [one for one in await office.conflicts() if one["kind"] == "double_use"]
    path = f"{office.path}/conflicts/{conflict['id']}"
    detail = await office.office.ok("GET", path, office.owner)
    assert len(detail["sides"]) == 2
    evidence = await office.office.client.get(path + "/evidence", headers=office.owner.headers)
    assert evidence.status_code == 200
    denied = await office.claimed(await office.enrol(0), office.codes[0])
    assert denied["reason"] == "already_used"


@pytest.mark.either_database
async def test_live_device_cannot_date_itself_into_the_future(ledger_office: LedgerOffice) -> None:
    """A time of the caller's stands in test and rehearsal profiles only."""
    gate = await ledger_office.enrol(0)
    ledger_office.scan(gate, 0, time_given=True, wall=ledger_office.now + HOUR)
    await ledger_office.exchanged(gate, gate.journal.entries)
    (use,) = [one for one in await ledger_office.read_feed(gate) if isinstance(one, Use)]
    assert use.at == ledger_office.now


@pytest.mark.either_database
async def test_double_use_hides_behind_no_rule(ledger_office: LedgerOffice) -> None:
    """Who was let in against the zone's rule, and too often, is named for both."""
    gates = [await ledger_office.enrol(0), await ledger_office.enrol(1)]
    ledger_office.scan(gates[0], 0)
    await ledger_office.exchanged(gates[0], gates[0].journal.entries)
    until = format_instant(ledger_office.now + MINUTE)
    zone = {
        "name": "Arena",
        "occurrence_id": ledger_office.occurrence_id,
        "reentry_after_exit": False,
        "rule": {"fact": "now", "cmp": "before", "value": until},
    }
    path = f"{ledger_office.path}/zones/{ledger_office.zone_id}"
    await ledger_office.office.ok("PUT", path, ledger_office.owner, json=zone)
    ledger_office.office.clock.advance(10 * MINUTE)
    ledger_office.scan(gates[1], 0)
    await ledger_office.exchanged(gates[1], gates[1].journal.entries)
    assert await kinds(ledger_office) == ["admitted_against_rules", "double_use"]


@pytest.mark.either_database
async def test_double_use_hides_behind_no_gate_that_is_gone(ledger_office: LedgerOffice) -> None:
    """A passage at a gate that the event does not have counts in its zone."""
    for number in range(2):
        gate = await ledger_office.enrol(number)
        ledger_office.scan(gate, 0, gate_id=gate.gate_id if number else "gt_gone")
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert await kinds(ledger_office) == ["double_use"]


async def test_a_claim_that_is_ended_twice_in_one_upload_keeps_no_entry_out(
    ledger_office: LedgerOffice,
) -> None:
    """Released, undone and released: all is stored, brought by itself or by an honest gate."""
    hostile, honest = await ledger_office.enrol(0), await ledger_office.enrol(1)
    claim, ticket = ClaimId("claim-of-nobody"), ledger_office.tickets[0]
    for body in (
        ReleaseBody(claim, ticket, "x"),
        UndoBody(claim, ticket, "", "x"),
        ReleaseBody(claim, ticket, "y"),
    ):
        hostile.journal.add(body, ledger_office.event_id, ledger_office.now)
    await relay_entries(ledger_office, honest, hostile.journal.entries)
    answer = await ledger_office.exchanged(hostile, hostile.journal.entries)
    assert {one.status for one in answer.answers} == {"known"}
    late = await ledger_office.claim(hostile, ledger_office.codes[0], claim)
    assert late.json().get("verdict") != "admit", "it was given up for good"
    assert (await ledger_office.claimed(honest, ledger_office.codes[0]))["reason"] == "ok"
