"""Manual codes stand in each device's list: by them a journal lets people in at a lane's pace."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from sqlalchemy import update

from server.db.column_types import TICKET_ID_OFFSET
from server.db.rate_limit_over_workers import RateLimit, forget_idle_clients
from server.db.tenancy import SYSTEM
from server.devices.device_of_request import KnownDevices
from server.devices.models import Device
from shared.admission.pace import BURST, PACE_DEFAULT
from shared.admission.purpose import Purpose
from shared.credential.manual_code import format_manual_code
from shared.journal.bounds import COUNT_MAX
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import DAY, MINUTE, Duration, Instant
from shared.manifest.badge_signatures import BadgeAct
from shared.manifest.seen_codes import SeenForm, prove_manual, seen_word
from tests.adversaries.scene import named, upload
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice, issue
from tests.factories.racing import rows_of
from tests.factories.sales_till import Till, enter
from tests.factories.withdrawing import withdrawal
from tests.factories.zone_limits import limit_zone
from tests.integration.server_sync.claims.test_pace_of_devices import set_pace
from tests.integration.server_sync.homes.test_homes import (
    asked,
    give,
    home_and_other,
    homes_of,
    make_homes,
)
from tests.integration.server_sync.homes.test_homes_hostile import ask_of
from tests.integration.server_sync.journals.test_relayed_by_gates import relay_entries

pytestmark = pytest.mark.either_database

FEW = 5
"""More than are left, in each test."""


async def codes_of(office: LedgerOffice) -> dict[TicketId, int]:
    """Read the tickets' manual codes, as the list tells them to each device."""
    read = "SELECT ticket_id, manual_code FROM ticket WHERE event_id = :event_id"
    rows = await rows_of(office.office, read, event_id=office.event_id)
    return {TicketId(number + TICKET_ID_OFFSET): code for number, code in rows}


def prove(office: LedgerOffice, device: GateDevice, claim_id: ClaimId, code: int) -> bytes:
    """Prove a manual code."""
    return prove_manual(seen_word(office.event_id, DeviceId(device.id), claim_id), code)


async def type_in(office: LedgerOffice, device: GateDevice, tickets: range) -> None:
    """Let a device write that it has let people in by manual codes."""
    codes = await codes_of(office)
    for ticket in tickets:
        claim_id = ClaimId(office.office.entropy.random_bytes(16).hex())
        seen = prove(office, device, claim_id, codes[office.tickets[ticket]])
        unsaid = {"key_id": None, "generation": None}
        office.scan(device, ticket, claim_id=claim_id, seen=seen, **unsaid)


async def note_contact(office: LedgerOffice, device: GateDevice) -> None:
    """Let the server note that it has heard of a device just now."""
    async with office.office.driving() as driver:
        known_devices = KnownDevices(office.office.context, driver)
        known_devices.hear(await known_devices.identify(device.headers["authorization"]))
        await known_devices.note_contacts()


async def leave_few(office: LedgerOffice, device: GateDevice) -> None:
    """Let a device have said so much by manual codes just now that only a few more count."""
    counted = office.now + (BURST - FEW) * (MINUTE // PACE_DEFAULT)
    await count_until(office, device, Instant(counted))


async def count_until(office: LedgerOffice, device: GateDevice, counted: Instant) -> None:
    """Let a device's counter stand somewhere."""
    async with office.office.database.write(org=SYSTEM) as session:
        session.add(RateLimit(key=f"typed:{device.id}:{office.event_id}", tat=counted))


async def spent(office: LedgerOffice, other: GateDevice, tickets: range) -> list[str]:
    """Tell what an honest gate hears of tickets."""
    return [(await office.claimed(other, office.codes[ticket]))["reason"] for ticket in tickets]


async def waiting(office: LedgerOffice, device: GateDevice) -> int:
    """Count what waits for a person."""
    path = f"{office.owner.path}/devices/{device.id}/unconfirmed"
    return len((await office.office.ok("GET", path, office.owner))["items"])


async def test_device_that_reports_the_lists_manual_codes_spends_no_more_than_a_lane_lets_in(
    ledger_office: LedgerOffice,
) -> None:
    """What is beyond waits, is named, and counts once a person has accepted it."""
    office = ledger_office
    await issue(office, BURST + FEW)
    hostile, honest = await office.enrol(0), await office.enrol(1)
    await type_in(office, hostile, range(BURST - 1))
    await upload(office, hostile)
    assert await named(office) == {}
    await type_in(office, hostile, range(BURST - 1, BURST + FEW))
    told = await upload(office, hostile)
    assert set(told) <= {"stored", "known"}, "no scan is lost"
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, hostile) == FEW
    last = range(BURST - 1, BURST + FEW)
    assert await spent(office, honest, last) == ["already_used", *["ok"] * FEW]
    path = f"{office.owner.path}/devices/{hostile.id}/unconfirmed/accept"
    await office.office.ok("POST", path, office.owner, json={"note": "a lane that was cut off"})
    assert (await named(office))["double_use"] == FEW, "by both gates' evidence"


