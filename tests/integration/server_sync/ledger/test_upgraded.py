"""A ledger of an older program, with an evening in it, is upgraded: nothing of it is lost."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from server.db.column_types import ticket_id_to_sql
from server.db.database_connections import postgres_engine
from server.db.revision import head_revision
from server.settings import Settings, sqlite_file_of
from server.start_up.migrating import migrate, upgrade
from server.tables import load_metadata
from shared.kernel.instant import MINUTE, Instant
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.proving import know
from tests.factories.racing import rows_of
from tests.factories.sales_till import Till
from tests.factories.strength import sized

Rows = dict[str, list[dict[str, Any]]]
"""Rows by their tables' names."""


async def live_through_an_evening(office: LedgerOffice) -> list[GateDevice]:
    """Fill the ledger: claims, journals, double uses, one settled, shares, a void and homes."""
    north, south = await office.enrol(0), await office.enrol(1)
    zone = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": False}
    path = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", path, office.owner, json=zone | {"capacity": 50})
    assert (await office.claimed(north, office.codes[0], "first"))["verdict"] == "admit"
    office.scan(north, 0, claim_id="first", mode="online")
    for gate in (north, south):
        for ticket in (1, 2):
            office.scan(gate, ticket)
        await office.exchanged(gate, gate.journal.entries)
        office.office.clock.advance(MINUTE)
    settled = {"disposition": "our_error", "note": "seen on the film"}
    conflict = f"{office.path}/conflicts/{(await office.conflicts())[0]['id']}"
    await office.office.ok("POST", f"{conflict}/disposition", office.owner, json=settled)
    void = f"{office.path}/tickets/{office.hex_of(3)}/refund"
    await office.office.ok("POST", void, office.owner, json={"reason": "fell ill"})
    policy = {"policy": {"offline_policy": "home"}}
    await office.office.ok("PATCH", office.path, office.owner, json=policy)
    await office.office.ok("POST", f"{office.path}/handover", office.owner)
    return [north, south]


def make_older(connection: sa.Connection, revision: str) -> Rows:
    """Make the tables of an older program anew, and give them those rows that it could have.

    Returns:
        What that ledger holds.
    """
    held: Rows = {}
    tables = [table.name for table in load_metadata().sorted_tables]
    for name in tables:
        held[name] = read_rows(connection, name)
    for name in [*reversed(tables), "alembic_version"]:
        connection.execute(sa.text(f"DROP TABLE {name}"))
    upgrade(connection, Instant(1), target=revision)
    older = sa.inspect(connection).get_table_names()
    for name in tables:
        if name not in older:
            del held[name]
            continue
        if not held[name]:
            continue
        table = table_of(connection, name)
        rows = [{one.name: row[one.name] for one in table.columns} for row in held[name]]
        held[name] = rows
        connection.execute(sa.insert(table), rows)
    for row in held["enrolment_code"]:
        # What is kept of a code changes with the upgrade, so that nobody can enrol by it
        # (`test_migrations.py` enrols by such a code); the rest of the row stays.
        del row["hash"]
    return held


def table_of(connection: sa.Connection, name: str) -> sa.Table:
    """Describe a table as it stands."""
    return sa.Table(name, sa.MetaData(), autoload_with=connection, resolve_fks=False)


def read_rows(connection: sa.Connection, name: str) -> list[dict[str, Any]]:
    """Read a table; one that is empty is not described first, which takes longest."""
    if connection.execute(sa.text(f"SELECT 1 FROM {name} LIMIT 1")).first() is None:
        return []
    found = connection.execute(sa.select(table_of(connection, name)))
    return [dict(row) for row in found.mappings()]


def missing(connection: sa.Connection, held: Rows) -> Rows:
    """Return the rows that a ledger does not hold any more, as far as they went."""
    lost: Rows = {}
    for name, rows in held.items():
        if not rows:
            continue
        now = read_rows(connection, name)
        kept = {repr([row[column] for column in rows[0]]) for row in now}
        gone = [row for row in rows if repr(list(row.values())) not in kept]
        if gone or len(now) < len(rows):
            lost[name] = gone
    return lost


async def in_ledger(settings: Settings, work: Any, *args: Any) -> Any:
    """Do some work in a transaction of the ledger at rest, whatever kind it is of."""
    file = sqlite_file_of(settings.database)
    if file is not None:
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.begin() as connection:
            done = work(connection, *args)
        engine.dispose()
        return done
    server = postgres_engine(settings.database, {})
    async with server.begin() as remote:
        await remote.execute(sa.text("SELECT set_config('app.org', '*', true)"))
        done = await remote.run_sync(work, *args)
    await server.dispose()
    return done


