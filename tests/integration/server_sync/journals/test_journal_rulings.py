"""What a revoked device brings waits for a person, and takes effect exactly once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.id_types import TicketId
from shared.wire.exchange import EntryStatus
from shared.wire.feed import Use
from tests.factories.ledger_office import GateDevice, LedgerOffice


async def stolen(office: LedgerOffice) -> tuple[GateDevice, GateDevice]:
    """Let a device be revoked whose journal holds two admissions that nobody has heard of."""
    lost, other = await office.enrol(0), await office.enrol(1)
    await office.exchanged(lost, lost.journal.entries)
    path = f"{office.owner.path}/devices/{lost.id}"
    await office.office.ok("POST", f"{path}/revoke", office.owner, json={"reason": "stolen"})
    office.scan(lost, 0)
    office.scan(lost, 1)
    await office.exchanged(other, other.journal.entries)
    await office.claimed(other, office.codes[0])
    answer = await office.exchanged(lost, lost.journal.entries)
    assert {one.status for one in answer.answers[1:]} == {EntryStatus.UNCONFIRMED}
    return lost, other


async def waiting(office: LedgerOffice, device: GateDevice, query: str = "") -> Any:
    """List what waits."""
    path = f"{office.owner.path}/devices/{device.id}/unconfirmed{query}"
    return await office.office.ok("GET", path, office.owner)


async def rule(office: LedgerOffice, device: GateDevice, ruling: str, **body: Any) -> Any:
    """Accept or dismiss."""
    path = f"{office.owner.path}/devices/{device.id}/unconfirmed/{ruling}"
    return await office.office.ok("POST", path, office.owner, json=body)


async def test_accepted_entries_take_effect_once(ledger_office: LedgerOffice) -> None:
    """Two organizers at once, and again: each admission is posted once, its double found."""
    lost, other = await stolen(ledger_office)
    listed = (await waiting(ledger_office, lost))["items"]
    assert [(one["kind"], one["ticket_id"]) for one in listed] == [
        ("scan", ledger_office.hex_of(0)),
        ("scan", ledger_office.hex_of(1)),
    ]
    assert await ledger_office.conflicts() == []
    done = await asyncio.gather(*(rule(ledger_office, lost, "accept") for _ in range(3)))
    assert sorted(one["ruled"] for one in done) == [0, 0, 2]
    assert [one["remaining"] for one in done] == [0, 0, 0]
    feed = await ledger_office.read_feed(other)
    uses = [item for item in feed if isinstance(item, Use)]
    assert sorted(one.device_id for one in uses) == sorted([lost.id, lost.id, other.id])
    (conflict,) = await ledger_office.conflicts()
    assert conflict["kind"] == "double_use"
    assert (await waiting(ledger_office, lost))["items"] == []
    answer = await ledger_office.exchanged(lost, lost.journal.entries)
    assert {one.status for one in answer.answers} == {EntryStatus.KNOWN}
    assert (await ledger_office.claimed(other, ledger_office.codes[1]))["verdict"] == "deny"


@pytest.mark.either_database
async def test_dismissed_entries_stay_evidence_without_effect(
    ledger_office: LedgerOffice,
) -> None:
    """Nothing is admitted, nothing waits, and accepting afterwards finds nothing."""
    lost, other = await stolen(ledger_office)
    assert (await rule(ledger_office, lost, "dismiss", note="thief"))["ruled"] == 2
    assert (await rule(ledger_office, lost, "accept"))["ruled"] == 0
    assert await ledger_office.conflicts() == []
    assert (await ledger_office.claimed(other, ledger_office.codes[1]))["verdict"] == "admit"


async def test_entries_are_ruled_on_one_by_one(ledger_office: LedgerOffice) -> None:
    """Naming an entry rules on it alone; the rest goes on waiting."""
    lost, _ = await stolen(ledger_office)
    page = await waiting(ledger_office, lost, "?limit=1")
    first = page["items"][0]
    (second,) = (await waiting(ledger_office, lost, f"?after={page['next']}"))["items"]
    assert second["dseq"] == first["dseq"] + 1
    named = [{"boot": second["boot"], "dseq": second["dseq"]}]
    done = await rule(ledger_office, lost, "accept", entries=named * 2)
    assert (done["ruled"], done["remaining"]) == (1, 1)
    assert (await rule(ledger_office, lost, "accept", entries=named))["ruled"] == 0
    listed = (await waiting(ledger_office, lost))["items"]
    assert [one["dseq"] for one in listed] == [first["dseq"]]


@pytest.mark.either_database
async def test_accepted_sale_is_booked_once(ledger_office: LedgerOffice) -> None:
    """A sale that a stolen till uploads becomes one order when it is accepted."""
    till = await ledger_office.enrol()
    await ledger_office.exchanged(till, till.journal.entries)
    path = f"{ledger_office.owner.path}/devices/{till.id}/revoke"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json={})
    kinds = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/ticket-types", ledger_office.owner
    )
    kind = kinds[0]
    sold = SoldTicket(
        ticket_id=TicketId(77),
        ticket_type_code=kind["code"],
        generation=0,
        key_id=9,
        manual_code=5,
        valid_from=None,
        valid_until=None,
        price_minor=kind["price_minor"],
    )
    sale = SaleBody(
        sale_id="ab" * 16,
        receipt_number=1,
        currency=kind["currency"],
        total_minor=kind["price_minor"],
        tender="cash",
        tickets=(sold,),
    )
    till.journal.add(sale, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(till, till.journal.entries)
    orders = f"{ledger_office.path}/orders"
    before = await ledger_office.office.ok("GET", orders, ledger_office.owner)
    (listed,) = (await waiting(ledger_office, till))["items"]
    assert (listed["kind"], listed["tickets"]) == ("sale", 1)
    assert (await rule(ledger_office, till, "accept"))["ruled"] == 1
    after = await ledger_office.office.ok("GET", orders, ledger_office.owner)
    assert len(after["items"]) == len(before["items"]) + 1


@pytest.mark.either_database
async def test_staff_may_look_and_not_rule(ledger_office: LedgerOffice) -> None:
    """Accepting needs a manager; a page that nobody gave is a wrong field."""
    lost, _ = await stolen(ledger_office)
    organization = ledger_office.owner.organization_id
    staff = await ledger_office.office.person("staff", organization_id=organization)
    path = f"{ledger_office.owner.path}/devices/{lost.id}/unconfirmed"
    client = ledger_office.office.client
    assert (await client.get(path, headers=staff.headers)).status_code == 200
    answer = await client.post(f"{path}/accept", headers=staff.headers, json={})
    assert answer.status_code == 403
    for place in ("x", "00-1", f"{'0' * 16}-0", f"{'0' * 16}--3"):
        answer = await client.get(path, params={"after": place}, headers=staff.headers)
        assert answer.status_code in {400, 422}, answer.text
