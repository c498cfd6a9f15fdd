"""Shares of a zone's capacity at the ledger: granted, spent, given back; the rest for claims."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from server.exchange.epochs import open_higher_epoch
from server.ledger.conflicts_named_lately import CONFLICT_AGAIN
from server.settings import Settings
from shared.journal.entry import ReturnBody, UndoBody
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MINUTE, SECOND, Duration
from shared.wire.device_feed import ShareChange
from shared.wire.exchange import KnownZoneShare
from tests.factories.ledger_office import GateDevice, LedgerOffice, open_ledger_office_again
from tests.factories.zone_limits import limit_zone


async def words_to(office: LedgerOffice, device: GateDevice) -> list[ShareChange]:
    """Return the ledger's words on a device's shares, oldest first."""
    await office.exchanged(device)
    return [
        item
        for item in await office.read_feed(device)
        if isinstance(item, ShareChange) and item.device_id == device.id
    ]


async def share_of(office: LedgerOffice, device: GateDevice) -> tuple[int, int | None]:
    """Return the newest word on a device's share: what was ever granted, and what to keep."""
    told = await words_to(office, device)
    return (told[-1].granted, told[-1].keep) if told else (0, None)


async def claims_left(office: LedgerOffice, device: GateDevice, first: int) -> int:
    """Claim ticket after ticket until the zone is full; return how many were let in."""
    for count, code in enumerate(office.codes[first:]):
        if (await office.claimed(device, code))["reason"] == "capacity_full":
            return count
    return len(office.codes) - first


@pytest.mark.either_database
async def test_shares_and_claims_together_never_exceed_the_zone(
    ledger_office: LedgerOffice,
) -> None:
    """What devices hold is not granted by claims, until they have given it back."""
    await limit_zone(ledger_office, 12)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert await share_of(ledger_office, north) == (6, None)
    assert await share_of(ledger_office, south) == (3, None)
    for ticket in (0, 1):
        ledger_office.scan(north, ticket, allotted=1)
    undone = ledger_office.scan(north, 2, allotted=1)
    body = UndoBody(undone.claim_id, ledger_office.tickets[2], "sv", "mistake")
    north.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    # 2 are inside, 4 are left to North and 3 to South: 3 places are the ledger's.
    assert await claims_left(ledger_office, south, 5) == 3
    granted, keep = await share_of(ledger_office, north)
    assert (granted, keep) == (6, 1)
    north.journal.add(
        ReturnBody(ledger_office.zone_id, 3), ledger_office.event_id, ledger_office.now
    )
    await ledger_office.exchanged(north, north.journal.entries)
    assert await claims_left(ledger_office, south, 9) == 3
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_a_device_that_has_nothing_to_give_back_is_not_asked_at_each_exchange(
    ledger_office: LedgerOffice,
) -> None:
    """Its passages wait for a person, so that the ledger counts places that it has spent."""
    await limit_zone(ledger_office, 8)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert await share_of(ledger_office, north) == (4, None)
    for ticket in range(4):
        ledger_office.scan(north, ticket, allotted=1, seen=b"")
    await ledger_office.exchanged(north, north.journal.entries)
    assert await claims_left(ledger_office, south, 4) == 4
    asked = await words_to(ledger_office, north)
    assert (asked[-1].granted, asked[-1].keep) == (4, 2)
    for _ in range(5):
        assert await words_to(ledger_office, north) == asked
    # What has changed since is asked for anew, and so is what was asked for long ago.
    returned = ReturnBody(ledger_office.zone_id, 1)
    north.journal.add(returned, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries[-1:])
    assert len(await words_to(ledger_office, north)) == len(asked) + 1
    ledger_office.office.clock.advance(CONFLICT_AGAIN)
    assert len(await words_to(ledger_office, north)) == len(asked) + 2


@pytest.mark.either_database
async def test_a_lost_device_s_share_is_free_again(ledger_office: LedgerOffice) -> None:
    """The organizer's declaration frees what it held, and nothing is granted to it any more."""
    await limit_zone(ledger_office, 8)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert (await share_of(ledger_office, north))[0] == 4
    assert await claims_left(ledger_office, south, 0) == 4
    body = {"from_device_id": north.id, "is_lost": True, "reason": "gone with the van"}
    path = f"{ledger_office.path}/homes/moves"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    assert (await share_of(ledger_office, north))[0] == 4
    assert await claims_left(ledger_office, south, 5) == 4


@pytest.mark.either_database
async def test_a_share_that_the_ledger_forgot_is_known_again_while_there_is_no_limit(
    ledger_office: LedgerOffice,
) -> None:
    """A ledger put back hears of it at the next exchange; a limit may come again when its
    device is cut off."""
    await limit_zone(ledger_office, 8)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    word = (await words_to(ledger_office, north))[-1]
    assert word.granted == 4
    async with ledger_office.office.database.write(org=SYSTEM) as session:
        await (await session.connection()).execute(text("DELETE FROM zone_share"))
    await limit_zone(ledger_office, None)
    opened = await open_higher_epoch(ledger_office.office.context, "put back")
    held = (KnownZoneShare(ledger_office.zone_id, 4, word.code),)
    for device, told in ((north, held), (south, ())):
        for epoch in (1, opened.epoch):
            await ledger_office.exchanged(device, shares=told, epoch=epoch)
    assert (await ledger_office.claimed(south, ledger_office.codes[0]))["verdict"] == "admit"
    await limit_zone(ledger_office, 8)
    assert await claims_left(ledger_office, south, 1) == 3


