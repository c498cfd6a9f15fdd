"""Homes under the policy `home`: given by publishing, kept, shown, moved by the rules."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from server.claims import claim_queue
from server.db.tenancy import SYSTEM
from server.homes.abandoned_asks import AbandonedAsks
from shared.journal.entry import AskProof, GiveBody, SurrenderBody
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import MINUTE
from shared.manifest.tickets import TicketRow
from shared.wire.device_feed import HomeRequest, Recall
from shared.wire.feed import Annul, Use
from tests.factories.home_asks import asked_by
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.zone_limits import limit_zone


async def make_homes(office: LedgerOffice, *gates: int) -> list[GateDevice]:
    """Enrol gates, turn the event to `home`, and publish it."""
    devices = [await office.enrol(gate) for gate in gates]
    policy = {"policy": {"offline_policy": "home"}}
    await office.office.ok("PATCH", office.path, office.owner, json=policy)
    await office.office.ok("POST", f"{office.path}/handover", office.owner)
    return devices


async def homes_of(office: LedgerOffice) -> dict[str, str | None]:
    """Return each ticket's home by the API."""
    found = await office.office.ok("GET", f"{office.path}/tickets?limit=100", office.owner)
    return {one["id"]: one["home_device_id"] for one in found["items"]}


async def move(office: LedgerOffice, device: GateDevice, **more: Any) -> Any:
    """Order a device's tickets moved."""
    body = {"from_device_id": device.id, "reason": "its gate closes"} | more
    return await office.office.ok("POST", f"{office.path}/homes/moves", office.owner, json=body)


@pytest.mark.either_database
async def test_publishing_gives_homes_and_publishing_again_keeps_them(
    ledger_office: LedgerOffice,
) -> None:
    """Every ticket has a home at a gate of its zone, shown with it; a newcomer moves none."""
    north, south = await make_homes(ledger_office, 0, 1)
    before = await homes_of(ledger_office)
    assert Counter(before.values()).keys() == {north.id, south.id}
    one = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/tickets/{ledger_office.hex_of(0)}", ledger_office.owner
    )
    at_home = {north.id: "North", south.id: "South"}
    assert one["home_gate"] == at_home[one["home_device_id"]]
    await ledger_office.enrol(0)
    await ledger_office.office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    assert await homes_of(ledger_office) == before
    shown = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/homes", ledger_office.owner
    )
    counts = {home["device_id"]: home["tickets"] for home in shown["homes"]}
    assert sum(counts.values()) == len(ledger_office.tickets)
    assert shown["without"] == 0
    assert len(counts) == 3


@pytest.mark.either_database
async def test_homes_move_only_when_the_old_home_has_signed(ledger_office: LedgerOffice) -> None:
    """A move waits for the surrender; then gates hear of the new home, numbered higher."""
    north, south = await make_homes(ledger_office, 0, 1)
    mine = [one for one, home in (await homes_of(ledger_office)).items() if home == north.id]
    ordered = await move(ledger_office, north)
    assert ordered["state"] == "asked"
    assert north.id in (await homes_of(ledger_office)).values()
    items = await ledger_office.read_feed(north)
    recall = next(item for item in items if isinstance(item, Recall))
    assert (recall.device_id, recall.move_id) == (north.id, ordered["id"])
    # Another device's word frees nothing.
    body = SurrenderBody(recall.move_id, recall.number)
    south.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(south, south.journal.entries)
    assert north.id in (await homes_of(ledger_office)).values()
    north.journal.add(body, ledger_office.event_id, ledger_office.now)
    await ledger_office.exchanged(north, north.journal.entries)
    assert set((await homes_of(ledger_office)).values()) == {south.id}
    moved = [
        item
        for item in await ledger_office.read_feed(south)
        if isinstance(item, TicketRow) and item.facts.home_number > recall.number
    ]
    assert len(moved) == len(mine)
    done = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/homes/moves", ledger_office.owner
    )
    assert done[0]["state"] == "surrendered"
    assert done[0]["done_at"] is not None


async def test_ledger_that_was_put_back_gives_no_number_that_a_home_has_given_up(
    ledger_office: LedgerOffice,
) -> None:
    """Else the device would take the tickets for given up, and answer no order to give them up."""
    office = ledger_office
    north, _south = await make_homes(office, 0, 1)
    for number in (50, 1 << 50):  # of orders that the ledger has forgotten, or never gave
        north.journal.add(SurrenderBody("hm_forgotten", number), office.event_id, office.now)
    await office.exchanged(north, north.journal.entries)
    await move(office, north)
    recall = next(i for i in await office.read_feed(north) if isinstance(i, Recall))
    assert recall.number == 51


