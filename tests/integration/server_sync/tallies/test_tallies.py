"""The running counts equal a fold of the rows, whatever became of these, in whatever order."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from server.db.hot_path_connections import Driver, Transaction
from server.db.hot_path_statements import statement
from server.db.tenancy import SYSTEM
from server.ledger.ledger_statements import ANNUL_USES, CONFIRM_USES
from server.ledger.rows import insert_uses, signed
from server.ledger.uses import UseRecord
from server.start_up.migrating import migrate
from server.tallies.rows import bring_together, read_minutes, read_totals
from server.tallies.what_is_counted import MINUTE_US, Stat
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrganizationId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Duration, Instant
from tests.factories.office import Office
from tests.factories.strength import sized

ORGANIZATION, EVENT = OrganizationId("org_counted"), EventId("evt_counted")
ROUNDS = sized(40, 400)
DAY_US = 24 * 60 * MINUTE_US
COUNT_INSIDE = statement(
    "WITH way AS (SELECT zone_id, ticket_id, at, direction, claim_id,"
    " CASE WHEN direction = 'in' THEN count"
    " WHEN source = 'awaited' AND NOT is_confirmed THEN 0 ELSE -count END AS seen,"
    " CASE WHEN direction = 'out' THEN -count WHEN is_confirmed THEN count ELSE 0 END AS sure"
    " FROM ticket_use WHERE event_id = $1 AND organization_id = $2 AND NOT is_annulled),"
    " run AS (SELECT zone_id, ticket_id, seen, sure,"
    " sum(seen) OVER (PARTITION BY zone_id, ticket_id ORDER BY at, direction, claim_id"
    " ROWS UNBOUNDED PRECEDING) AS seen_so_far,"
    " sum(sure) OVER (PARTITION BY zone_id, ticket_id ORDER BY at, direction, claim_id"
    " ROWS UNBOUNDED PRECEDING) AS sure_so_far FROM way),"
    " ticket_ways AS (SELECT zone_id,"
    " sum(seen) - CASE WHEN min(seen_so_far) < 0 THEN min(seen_so_far) ELSE 0 END AS seen,"
    " sum(sure) - CASE WHEN min(sure_so_far) < 0 THEN min(sure_so_far) ELSE 0 END AS sure"
    " FROM run GROUP BY zone_id, ticket_id)"
    " SELECT zone_id, CAST(sum(seen) AS bigint), CAST(sum(sure) AS bigint) FROM ticket_ways"
    " GROUP BY zone_id ORDER BY zone_id"
)
"""By each ticket's own passages in order: admission.md, section 3."""


def make_use(drawn: random.Random, number: int) -> UseRecord:
    """Draw a passage: few tickets, so that each has many, through two zones."""
    direction = drawn.choice(("in", "in", "out"))
    return UseRecord(
        claim_id=ClaimId(f"claim-{number}"),
        ticket_id=TicketId(drawn.randrange(12)),
        zone_id=ZoneId(drawn.choice(("zon_hall", "zon_yard"))),
        occurrence_id=OccurrenceId("occ"),
        direction=direction,
        at=Instant(DAY_US + drawn.randrange(5 * MINUTE_US)),
        at_error=Duration(0),
        count=drawn.randrange(1, 4),
        gate_id=GateId(drawn.choice(("gat_north", "gat_south"))),
        device_id=DeviceId("dev"),
        mode="online",
        reason="exit" if direction == "out" else drawn.choice(("ok", "override", "reentry")),
        is_annulled=drawn.random() < 0.1,
        is_confirmed=drawn.random() < 0.5,
        source=drawn.choice(("claim", "journal", "gift", "awaited")),
        boot=b"boot",
        dseq=number,
        seq=number,
        epoch=1,
        content=None,
        remaining=None,
    )


async def change(transaction: Transaction, drawn: random.Random, uses: list[UseRecord]) -> None:
    """Let something happen to some passages, several in one statement."""
    some = drawn.sample(uses, min(len(uses), drawn.randrange(4)))
    match drawn.randrange(4):
        case 0:
            rows = [(EVENT, one.claim_id, drawn.random() < 0.7) for one in some]
            await transaction.run_many(ANNUL_USES, rows)
        case 1:
            rows_confirmed = [(EVENT, one.claim_id, b"boot", 1, True, 0) for one in some]
            await transaction.run_many(CONFIRM_USES, rows_confirmed)
        case _:
            first = len(uses) + 1
            made = [make_use(drawn, first + n) for n in range(drawn.randrange(6))]
            await insert_uses(transaction, ORGANIZATION, EVENT, made)
            uses += made


