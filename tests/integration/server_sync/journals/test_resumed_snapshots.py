"""A gate's machine resumed from a snapshot: two entries of its boot bear the same numbers."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.journals.till_entry_booking import NotedEntries
from server.keys.voucher_codes import VoucherCodes
from server.keys.withdrawal_codes import WithdrawalCodes
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import BOOT_SIZE, ScanBody
from shared.journal.evidence_check import EvidenceCheck
from shared.journal.sale_body import SaleBody
from shared.wire.exchange import EntryStatus
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.sales_till import PRICE, Till, enter, till

__all__ = ["till"]

REFUSED: dict[str, Any] = {"verdict": "deny", "reason": "already_used", "seen": b""}


def snapshot(device: GateDevice) -> GateDevice:
    """Give what a gate is once its machine is resumed from a snapshot that is taken now."""
    journal = replace(device.journal, entries=[*device.journal.entries])
    return replace(device, journal=journal)


async def bring(office: LedgerOffice, *devices: GateDevice) -> None:
    """Upload journals."""
    for one in devices:
        await office.exchanged(one, one.journal.entries)


async def verify(office: LedgerOffice, path: str) -> None:
    """Verify an evidence file with the root key alone; nothing may be wrong with it."""
    written = await office.office.client.get(f"{path}/evidence", headers=office.owner.headers)
    check = EvidenceCheck(office.root)
    for line in written.content.splitlines(keepends=True):
        check.take(line)
    assert check.finish().problems == ()


async def sides(office: LedgerOffice, kind: str) -> list[dict[str, Any]]:
    """Return the sides of the only conflict of a kind."""
    (found,) = [one for one in await office.conflicts() if one["kind"] == kind]
    told = await office.office.ok("GET", f"{office.path}/conflicts/{found['id']}", office.owner)
    shown: list[dict[str, Any]] = told["sides"]
    return shown


async def compromise(till: Till) -> None:
    """Declare that nobody may trust the till's key."""
    owner = till.office.owner
    path = f"{owner.path}/keys/{till.key.public_key.hex()}/compromise"
    await till.office.office.ok("POST", path, owner, json={"reason": "found"})


def body_of(side: dict[str, Any]) -> Any:
    """Read what the entry beside a side says."""
    assert side["entry"] is not None, side
    return decode_body(decode_entry(b64decode(side["entry"])))


@pytest.mark.either_database
@pytest.mark.parametrize("is_former_first", [True, False])
async def test_a_double_use_shows_the_entry_that_let_each_in(
    ledger_office: LedgerOffice, *, is_former_first: bool
) -> None:
    """Of two entries with one number, whichever came first: not none, nor the other's."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    resumed = snapshot(gate)
    office.scan(gate, 0)
    office.scan(resumed, 1)
    office.scan(other, 0)
    office.scan(other, 1)
    await bring(office, *([gate, resumed] if is_former_first else [resumed, gate]), other)
    found = [one for one in await office.conflicts() if one["kind"] == "double_use"]
    for conflict in found:
        path = f"{office.path}/conflicts/{conflict['id']}"
        told = await office.office.ok("GET", path, office.owner)
        assert len(told["sides"]) == 2
        for side in told["sides"]:
            assert body_of(side).claim_id == side["side"]
        await verify(office, path)
    assert len(found) == 2


@pytest.mark.either_database
async def test_a_passage_is_judged_by_the_entry_that_told_of_it(till: Till) -> None:
    """Its till's key ended, its sale came later, and at its number stands a refusal: it counts."""
    office = till.office
    gate = await office.enrol(0)
    resumed = snapshot(gate)
    office.scan(gate, 0, **REFUSED)
    sold = till.mint(1)
    enter(till, resumed, sold)
    await bring(office, gate, resumed)
    await compromise(till)
    till.sell([sold])
    await till.sync()
    assert (await office.claimed(gate, till.code(sold)))["reason"] == "already_used"