async def test_pace_holds_over_uploads_and_comes_back_with_time(
    ledger_office: LedgerOffice,
) -> None:
    """By the server's clock: what a device says of when people came is its own word."""
    office = ledger_office
    await issue(office, BURST + PACE_DEFAULT + FEW)
    hostile = await office.enrol(0)
    for part in (range(BURST // 2), range(BURST // 2, BURST)):
        await type_in(office, hostile, part)
        await upload(office, hostile)
    await note_contact(office, hostile)
    office.office.clock.advance(MINUTE)
    await type_in(office, hostile, range(BURST, BURST + PACE_DEFAULT + FEW))
    await upload(office, hostile)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, hostile) == FEW


async def test_silence_that_has_counted_once_does_not_count_again(
    ledger_office: LedgerOffice,
) -> None:
    """Others may bring a journal of a device that never turns to the server itself."""
    office = ledger_office
    await issue(office, BURST + FEW)
    hostile, carrier = await office.enrol(0), await office.enrol(1)
    office.office.clock.advance(3 * MINUTE)
    await count_until(office, hostile, Instant(office.now - 1))
    async with office.office.database.write(org=SYSTEM) as session:
        await forget_idle_clients(session, office.now)
    await type_in(office, hostile, range(BURST + FEW))
    await relay_entries(office, carrier, hostile.journal.entries)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, hostile) == FEW


@pytest.mark.parametrize("back", [2, 4, 6, 10])
async def test_clock_that_is_set_back_makes_no_lane_too_fast(
    ledger_office: LedgerOffice, back: int
) -> None:
    """What the lane said just before stands in the future, and took the room of what comes."""
    office = ledger_office
    honest = await office.enrol(0)
    await type_in(office, honest, range(FEW))
    await upload(office, honest)
    office.office.clock.step_wall(Duration(-back * MINUTE))
    await type_in(office, honest, range(FEW, 2 * FEW))
    await upload(office, honest)
    assert "too_fast" not in await named(office)
    assert await waiting(office, honest) == 0


@pytest.mark.parametrize("back", [4, 10])
async def test_clock_that_is_set_back_gives_no_second_burst(
    ledger_office: LedgerOffice, back: int
) -> None:
    """What is left is what was left before, and comes back from then on."""
    office = ledger_office
    await issue(office, BURST + FEW)
    hostile = await office.enrol(0)
    await type_in(office, hostile, range(BURST))
    await upload(office, hostile)
    office.office.clock.step_wall(Duration(-back * MINUTE))
    await type_in(office, hostile, range(BURST, BURST + FEW))
    await upload(office, hostile)
    assert (await named(office))["too_fast"] == 1
    assert await waiting(office, hostile) == FEW


async def test_lane_that_was_cut_off_for_long_is_believed(ledger_office: LedgerOffice) -> None:
    """It typed at a person's pace since the server has heard of it last."""
    office = ledger_office
    await issue(office, BURST + PACE_DEFAULT)
    lane = await office.enrol(0)
    await note_contact(office, lane)
    office.office.clock.advance(MINUTE)
    await type_in(office, lane, range(BURST + PACE_DEFAULT))
    await upload(office, lane)
    assert await named(office) == {}
    assert await waiting(office, lane) == 0


async def test_silence_from_before_doors_is_worth_nothing(ledger_office: LedgerOffice) -> None:
    """Else a gate that was stolen days ago spent the whole event in one upload."""
    office = ledger_office
    opened = 2 * 60  # a minute for each, of the hour before the beginning and the one since
    await issue(office, BURST + opened + FEW)
    stolen = await office.enrol(0)
    await set_pace(office, stolen, 1)
    async with office.office.database.write(org=SYSTEM) as session:
        heard = update(Device).where(Device.id == stolen.id)
        await session.execute(heard.values(last_seen_at=office.now - 7 * DAY))
    await type_in(office, stolen, range(BURST + opened + FEW))
    await upload(office, stolen)
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, stolen) == FEW