@pytest.mark.either_database
async def test_a_lost_home_is_not_waited_for(ledger_office: LedgerOffice) -> None:
    """Declared lost, its tickets have other homes at once, and it carries none again."""
    north, south = await make_homes(ledger_office, 0, 1)
    lost = await move(ledger_office, north, is_lost=True, reason="run over by a forklift")
    assert lost["state"] == "lost"
    assert lost["done_at"] is not None
    assert set((await homes_of(ledger_office)).values()) == {south.id}


def give(
    office: LedgerOffice,
    home: GateDevice,
    ask: HomeRequest,
    reason: str = "ok",
    *,
    by: GateDevice | None = None,
) -> GiveBody:
    """Record a home's answer, to what a gate has asked over the venue's network, if any did."""
    body = GiveBody(
        claim_id=ask.claim_id,
        ticket_id=ask.ticket_id,
        zone_id=office.zone_id,
        occurrence_id=office.occurrence_id,
        count=ask.count,
        device_id=ask.device_id,
        gate_id=ask.gate_id,
        reason=reason,
    )
    if by is not None:
        body = asked_by(by, office, home, body)
    elif ask.code:
        body = msgspec.structs.replace(body, proof=AskProof(asked=ask.code))
    home.journal.add(body, office.event_id, office.now)
    return body


async def asked(office: LedgerOffice, home: GateDevice) -> HomeRequest:
    """Wait until the feed asks a home for an entry."""
    while True:
        for item in await office.read_feed(home):
            if isinstance(item, HomeRequest) and item.home_device_id == home.id:
                return item
        await asyncio.sleep(0.01)


async def home_and_other(
    office: LedgerOffice, ticket: int = 0
) -> tuple[GateDevice, GateDevice, str]:
    """Return a ticket's home, another gate's device, and the ticket's code."""
    devices = await make_homes(office, 0, 1)
    home_id = (await homes_of(office))[office.hex_of(ticket)]
    home = next(one for one in devices if one.id == home_id)
    other = next(one for one in devices if one is not home)
    return home, other, office.codes[ticket]


@pytest.mark.either_database
async def test_what_the_home_gives_is_granted_once(ledger_office: LedgerOffice) -> None:
    """Another gate's claim is asked of the home; its word grants one use, however often asked."""
    home, other, code = await home_and_other(ledger_office)
    claiming = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    again = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    ask = await asked(ledger_office, home)
    assert (ask.claim_id, ask.device_id, ask.gate_id) == ("c1", other.id, other.gate_id)
    give(ledger_office, home, ask)
    give(ledger_office, home, ask)
    await ledger_office.exchanged(home, home.journal.entries)
    granted = await claiming
    assert granted["reason"] == "ok"
    assert await again == granted
    assert await ledger_office.claimed(other, code, "c1") == granted
    items = await ledger_office.read_feed(other)
    assert [item.claim_id for item in items if isinstance(item, Use)] == ["c1"]
    assert not any(isinstance(item, HomeRequest | Annul) for item in items)
    assert (await ledger_office.claimed(other, code, "c2"))["reason"] == "already_used"
    assert (await ledger_office.claimed(home, code, "c3"))["reason"] == "already_used"


@pytest.mark.either_database
async def test_a_silent_home_s_gate_is_named_and_its_late_gift_goes_back(
    ledger_office: LedgerOffice,
) -> None:
    """Without an answer nobody is granted; what is given later counts no more."""
    home, other, code = await home_and_other(ledger_office)
    denied = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    ask = await asked(ledger_office, home)
    answer = await denied
    assert (answer["reason"], answer["use_gate"]) == ("offline_policy", home.gate_id)
    give(ledger_office, home, ask)
    await ledger_office.exchanged(home, home.journal.entries)
    items = await ledger_office.read_feed(home)
    assert [item.claim_id for item in items if isinstance(item, Annul)] == ["c1"]
    assert (await ledger_office.claimed(other, code, "c1"))["reason"] == "offline_policy"
    assert (await ledger_office.claimed(home, code, "c2"))["reason"] == "ok"