async def learn_channel(office: LedgerOffice, gate: GateDevice) -> None:
    """Fetch the server's channel key, as a device does that was enrolled before there was one."""
    answer = await office.office.client.get("/sync/v1/channel", headers=gate.headers, auth=None)
    assert answer.status_code == 200, answer.text
    know(gate.token, gate.key, answer.json())


@pytest.mark.parametrize("revision", sized(["0002"], ["0002", "0011"]))
async def test_an_upgraded_ledger_holds_all_and_goes_on(
    published: tuple[Settings, LedgerOffice], revision: str
) -> None:
    """Used tickets stay used, conflicts stay with their sides, and chains are continued."""
    settings, office = published
    async with open_ledger_office_again(settings, office) as before:
        gates = await live_through_an_evening(before)
        told = await before.conflicts()
    held = await in_ledger(settings, make_older, revision)
    assert {len(held[name]) for name in ("ticket_use", "conflict_side")} == {5, 4}
    assert await migrate(settings, before.now) == head_revision()
    assert await in_ledger(settings, missing, held) == {}
    async with open_ledger_office_again(settings, before) as after:
        north, south = gates
        for gate in gates:
            await learn_channel(after, gate)
        assert await after.conflicts() == told
        for ticket, reason in ((0, "already_used"), (1, "already_used"), (3, "cancelled")):
            assert (await after.claimed(south, after.codes[ticket]))["reason"] == reason
        after.scan(north, 4)
        after.scan(south, 4)
        after.scan(north, 0)
        for gate in gates:
            answer = await after.exchanged(gate, gate.journal.entries)
            assert {one.status for one in answer.answers} <= {"stored", "known"}
        again = {one["ticket_id"] for one in await after.conflicts()}
        assert again == {one["ticket_id"] for one in told} | {after.hex_of(0), after.hex_of(4)}


async def test_an_upgraded_ledger_pays_each_ticket_back_at_its_own_price(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """What a ticket has cost is found for old ones: by its line, or by what its till has said."""
    settings, office = published
    async with open_ledger_office_again(settings, office) as before:
        till = Till(before, await before.enrol(0, role="till"))
        await till.open()
        sale_id = till.sell([till.mint(1, price=2500), till.mint(2, price=100)])
        await till.sync()
        lines = [{"ticket_type_id": before.ticket_type_id, "quantity": n} for n in (2, 1)]
        body = {"payment": "paid", "lines": lines}
        await before.office.ok("POST", f"{before.path}/orders", before.owner, json=body)
        await before.office.ok(
            "POST", f"{before.path}/orders", before.owner, json=body | {"lines": lines[:1]}
        )
    held = await in_ledger(settings, make_older, "0013")
    await in_ledger(settings, _book_as_before, sale_id)
    assert await migrate(settings, before.now) == head_revision()
    del held["ticket_order"]  # its till's sale has another key since
    assert await in_ledger(settings, missing, held) == {}
    async with open_ledger_office_again(settings, before) as after:
        assert await rows_of(after.office, _WITHOUT_LINE) == []
        assert await rows_of(after.office, _MISCOUNTED) == []
        prices = dict(await rows_of(after.office, _PRICES, channel="box_office"))
        numbers = {till.mint(number).ticket_id: price for number, price in ((1, 2500), (2, 100))}
        assert prices == {ticket_id_to_sql(one): price for one, price in numbers.items()}
        keys = "SELECT client_key FROM ticket_order WHERE channel = 'box_office'"
        assert await rows_of(after.office, keys) == [(f"till:{till.device.id}:{sale_id}",)]


def _book_as_before(connection: sa.Connection, sale_id: str) -> None:
    """Give a till's sale the key that it was booked under."""
    changed = "UPDATE ticket_order SET client_key = :key, client_digest = NULL"
    key = {"key": f"till:{sale_id}"}
    connection.execute(sa.text(f"{changed} WHERE channel = 'box_office'"), key)


_WITHOUT_LINE = "SELECT 1 FROM ticket WHERE order_id IS NOT NULL AND order_line IS NULL"
_MISCOUNTED = (
    "SELECT 1 FROM order_line l WHERE l.quantity <> (SELECT count(*) FROM ticket t"
    " WHERE t.order_id = l.order_id AND t.order_line = l.line)"
)
_PRICES = (
    "SELECT t.ticket_id, l.unit_price_minor FROM ticket t"
    " JOIN ticket_order o ON o.id = t.order_id"
    " JOIN order_line l ON l.order_id = t.order_id AND l.line = t.order_line"
    " WHERE o.channel = :channel"
)
