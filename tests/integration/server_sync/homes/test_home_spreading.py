"""Homes of what is sold after a publication, and spreading all homes again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from server.homes import first_homes
from server.keys.home_ranges import PARTS_BITS, read_home_ranges
from server.publishing import publisher as publishing
from server.ticketing.models import Ticket
from shared.journal.entry import SurrenderBody
from shared.kernel.id_types import DeviceId, TicketId
from shared.manifest.home_spreading import PossibleHome, slot_of, spread
from shared.manifest.tickets import TicketRow
from shared.wire.device_feed import Recall
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.sales_till import Till
from tests.integration.server_sync.homes.test_homes import homes_of, make_homes, move


async def buy(office: LedgerOffice, quantity: int = 1) -> list[dict[str, Any]]:
    """Buy tickets by the order API; return them."""
    line = {"ticket_type_id": office.ticket_type_id, "quantity": quantity}
    body = {"lines": [line], "payment": "paid"}
    placed = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)
    bought: list[dict[str, Any]] = placed["tickets"]
    return bought


async def told_homes(
    office: LedgerOffice, device: GateDevice
) -> dict[str, tuple[str | None, int]]:
    """Return the homes, with their numbers, that the feed tells, by ticket."""
    return {
        f"{item.ticket_id:016x}": (item.facts.home_device_id, item.facts.home_number)
        for item in await office.read_feed(device)
        if isinstance(item, TicketRow)
    }


async def spread_again(office: LedgerOffice) -> dict[str, int]:
    """Order the homes spread."""
    path = f"{office.path}/homes/spread"
    body = {"reason": "a gate was added"}
    answer: dict[str, int] = await office.office.ok("POST", path, office.owner, json=body)
    return answer


async def surrender(office: LedgerOffice, device: GateDevice) -> int:
    """Sign everything that the feed asks a device for; return how many tickets that is."""
    given = 0
    for item in await office.read_feed(device):
        if isinstance(item, Recall) and item.device_id == device.id:
            body = SurrenderBody(item.move_id, item.number, item.ticket_ids)
            device.journal.add(body, office.event_id, office.now)
            given += len(item.ticket_ids)
    await office.exchanged(device, device.journal.entries)
    return given


def by_the_rule(office: LedgerOffice, ticket_id: str, *devices: GateDevice) -> str:
    """Draw a ticket's home among devices alone at their gates."""
    slot = slot_of(TicketId(int(ticket_id, 16)))
    carriers = [PossibleHome(DeviceId(device.id), 1.0) for device in devices]
    return spread(office.event_id, [slot], carriers)[slot]


@pytest.mark.either_database
async def test_tickets_sold_and_imported_late_have_homes_at_once(
    ledger_office: LedgerOffice,
) -> None:
    """By the rule that publishing goes by; gates hear of it, and the ledger asks the home."""
    unsold = await buy(ledger_office)
    assert unsold[0]["home_device_id"] is None  # nothing is at home under `open`
    north, south = await make_homes(ledger_office, 0, 1)
    bought = await buy(ledger_office, 12)
    homes = {one["id"]: one["home_device_id"] for one in bought}
    assert homes == {one: by_the_rule(ledger_office, one, north, south) for one in homes}
    assert {one["home_gate"] for one in bought} == {"North", "South"}
    body = {"ticket_type_id": ledger_office.ticket_type_id, "codes": ["4006381333931"]}
    path = f"{ledger_office.path}/tickets/import"
    found = await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    late = found["ticket_ids"][0]
    homes[late] = by_the_rule(ledger_office, late, north, south)
    told = await told_homes(ledger_office, north)
    assert {one: told[one][0] for one in homes} == homes
    assert min(told[one][1] for one in homes) > 1
    other = south if homes[late] == north.id else north
    denied = await ledger_office.claimed(other, "4006381333931")
    assert (denied["reason"], denied["use_gate"] in ledger_office.gates) == (
        "offline_policy",
        True,
    )