@pytest.mark.either_database
async def test_a_home_that_keeps_the_entry_says_why(ledger_office: LedgerOffice) -> None:
    """The home's own reason is the answer."""
    home, other, code = await home_and_other(ledger_office)
    denied = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    give(ledger_office, home, await asked(ledger_office, home), "already_used")
    await ledger_office.exchanged(home, home.journal.entries)
    assert (await denied)["reason"] == "already_used"


@pytest.mark.either_database
async def test_what_a_home_keeps_over_the_venues_network_is_no_answer_to_the_ledger(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may not have heard yet of what the feed tells it before the ledger's own question."""
    monkeypatch.setattr(claim_queue, "HOME_LOOKS", 200)  # a busy machine is no silent home
    home, other, code = await home_and_other(ledger_office)
    claiming = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    ask = await asked(ledger_office, home)
    give(ledger_office, home, ask, "unpaid", by=other)
    await ledger_office.exchanged(home, home.journal.entries)
    give(ledger_office, home, ask)
    await ledger_office.exchanged(home, home.journal.entries[-1:])
    assert (await claiming)["reason"] == "ok"


@pytest.mark.either_database
async def test_what_was_given_and_not_made_use_of_goes_back(ledger_office: LedgerOffice) -> None:
    """A device that asked over the venue's network and admitted nobody frees the entry."""
    home, other, _code = await home_and_other(ledger_office)
    ticket = ledger_office.tickets[0]
    ask = HomeRequest(
        home_device_id=DeviceId(home.id),
        claim_id=ClaimId("lan-1"),
        ticket_id=ticket,
        key_id=None,
        generation=None,
        gate_id=other.gate_id,
        device_id=DeviceId(other.id),
        count=1,
    )
    give(ledger_office, home, ask, by=other)
    await ledger_office.exchanged(home, home.journal.entries)
    ledger_office.release(other, ClaimId("lan-1"), 0)
    await ledger_office.exchanged(other, other.journal.entries)
    items = await ledger_office.read_feed(home)
    assert [item.claim_id for item in items if isinstance(item, Annul)] == ["lan-1"]


@pytest.mark.either_database
async def test_what_a_home_gives_fills_the_zone_when_its_asker_has_let_in(
    ledger_office: LedgerOffice,
) -> None:
    """Until then the asker's share holds the place; counted twice, it would seem overfull."""
    home, other, _code = await home_and_other(ledger_office)
    homes = await homes_of(ledger_office)
    own = {
        device.id: [n for n in range(1, 12) if homes[ledger_office.hex_of(n)] == device.id]
        for device in (home, other)
    }
    await limit_zone(ledger_office, 2)
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(other, own[other.id][0], allotted=1)
    await ledger_office.exchanged(other, other.journal.entries)
    ticket = ledger_office.tickets[0]
    give(
        ledger_office,
        home,
        HomeRequest(
            home_device_id=DeviceId(home.id),
            claim_id=ClaimId("lan"),
            ticket_id=ticket,
            key_id=None,
            generation=None,
            gate_id=other.gate_id,
            device_id=DeviceId(other.id),
            count=1,
        ),
        by=other,
    )
    ledger_office.scan(home, own[home.id][0], allotted=1)
    await ledger_office.exchanged(home, home.journal.entries)
    assert await ledger_office.conflicts() == []
    ledger_office.scan(other, own[other.id][0], direction="out", reason="exit", allotted=-1)
    ledger_office.scan(other, 0, claim_id="lan", mode="lan", policy="home", allotted=1)
    await ledger_office.exchanged(other, other.journal.entries)
    assert await ledger_office.conflicts() == []
    ledger_office.scan(other, own[other.id][1], allotted=1)
    await ledger_office.exchanged(other, other.journal.entries)
    assert [one["kind"] for one in await ledger_office.conflicts()] == ["over_capacity"]


@pytest.mark.either_database
async def test_doubles_of_a_lost_home_are_reported_as_such(ledger_office: LedgerOffice) -> None:
    """The old home's late entry makes a conflict that says that it was declared lost."""
    home, other, code = await home_and_other(ledger_office)
    ledger_office.scan(home, 0, policy="home")  # it never comes back, they think
    await move(ledger_office, home, is_lost=True, reason="fell into the river")
    assert (await ledger_office.claimed(other, code))["reason"] == "ok"
    await ledger_office.exchanged(home, home.journal.entries)
    conflicts = await ledger_office.conflicts()
    assert [one["kind"] for one in conflicts] == ["home_lost"]


@pytest.mark.either_database
async def test_what_was_given_for_a_claim_that_nobody_came_back_for_goes_back(
    ledger_office: LedgerOffice,
) -> None:
    """After a stop between the gift and the answer, the home has its entry again."""
    home, other, code = await home_and_other(ledger_office)
    claiming = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    ask = await asked(ledger_office, home)
    give(ledger_office, home, ask)
    await ledger_office.exchanged(home, home.journal.entries)
    assert (await claiming)["reason"] == "ok"
    context = ledger_office.office.context
    async with ledger_office.office.driving() as driver:
        returns = AbandonedAsks(driver, lambda _event_id, _epoch, _head: None)
        ledger_office.office.clock.advance(5 * MINUTE)
        await returns.work(context)
        assert not any(isinstance(item, Annul) for item in await ledger_office.read_feed(home))
        # The same with the claim's use gone, as if its worker had stopped before it.
        async with context.database.write(org=SYSTEM) as session:
            await (await session.connection()).execute(text("DELETE FROM ticket_use"))
        await returns.work(context)
        await returns.work(context)
        items = await ledger_office.read_feed(home)
        assert [item.claim_id for item in items if isinstance(item, Annul)] == ["c1"]
        assert (await ledger_office.claimed(other, code, "c1"))["reason"] == "offline_policy"


@pytest.mark.either_database
@pytest.mark.parametrize("is_told_first", [True, False], ids=["gift first", "release first"])
async def test_a_lost_home_gets_back_what_nobody_made_use_of(
    ledger_office: LedgerOffice, *, is_told_first: bool
) -> None:
    """It is the home no more when its gift is heard of, and may not count it for ever."""
    home, other, _code = await home_and_other(ledger_office)
    ask = HomeRequest(
        home_device_id=DeviceId(home.id),
        claim_id=ClaimId("lan-1"),
        ticket_id=ledger_office.tickets[0],
        key_id=None,
        generation=None,
        gate_id=other.gate_id,
        device_id=DeviceId(other.id),
        count=1,
    )
    give(ledger_office, home, ask, by=other)
    ledger_office.release(other, ClaimId("lan-1"), 0)
    await move(ledger_office, home, is_lost=True, reason="left in a taxi")
    for device in (home, other) if is_told_first else (other, home):
        await ledger_office.exchanged(device, device.journal.entries)
    annulled = [i for i in await ledger_office.read_feed(home) if isinstance(i, Annul)]
    assert {item.claim_id for item in annulled} == {"lan-1"}
    heeded = {other.id, home.id}  # gates heed the word of the passage's device, and their own
    assert {item.device_id for item in annulled} <= heeded


@pytest.mark.either_database
async def test_new_home_does_not_give_again_what_the_old_one_gave_over_the_venue_s_network(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever was given the entry may be cut off still: the holder is inside all the same."""
    office = ledger_office
    home, other, code = await home_and_other(office)
    third = await office.enrol(1)
    await move(office, home, to_device_id=third.id)
    recall = next(i for i in await office.read_feed(home) if isinstance(i, Recall))
    give(
        office,
        home,
        HomeRequest(
            home_device_id=DeviceId(home.id),
            claim_id=ClaimId("lan-1"),
            ticket_id=office.tickets[0],
            key_id=None,
            generation=None,
            gate_id=GateId(""),
            device_id=DeviceId(other.id),
            count=1,
        ),
        by=other,
    )
    home.journal.add(SurrenderBody(recall.move_id, recall.number), office.event_id, office.now)
    await office.exchanged(home, home.journal.entries)
    assert (await homes_of(office))[office.hex_of(0)] == third.id
    assert (await office.claimed(third, code))["reason"] == "already_used"
    told = [i.claim_id for i in await office.read_feed(third) if isinstance(i, Use)]
    assert told == ["lan-1"], "the new home may be cut off next"
    office.scan(other, 0, claim_id="lan-1", mode="lan", policy="home")
    await office.exchanged(other, other.journal.entries)
    assert await office.conflicts() == []
    found = await office.office.ok("GET", f"{office.path}/checkins", office.owner)
    assert [(one["device_id"], one["is_confirmed"]) for one in found["items"]] == [
        (other.id, True)
    ]