@pytest.mark.either_database
async def test_what_ends_with_a_key_is_named_by_the_entry_that_told_of_it(till: Till) -> None:
    """The key of a till that is compromised: who came in by it, not who was refused."""
    office = till.office
    gate = await office.enrol(0)
    resumed = snapshot(gate)
    office.scan(gate, 0, **REFUSED)
    enter(till, resumed, till.mint(1))
    await bring(office, gate, resumed)
    await compromise(till)
    (side,) = await sides(office, "unexplained")
    body = body_of(side)
    assert isinstance(body, ScanBody)
    assert body.verdict == "admit"


@pytest.mark.either_database
@pytest.mark.parametrize(("scans", "is_at_once"), [(1, True), (3, True), (3, False)])
async def test_starts_after_a_resumed_one_are_taken(
    ledger_office: LedgerOffice, scans: int, *, is_at_once: bool
) -> None:
    """It went on as long as what was lost, or longer: the next start follows a forked entry."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    resumed = snapshot(gate)
    office.scan(gate, 0)
    await bring(office, gate)
    for ticket in range(1, 1 + scans):
        office.scan(resumed, ticket)
    if not is_at_once:
        await bring(office, resumed)
    for ticket in (4, 5):
        boot = office.office.entropy.random_bytes(BOOT_SIZE)
        resumed.journal.reboot(office.now, boot=boot)
        office.scan(resumed, ticket)
    answered = await office.exchanged(resumed, resumed.journal.entries)
    assert [one.status for one in answered.answers[-4:]] == [EntryStatus.STORED] * 4
    used = [*range(1 + scans), 4, 5]
    said = [(await office.claimed(other, office.codes[one]))["reason"] for one in (*used, 6)]
    assert said == ["already_used"] * len(used) + ["ok"]
    assert [one["kind"] for one in await office.conflicts()] == ["forked_journal"]
    await verify(office, office.path)


@pytest.mark.either_database
async def test_a_ticket_sold_twice_shows_the_sale_that_sold_it(till: Till) -> None:
    """The till's machine was resumed, and what stands at the number is another sale."""
    resumed = Till(till.office, snapshot(till.device))
    resumed.key, resumed.grant = till.key, till.grant
    till.sell([till.mint(1)])
    resumed.sell([resumed.mint(2)])
    await till.sync()
    await resumed.sync()
    till.sell([till.mint(2)])
    await till.sync()
    shown = [body_of(one) for one in await sides(till.office, "sold_twice")]
    assert len(shown) == 2
    for body in shown:
        assert isinstance(body, SaleBody)
        assert [one.ticket_id for one in body.tickets] == [till.mint(2).ticket_id]


@pytest.mark.either_database
async def test_what_a_resumed_till_sold_is_booked(till: Till) -> None:
    """Beside what the lost part sold, of the same ids; what fails at first, in a later round."""
    office = till.office
    resumed = Till(office, snapshot(till.device))
    resumed.key, resumed.grant = till.key, till.grant
    till.sell([till.mint(1)])
    resumed.sell([resumed.mint(1)])
    resumed.sell([resumed.mint(2, price=1)])
    await till.sync()
    database = office.office.database
    async with database.write(org=SYSTEM) as session:
        await session.execute(text("CREATE UNIQUE INDEX probe ON ticket_order (total_minor)"))
    assert (await resumed.sync())[1:] == [EntryStatus.FORKED] * 2
    assert await totals(office) == [1, PRICE]
    async with database.write(org=SYSTEM) as session:
        await session.execute(text("DROP INDEX probe"))
    desk = NotedEntries(
        office.office.context, LedgerFeed(), WithdrawalCodes(bytes(32)), VoucherCodes(bytes(32))
    )
    assert (await desk.catch_up(), await desk.catch_up()) == (1, 0)
    await resumed.sync()
    assert await totals(office) == [1, PRICE, PRICE]
    shown = [body_of(one).sale_id for one in await sides(office, "sold_twice")]
    assert len(set(shown)) == 2


async def totals(office: LedgerOffice) -> list[int]:
    """Return what the event's orders come to."""
    found = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    return sorted(one["total_minor"] for one in found["items"])
