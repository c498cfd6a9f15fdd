"""Claims on PostgreSQL, decided without a lock in two messages: what comes between them counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import pytest
from sqlalchemy import text

from server.claims.claim_work import ClaimWork, new_work
from server.claims.settling_under_locks import AllowancesLeft, settle
from server.claims.settling_without_locks import settle_by
from server.db.hot_path_connections import Driver, PostgresDriver, Row
from server.db.hot_path_statements import Statement
from server.db.tenancy import SYSTEM
from server.devices.device_of_request import DeviceIdentity, KnownDevices
from server.plans.event_book import EventBook, EventBooks, Outdated
from server.settings import Settings
from shared.kernel.id_types import ClaimId, GateId
from shared.kernel.instant import format_instant
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.led_connections import led_on
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.postgres import PostgresCluster
from tests.integration.server_sync.db.test_batch_faults import ANYBODY_WAITS
from tests.integration.server_sync.journals.test_changed_plans import change_zone

pytestmark = pytest.mark.parametrize("published", ["postgresql"], indirect=True)

BATCH: Final = 4
_READY: Final = ord("Z")
_HEAD: Final = 5
_DECODE: Final = msgspec.json.Decoder(ClaimAnswer).decode


class Desk(msgspec.Struct):
    """One worker's way to decide claims, with a driver of its choice."""

    office: LedgerOffice
    device: DeviceIdentity
    book: EventBook
    gate_id: GateId
    token: str

    def works(self, first: int, count: int = 1) -> list[ClaimWork]:
        """Make claims of some tickets."""
        return [self._work(number) for number in range(first, first + count)]

    def _work(self, number: int) -> ClaimWork:
        request = ClaimRequest(
            code=self.office.codes[number],
            gate_id=self.gate_id,
            direction="in",
            claim_id=ClaimId(f"c{number}-{self.office.office.entropy.random_bytes(4).hex()}"),
            scanned_at=format_instant(self.office.now),
        )
        return new_work(self.book, request, self.device, self.office.now, self.office.now)

    async def settle(self, driver: Driver, works: Sequence[ClaimWork]) -> list[ClaimAnswer]:
        """Decide claims."""
        entropy = self.office.office.entropy
        settled = await settle_by(
            driver, self.book, works, AllowancesLeft(), self.office.now, entropy
        )
        answers = [_DECODE(answer) for answer in settled.answers if isinstance(answer, bytes)]
        assert len(answers) == len(works)
        return answers


@asynccontextmanager
async def a_desk(published: tuple[Settings, LedgerOffice]) -> AsyncIterator[tuple[Desk, Driver]]:
    """Open the office anew, with a device at its gate that has let somebody in before."""
    async with open_ledger_office_again(*published) as office, office.office.driving() as driver:
        gate = await office.enrol()
        desk = await desk_of(office, driver, gate.headers["authorization"], gate.gate_id)
        await desk.settle(driver, desk.works(9))  # the event's first makes the counter
        yield desk, driver


async def desk_of(office: LedgerOffice, driver: Driver, token: str, gate_id: GateId) -> Desk:
    """Identify a device, and read the event as it stands."""
    context = office.office.context
    device = await KnownDevices(context, driver).identify(token)
    book = await EventBooks(context).of_gate(device.organization_id, gate_id)
    return Desk(office, device, book, gate_id, token)


class Interrupted(PostgresDriver):
    """A driver during which something happens once, between a batch's two messages."""

    def __init__(self, url: str, happens: Callable[[], Awaitable[object]]) -> None:
        super().__init__(url, 1)
        self.messages = 0
        self._happens = happens

    async def run_alone(self, org: str, wanted: Statement, *arguments: Any) -> Sequence[Row]:
        """See `PostgresDriver.run_alone`."""
        self.messages += 1
        if self.messages == 2:
            await self._happens()
        return await super().run_alone(org, wanted, *arguments)


async def interrupted(
    desk: Desk, happens: Callable[[], Awaitable[object]], ticket: int = 0
) -> tuple[ClaimAnswer, int]:
    """Claim a ticket while something happens; returns the answer and the messages."""
    driver = Interrupted(desk.office.office.settings.database, happens)
    try:
        (answer,) = await desk.settle(driver, desk.works(ticket))
    finally:
        await driver.close()
    return answer, driver.messages