@pytest.mark.either_database
async def test_a_claim_is_let_in_on_the_room_that_its_own_device_holds(
    ledger_office: LedgerOffice,
) -> None:
    """Where the ledger has no room left, what the device has set aside counts, and is charged."""
    await limit_zone(ledger_office, 4)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    assert await share_of(ledger_office, north) == (2, None)
    assert await claims_left(ledger_office, south, 0) == 2
    codes = ledger_office.codes
    granted = await ledger_office.claimed(north, codes[4], "own", allotted=1)
    assert (granted["reason"], granted["allotted"]) == ("ok", 1)
    assert await ledger_office.claimed(north, codes[4], "own", allotted=1) == granted
    # It has set nothing aside at another device.
    assert (await ledger_office.claimed(south, codes[5], allotted=1))["reason"] == "capacity_full"
    # The journal says the same once more, and nothing is charged twice.
    ledger_office.scan(north, 4, claim_id="own", allotted=1, mode="online")
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(north, codes[6], "last", allotted=1))["allotted"] == 1
    assert (await ledger_office.claimed(north, codes[7], allotted=1))["reason"] == "capacity_full"
    # What was not made use of is the device's again.
    ledger_office.release(north, ClaimId("last"), 6)
    await ledger_office.exchanged(north, north.journal.entries[-1:])
    assert (await ledger_office.claimed(south, codes[8]))["reason"] == "capacity_full"
    assert (await ledger_office.claimed(north, codes[8], allotted=1))["allotted"] == 1
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_a_limit_set_while_people_are_inside_counts_them(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever is refused first leaves the zone as full as it is for those who come after."""
    gate = await ledger_office.enrol(0)
    codes = ledger_office.codes
    for ticket in (0, 1):
        assert (await ledger_office.claimed(gate, codes[ticket]))["verdict"] == "admit"
    await limit_zone(ledger_office, 2)
    for ticket in (2, 3):
        assert (await ledger_office.claimed(gate, codes[ticket]))["reason"] == "capacity_full"
    await limit_zone(ledger_office, None)
    assert (await ledger_office.claimed(gate, codes[4]))["verdict"] == "admit"
    await limit_zone(ledger_office, 4)
    assert (await ledger_office.claimed(gate, codes[5]))["verdict"] == "admit"
    assert (await ledger_office.claimed(gate, codes[6]))["reason"] == "capacity_full"


@pytest.mark.either_database
async def test_an_exit_makes_room_when_its_gate_s_journal_has_it(
    ledger_office: LedgerOffice,
) -> None:
    """A gate may crash between the ledger's word and its disk, and its guest stay inside."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    codes = ledger_office.codes
    for ticket in (0, 1):
        assert (await ledger_office.claimed(south, codes[ticket]))["verdict"] == "admit"
    out = {"direction": "out", "journalled": True}
    assert (await ledger_office.claimed(north, codes[0], "crashed", **out))["verdict"] == "admit"
    await limit_zone(ledger_office, 2)  # who is inside is counted now
    assert (await ledger_office.claimed(south, codes[2]))["reason"] == "capacity_full"
    ledger_office.release(north, ClaimId("crashed"), 0)
    await ledger_office.exchanged(north, north.journal.entries)
    assert (await ledger_office.claimed(south, codes[2]))["reason"] == "capacity_full"
    assert (await ledger_office.claimed(north, codes[0], "shown", **out))["verdict"] == "admit"
    ledger_office.scan(north, 0, claim_id="shown", direction="out", reason="exit", mode="online")
    for _ in range(2):  # sent twice, it makes room once
        await ledger_office.exchanged(north, north.journal.entries[-1:])
    assert (await ledger_office.claimed(south, codes[2]))["verdict"] == "admit"
    assert (await ledger_office.claimed(south, codes[3]))["reason"] == "capacity_full"
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_an_exit_of_somebody_who_was_not_counted_makes_no_room(
    ledger_office: LedgerOffice,
) -> None:
    """Whose entry has not arrived leaves no place free; nor is it counted when it arrives."""
    await limit_zone(ledger_office, 1)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(south, 1)
    ledger_office.office.clock.advance(Duration(1))
    codes = ledger_office.codes
    assert (await ledger_office.claimed(north, codes[0]))["verdict"] == "admit"
    assert (await ledger_office.claimed(north, codes[1], direction="out"))["reason"] == "exit"
    assert (await ledger_office.claimed(north, codes[2]))["reason"] == "capacity_full"
    await ledger_office.exchanged(south, south.journal.entries)
    assert await ledger_office.conflicts() == []


@pytest.mark.either_database
async def test_exits_of_those_who_are_outside_explain_nobody(
    ledger_office: LedgerOffice,
) -> None:
    """One too many is named, however often holders who are outside are scanned out beside them."""
    await limit_zone(ledger_office, 2)
    clock = ledger_office.office.clock
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)

    def pass_by(gate: GateDevice, ticket: int, direction: str = "in") -> None:
        clock.advance(SECOND)
        allotted = 1 if direction == "in" else -1
        ledger_office.scan(gate, ticket, direction=direction, allotted=allotted)

    for ticket in (0, 1):
        pass_by(north, ticket)
    for _ in range(3):
        pass_by(north, 0, "out")
    pass_by(north, 2)
    await ledger_office.exchanged(north, north.journal.entries)
    assert await ledger_office.conflicts() == []
    for _ in range(2):
        pass_by(south, 0, "out")
    pass_by(south, 3)
    await ledger_office.exchanged(south, south.journal.entries)
    assert [one["kind"] for one in await ledger_office.conflicts()] == ["over_capacity"]


