"""A hostile device: enrolled, with a valid key, signs what it likes; it is nobody's supervisor.

What it says of others' claims, sales, homes and shares is kept, named where a conflict is given,
and changes nothing; entry stays stopped where it has said so, since a stop counts whoever says
it.

Proven elsewhere: forged, altered, foreign, forked and flooding journals and claim ids of others
(`test_hostile_device.py`), numbers and words out of bounds
(`test_hostile_entries.py`), homes (`test_homes_hostile.py`), evacuations
(`test_evacuation_rights.py`), shares that were never granted and claims at other zones
(`test_thief_of_a_gate.py` there), passages that nothing explains (`test_unexplained.py`), relayed
claims and entries (`test_relayed_by_gates.py`), and among gates `gate/test_hostile_peer.py`.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.claims import claim_queue
from server.db.rate_limit_over_workers import Limit
from server.reconciliation.conflicts_of_a_device import CONFLICTS_OF_A_DEVICE_MAX
from shared.credential.credential_fields import Claims
from shared.credential.signing import sign_credential
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import Body, DispositionBody, ReturnBody, ScanBody, UndoBody
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.journal.shift_body import ShiftBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import DAY, MINUTE, SECOND
from shared.manifest.seen_codes import prove_signed, seen_word
from shared.wire.exchange import KnownZoneShare
from tests.adversaries.scene import named, on_ticket, reasons, upload
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.zone_limits import limit_zone
from tests.integration.server_sync.devices.test_thief_of_a_gate import add_gate

USED = range(3)
"""Tickets that an honest gate has let in."""

MINTED = TicketId(4711)
"""The id of a ticket that nobody has sold."""


async def meet(office: LedgerOffice) -> tuple[GateDevice, GateDevice]:
    """Let an honest gate admit some; returns it and the hostile one."""
    honest, hostile = await office.enrol(0), await office.enrol(1)
    assert await reasons(office, honest, USED) == {"ok"}
    office.office.clock.advance(MINUTE)
    return honest, hostile


def write(office: LedgerOffice, device: GateDevice, *bodies: Body) -> None:
    """Sign bodies into a device's journal."""
    for body in bodies:
        device.journal.add(body, office.event_id, office.now)


def act(number: int) -> ShiftBody:
    """Say that something was paid out of a drawer, under a number of the till's acts."""
    return ShiftBody(
        shift_id="ab" * 16, number=number, act="paid_out", amount_minor=1, currency="EUR"
    )


@pytest.mark.parametrize(
    "lie",
    [
        {},
        {"count": 40},
        {"mode": "online"},
        {"mode": "lan", "reason": "reentry", "remaining": 5},
        {"offset_error": 1 << 60},
        {"wall": 0},
        {"wall": 1 << 60},
        {"occurrence_id": "oc_nowhere"},
        {"policy": "none", "why": "a friend"},
    ],
    ids=str,
)
async def test_used_tickets_that_it_lets_in_again_are_named(
    ledger_office: LedgerOffice, lie: dict[str, Any]
) -> None:
    """Whatever it says of when, how many, under which rung and of which generation."""
    office = ledger_office
    honest, hostile = await meet(office)
    for ticket in USED:
        office.scan(hostile, ticket, **lie)
    assert set(await upload(office, hostile)) == {"stored"}
    found = [one for one in await office.conflicts() if one["kind"] != "clock"]
    assert {one["ticket_id"] for one in found} == {office.hex_of(ticket) for ticket in USED}
    assert await reasons(office, honest, USED) == {"already_used"}


