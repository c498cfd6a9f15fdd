"""Manual codes that a ticket had before: they prove what its present one does, kept as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from server.db.tenancy import SYSTEM
from shared.admission.purpose import Purpose
from shared.credential.manual_code import parse_manual_code
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE
from shared.manifest.seen_codes import prove_manual, seen_word
from tests.adversaries.scene import named, on_ticket, upload
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.sales_till import Till
from tests.factories.wired_gates import open_gate
from tests.factories.withdrawing import signed_by, withdrawal


async def code_of(office: LedgerOffice, ticket: int) -> str:
    """Return what is printed on a ticket for the keypad now."""
    shown = await on_ticket(office, ticket, "credential")
    return str(shown["manual_code"])


def let_in(
    office: LedgerOffice, gate: GateDevice, code: int, ticket_id: TicketId, **more: Any
) -> None:
    """Put on record that somebody came in by a manual code, which the gate has read."""
    claim_id = ClaimId(office.office.entropy.random_bytes(16).hex())
    word = seen_word(office.event_id, DeviceId(gate.id), claim_id)
    said: dict[str, Any] = {
        "claim_id": claim_id,
        "ticket_id": ticket_id,
        "seen": prove_manual(word, code),
    }
    office.scan(gate, 0, key_id=None, generation=None, **(said | more))


async def execute(office: LedgerOffice, sql: str) -> None:
    """Change the ledger past the server, as another program has left it."""
    async with office.office.database.write(org=SYSTEM) as session:
        await session.execute(text(sql))


@pytest.mark.either_database
async def test_gate_that_had_not_heard_of_reissues_has_let_in_by_the_code_of_before(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It is used, whichever of its former codes was typed, and what nobody knew is named."""
    office = ledger_office
    gates = [await open_gate(office, tmp_path, number) for number in range(2)]
    typed = [await code_of(office, 0), await code_of(office, 1)]
    for gate in gates:
        await gate.sync()
    await gates[0].cut()
    await on_ticket(office, 1, "reissue")
    await gates[1].sync()
    typed.append(await code_of(office, 1))
    await gates[1].cut()
    for ticket in range(2):
        await on_ticket(office, ticket, "reissue")
    asked = [(gates[0], typed[0]), (gates[0], typed[1]), (gates[1], typed[2])]
    for gate, code in asked:
        answer = await gate.scan(code, is_manual=True)
        assert (answer.reason, answer.mode) == ("ok", "offline")
    for gate in gates:
        await gate.mend()
    assert await named(office) == {"admitted_superseded": 2, "double_use": 1}
    for ticket in range(2):
        new = await on_ticket(office, ticket, "credential")
        told = await office.claimed(gates[1].device, new["digits"])
        assert told["reason"] == "already_used"
    for gate in gates:
        await gate.session.close()


@pytest.mark.either_database
async def test_code_of_a_tills_ticket_that_was_reissued_was_read_as_well(
    ledger_office: LedgerOffice,
) -> None:
    """Its credentials begin at another generation; who types what the till has printed counts."""
    office = ledger_office
    till, gate = Till(office, await office.enrol(role="till")), await office.enrol(1)
    await till.open()
    sold = till.mint(1)
    till.sell([sold])
    await till.sync()
    path = f"{office.path}/tickets/{format_ticket_id(sold.ticket_id)}/reissue"
    await office.office.ok("POST", path, office.owner)
    office.office.clock.advance(MINUTE)
    let_in(office, gate, sold.manual_code, sold.ticket_id)
    await upload(office, gate)
    assert await named(office) == {"admitted_superseded": 1}
    assert (await office.claimed(gate, till.code(sold)))["reason"] == "superseded"


@pytest.mark.either_database
async def test_code_of_before_counts_where_the_sale_arrives_last(
    ledger_office: LedgerOffice,
) -> None:
    """A gate let somebody in, another till replaced the ticket, and then it is known at all."""
    office = ledger_office
    seller, other = await office.enrol(role="till"), await office.enrol(role="till")
    till, gate, chief = Till(office, seller), await office.enrol(1), await Chief.appoint(office)
    await till.open()
    sold = till.mint(1)
    let_in(office, gate, sold.manual_code, sold.ticket_id)
    await upload(office, gate)
    told = {"ticket_id": sold.ticket_id, "generation": 0}
    body = signed_by(office, chief, other, withdrawal(office, 0, Purpose.REPRINT, **told))
    other.journal.add(body, office.event_id, office.now)
    await upload(office, other)
    till.sell([sold])
    await till.sync()
    assert await named(office) == {"admitted_superseded": 1}


@pytest.mark.either_database
async def test_code_of_before_is_named_whatever_its_device_says_that_it_had_heard(
    ledger_office: LedgerOffice,
) -> None:
    """What is proven to have been read goes before what the entry says."""
    office = ledger_office
    gate = await office.enrol(0)
    code = parse_manual_code(await code_of(office, 0))
    await on_ticket(office, 0, "reissue")
    office.office.clock.advance(MINUTE)
    heard = len(await office.read_feed(gate))
    let_in(office, gate, code, office.tickets[0], cursor=heard)
    new = parse_manual_code(await code_of(office, 1))
    let_in(office, gate, new, office.tickets[1], cursor=heard)
    await upload(office, gate)
    assert await named(office) == {"admitted_superseded": 1}


async def test_code_that_was_replaced_before_anybody_kept_it_waits_for_a_person(
    ledger_office: LedgerOffice,
) -> None:
    """Nothing of it is lost: it is named, has no effect, and counts once somebody accepts it."""
    office = ledger_office
    gate = await office.enrol(0)
    code = parse_manual_code(await code_of(office, 0))
    await on_ticket(office, 0, "reissue")
    await execute(office, "UPDATE ticket_withdrawal SET manual_code = NULL")
    office.office.clock.advance(MINUTE)
    let_in(office, gate, code, office.tickets[0])
    await upload(office, gate)
    assert await named(office) == {"passage_unproven": 1}
    path = f"{office.owner.path}/devices/{gate.id}/unconfirmed"
    done = await office.office.ok("POST", f"{path}/accept", office.owner, json={"note": "ours"})
    assert (done["ruled"], done["remaining"]) == (1, 0)
    assert (await named(office))["admitted_superseded"] == 1
    new = await on_ticket(office, 0, "credential")
    assert (await office.claimed(gate, new["digits"]))["reason"] == "already_used"


@pytest.mark.either_database
async def test_no_ticket_has_more_former_codes_than_generations(
    ledger_office: LedgerOffice,
) -> None:
    """However often somebody reissues it: then it is refused, and nothing more is kept."""
    office = ledger_office
    first = f"UPDATE ticket SET generation = {GENERATION_MAX - 2}"
    await execute(office, f"{first} WHERE manual_code IS NOT NULL")
    path = f"{office.path}/tickets/{office.hex_of(0)}/reissue"
    told = [(await office.office.call("POST", path, office.owner)).status_code for _ in range(4)]
    assert told == [200, 200, 409, 409]
    kept = "SELECT becomes FROM ticket_withdrawal WHERE manual_code IS NOT NULL ORDER BY becomes"
    assert await rows_of(office.office, kept) == [(GENERATION_MAX - 1,), (GENERATION_MAX,)]
