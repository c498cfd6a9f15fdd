"""Evidence files from a real server, verified with the root key alone."""

from __future__ import annotations

import json
from base64 import b64decode
from contextvars import ContextVar
from typing import Any

import pytest
from sqlalchemy import event, text

from server.db.model import metadata
from server.db.tenancy import SYSTEM
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import BOOT_SIZE, BootBody, NoteBody, ScanBody, UndoBody
from shared.journal.evidence_check import EvidenceCheck, EvidenceReport
from shared.journal.sale_body import SaleBody
from shared.kernel.id_types import ConflictId, EventId
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.sales_till import Till

COPIES = 300
"""Of a conflict, and of its sides: a page holds more."""


async def fetched(office: LedgerOffice, path: str) -> bytes:
    """Fetch a file as the organizer does."""
    answer = await office.office.client.get(path, headers=office.owner.headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/jsonl")
    assert "attachment" in answer.headers["content-disposition"]
    return answer.content


def verified(office: LedgerOffice, written: bytes) -> EvidenceReport:
    """Verify with the root key that devices have pinned."""
    check = EvidenceCheck(office.root)
    for line in written.splitlines(keepends=True):
        check.take(line)
    return check.finish()


async def sound_report(office: LedgerOffice, conflict_id: ConflictId) -> EvidenceReport:
    """Verify a conflict's file, in which nothing may be wrong."""
    written = await fetched(office, f"{office.path}/conflicts/{conflict_id}/evidence")
    report = verified(office, written)
    assert report.problems == ()
    return report


async def double_use(office: LedgerOffice) -> tuple[GateDevice, GateDevice, str]:
    """Let two cut-off gates admit one ticket; returns them and the conflict's id."""
    north, south = await office.enrol(0), await office.enrol(1)
    office.office.clock.advance(MINUTE)
    office.scan(north, 0, wall=office.now - 10 * SECOND)
    office.scan(south, 0, wall=office.now - 5 * SECOND)
    office.scan(south, 1)
    for gate in (north, south):
        await office.exchanged(gate, gate.journal.entries)
    (conflict,) = await office.conflicts()
    return north, south, conflict["id"]


async def test_conflicts_file_proves_it_to_a_stranger(ledger_office: LedgerOffice) -> None:
    """Both admissions are proven by their devices' keys, in their order, with their neighbours."""
    _, _, conflict_id = await double_use(ledger_office)
    report = await sound_report(ledger_office, ConflictId(conflict_id))
    assert (report.root, report.conflict_id) == ("pinned", conflict_id)
    assert (report.devices, report.entries, report.links) == (2, 5, 3)
    (found,) = report.conflicts
    assert (found.is_proven, found.order) == (True, "proven")


@pytest.mark.either_database
async def test_grant_without_a_journal_is_the_organizations_word(
    ledger_office: LedgerOffice,
) -> None:
    """An online grant that no device has confirmed is stated, not proven."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.claimed(north, ledger_office.codes[0])
    ledger_office.scan(south, 0)
    await ledger_office.exchanged(south, south.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    report = await sound_report(ledger_office, conflict["id"])
    assert not report.conflicts[0].is_proven
    assert [side.is_signed for side in report.conflicts[0].sides].count(True) == 1


@pytest.mark.either_database
async def test_grant_that_its_gate_never_heard_of_makes_sound_evidence(
    ledger_office: LedgerOffice,
) -> None:
    """The gate admitted under the same claim by itself; the file says what it signed."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.claimed(north, ledger_office.codes[0], "granted")
    ledger_office.scan(north, 0, claim_id="granted", mode="offline", reason="reentry")
    ledger_office.scan(south, 0)
    for gate in (south, north):
        await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    report = await sound_report(ledger_office, conflict["id"])
    assert report.conflicts[0].is_proven


@pytest.mark.either_database
async def test_order_by_the_ledgers_own_clock_is_stated_not_proven(
    ledger_office: LedgerOffice,
) -> None:
    """A grant's time is the server's and exact; the entries' own times say less, and no other."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    await ledger_office.claimed(north, ledger_office.codes[0], "granted")
    began = ledger_office.now
    ledger_office.office.clock.advance(MINUTE)
    wall = began + 10 * MILLISECOND
    ledger_office.scan(north, 0, claim_id="granted", mode="online", wall=wall)
    ledger_office.scan(south, 0, wall=began + 30 * MILLISECOND)
    for gate in (south, north):
        await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert conflict["is_ordered"]
    report = await sound_report(ledger_office, conflict["id"])
    assert report.conflicts[0].order == "undetermined"


@pytest.mark.either_database
async def test_events_file_holds_whole_journals_and_every_conflict(
    ledger_office: LedgerOffice,
) -> None:
    """Each boot is there without a gap, across boots, with what people decided."""
    north, south, conflict_id = await double_use(ledger_office)
    north.journal.reboot(ledger_office.now, boot=ledger_office.office.entropy.random_bytes(8))
    chief = await Chief.appoint(ledger_office)
    word = chief.rule(north, ConflictId(conflict_id), "let_stay")
    cursor = len(await ledger_office.read_feed(north))
    north.journal.add(word, ledger_office.event_id, ledger_office.now, cursor=cursor)
    north.journal.add(NoteBody("of no event", ""), EventId(""), ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries[2:])
    path = f"{ledger_office.path}/conflicts/{conflict_id}"
    body = {"disposition": "fraud", "note": "a screenshot"}
    detail = await ledger_office.office.ok(
        "POST", f"{path}/disposition", ledger_office.owner, json=body
    )
    assert [said["disposition"] for said in detail["dispositions"]] == ["let_stay", "fraud"]
    assert detail["dispositions"][0]["said_by"] == f"{chief.person}@{north.id}"
    written = await fetched(ledger_office, f"{ledger_office.path}/evidence")
    report = verified(ledger_office, written)
    assert report.problems == ()
    entries = len(north.journal.entries) + len(south.journal.entries)
    assert (report.entries, report.boots, report.whole_boots) == (entries, 3, 3)
    assert report.conflicts[0].is_proven
    assert b"screenshot" not in written, "notes are free text and may name persons"
    lines = [json.loads(line) for line in written.splitlines()]
    (conflict,) = [line for line in lines if line["line"] == "conflict"]
    assert [said["disposition"] for said in conflict["dispositions"]] == ["let_stay", "fraud"]
    assert conflict["dispositions"][0]["entry_sha256"]


@pytest.mark.either_database
async def test_fork_is_proven_by_both_branches(ledger_office: LedgerOffice) -> None:
    """The file holds the two entries that one device signed under one number."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    honest = gate.journal.entries[1]
    gate.journal.dseq, gate.journal.seq = 1, 1
    gate.journal.previous = gate.journal.entries[0].hash
    gate.journal.entries.pop()
    ledger_office.scan(gate, 1)
    assert gate.journal.entries[1] != honest
    await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert conflict["kind"] == "forked_journal"
    report = await sound_report(ledger_office, conflict["id"])
    assert report.conflicts[0].is_proven


@pytest.mark.either_database
async def test_device_that_begins_anew_is_shown_at_its_event(
    ledger_office: LedgerOffice,
) -> None:
    """An alarm about a boot, which belongs to no event, reaches the organizer all the same."""
    gate = await ledger_office.enrol()
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    gate.journal.entries.clear()
    gate.journal.boot = ledger_office.office.entropy.random_bytes(BOOT_SIZE)
    gate.journal.dseq, gate.journal.previous = 0, bytes(32)
    gate.journal.add(BootBody("test", b"", 0), EventId(""), ledger_office.now)
    await ledger_office.exchanged(gate, gate.journal.entries)
    (conflict,) = await ledger_office.conflicts()
    assert (conflict["kind"], conflict["device_id"]) == ("forked_journal", gate.id)


@pytest.mark.either_database
async def test_stranger_gets_no_evidence(ledger_office: LedgerOffice) -> None:
    """Another organization's account finds neither file."""
    _, _, conflict_id = await double_use(ledger_office)
    stranger = await ledger_office.office.person("owner")
    for path in (
        f"{ledger_office.path}/evidence",
        f"{ledger_office.path}/conflicts/{conflict_id}/evidence",
    ):
        answer = await ledger_office.office.client.get(path, headers=stranger.headers)
        assert answer.status_code in {403, 404}


@pytest.mark.either_database
async def test_who_sees_no_tickets_sees_no_entries_of_tills_either(
    ledger_office: LedgerOffice,
) -> None:
    """A sale's entry has the codes by which its tickets are typed in: not for readers and keys."""
    made = ledger_office
    till = Till(made, await made.enrol(role="till"))
    await till.open()
    sold = till.mint(1)
    till.sell([sold])
    await till.sync()
    _, _, conflict_id = await double_use(made)
    whole = await fetched(made, f"{made.path}/evidence")
    signed = [json.loads(line).get("entry") for line in whole.splitlines()]
    bodies = [decode_body(decode_entry(b64decode(one))) for one in signed if one]
    codes = [one.tickets[0].manual_code for one in bodies if isinstance(one, SaleBody)]
    assert codes == [sold.manual_code], "the file of who may has it"
    reader = await made.office.person("reader", organization_id=made.owner.organization_id)
    body = {"name": "watch", "scopes": ["conflicts:read"]}
    address = f"{made.owner.path}/api-keys"
    key = (await made.office.ok("POST", address, made.owner, json=body))["key"]
    conflict = f"{made.path}/conflicts/{conflict_id}"
    shown = (await made.office.ok("GET", conflict, made.owner))["conflict"]
    ticket = await made.office.ok("GET", f"{made.path}/tickets/{shown['ticket_id']}", made.owner)
    assert shown["manual_code"] == ticket["manual_code"] is not None
    listed = await made.office.ok("GET", f"{made.path}/conflicts", made.owner)
    assert [one["manual_code"] for one in listed["items"]] == [shown["manual_code"]]
    for headers in (reader.headers, {"authorization": f"Bearer {key}"}):
        for path in (f"{made.path}/evidence", f"{conflict}/evidence"):
            answer = await made.office.client.get(path, headers=headers)
            assert answer.status_code == 403, answer.text
        told = (await made.office.client.get(conflict, headers=headers)).json()
        assert {(one["entry"], one["signature"]) for one in told["sides"]} == {(None, None)}
        assert all(one["entry_hash"] for one in told["sides"])
        listed = (await made.office.client.get(f"{made.path}/conflicts", headers=headers)).json()
        codes_told = {told["conflict"]["manual_code"], listed["items"][0]["manual_code"]}
        assert codes_told == {None}, "by it a ticket is typed in at a gate"


@pytest.mark.either_database
async def test_events_file_without_conflicts_or_journals_is_sound(
    ledger_office: LedgerOffice,
) -> None:
    """Nothing to show is a file as well; one whose side went back shows the conflict withdrawn."""
    path = f"{ledger_office.path}/evidence"
    report = verified(ledger_office, await fetched(ledger_office, path))
    assert (report.problems, report.conflicts, report.entries) == ((), (), 0)
    north, south, conflict_id = await double_use(ledger_office)
    body = decode_body(decode_entry(south.journal.entries[1].entry))
    assert isinstance(body, ScanBody)
    undo = UndoBody(body.claim_id, ledger_office.tickets[0], "us_1", "turned back")
    south.journal.add(undo, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(south, south.journal.entries)
    await ledger_office.office.ok(
        "POST",
        f"{ledger_office.owner.path}/devices/{north.id}/revoke",
        ledger_office.owner,
        json={"reason": "stolen"},
    )
    for where in (path, f"{ledger_office.path}/conflicts/{conflict_id}/evidence"):
        written = await fetched(ledger_office, where)
        assert verified(ledger_office, written).problems == ()
        lines = [json.loads(line) for line in written.splitlines()]
        (conflict,) = [line for line in lines if line["line"] == "conflict"]
        assert conflict["disposition"] == "withdrawn"
        (gone,) = [line for line in lines if line.get("device_id") == north.id and "name" in line]
        assert gone["revoked_at"]


async def test_evidence_asks_no_more_of_the_database_for_many_conflicts(
    ledger_office: LedgerOffice,
) -> None:
    """Of 6,000 conflicts each asked thrice, and of all sides each time: nine seconds."""
    await double_use(ledger_office)
    path, database = f"{ledger_office.path}/evidence", ledger_office.office.database
    asked: list[str] = []
    is_ours: ContextVar[bool] = ContextVar("is_ours", default=False)
    is_ours.set(True)  # the server's own work goes on beside, and is not counted

    @event.listens_for(database._reader.sync_engine, "before_cursor_execute")
    def _note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if is_ours.get():
            asked.append(statement)

    one = verified(ledger_office, await fetched(ledger_office, path))
    of_one = len(asked)
    async with database.write(org=SYSTEM) as session:
        for table, key in (("conflict", "id"), ("conflict_side", "conflict_id")):
            names = [column.name for column in metadata.tables[table].columns]
            values = {key: f"{key} || '-' || n", "subject": "subject || '-' || n"}
            said = ", ".join(values.get(name, name) for name in names)
            await session.execute(
                text(
                    f"WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many"
                    f" WHERE n < {COPIES}) INSERT INTO {table} ({', '.join(names)})"
                    f" SELECT {said} FROM {table}, many"
                )
            )
    asked.clear()
    many = verified(ledger_office, await fetched(ledger_office, path))
    assert len(many.conflicts) == 1 + COPIES
    assert {found.is_proven for found in many.conflicts} == {one.conflicts[0].is_proven}
    assert many.problems == ()
    assert len(asked) == of_one > 0