@pytest.mark.parametrize("name", ["manifest", "peer", "minted"])
@pytest.mark.parametrize("way", ["in", "out"])
async def test_tickets_that_it_never_saw_are_neither_spent_nor_opened(
    ledger_office: LedgerOffice, name: str, way: str
) -> None:
    """By ids from the manifest, by what a peer's journal shows, by a key of its own."""
    office = ledger_office
    zone = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    await office.office.ok("PUT", f"{office.path}/zones/{office.zone_id}", office.owner, json=zone)
    honest, hostile = await meet(office)
    office.scan(honest, 3)
    await upload(office, honest)
    peer = read_scan(honest)
    forged = sign_credential(
        Claims(
            key_id=office.key_id, ticket_id=office.tickets[0], ticket_type_code=1, generation=1
        ),
        hostile.key,
    )
    for ticket in range(6):
        for claim_id in (None, peer.claim_id):
            seen = {"manifest": b"", "peer": peer.seen}.get(name)
            if seen is None:
                word = seen_word(
                    office.event_id, DeviceId(hostile.id), claim_id or ClaimId("mine")
                )
                seen = prove_signed(word, forged)
            said: dict[str, Any] = {"claim_id": claim_id or f"mine-{ticket}", "seen": seen}
            said["reason"] = "ok" if way == "in" else "exit"
            office.scan(hostile, ticket, direction=way, **said)
    assert set(await upload(office, hostile)) == {"stored"}
    assert await named(office) == {"passage_unproven": 1}
    assert await reasons(office, honest, range(4)) == {"already_used"}
    assert await reasons(office, honest, range(4, 6)) == {"ok"}


@pytest.mark.parametrize("times", [1, 2], ids=["reissued", "reissued twice"])
async def test_reissued_tickets_are_not_spent_by_codes_that_it_makes_up(
    ledger_office: LedgerOffice, times: int
) -> None:
    """It knows the ticket's id and the specification: neither its entries nor its claims count."""
    office = ledger_office
    honest, hostile = await office.enrol(0), await office.enrol(1)
    for _ in range(times):
        await on_ticket(office, 0, "reissue")
    office.office.clock.advance(MINUTE)
    made_up: dict[str, Any] = {"key_id": None, "generation": None, "seen": b"\x01" + bytes(16)}
    lies: list[dict[str, Any]] = [
        {},
        {"mode": "online"},
        {"mode": "lan", "reason": "reentry"},
        {"generation": times},
        {"direction": "out", "reason": "exit"},
    ]
    for lie in lies:
        office.scan(hostile, 0, **(made_up | lie))
    assert set(await upload(office, hostile)) == {"stored"}
    assert await named(office) == {"passage_unproven": 1}
    by_id = await office.claimed(hostile, "", ticket_id=office.hex_of(0))
    by_guess = await office.claimed(hostile, "0000-0033-S", manual=True)
    assert {one["verdict"] for one in (by_id, by_guess)} <= {"deny", "refer"}
    new = await on_ticket(office, 0, "credential")
    assert (await office.claimed(honest, new["digits"]))["reason"] == "ok"


async def test_zone_that_is_not_its_own_hears_nothing_of_it(ledger_office: LedgerOffice) -> None:
    """Codes that it has read, at another zone's gate or its own gate with another zone's name."""
    office = ledger_office
    honest, hostile = await office.enrol(0, is_fixed=False), await office.enrol(1)
    stage = await add_gate(office)
    ((zone,),) = await rows_of(office.office, f"SELECT zone_id FROM gate WHERE id = '{stage}'")
    for ticket, gate_id in enumerate((stage, hostile.gate_id)):
        for way in ("in", "out"):
            office.scan(hostile, ticket, zone_id=zone, gate_id=gate_id, direction=way)
    await upload(office, hostile)
    assert await named(office) == {"passage_elsewhere": 1}
    for ticket in range(2):
        told = await office.claimed(honest, office.codes[ticket], gate_id=stage)
        assert told["reason"] == "ok"