async def fold(transaction: Transaction) -> tuple[Counter[tuple[str, ...]], Sequence[object]]:
    """Fold the rows by statements of before there were counts, and by Python."""
    every = statement(
        "SELECT direction, at, gate_id, zone_id, reason, count FROM ticket_use"
        " WHERE event_id = $1 AND organization_id = $2 AND NOT is_annulled"
    )
    counted: Counter[tuple[str, ...]] = Counter()
    for way, at, gate, zone, reason, count in await transaction.fetch(every, EVENT, ORGANIZATION):
        for minute in (0, at // MINUTE_US):
            counted[way, str(minute), gate, zone, reason, "passages"] += 1
            counted[way, str(minute), gate, zone, reason, "persons"] += count
    inside = await transaction.fetch(COUNT_INSIDE, EVENT, ORGANIZATION)
    return counted, [tuple(row) for row in inside if row[1] or row[2]]


async def tallied(transaction: Transaction) -> tuple[Counter[tuple[str, ...]], Sequence[object]]:
    """Read the same from the running counts."""
    ways = (Stat.IN, Stat.OUT)
    minutes = range(1, 2 * DAY_US // MINUTE_US)
    rows = await read_totals(transaction, ORGANIZATION, EVENT, ways)
    rows += await read_minutes(transaction, ORGANIZATION, EVENT, ways, minutes)
    counted: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        key = (row.stat, str(row.minute), row.place, row.scope, row.what)
        counted[*key, "passages"] += row.count
        counted[*key, "persons"] += row.amount
    inside = await read_totals(transaction, ORGANIZATION, EVENT, [Stat.INSIDE])
    return counted, [(row.scope, row.count, row.amount) for row in inside]


async def compare(driver: Driver) -> None:
    """Hold one against the other."""
    async with driver.read(ORGANIZATION) as transaction:
        assert await tallied(transaction) == await fold(transaction)


@pytest.mark.parametrize("seed", [1, 2])
async def test_counts_equal_a_fold_whatever_passages_come_to(office: Office, seed: int) -> None:
    """Late ones, doubles, exits that nobody saw come in, undone, confirmed and taken up again."""
    drawn = random.Random(seed)
    uses: list[UseRecord] = []
    async with office.driving() as driver:
        for number in range(ROUNDS):
            async with driver.write(ORGANIZATION) as transaction:
                await change(transaction, drawn, uses)
            if number % 7 == 0:
                await compare(driver)
            if number % 11 == 0:
                await bring_together(driver)
        await compare(driver)
        await bring_together(driver)
        await compare(driver)
    assert len({signed([one.ticket_id])[0] for one in uses}) > 1


async def test_thousands_of_passages_at_once_are_counted_as_one_is(office: Office) -> None:
    """Everybody who is sent out is one statement, by whatever plan few passages had before."""
    drawn = random.Random(3)
    uses = [make_use(drawn, number) for number in range(3_000)]
    for number, use in enumerate(uses):
        use.ticket_id = TicketId(number)
    async with office.driving() as driver:
        for some in (uses[:1], uses[1:2], uses[2:]):
            async with driver.write(ORGANIZATION) as transaction:
                await insert_uses(transaction, ORGANIZATION, EVENT, some)
        await compare(driver)
        async with driver.write(ORGANIZATION) as transaction:
            rows = [(EVENT, one.claim_id, True) for one in uses]
            await transaction.run_many(ANNUL_USES, rows)
        await compare(driver)
        async with driver.read(ORGANIZATION) as transaction:
            assert await read_totals(transaction, ORGANIZATION, EVENT, Stat) == []


async def test_triggers_that_are_gone_are_made_again_and_count_anew(office: Office) -> None:
    """To rebuild a table drops them without a word; the next start finds that out."""
    drawn = random.Random(4)
    uses = [make_use(drawn, number) for number in range(40)]
    async with office.database.write(org=SYSTEM, is_audited=False) as session:
        connection = await session.connection()
        await connection.run_sync(drop_one)
    async with office.driving() as driver:
        async with driver.write(ORGANIZATION) as transaction:
            await insert_uses(transaction, ORGANIZATION, EVENT, uses)
        async with driver.read(ORGANIZATION) as transaction:
            missed = (Stat.IN, Stat.OUT)
            assert await read_totals(transaction, ORGANIZATION, EVENT, missed) == []
        await migrate(office.settings, office.clock.wall())
        await compare(driver)


def drop_one(connection: Connection) -> None:
    """Drop a trigger of new passages."""
    is_postgres = connection.dialect.name == "postgresql"
    names = "SELECT tgname FROM pg_trigger" if is_postgres else "SELECT name FROM sqlite_master"
    (name,) = [
        row[0]
        for row in connection.exec_driver_sql(names)
        if row[0].startswith("tally_passages_insert")
    ]
    connection.exec_driver_sql(f"DROP TRIGGER {name}{' ON ticket_use' if is_postgres else ''}")
