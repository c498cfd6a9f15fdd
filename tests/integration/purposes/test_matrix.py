"""Two cut-off tills and a gate: all pairs of purposes on one ticket, in every order."""

from __future__ import annotations

from itertools import permutations, product

import pytest

from shared.admission.purpose import WITHDRAWING, Purpose
from shared.journal.entry import UndoBody
from shared.kernel.id_types import ClaimId
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice, issue
from tests.factories.strength import sized
from tests.factories.withdrawing import code_of, do, expected_of, withdrawal

PURPOSES = sorted(Purpose)
TAKING = sorted(WITHDRAWING)
EVERY_ORDER = list(permutations(range(3)))
THERE_AND_BACK = EVERY_ORDER[::5]
ORDERS = sized(THERE_AND_BACK, EVERY_ORDER)
ON_SQLITE = sized(THERE_AND_BACK[1:], EVERY_ORDER)
ON_POSTGRES = sized(THERE_AND_BACK[:1], THERE_AND_BACK)
ON_POSTGRES_EVERY = sized(5, 1)
"""The order is weighed by the same code: a sample tries one there and the way back here."""


async def conflicts_by_ticket(office: LedgerOffice) -> dict[str, list[str]]:
    """Return the kinds of each ticket's conflicts, each as often as there is one."""
    found: dict[str, list[str]] = {}
    after = ""
    while True:
        page = await office.office.ok(
            "GET", f"{office.path}/conflicts?limit=100{after}", office.owner
        )
        for one in page["items"]:
            found.setdefault(one["ticket_id"] or "", []).append(one["kind"])
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_cut_off_from_each_other_each_pair_gives_its_conflict_and_no_other(
    ledger_office: LedgerOffice, order: tuple[int, ...]
) -> None:
    """Whichever journal comes first: the same conflicts, one of a kind, with both sides."""
    office = ledger_office
    if order not in (ON_SQLITE if office.office.database.is_sqlite else ON_POSTGRES):
        return
    every = 1 if office.office.database.is_sqlite else ON_POSTGRES_EVERY
    pairs = list(product(PURPOSES, PURPOSES))[::every]
    triples = list(product(TAKING, TAKING))[::every]
    if (missing := len(pairs) + len(triples) - len(office.tickets)) > 0:
        await issue(office, missing)
    chief = await Chief.appoint(office)
    first, second = await office.enrol(role="till"), await office.enrol(role="till")
    gate, other = await office.enrol(), await office.enrol(1)
    expected: dict[str, list[str]] = {}
    for ticket, (one, two) in enumerate(pairs):
        do(office, chief, gate if one is Purpose.ADMISSION else first, ticket, one)
        entering = other if one is Purpose.ADMISSION else gate
        do(office, chief, entering if two is Purpose.ADMISSION else second, ticket, two)
        expected[office.hex_of(ticket)] = sorted(expected_of([one, two]))
    for ticket, (one, two) in enumerate(triples, len(pairs)):
        do(office, chief, first, ticket, one)
        do(office, chief, second, ticket, two)
        do(office, chief, gate, ticket, Purpose.ADMISSION)
        expected[office.hex_of(ticket)] = sorted(expected_of([one, two, Purpose.ADMISSION]))
    devices: list[list[GateDevice]] = [[first], [second], [gate, other]]
    for place in order:
        for device in devices[place]:
            await office.exchanged(device, device.journal.entries)
    found = await conflicts_by_ticket(office)
    assert {one: sorted(kinds) for one, kinds in found.items()} == {
        one: kinds for one, kinds in expected.items() if kinds
    }