async def test_the_exit_of_an_entry_that_is_taken_back_explains_nobody(
    ledger_office: LedgerOffice,
) -> None:
    """In, out, undone makes no place, and hides nobody who is let in beyond the limit."""
    await limit_zone(ledger_office, 1)
    clock = ledger_office.office.clock
    north = await ledger_office.enrol(0)
    for _ in range(3):
        clock.advance(SECOND)
        body = ledger_office.scan(north, 0, allotted=1)
        clock.advance(SECOND)
        ledger_office.scan(north, 0, direction="out", reason="exit", allotted=-1)
        undo = UndoBody(body.claim_id, ledger_office.tickets[0], "sv_1", "did_not_enter")
        north.journal.add(undo, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    async with ledger_office.office.database.read(org=SYSTEM) as session:
        rows = await session.execute(text("SELECT sum(spent) FROM zone_share"))
        assert not rows.scalar(), "what was taken back has cost nothing, and brought nothing"
    for ticket in (1, 2):
        clock.advance(SECOND)
        ledger_office.scan(north, ticket, allotted=1)
    await ledger_office.exchanged(north, north.journal.entries)
    assert [one["kind"] for one in await ledger_office.conflicts()] == ["over_capacity"]


@pytest.mark.either_database
@pytest.mark.parametrize("entering", [2, 3])
async def test_a_journal_that_brings_the_entry_of_an_exit_excuses_nobody_else(
    ledger_office: LedgerOffice, entering: int
) -> None:
    """Once the entry is known, nobody else is excused by the exit."""
    await limit_zone(ledger_office, 2)
    clock = ledger_office.office.clock
    clock.advance(MINUTE)
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    ledger_office.scan(north, 0)
    clock.advance(SECOND)
    ledger_office.scan(south, 0, direction="out")
    await ledger_office.exchanged(south, south.journal.entries)
    for ticket in range(1, 1 + entering):
        clock.advance(SECOND)
        ledger_office.scan(north, ticket)
    await ledger_office.exchanged(north, north.journal.entries)
    kinds = [one["kind"] for one in await ledger_office.conflicts()]
    assert kinds == (["over_capacity"] if entering > 2 else [])


async def test_two_workers_never_overfill_a_zone_whose_devices_hold_room(
    published: tuple[Settings, LedgerOffice],
) -> None:
    """Holders of room and others claim at once, at two workers: exactly as many get in as fit."""
    async with (
        open_ledger_office_again(*published) as one,
        open_ledger_office_again(*published) as other,
    ):
        await limit_zone(one, 12)
        devices = [await one.enrol(number % 2) for number in range(4)]
        held = {}
        for device in devices[:3]:
            held[device.id] = (await share_of(one, device))[0]
        assert all(held.values())

        async def present(number: int, code: str) -> str:
            device = devices[number % 4]
            worker = (one, other)[number // 4 % 2]
            room = 1 if held.get(device.id, 0) > 0 else 0
            if room:
                held[device.id] -= 1  # set aside, as a gate does before it asks
            answer = await worker.claimed(device, code, f"race-{number}", allotted=room)
            if room and answer["allotted"] == 0:
                held[device.id] += 1
            return str(answer["reason"])

        first = await asyncio.gather(*(present(n, c) for n, c in enumerate(one.codes[:16])))
        reasons = list(first)
        for n, code in enumerate(one.codes[16:], 16):
            reasons.append(await present(n, code))
        assert set(reasons) <= {"ok", "capacity_full"}
        assert reasons.count("ok") == 12 - sum(held.values())
        for device in devices[:3]:
            for left in range(held[device.id]):
                one.scan(device, reasons.index("capacity_full"), allotted=1)
                reasons[reasons.index("capacity_full")] = f"cut off {left}"
            await one.exchanged(device, device.journal.entries)
        assert await one.conflicts() == []
        refused = one.codes[reasons.index("capacity_full")]
        assert (await one.claimed(devices[3], refused, allotted=1))["reason"] == "capacity_full"