class ReadyCounter:
    """Counts how often PostgreSQL says that it is ready: once for each message."""

    def __init__(self) -> None:
        self.count = 0
        self._rest = b""
        self._is_first = True

    def take(self, data: bytes) -> None:
        """Read what the server sends."""
        if self._is_first and data == b"N":  # it speaks no TLS
            return
        self._is_first = False
        self._rest += data
        while len(self._rest) >= _HEAD:
            size = 1 + int.from_bytes(self._rest[1:_HEAD], "big")
            if len(self._rest) < size:
                return
            self.count += self._rest[0] == _READY
            self._rest = self._rest[size:]


@asynccontextmanager
async def counted(url: str) -> AsyncIterator[tuple[PostgresDriver, ReadyCounter]]:
    """Open a driver of one connection whose round trips are counted."""
    port = urlsplit(url).port
    assert port is not None
    counter = ReadyCounter()

    def count_answers(data: bytes, is_answer: bool) -> bool:
        if is_answer:
            counter.take(data)
        return True

    async with led_on(port, count_answers) as led:
        driver = PostgresDriver(url.replace(f":{port}/", f":{led}/"), 1)
        try:
            yield driver, counter
        finally:
            await driver.close()


async def test_a_batch_of_claims_takes_two_round_trips(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """One reads what it is decided by, one locks, checks, writes and commits; asked again, one."""
    async with (
        a_desk(published) as (desk, _),
        counted(desk.office.office.settings.database) as (driver, counter),
    ):
        for first, claimed in enumerate((desk.works(0, BATCH), desk.works(BATCH, BATCH))):
            before = counter.count
            assert {one.reason for one in await desk.settle(driver, claimed)} == {"ok"}
            if first:  # the first on a connection makes statements and says whose rows it sees
                assert counter.count - before == 2
        before = counter.count
        assert {one.reason for one in await desk.settle(driver, claimed)} == {"ok"}
        assert counter.count - before == 1
        refused = desk.works(0, BATCH)
        await desk.settle(driver, refused[:1])
        before = counter.count
        assert {one.reason for one in await desk.settle(driver, refused[1:])} == {"already_used"}
        assert counter.count - before == 2


async def test_who_was_let_in_meanwhile_is_refused(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Another worker admits the same ticket between the two messages: it is decided anew."""
    async with a_desk(published) as (desk, driver):
        answer, messages = await interrupted(desk, lambda: desk.settle(driver, desk.works(0)))
        assert (answer.reason, messages) == ("already_used", 4)


async def test_a_batch_that_is_decided_anew_leaves_no_hole_in_the_feed(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """The numbers of what was not written are given back: who follows the feed waits for each."""
    async with a_desk(published) as (desk, driver):
        (other,) = await desk.settle(driver, desk.works(1))
        await interrupted(desk, lambda: desk.settle(driver, desk.works(0)))
        (after,) = await desk.settle(driver, desk.works(2))
        assert other.sequence is not None
        assert after.sequence == other.sequence + 2


async def test_what_others_do_at_the_event_disturbs_nobody(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Another worker admits other tickets meanwhile: nothing is decided twice for that."""
    async with a_desk(published) as (desk, driver):
        answer, messages = await interrupted(desk, lambda: desk.settle(driver, desk.works(1, 3)))
        assert (answer.reason, messages) == ("ok", 2)
        (after,) = await desk.settle(driver, desk.works(4))
        assert answer.sequence is not None
        assert after.sequence == answer.sequence + 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE ticket SET state = 'cancelled'", "cancelled"),
        ("UPDATE ticket SET blocked = true", "blocked"),
        ("UPDATE event_feed SET stopped = '{zone}'", "evacuation"),
        ("UPDATE event SET plan_version = plan_version + 1", None),
        ("UPDATE event_feed SET keyring_version = keyring_version + 1", None),
    ],
)
async def test_what_was_changed_meanwhile_holds(
    published: tuple[Settings, LedgerOffice], change: str, reason: str | None
) -> None:
    """The office voids, stops or changes between the two messages: that decides."""
    async with a_desk(published) as (desk, _):
        office = desk.office

        async def happen() -> None:
            async with office.office.database.write(org=SYSTEM) as session:
                connection = await session.connection()
                await connection.execute(text(change.format(zone=office.zone_id)))

        if reason is None:
            with pytest.raises(Outdated):
                await interrupted(desk, happen)
        else:
            answer, messages = await interrupted(desk, happen)
            assert answer.verdict != "admit"
            assert reason in {answer.reason, answer.stop}
            assert messages > 2