@pytest.mark.either_database
@pytest.mark.parametrize("purpose", [Purpose.HAND_OVER, Purpose.TRANSFER, Purpose.REPRINT])
async def test_the_newest_credential_admits_once_and_accuses_nobody(
    ledger_office: LedgerOffice, purpose: Purpose
) -> None:
    """Handed over at a cut-off till, then let in with that at a gate that was cut off as well."""
    office = ledger_office
    chief = await Chief.appoint(office)
    till, gate = await office.enrol(role="till"), await office.enrol()
    do(office, chief, till, 0, purpose)
    code, claim_id = await code_of(office, 0, 2), ClaimId("ab" * 16)
    seen = office.prove(gate, code, claim_id)
    office.scan(gate, 0, generation=2, claim_id=claim_id, seen=seen)
    for device in (gate, till):
        await office.exchanged(device, device.journal.entries)
    assert await office.conflicts() == []
    row = await office.office.ok("GET", f"{office.path}/tickets/{office.hex_of(0)}", office.owner)
    assert (row["generation"], row["state"]) == (2, "validated")


@pytest.mark.either_database
async def test_an_undone_entry_takes_its_conflict_back(ledger_office: LedgerOffice) -> None:
    """The gate's own word that nobody came in after all: the refund stands alone."""
    office = ledger_office
    chief = await Chief.appoint(office)
    till, gate = await office.enrol(role="till"), await office.enrol()
    do(office, chief, till, 0, Purpose.REFUND)
    scan = office.scan(gate, 0)
    for device in (till, gate):
        await office.exchanged(device, device.journal.entries)
    (conflict,) = await office.conflicts()
    assert (conflict["kind"], conflict["disposition"]) == ("payout_and_entry", "")
    whole = await office.office.ok(
        "GET", f"{office.path}/conflicts/{conflict['id']}", office.owner
    )
    assert {one["device_id"] for one in whole["sides"]} == {till.id, gate.id}
    undo = UndoBody(scan.claim_id, office.tickets[0], "us_1", "turned back")
    gate.journal.add(undo, office.event_id, office.now)
    await office.exchanged(gate, gate.journal.entries)
    (conflict,) = await office.conflicts()
    assert conflict["disposition"] == "withdrawn"


@pytest.mark.either_database
async def test_a_withdrawal_that_knew_of_the_use_is_no_conflict(
    ledger_office: LedgerOffice,
) -> None:
    """The till had read the use in its feed, and a supervisor signed all the same."""
    office = ledger_office
    chief = await Chief.appoint(office)
    till, gate = await office.enrol(role="till"), await office.enrol()
    office.scan(gate, 0)
    await office.exchanged(gate, gate.journal.entries)
    heard = len(await office.read_feed(till))
    do(office, chief, till, 0, Purpose.REFUND, cursor=heard)
    await office.exchanged(till, till.journal.entries)
    assert await office.conflicts() == []
    row = await office.office.ok("GET", f"{office.path}/tickets/{office.hex_of(0)}", office.owner)
    assert row["state"] == "cancelled"


async def test_what_nobody_signed_and_nothing_proves_has_no_effect(
    ledger_office: LedgerOffice,
) -> None:
    """A hostile till writes any ticket's id: the ticket stays good, the till is named."""
    office = ledger_office
    till = await office.enrol(role="till")
    for ticket in range(3):
        body = withdrawal(office, ticket, Purpose.REFUND)
        till.journal.add(body, office.event_id, office.now)
    await office.exchanged(till, till.journal.entries)
    (conflict,) = await office.conflicts()
    assert (conflict["kind"], conflict["device_id"]) == ("withdrawal_unproven", till.id)
    path = f"{office.path}/tickets/{office.hex_of(0)}"
    assert (await office.office.ok("GET", path, office.owner))["state"] == "paid"
    waiting = f"{office.owner.path}/devices/{till.id}/unconfirmed"
    found = await office.office.ok("GET", waiting, office.owner)
    assert [one["kind"] for one in found["items"]] == ["withdrawal"] * 3
    await office.office.ok("POST", f"{waiting}/accept", office.owner, json={"note": "seen"})
    assert (await office.office.ok("GET", path, office.owner))["state"] == "cancelled"