async def test_codes_of_a_tills_tickets_count_so_before_their_sale_has_come(
    ledger_office: LedgerOffice,
) -> None:
    """The venue's network tells each gate what a till has sold, before the ledger knows."""
    office = ledger_office
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    hostile, honest = await office.enrol(0), await office.enrol(1)
    sold = [till.mint(number) for number in range(2 * FEW)]
    await leave_few(office, hostile)
    for number, one in enumerate(sold):
        claim_id = ClaimId(f"walk-up-{number}")
        said: dict[str, Any] = {"ticket_id": one.ticket_id, "key_id": None, "generation": None}
        said["seen"] = prove(office, hostile, claim_id, one.manual_code)
        office.scan(hostile, 0, claim_id=claim_id, **said)
    await upload(office, hostile)
    assert await waiting(office, hostile) == FEW
    till.sell(sold)
    await till.sync()
    assert await named(office) == {"too_fast": 1}
    told = [(await office.claimed(honest, till.code(one)))["reason"] for one in sold]
    assert told == [*["already_used"] * FEW, *["ok"] * FEW]


@pytest.mark.parametrize("proof", ["scanned", "typed", "badge", "made up"])
async def test_persons_beyond_those_of_a_ticket_count_each(
    ledger_office: LedgerOffice, proof: str
) -> None:
    """One code fills no zone, whatever number its device writes beside it, and a badge's neither.

    What is within the pace counts: a supervisor may have let in more than the ticket is for.
    """
    office = ledger_office
    await limit_zone(office, BURST)
    chief = await Chief.appoint(office)
    hostile, honest = await office.enrol(0), await office.enrol(1)
    office.office.clock.advance(MINUTE)
    code = (await codes_of(office))[office.tickets[0]]

    def bring(count: int) -> None:
        claim_id = ClaimId(f"so-many-{count}")
        said: dict[str, Any] = {"claim_id": claim_id, "count": count}
        if proof == "typed":
            said |= {"seen": prove(office, hostile, claim_id, code), "key_id": None}
        if proof == "badge":
            word = chief.vouch(hostile, claim_id, office.tickets[0], act=BadgeAct.OVERRIDE)
            said |= {"seen": b"", "reason": "override", "person": chief.person}
            said |= {"signature": word}
        if proof == "made up":
            said |= {"ticket_id": TicketId(4711 + count), "key_id": None, "generation": None}
        office.scan(hostile, 0, **said)

    bring(COUNT_MAX)
    assert set(await upload(office, hostile)) == {"stored"}
    assert await named(office) == {"too_fast": 1}
    assert await waiting(office, hostile) == 1
    assert await spent(office, honest, range(1, 3)) == ["ok", "ok"]
    bring(BURST - 2)
    await upload(office, hostile)
    assert await waiting(office, hostile) == 1
    assert await spent(office, honest, range(3, 4)) == ["capacity_full"]


async def test_ticket_that_is_let_in_again_and_again_fills_no_zone_faster_than_that(
    ledger_office: LedgerOffice,
) -> None:
    """Each time one person comes beyond the ticket's; who goes out in between is none."""
    office = ledger_office
    await limit_zone(office, BURST)
    hostile = await office.enrol(0)
    await leave_few(office, hostile)
    for number in range(2 * FEW):
        office.scan(hostile, 0, claim_id=f"in-{number}")
        office.scan(hostile, 0, claim_id=f"out-{number}", direction="out", reason="exit")
    await upload(office, hostile)
    assert await waiting(office, hostile) == 0
    for number in range(2 * FEW):
        office.scan(hostile, 0, claim_id=f"again-{number}")
    await upload(office, hostile)
    assert await named(office) == {"double_use": 1, "too_fast": 1}
    assert await waiting(office, hostile) == FEW - 1
    inside = "SELECT inside FROM zone_presence WHERE zone_id = :zone_id"
    assert await rows_of(office.office, inside, zone_id=office.zone_id) == [(1 + FEW,)]