@pytest.mark.parametrize(
    ("ticket", "change", "messages"),
    [
        (0, "UPDATE ticket SET persons = persons", 4),
        (9, "UPDATE ticket_use SET knew = knew", 4),
        (9, "UPDATE event_feed SET first_use_seq = first_use_seq", 2),
        (9, "SELECT 1 FROM ticket_use FOR UPDATE", 2),
    ],
)
async def test_any_change_of_a_row_that_decides_is_seen(
    published: tuple[Settings, LedgerOffice], ticket: int, change: str, messages: int
) -> None:
    """Whatever it is in the row; not one of other rows, nor a lock."""
    async with a_desk(published) as (desk, _):

        async def happen() -> None:
            async with desk.office.office.database.write(org=SYSTEM) as session:
                await (await session.connection()).execute(text(change))

        answer, sent = await interrupted(desk, happen, ticket)
        assert (answer.reason, sent) == ("already_used" if ticket else "ok", messages)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE ticket SET blocked = true", "blocked"),
        ("UPDATE event_feed SET stopped = '{zone}'", "evacuation"),
        ("UPDATE event_feed SET keyring_version = keyring_version + 1", None),
    ],
)
async def test_what_was_changed_while_its_lock_was_waited_for_holds(
    published: tuple[Settings, LedgerOffice],
    postgres_cluster: PostgresCluster,
    change: str,
    reason: str | None,
) -> None:
    """The second message waits for who changes what it checks, and sees what became of it."""
    async with a_desk(published) as (desk, _):
        office = desk.office
        name = office.office.settings.database.rpartition("/")[2]
        waiting = PostgresDriver(office.office.settings.database, 1)
        try:
            async with office.office.database.write(org=SYSTEM) as session, asyncio.timeout(60):
                connection = await session.connection()
                await connection.execute(text(change.format(zone=office.zone_id)))
                claiming = asyncio.create_task(desk.settle(waiting, desk.works(0)))
                while not int(
                    await asyncio.to_thread(postgres_cluster.run_sql, ANYBODY_WAITS, name)
                ):
                    assert not claiming.done()
            if reason is None:
                with pytest.raises(Outdated):
                    await claiming
            else:
                (answer,) = await claiming
                assert answer.verdict != "admit"
                assert reason in {answer.reason, answer.stop}
        finally:
            await waiting.close()


async def test_the_last_place_is_given_once(published: tuple[Settings, LedgerOffice]) -> None:
    """Another worker lets somebody else into the last place between the two messages."""
    async with a_desk(published) as (before, driver):
        await change_zone(before.office, capacity=3)
        desk = await desk_of(before.office, driver, before.token, before.gate_id)
        await desk.settle(driver, desk.works(5))  # counts who is inside
        answer, messages = await interrupted(desk, lambda: desk.settle(driver, desk.works(1)))
        assert (answer.verdict, answer.reason, messages) == ("deny", "capacity_full", 4)


async def test_who_waits_for_a_lock_sees_what_it_waited_for(
    published: tuple[Settings, LedgerOffice], postgres_cluster: PostgresCluster
) -> None:
    """The second message waits for a worker that holds the ticket, and sees that it was used."""
    async with a_desk(published) as (desk, driver):
        office, org = desk.office.office, desk.device.organization_id
        name = office.settings.database.rpartition("/")[2]
        waiting = PostgresDriver(office.settings.database, 1)
        try:
            async with driver.write(org) as transaction, asyncio.timeout(60):
                (first,) = (
                    await settle(
                        transaction, desk.book, desk.works(0), AllowancesLeft(), desk.office.now,
                        office.entropy,
                    )
                ).answers  # fmt: skip
                claiming = asyncio.create_task(desk.settle(waiting, desk.works(0)))
                while not int(
                    await asyncio.to_thread(postgres_cluster.run_sql, ANYBODY_WAITS, name)
                ):
                    assert not claiming.done()
            (second,) = await claiming
        finally:
            await waiting.close()
        assert isinstance(first, bytes)
        assert (_DECODE(first).reason, second.reason) == ("ok", "already_used")