@pytest.mark.either_database
async def test_very_many_tickets_have_homes_by_one_rule_part_by_part(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one transaction 40,000 kept SQLite's writer, and all claims, for 0.15 s."""
    monkeypatch.setattr(first_homes, "HOMES_ONE_BY_ONE_MAX", 0)
    monkeypatch.setattr(publishing, "HOMES_AT_ONCE", 5)
    await buy(ledger_office, 20)
    north, south = await make_homes(ledger_office, 0, 1)
    homes = await homes_of(ledger_office)
    assert len(homes) > 20
    assert homes == {one: by_the_rule(ledger_office, one, north, south) for one in homes}
    async with ledger_office.office.context.read(ledger_office.owner.organization_id) as unit:
        numbers = set(await unit.all(select(Ticket.home_number)))
    assert len(numbers) > 1, "each part is a transaction of its own"


async def test_two_sales_at_once_have_homes_each_with_a_number_of_its_own(
    ledger_office: LedgerOffice,
) -> None:
    """Sales that race wait for nobody's manifest, and leave no ticket without a home."""
    await make_homes(ledger_office, 0, 1)
    placed = await asyncio.gather(*(buy(ledger_office, 2) for _ in range(6)))
    assert all(one["home_device_id"] for tickets in placed for one in tickets)


@pytest.mark.either_database
async def test_a_walk_up_of_a_till_without_homes_for_its_ids_is_given_one(
    ledger_office: LedgerOffice,
) -> None:
    """A till's own parts go first; what it sold before there were any is spread like a sale."""
    till = Till(ledger_office, await ledger_office.enrol(role="till"))
    await till.open()
    north, south = await make_homes(ledger_office, 0, 1)
    sold = [till.mint(number) for number in (1, 2)]
    till.sell(sold)
    await till.sync()
    parts = set((await parts_of(ledger_office)).values())
    homes = await homes_of(ledger_office)
    assert {homes[f"{one.ticket_id:016x}"] for one in sold} <= parts & {north.id, south.id}
    foreign = till.mint(3, ticket_id=77)
    till.sell([foreign])
    await till.sync()
    homes = await homes_of(ledger_office)
    alone = f"{77:016x}"
    assert homes[alone] == by_the_rule(ledger_office, alone, north, south)


async def parts_of(office: LedgerOffice) -> dict[int, str]:
    """Return the homes of the parts of tills' ranges."""
    async with office.office.context.read(office.owner.organization_id) as unit:
        found = await read_home_ranges(unit, office.event_id)
    return {part.ids.prefix: part.device_id for parts in found.values() for part in parts}


@pytest.mark.either_database
async def test_what_a_till_sold_unheard_is_let_in_at_the_home_that_its_ids_have_moved_to(
    ledger_office: LedgerOffice,
) -> None:
    """The old home has signed them away; the new one, cut off, may have admitted already."""
    till = Till(ledger_office, await ledger_office.enrol(role="till"))
    await till.open()
    devices = await make_homes(ledger_office, 0, 1)
    parts = await parts_of(ledger_office)
    old = next(device for device in devices if device.id in parts.values())
    new = next(device for device in devices if device is not old)
    width = 64 - till.grant["id_prefix_bits"] - PARTS_BITS
    first = min(part for part, home in parts.items() if home == old.id)
    sold = [till.mint(0, ticket_id=(first << width) | number) for number in (1, 2)]
    before = await ledger_office.claimed(old, till.code(sold[0]))
    assert before["verdict"] == "admit"
    await move(ledger_office, old, to_device_id=new.id)
    await surrender(ledger_office, old)
    assert (await parts_of(ledger_office))[first] == new.id
    assert (await ledger_office.claimed(old, till.code(sold[1])))["reason"] == "offline_policy"
    assert (await ledger_office.claimed(new, till.code(sold[1])))["verdict"] == "admit"


async def test_spreading_asks_homes_and_moves_what_they_sign_for(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate that was added is given its part, each ticket by its old home's word, once asked."""
    monkeypatch.setattr("server.homes.spreading_again.PAGE", 3)
    (north,) = await make_homes(ledger_office, 0)
    south = await ledger_office.enrol(1)
    before = await homes_of(ledger_office)
    due = [one for one in before if by_the_rule(ledger_office, one, north, south) == south.id]
    asked = await spread_again(ledger_office)
    assert asked == {"moved": 0, "waiting": len(due), "stuck": 0, "left": 0, "without": 0}
    assert await homes_of(ledger_office) == before
    assert await spread_again(ledger_office) == asked
    shown = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/homes", ledger_office.owner
    )
    assert {one["device_id"]: one["waiting"] for one in shown["homes"]}[north.id] == len(due)
    assert await surrender(ledger_office, north) == len(due)
    after = await homes_of(ledger_office)
    assert after == before | dict.fromkeys(due, south.id)
    done = await spread_again(ledger_office)
    assert set(done.values()) == {0}


@pytest.mark.either_database
async def test_what_cannot_move_is_said(ledger_office: LedgerOffice) -> None:
    """A revoked home signs nothing; declared lost, it is not asked, and all move at once."""
    north, south = await make_homes(ledger_office, 0, 1)
    before = await homes_of(ledger_office)
    mine = [one for one, home in before.items() if home == north.id]
    path = f"{ledger_office.owner.path}/devices/{north.id}/revoke"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json={"reason": "stolen"})
    stuck = await spread_again(ledger_office)
    assert (stuck["stuck"], stuck["moved"], stuck["waiting"]) == (len(mine), 0, 0)
    assert await homes_of(ledger_office) == before
    await move(ledger_office, north, is_lost=True, reason="stolen")
    assert set((await homes_of(ledger_office)).values()) == {south.id}


@pytest.mark.either_database
async def test_where_nothing_is_at_home_there_is_nothing_to_spread(
    ledger_office: LedgerOffice,
) -> None:
    """Under another policy the order is refused; without a gate's device, nothing has a home."""
    office, path = ledger_office.office, f"{ledger_office.path}/homes/spread"
    refused = await office.call("POST", path, ledger_office.owner, json={"reason": "try"})
    assert refused.status_code == 409
    await make_homes(ledger_office)
    assert (await spread_again(ledger_office))["without"] == len(ledger_office.tickets)
    north = await ledger_office.enrol(0)
    assert (await spread_again(ledger_office))["moved"] == len(ledger_office.tickets)
    told = await told_homes(ledger_office, north)
    assert {home for home, _ in told.values()} == {north.id}
