"""Words on homes that are not the home's own, or mean nothing: none lets anybody in."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from shared.journal.entry import ReleaseBody, SurrenderBody
from shared.kernel.id_types import ClaimId, DeviceId
from shared.wire.device_feed import HomeRequest, Recall
from shared.wire.feed import Annul, Use
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.integration.server_sync.homes.test_homes import (
    asked,
    give,
    home_and_other,
    homes_of,
    make_homes,
    move,
)

pytestmark = pytest.mark.either_database


def ask_of(
    office: LedgerOffice, home: GateDevice, other: GateDevice, claim_id: ClaimId
) -> HomeRequest:
    """Ask for the first ticket over the venue's network."""
    return HomeRequest(
        home_device_id=DeviceId(home.id),
        claim_id=claim_id,
        ticket_id=office.tickets[0],
        key_id=None,
        generation=None,
        gate_id=other.gate_id,
        device_id=DeviceId(other.id),
        count=1,
    )


async def test_nobody_gives_himself_what_another_home_keeps(ledger_office: LedgerOffice) -> None:
    """A device that signs a home's word in its own name is granted nothing by it."""
    home, other, code = await home_and_other(ledger_office)
    give(ledger_office, other, ask_of(ledger_office, home, other, ClaimId("mine")))
    await ledger_office.exchanged(other, other.journal.entries)
    assert (await ledger_office.claimed(other, code, "mine"))["reason"] == "offline_policy"
    assert (await ledger_office.claimed(home, code))["reason"] == "ok"


async def test_nobody_takes_back_what_another_home_has_given(ledger_office: LedgerOffice) -> None:
    """What was given over the venue's network stays given, whoever speaks of it first."""
    home, other, _code = await home_and_other(ledger_office)
    third = await ledger_office.enrol(0)
    ask = ask_of(ledger_office, home, other, ClaimId("lan-1"))
    third.journal.add(
        ReleaseBody(ClaimId("lan-1"), ask.ticket_id, "not mine"),
        ledger_office.event_id,
        ledger_office.now,
    )
    for device in (third, home):
        give(ledger_office, device, ask, by=other)
        await ledger_office.exchanged(device, device.journal.entries)
    items = await ledger_office.read_feed(home)
    heeded = {home.id, other.id}  # a gate takes a gift back on its own word, or the receiver's
    assert not any(isinstance(item, Annul) and item.device_id in heeded for item in items)


async def test_home_spends_no_ticket_that_no_gate_has_asked_it_for(
    ledger_office: LedgerOffice,
) -> None:
    """In a gate's name, a stranger's or its own; nor by a gate's word for another entry."""
    office = ledger_office
    home, other, code = await home_and_other(office)
    third = await office.enrol(0)
    wanted = [ask_of(office, home, other, ClaimId(f"{other.id}.{n}")) for n in range(6)]
    stranger = msgspec.structs.replace(wanted[0], device_id=DeviceId("dv_nobody"))
    give(office, home, msgspec.structs.replace(stranger, claim_id=ClaimId("n")))
    for ask in wanted[:3]:
        give(office, home, ask)
    give(office, home, wanted[3], by=home)  # it has read the code, and the gate has not asked
    heard = give(office, third, wanted[4], by=other)
    for stolen in (
        msgspec.structs.replace(heard, claim_id=ClaimId(f"{other.id}.5")),
        msgspec.structs.replace(heard, count=7),
        msgspec.structs.replace(heard, ticket_id=office.tickets[1]),
    ):
        home.journal.add(stolen, office.event_id, office.now)
    await office.exchanged(home, home.journal.entries)
    assert not any(isinstance(item, Use) for item in await office.read_feed(other))
    (named,) = await office.conflicts()
    assert (named["kind"], named["device_id"]) == ("passage_unproven", home.id)
    assert (await office.claimed(home, code))["reason"] == "ok"