async def test_what_it_says_in_a_supervisors_name_is_none_of_theirs(
    ledger_office: LedgerOffice,
) -> None:
    """Overrides are named, rulings settle nothing, and nobody is found by name."""
    office = ledger_office
    chief = await Chief.appoint(office)
    honest, hostile = await meet(office)
    for ticket in range(2):
        office.scan(hostile, ticket, reason="override", person=chief.person, why="organizer")
        office.scan(hostile, ticket)
    office.scan(hostile, 5, person=chief.person, why="identity_confirmed", seen=b"")
    found = {"ticket_id": office.hex_of(6), "person": chief.person, "signature": "00" * 64}
    assert (await office.claimed(hostile, "", **found))["reason"] == "supervisor"
    await upload(office, hostile)
    before = await named(office)
    assert before == {"override_unsigned": 2, "double_use": 2, "passage_unproven": 1}
    heard = len(await office.read_feed(hostile))
    for one in await office.conflicts():
        said = DispositionBody(one["id"], "our_error", chief.person)
        hostile.journal.add(said, office.event_id, office.now, cursor=heard)
    await upload(office, hostile)
    assert await named(office) == before
    assert await reasons(office, honest, range(5, 7)) == {"ok"}


def read_scan(device: GateDevice) -> ScanBody:
    """Read the last passage of a journal, as a peer does."""
    body = decode_body(decode_entry(device.journal.entries[-1].entry))
    assert isinstance(body, ScanBody)
    return body


async def test_its_exits_and_undoes_open_no_used_ticket_of_a_zone_that_admits_once(
    ledger_office: LedgerOffice,
) -> None:
    """Nor do those that it dates before the entry, or a day on."""
    office = ledger_office
    honest, hostile = await meet(office)
    for ticket in USED:
        for wall in (office.now - DAY, office.now, office.now + DAY):
            office.scan(hostile, ticket, direction="out", reason="exit", wall=wall)
        write(
            office,
            hostile,
            UndoBody(ClaimId(f"claim-{ticket + 1}"), office.tickets[ticket], "", "x"),
        )
    assert set(await upload(office, hostile)) == {"stored"}
    office.office.clock.advance(2 * DAY)
    assert await reasons(office, honest, USED) <= {"already_used", "expired"}


async def test_gate_that_sells_has_sold_nothing(ledger_office: LedgerOffice) -> None:
    """No order, no ticket, no manual code that admits: a gate's key makes no tickets."""
    office = ledger_office
    honest, hostile = await office.enrol(0), await office.enrol(1, role="gate")
    sold = SoldTicket(
        ticket_id=MINTED,
        ticket_type_code=1,
        generation=0,
        key_id=office.key_id,
        manual_code=99,
        valid_from=None,
        valid_until=None,
        price_minor=2500,
    )
    listed = SoldTicket(
        ticket_id=office.tickets[3],
        ticket_type_code=1,
        generation=9,
        key_id=office.key_id,
        manual_code=98,
        valid_from=None,
        valid_until=None,
        price_minor=2500,
    )
    write(
        office,
        hostile,
        SaleBody(
            sale_id="ab" * 16,
            receipt_number=1,
            currency="EUR",
            total_minor=5000,
            tender="cash",
            tickets=(sold, listed),
        ),
    )
    assert set(await upload(office, hostile)) == {"stored"}
    assert await named(office) == {"sold_out_of_range": 2}
    orders = await office.office.ok("GET", f"{office.path}/orders", office.owner)
    assert orders["items"] == []
    assert (await office.claimed(honest, "0000-0033-S", manual=True))["reason"] == "unknown_ticket"
    assert (await office.claimed(honest, office.codes[3]))["reason"] == "ok"
    assert set(await upload(office, hostile)) == {"known"}