@pytest.mark.parametrize("is_alone", [False, True])
async def test_ticket_that_its_home_gives_again_and_again_fills_no_zone_faster_than_that(
    ledger_office: LedgerOffice, is_alone: bool
) -> None:
    """Two devices of one mind, or one that is its own home: by one code that was really read."""
    office = ledger_office
    await limit_zone(office, BURST)
    home, other, code = await home_and_other(office)
    asker = home if is_alone else other
    await leave_few(office, asker)
    names = [ClaimId(f"{asker.id}.{number}") for number in range(2 * FEW)]
    for name in names:
        give(office, home, ask_of(office, home, asker, name), by=asker)
    await upload(office, home)
    for name in names:
        office.scan(asker, 0, claim_id=name)
    await upload(office, asker)
    assert await named(office) == {"double_use": 1, "too_fast": 1}
    assert await waiting(office, asker) == FEW - 1
    inside = "SELECT inside FROM zone_presence WHERE zone_id = :zone_id"
    assert await rows_of(office.office, inside, zone_id=office.zone_id) == [(1 + FEW,)]
    path = f"{office.owner.path}/devices/{asker.id}/unconfirmed/accept"
    await office.office.ok("POST", path, office.owner, json={"note": "they all came"})
    assert await rows_of(office.office, inside, zone_id=office.zone_id) == [(2 * FEW,)]
    assert (await office.claimed(home, code))["reason"] == "already_used"


