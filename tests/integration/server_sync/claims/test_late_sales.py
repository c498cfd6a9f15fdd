"""A ticket that arrives while a claim is decided, or after it: there is no row to lock yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text

from server.claims.claim_work import new_work
from server.claims.settling_under_locks import AllowancesLeft, settle
from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import Statement
from server.db.tenancy import SYSTEM
from server.devices.device_of_request import KnownDevices
from server.entries.checking_uploaded_entries import check_entry
from server.entries.rows import JournalOwner
from server.journals.event_poster import EventPoster
from server.journals.snapshot_and_postings import Ingest
from server.plans.event_book import EventBooks, Outdated
from server.settings import Settings
from server.ticketing.rows import LOCK_TICKETS
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import format_instant
from shared.wire.claim import ClaimRequest
from shared.wire.feed import Annul, Use
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.postgres import PostgresCluster
from tests.integration.server_sync.db.test_batch_faults import ANYBODY_WAITS


class Interrupted:
    """A transaction during which something happens, between its locks and its reading."""

    def __init__(self, inner: Transaction, happens: Callable[[], Awaitable[None]]) -> None:
        self._inner = inner
        self._happens = happens

    @property
    def has_round_trips(self) -> bool:
        """See `Transaction.has_round_trips`."""
        return self._inner.has_round_trips

    async def fetch(self, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """See `Transaction.fetch`."""
        rows = await self._inner.fetch(wanted, *arguments)
        if wanted is LOCK_TICKETS:
            await self._happens()
        return rows

    async def run_many(self, wanted: Statement, rows: Sequence[Row]) -> None:
        """See `Transaction.run_many`."""
        await self._inner.run_many(wanted, rows)


@asynccontextmanager
async def without_its_last_ticket(office: LedgerOffice) -> AsyncIterator[Callable[[], Any]]:
    """Take a ticket out of the ledger; yields what brings it (back), as a till's upload does."""

    async def run(*statements: str) -> None:
        async with office.office.database.write(org=SYSTEM) as session:
            connection = await session.connection()
            for sql in statements:
                await connection.execute(text(sql))

    last = f"event_id = '{office.event_id}' ORDER BY ticket_id DESC LIMIT 1"
    await run(
        f"CREATE TABLE kept AS SELECT * FROM ticket WHERE {last}",
        "DELETE FROM ticket WHERE ticket_id IN (SELECT ticket_id FROM kept)",
    )

    async def arrive() -> None:
        await run("INSERT INTO ticket SELECT * FROM kept")

    yield arrive


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_a_ticket_that_arrives_between_lock_and_reading_is_not_decided_unlocked(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Else another worker, which has locked it, could admit it at the same time."""
    async with (
        open_ledger_office_again(*published) as office,
        office.office.driving() as driver,
    ):
        gate = await office.enrol()
        context = office.office.context
        device = await KnownDevices(context, driver).identify(gate.headers["authorization"])
        event_books = EventBooks(context)
        book = await event_books.of_gate(device.organization_id, gate.gate_id)
        code = office.codes[office.tickets.index(max(office.tickets))]
        request = ClaimRequest(
            code=code,
            gate_id=gate.gate_id,
            direction="in",
            claim_id=ClaimId("late"),
            scanned_at=format_instant(office.now),
        )
        work = new_work(book, request, device, office.now, office.now)
        entropy = office.office.entropy
        async with without_its_last_ticket(office) as arrive:
            with pytest.raises(Outdated):
                async with driver.write(device.organization_id) as transaction:
                    interrupted = Interrupted(transaction, arrive)
                    await settle(interrupted, book, [work], AllowancesLeft(), office.now, entropy)
            async with driver.write(device.organization_id) as transaction:
                settled = await settle(
                    transaction, book, [work], AllowancesLeft(), office.now, entropy
                )
        (answer,) = settled.answers
        assert isinstance(answer, bytes)
        assert b'"admit"' in answer


@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_an_entry_on_a_ticket_that_arrives_between_lock_and_reading_is_posted_by_its_row(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Else it would stand as a passage on a ticket that nobody knows."""
    async with (
        open_ledger_office_again(*published) as office,
        office.office.driving() as driver,
    ):
        gate = await office.enrol()
        context = office.office.context
        device = await KnownDevices(context, driver).identify(gate.headers["authorization"])
        book = await EventBooks(context).of_gate(device.organization_id, gate.gate_id)
        office.scan(gate, office.tickets.index(max(office.tickets)))
        entry = check_entry(gate.journal.entries[-1], device.id, is_signed=True)
        upload = Ingest(
            owner=JournalOwner(device.organization_id, device.id),
            received_at=office.now,
            entropy=office.office.entropy,
            book_of={office.event_id: book}.get,
        )
        async with without_its_last_ticket(office) as arrive:
            with pytest.raises(Outdated):
                async with driver.write(device.organization_id) as transaction:
                    interrupted = Interrupted(transaction, arrive)
                    await EventPoster(interrupted, upload, book).post([entry])
            async with driver.write(device.organization_id) as transaction:
                assert await EventPoster(transaction, upload, book).post([entry])
        assert not await office.conflicts()


@pytest.mark.either_database
@pytest.mark.parametrize("published", ["postgresql"], indirect=True)
async def test_release_that_overtakes_its_claim_frees_a_ticket_without_a_row(
    published: tuple[Settings, LedgerOffice], postgres_cluster: PostgresCluster
) -> None:
    """A gate gives up while another worker still decides: the holder may come in elsewhere."""
    async with (
        open_ledger_office_again(*published) as office,
        office.office.driving() as driver,
    ):
        gate = await office.enrol()
        context = office.office.context
        device = await KnownDevices(context, driver).identify(gate.headers["authorization"])
        book = await EventBooks(context).of_gate(device.organization_id, gate.gate_id)
        place = office.tickets.index(max(office.tickets))
        request = ClaimRequest(
            code=office.codes[place],
            gate_id=gate.gate_id,
            direction="in",
            claim_id=ClaimId("slow"),
            scanned_at=format_instant(office.now),
        )
        work = new_work(book, request, device, office.now, office.now)
        entropy = office.office.entropy
        office.release(gate, ClaimId("slow"), place)
        name = office.office.settings.database.rpartition("/")[2]
        async with without_its_last_ticket(office):
            async with driver.write(device.organization_id) as transaction, asyncio.timeout(60):
                await settle(transaction, book, [work], AllowancesLeft(), office.now, entropy)
                sending = asyncio.create_task(office.exchanged(gate, gate.journal.entries))
                while not sending.done() and not int(
                    await asyncio.to_thread(postgres_cluster.run_sql, ANYBODY_WAITS, name)
                ):
                    pass
            await sending
            feed = await office.read_feed(gate)
            told = [type(item) for item in feed if isinstance(item, Use | Annul)]
            assert told == [Use, Annul]