@pytest.mark.either_database
async def test_sales_and_acts_without_end_bury_no_double_use(ledger_office: LedgerOffice) -> None:
    """Of each kind so many are named one by one; what is beyond is one conflict of the device."""
    office = ledger_office
    honest, till = await office.enrol(0), await office.enrol(1)
    hostile = await office.enrol(1, role="gate")
    office.office.clock.advance(MINUTE)
    most = CONFLICTS_OF_A_DEVICE_MAX

    async def counted() -> dict[str, int]:
        kinds = "SELECT kind, count(*) FROM conflict GROUP BY kind"
        return {row[0]: row[1] for row in await rows_of(office.office, kinds)}

    sold = SoldTicket(
        ticket_id=MINTED,
        ticket_type_code=1,
        generation=0,
        key_id=office.key_id,
        manual_code=99,
        valid_from=None,
        valid_until=None,
        price_minor=0,
    )
    for sale in range(2):
        ids = [TicketId(MINTED + sale * most + one) for one in range(most)]
        body = SaleBody(
            sale_id=f"{sale:032x}",
            receipt_number=1,
            currency="EUR",
            total_minor=0,
            tender="cash",
            tickets=tuple(msgspec.structs.replace(sold, ticket_id=one) for one in ids),
        )
        write(office, hostile, body)
    for number in range(1, 2 * most + 1):
        write(office, till, act(3 * number))
    for device in (hostile, till):
        assert set(await upload(office, device)) == {"stored"}
    assert await counted() == {"sold_out_of_range": most + 1, "shift_missing": most + 1}
    told = len(await office.read_feed(honest))
    write(office, till, act(9 * most))
    await upload(office, till)
    assert len(await office.read_feed(honest)) == told, "whoever goes on is told to nobody again"
    write(office, honest, act(3))
    await upload(office, honest)
    assert (await counted())["shift_missing"] == most + 3, "another device's are named as ever"


async def test_lies_about_its_share_fill_no_zone_and_empty_none(
    ledger_office: LedgerOffice,
) -> None:
    """What it gives back or takes beyond its grant is its own; who it lets in is an alarm."""
    office = ledger_office
    await limit_zone(office, 6)
    honest, hostile = await office.enrol(0), await office.enrol(1)
    office.office.clock.advance(MINUTE)
    lies = (KnownZoneShare(office.zone_id, 1_000),)
    for device in (hostile, honest, hostile):
        await office.exchanged(device, shares=lies if device is hostile else ())
    assert await named(office) == {"share_unproven": 1}
    write(office, hostile, ReturnBody(office.zone_id, 10**6))
    await upload(office, hostile)
    claims = [
        (await office.claimed(device, office.codes[ticket], allotted=1))["verdict"]
        for ticket, device in enumerate([honest, hostile] * 6)
    ]
    assert 0 < claims.count("admit") <= 6
    assert claims[0] == "admit"
    office.office.clock.advance(MINUTE)
    for ticket in range(12, 20):
        office.scan(hostile, ticket, allotted=1)
    await upload(office, hostile)
    assert (await named(office))["over_capacity"] == 1


async def test_blocked_tickets_that_it_lets_in_are_named_and_stay_blocked(
    ledger_office: LedgerOffice,
) -> None:
    """Its admission changes nothing of what the organizer has said."""
    office = ledger_office
    honest, hostile = await office.enrol(0), await office.enrol(1)
    await on_ticket(office, 0, "block", blocked=True)
    await on_ticket(office, 1, "refund", reason="changed mind")
    office.office.clock.advance(MINUTE)
    office.scan(hostile, 0)
    office.scan(hostile, 1)
    await upload(office, hostile)
    assert (await named(office)).total() == 2
    assert [(await office.claimed(honest, code))["reason"] for code in office.codes[:2]] == [
        "blocked",
        "cancelled",
    ]


@pytest.mark.either_database
async def test_refusals_without_end_fill_no_disk(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond a number they are kept nowhere; other devices' retries are told the same."""
    monkeypatch.setattr(claim_queue, "REFUSALS_KEPT", Limit("refusals", 5, DAY))
    hostile, honest = await ledger_office.enrol(0), await ledger_office.enrol(1)
    for number in range(12):
        assert (await ledger_office.claimed(hostile, f"junk {number}"))["verdict"] == "deny"
    kept = await rows_of(ledger_office.office, "SELECT claim_id FROM claim_mark")
    assert len(kept) == 5
    retried = ClaimId("retried")
    first = await ledger_office.claim(honest, "junk", retried)
    ledger_office.office.clock.advance(SECOND)
    assert (await ledger_office.claim(honest, "junk", retried)).content == first.content
    for gate, reason in ((hostile, "ok"), (honest, "already_used")):
        said = await ledger_office.claimed(gate, ledger_office.codes[0])
        assert said["reason"] == reason