async def test_tickets_that_homes_give_once_have_no_such_pace(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever comes by them is one for each, and is inside."""
    office = ledger_office
    await limit_zone(office, BURST)
    home, other, _ = await home_and_other(office)
    homes = await homes_of(office)
    mine = [n for n, _ in enumerate(office.tickets) if homes[office.hex_of(n)] == home.id]
    await count_until(office, other, Instant(office.now + BURST * (MINUTE // PACE_DEFAULT)))
    for ticket in mine:
        ask = ask_of(office, home, other, ClaimId(f"{other.id}.{ticket}"))
        ask = msgspec.structs.replace(ask, ticket_id=office.tickets[ticket])
        give(office, home, ask, by=other)
        office.scan(other, ticket, claim_id=ask.claim_id)
    await upload(office, home)
    await upload(office, other)
    assert await named(office) == {}
    assert await waiting(office, other) == 0
    inside = "SELECT inside FROM zone_presence WHERE zone_id = :zone_id"
    assert await rows_of(office.office, inside, zone_id=office.zone_id) == [(len(mine),)]


@pytest.mark.parametrize("ledger_knows", [True, False])
async def test_tickets_for_several_persons_have_no_such_pace(
    ledger_office: LedgerOffice, ledger_knows: bool
) -> None:
    """Classes that come by tickets of their own, also where a till's sale has not come yet."""
    office = ledger_office
    await office.office.ticket_type(office.owner, office.event_id, name="Class", persons=30)
    await office.office.hand_over(office.path, office.owner)
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    lane = await office.enrol(0)
    await leave_few(office, lane)
    sold = [till.mint(number, ticket_type_code=2) for number in range(FEW + 1)]
    till.sell(sold)
    if ledger_knows:
        await till.sync()
    for one in sold:
        enter(till, lane, one, count=30)
    await upload(office, lane)
    await till.sync()
    assert await waiting(office, lane) == 0
    assert await named(office) == {}


@pytest.mark.parametrize("seen", [b"", bytes([SeenForm.FOREIGN, *bytes(16)])], ids=len)
async def test_tickets_that_nothing_explains_fill_no_zone_faster_than_that(
    ledger_office: LedgerOffice, seen: bytes
) -> None:
    """Of those any code will do, typed or scanned: who has read none lets in whom it makes up."""
    office = ledger_office
    await limit_zone(office, FEW + 1)
    hostile, honest = await office.enrol(0), await office.enrol(1)
    await leave_few(office, hostile)
    for number in range(2 * FEW):
        made_up: dict[str, Any] = {"ticket_id": TicketId(4711 + number), "key_id": None}
        made_up["seen"] = seen
        office.scan(hostile, 0, claim_id=f"made-up-{number}", generation=None, **made_up)
    await upload(office, hostile)
    assert await named(office) == {"unexplained": FEW, "too_fast": 1}
    assert await waiting(office, hostile) == FEW
    assert await spent(office, honest, range(1)) == ["ok"]


async def test_codes_that_were_scanned_have_no_such_pace(ledger_office: LedgerOffice) -> None:
    """They prove that the device has really seen them."""
    office = ledger_office
    await issue(office, BURST + FEW)
    lane = await office.enrol(0)
    for ticket in range(BURST + FEW):
        office.scan(lane, ticket)
    await upload(office, lane)
    assert await named(office) == {}


async def test_till_that_reports_the_lists_manual_codes_ends_no_more_tickets_than_that(
    ledger_office: LedgerOffice,
) -> None:
    """A refund by a manual code takes a ticket's right as an entry by one does."""
    office = ledger_office
    till, honest = await office.enrol(role="till"), await office.enrol(1)
    await leave_few(office, till)
    codes = await codes_of(office)
    for ticket in range(2 * FEW):
        body = withdrawal(office, ticket, Purpose.VOID)
        seen = prove(office, till, body.claim_id, codes[office.tickets[ticket]])
        till.journal.add(msgspec.structs.replace(body, seen=seen), office.event_id, office.now)
    await upload(office, till)
    found = await named(office)
    assert found["withdrawal_unproven"] == 1
    assert await waiting(office, till) == FEW
    told = await spent(office, honest, range(2 * FEW))
    assert told == [*["cancelled"] * FEW, *["ok"] * FEW]


async def test_till_that_is_connected_ends_no_more_tickets_by_manual_codes_than_that(
    ledger_office: LedgerOffice,
) -> None:
    """Then a supervisor decides; what was scanned goes on."""
    office = ledger_office
    till = await office.enrol(role="till")
    await leave_few(office, till)
    codes = await codes_of(office)

    async def void(ticket: int) -> str:
        code = format_manual_code(codes[office.tickets[ticket]])
        said = await office.claimed(till, code, manual=True, purpose=Purpose.VOID.value)
        return str(said["reason"])

    assert {await void(ticket) for ticket in range(FEW)} == {"ok"}
    assert await named(office) == {}
    assert {await void(ticket) for ticket in range(FEW, 2 * FEW)} == {"supervisor"}
    assert await named(office) == {"too_fast": 1}
    scanned = await office.claimed(till, office.codes[FEW], purpose=Purpose.VOID.value)
    assert scanned["reason"] == "ok"
    assert await void(0) == "cancelled", "what was done is done"


async def test_till_that_asks_homes_by_manual_codes_asks_for_no_more_than_that(
    ledger_office: LedgerOffice,
) -> None:
    """A home gives a ticket away before it answers."""
    office = ledger_office
    (home,) = await make_homes(office, 0)
    till = await office.enrol(role="till")
    await leave_few(office, till)
    codes = await codes_of(office)

    async def void(ticket: int) -> str:
        code = format_manual_code(codes[office.tickets[ticket]])
        claim_id = ClaimId(f"void-{ticket}")
        terms = {"manual": True, "purpose": Purpose.VOID.value}
        return str((await office.claimed(till, code, claim_id, **terms))["reason"])

    first = asyncio.create_task(void(0))
    give(office, home, await asked(office, home))
    await office.exchanged(home, home.journal.entries)
    assert await first == "ok", "the question has counted, and the grant does not"
    assert {await void(ticket) for ticket in range(1, 2 * FEW)} == {"supervisor"}
    asks = "SELECT count(*) FROM home_ask WHERE device_id = :device"
    assert await rows_of(office.office, asks, device=till.id) == [(FEW,)]
    assert await named(office) == {"too_fast": 1}


async def test_device_that_claims_exits_by_the_lists_manual_codes_opens_no_more_than_that(
    ledger_office: LedgerOffice,
) -> None:
    """Each exit lets the ticket in again; who shows the code leaves as ever."""
    office = ledger_office
    await issue(office, BURST + FEW)
    hostile = await office.enrol(0)
    codes = await codes_of(office)

    async def leave(ticket: int) -> str:
        code = format_manual_code(codes[office.tickets[ticket]])
        said = await office.claimed(hostile, code, manual=True, direction="out")
        return str(said["reason"])

    told = [await leave(ticket) for ticket in range(BURST + FEW)]
    assert told == [*["exit"] * BURST, *["supervisor"] * FEW]
    assert await named(office) == {"too_fast": 1}
    shown = await office.claimed(hostile, office.codes[BURST], direction="out")
    assert shown["reason"] == "exit"
