"""Decisions about conflicts that race with what gates bring meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from server.db.hot_path_statements import statement
from server.db.session_transaction import SessionTransaction
from server.db.tenancy import SYSTEM
from server.feed.rows import take_numbers
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import ScanBody, UndoBody
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice


async def conflict_of(office: LedgerOffice) -> dict[str, Any]:
    """Return the one conflict."""
    (found,) = await office.conflicts()
    return found


async def double_use(office: LedgerOffice, count: int = 3) -> list[GateDevice]:
    """Let two of some gates admit one ticket, and the others have it on their disks."""
    gates = [await office.enrol(n % 2) for n in range(count)]
    for gate in gates:
        office.scan(gate, 0)
    for gate in gates[:2]:
        await office.exchanged(gate, gate.journal.entries)
    return gates


async def head_of(office: LedgerOffice, gate: GateDevice) -> int:
    """Return the feed's newest number."""
    return len(await office.read_feed(gate))


async def settle(office: LedgerOffice, conflict: dict[str, Any], said: str) -> Any:
    """Decide as the organizer does."""
    path = f"{office.path}/conflicts/{conflict['id']}/disposition"
    return await office.office.ok("POST", path, office.owner, json={"disposition": said})


async def say(office: LedgerOffice, gate: GateDevice, said: str, cursor: int) -> None:
    """Decide as a supervisor at a gate does, who knows the feed up to a number."""
    conflict = await conflict_of(office)
    chief = await Chief.appoint(office)
    word = chief.rule(gate, conflict["id"], said)
    gate.journal.add(word, office.event_id, office.now, cursor=cursor)


async def test_organizers_word_waits_for_an_upload_that_joins_the_conflict(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever has the counter gets at the conflict as well: neither is turned away."""
    await double_use(ledger_office)
    conflict = await conflict_of(ledger_office)
    org = ledger_office.owner.organization_id
    touch = statement("UPDATE conflict SET updated_at = updated_at WHERE id = $1")
    async with ledger_office.office.context.write(org) as unit:
        upload = SessionTransaction(unit.session)
        await take_numbers(upload, org, ledger_office.event_id, 0)
        word = asyncio.create_task(settle(ledger_office, conflict, "let_stay"))
        while not (ledger_office.office.database.is_sqlite or await is_waiting(ledger_office)):
            assert not word.done()
        await upload.fetch(touch, conflict["id"])
    await word
    assert (await conflict_of(ledger_office))["disposition"] == "let_stay"


async def is_waiting(office: LedgerOffice) -> bool:
    """Whether somebody waits for a lock."""
    query = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with office.office.database.read(org=SYSTEM) as session:
        return bool((await session.execute(query)).scalar_one())


@pytest.mark.either_database
async def test_gates_word_on_sides_that_it_did_not_know_settles_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """A third side arrives before the word of a gate that had heard of two: it stays open."""
    north, south, third = await double_use(ledger_office)
    heard = await head_of(ledger_office, north)
    await ledger_office.exchanged(third, third.journal.entries)
    await say(ledger_office, north, "let_stay", heard)
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await conflict_of(ledger_office))["disposition"] == ""
    await say(ledger_office, south, "let_stay", await head_of(ledger_office, south))
    await ledger_office.exchanged(south, south.journal.entries)
    assert (await conflict_of(ledger_office))["disposition"] == "let_stay"


@pytest.mark.either_database
async def test_open_conflict_names_nobody_who_settled_it(ledger_office: LedgerOffice) -> None:
    """A conflict that a third side opens again, and one withdrawn, bear no old decision."""
    north, south, third = await double_use(ledger_office)
    await say(ledger_office, north, "fraud", await head_of(ledger_office, north))
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await conflict_of(ledger_office))["disposed_by"]
    await ledger_office.exchanged(third, third.journal.entries)
    opened = await conflict_of(ledger_office)
    told = (opened["disposition"], opened["disposed_by"], opened["disposed_at"], opened["note"])
    assert told == ("", None, None, "")
    heard = await head_of(ledger_office, south)
    for gate in (north, third):
        body = decode_body(decode_entry(gate.journal.entries[1].entry))
        assert isinstance(body, ScanBody)
        undo = UndoBody(body.claim_id, ledger_office.tickets[0], "us_1", "turned back")
        gate.journal.add(undo, ledger_office.event_id, ledger_office.now)
        await ledger_office.exchanged(gate, gate.journal.entries)
    assert (await conflict_of(ledger_office))["disposition"] == "withdrawn"
    await say(ledger_office, south, "fraud", heard)
    await ledger_office.exchanged(south, south.journal.entries)
    assert (await conflict_of(ledger_office))["disposition"] == "withdrawn", "nobody is accused"