async def test_ledger_that_has_forgotten_its_question_knows_it_again_by_its_code(
    ledger_office: LedgerOffice,
) -> None:
    """It was put back to a copy; the home gave by right, and who was asked for is inside."""
    office = ledger_office
    home, other, code = await home_and_other(office)
    claiming = asyncio.create_task(office.claimed(other, code, "c1"))
    ask = await asked(office, home)
    assert (await claiming)["reason"] == "offline_policy"
    async with office.office.context.database.write(org=SYSTEM) as session:
        for table in ("home_ask", "claim_mark"):
            await (await session.connection()).execute(text(f"DELETE FROM {table}"))
    altered = msgspec.structs.replace(ask, claim_id=ClaimId("c2"))
    for one in (altered, ask):
        give(office, home, one)
    await office.exchanged(home, home.journal.entries)
    uses = [item.claim_id for item in await office.read_feed(other) if isinstance(item, Use)]
    assert uses == ["c1"]
    assert [one["kind"] for one in await office.conflicts()] == ["passage_unproven"]


async def test_gate_that_asks_a_home_spends_what_it_has_read_at_its_own_zone(
    ledger_office: LedgerOffice,
) -> None:
    """Its own signature is no proof that anybody has stood there."""
    office = ledger_office
    home, other, code = await home_and_other(office)
    ask = ask_of(office, home, other, ClaimId("lan-1"))
    given = give(office, home, ask, "unwanted", by=other)
    unread = msgspec.structs.replace(given.proof, seen=b"") if given.proof else None
    home.journal.add(
        msgspec.structs.replace(given, reason="ok", proof=unread), office.event_id, office.now
    )
    await office.exchanged(home, home.journal.entries)
    assert [one["kind"] for one in await office.conflicts()] == ["passage_unproven"]
    assert (await office.claimed(home, code))["reason"] == "ok"


async def test_reason_that_nobody_knows_is_a_denial(ledger_office: LedgerOffice) -> None:
    """A home of a later version, or a hostile one, breaks no claim."""
    home, other, code = await home_and_other(ledger_office)
    claiming = asyncio.create_task(ledger_office.claimed(other, code, "c1"))
    give(ledger_office, home, await asked(ledger_office, home), "moonlight")
    await ledger_office.exchanged(home, home.journal.entries)
    assert (await claiming)["reason"] == "offline_policy"


async def test_gift_of_a_home_that_has_moved_is_no_grant(ledger_office: LedgerOffice) -> None:
    """The new home may be cut off and know nothing of it."""
    office = ledger_office
    home, other, _third = await make_homes(office, 0, 1, 1)
    homes = await homes_of(office)
    mine = [n for n in range(len(office.tickets)) if homes[office.hex_of(n)] == home.id]
    await move(office, home)
    items = await office.read_feed(home)
    recall = next(item for item in items if isinstance(item, Recall))
    for n in mine:
        ticket = office.tickets[n]
        give(
            office,
            home,
            HomeRequest(
                home_device_id=DeviceId(home.id),
                claim_id=ClaimId(f"c{n}"),
                ticket_id=ticket,
                key_id=None,
                generation=None,
                gate_id=other.gate_id,
                device_id=DeviceId(other.id),
                count=1,
            ),
        )
    surrender = SurrenderBody(recall.move_id, recall.number)
    home.journal.add(surrender, office.event_id, office.now)
    await office.exchanged(home, home.journal.entries)
    # As if the ledger had asked, and its worker had stopped before it decided the claims.
    async with office.office.context.database.write(org=SYSTEM) as session:
        await (await session.connection()).execute(text("DELETE FROM ticket_use"))
    moved = await homes_of(office)
    told = set()
    for n in mine:
        answer = await office.claimed(other, office.codes[n], f"c{n}")
        told.add((moved[office.hex_of(n)] == other.id, answer["reason"]))
    assert told == {(True, "ok"), (False, "offline_policy")}
