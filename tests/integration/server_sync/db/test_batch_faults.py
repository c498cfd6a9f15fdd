"""A disk that is full, or a database that ends the connection, in the middle of the work."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import text

from server.claims import claim_queue
from server.db import hot_path_connections as driver_module
from server.db.database_connections import sqlite_pragmas
from server.db.tenancy import SYSTEM
from server.journals.seen_proofs import check_proofs
from server.problem_answers import Problem
from server.settings import Settings, sqlite_file_of
from shared.kernel.id_types import ClaimId
from shared.manifest.seen_codes import ReadCodes
from shared.wire.exchange import EntryStatus
from shared.wire.feed import Use
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.postgres import PostgresCluster
from tests.factories.waiting import PATIENCE_S
from tests.integration.server_sync.homes.test_homes import asked, give, home_and_other

pytestmark = pytest.mark.integration

ENTRIES = 20
PAGE_SIZE = 4096
END_LEDGERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE application_name = 'gatekeeper ledger' AND datname = current_database();"
)
ANYBODY_WAITS = (
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatekeeper ledger'"
    " AND datname = current_database() AND wait_event_type = 'Lock';"
)


async def stands_once(office: LedgerOffice, gate: GateDevice) -> None:
    """Upload all again, and see that each admission stands in the feed once, without a hole."""
    for status in (EntryStatus.STORED, EntryStatus.KNOWN):
        answer = await office.exchanged(gate, gate.journal.entries)
        assert {one.status for one in answer.answers} == {status}
    uses = [item for item in await office.read_feed(gate) if isinstance(item, Use)]
    assert len(uses) == ENTRIES


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_full_disk_takes_nothing_of_a_batch(
    published: tuple[Settings, LedgerOffice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upload is answered 503, and stored whole when there is room again."""
    settings, template = published
    file = sqlite_file_of(settings.database)
    assert file is not None

    def scarce(file: Path = file, *, writes: bool) -> list[str]:
        pages = file.stat().st_size // PAGE_SIZE + 1
        return [*sqlite_pragmas(writes=writes), f"PRAGMA max_page_count={pages}"]

    async with open_ledger_office_again(settings, template) as office:
        gate = await office.enrol(0)
        for number in range(ENTRIES):
            office.scan(gate, number)
    with closing(sqlite3.connect(file)) as whole:
        whole.execute("VACUUM")  # migrations leave pages that would take the batch
    monkeypatch.setattr(driver_module, "sqlite_pragmas", scarce)
    async with open_ledger_office_again(settings, template) as office:
        for _ in range(2):
            answer = await office.exchange(gate, gate.journal.entries)
            assert answer.status_code == 503, answer.text
            assert answer.json()["type"].endswith("/unavailable")
        assert (await office.exchanged(gate)).marks == ()
    monkeypatch.undo()
    async with open_ledger_office_again(settings, template) as office:
        await stands_once(office, gate)


@pytest.mark.either_database
async def test_an_upload_that_stops_between_its_parts_stands_once(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Claims come in between the parts; what was taken stays, and the device sends all again."""
    office, part, calls = ledger_office, 8, count()
    gate, other = await office.enrol(0), await office.enrol(1)
    for number in range(1, ENTRIES):
        office.scan(gate, number)
    claimed: list[str] = []

    async def stopping(*given: Any) -> ReadCodes:
        if (call := next(calls)) == 1:
            claimed.append((await office.claimed(other, office.codes[0]))["verdict"])
        if call == 2:
            raise Problem("unavailable", "The event is being changed.")
        return await check_proofs(*given)

    monkeypatch.setattr("server.exchange.round_trip.TAKEN_AT_ONCE", part)
    monkeypatch.setattr("server.exchange.round_trip.check_proofs", stopping)
    assert (await office.exchange(gate, gate.journal.entries)).status_code == 503
    assert claimed == ["admit"]
    answers = (await office.exchanged(gate, gate.journal.entries)).answers
    known = [one.status == EntryStatus.KNOWN for one in answers]
    assert known == [number < 2 * part for number in range(len(answers))]
    uses = [item for item in await office.read_feed(gate) if isinstance(item, Use)]
    assert len(uses) == ENTRIES


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_ended_connection_takes_nothing_of_a_batch(
    ledger_office: LedgerOffice, postgres_cluster: PostgresCluster
) -> None:
    """PostgreSQL stops when all but the feed's numbers is written: 503, and then once."""
    office = ledger_office
    gate = await office.enrol(0)
    for number in range(ENTRIES):
        office.scan(gate, number)
    name = office.office.settings.database.rpartition("/")[2]
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text("SELECT 1 FROM event_feed FOR UPDATE"))
        sending = asyncio.create_task(office.exchange(gate, gate.journal.entries))
        async with asyncio.timeout(60):
            while not int(await asyncio.to_thread(postgres_cluster.run_sql, ANYBODY_WAITS, name)):
                assert not sending.done()
        await asyncio.to_thread(postgres_cluster.run_sql, END_LEDGERS, name)
        answer = await sending
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"].endswith("/unavailable")
    await stands_once(office, gate)


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_ended_connection_leaves_nobody_waiting_for_a_home(
    ledger_office: LedgerOffice, postgres_cluster: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ends the connection that looks for a home's answer: the next look finds it."""
    office = ledger_office
    monkeypatch.setattr(claim_queue, "HOME_LOOKS", 200)
    home, other, code = await home_and_other(office)
    claiming = asyncio.create_task(office.claim(other, code, ClaimId("c1")))
    give(office, home, await asked(office, home))
    name = office.office.settings.database.rpartition("/")[2]
    async with office.office.database.write(org=SYSTEM) as session, asyncio.timeout(60):
        await session.execute(text("LOCK TABLE home_ask IN ACCESS EXCLUSIVE MODE"))
        while not int(await asyncio.to_thread(postgres_cluster.run_sql, ANYBODY_WAITS, name)):
            assert not claiming.done()
        await asyncio.to_thread(postgres_cluster.run_sql, END_LEDGERS, name)
    async with asyncio.timeout(60):
        # Either may meet another connection that was ended, and is then sent again.
        while (await office.exchange(home, home.journal.entries)).status_code == 503:
            pass
        while (answer := await claiming).status_code == 503:
            claiming = asyncio.create_task(office.claim(other, code, ClaimId("c1")))
    assert answer.json()["reason"] == "ok"


@pytest.mark.either_database
async def test_no_error_leaves_anybody_waiting_for_a_home(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look for the home's answer fails as nobody expects: it is said at the end all the same."""
    looks = 0

    async def fail(*_place: object) -> NoReturn:
        nonlocal looks
        looks += 1
        raise sqlite3.DatabaseError("database disk image is malformed")

    monkeypatch.setattr(claim_queue, "read_asks", fail)
    _, other, code = await home_and_other(ledger_office)
    async with asyncio.timeout(PATIENCE_S):
        assert (await ledger_office.claimed(other, code, "c1"))["reason"] == "offline_policy"
    assert looks == claim_queue.HOME_LOOKS
