"""What a device's journal can say of passages: of codes that it has read, at its own zone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from shared.credential.manual_code import parse_manual_code
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import DispositionBody, ScanBody, UndoBody
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import MINUTE
from shared.manifest.badge_signatures import BadgeAct
from shared.manifest.presenting import foreign_digest, foreign_ticket_id
from shared.manifest.seen_codes import prove_foreign, prove_manual, seen_word
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.racing import rows_of
from tests.integration.server_sync.devices.test_thief_of_a_gate import add_gate

CODE = "TKT-20260704-00000001"


async def named(office: LedgerOffice) -> Counter[str]:
    """Count the open conflicts by kind."""
    return Counter(one["kind"] for one in await office.conflicts() if not one["disposition"])


async def upload(office: LedgerOffice, device: GateDevice) -> None:
    """Upload a device's journal."""
    await office.exchanged(device, device.journal.entries)


async def reason(office: LedgerOffice, device: GateDevice, ticket: int, **more: Any) -> str:
    """Claim a ticket's code."""
    return str((await office.claimed(device, office.codes[ticket], **more))["reason"])


@pytest.mark.either_database
async def test_tickets_that_it_never_saw_are_neither_spent_nor_opened(
    ledger_office: LedgerOffice,
) -> None:
    """Without a proof, with another's, with one for another passage, ticket or device."""
    office = ledger_office
    zone = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    await office.office.ok("PUT", f"{office.path}/zones/{office.zone_id}", office.owner, json=zone)
    honest, hostile = await office.enrol(0), await office.enrol(1)
    office.office.clock.advance(MINUTE)
    office.scan(honest, 0)
    await upload(office, honest)
    copied = decode_body(decode_entry(honest.journal.entries[-1].entry))
    assert isinstance(copied, ScanBody)
    digest = foreign_digest(CODE, office.event_id)
    proofs = [
        b"",
        copied.seen,
        office.prove(honest, office.codes[0], ClaimId("x")),
        office.prove(hostile, office.codes[0], ClaimId("another")),
        office.prove(hostile, office.codes[9], ClaimId("x")),
        prove_manual(seen_word(office.event_id, DeviceId(hostile.id), ClaimId("x")), 4711),
        prove_foreign(seen_word(office.event_id, DeviceId(hostile.id), ClaimId("x")), digest),
        bytes(115),
    ]
    unsaid = {"key_id": None, "generation": None}
    for seen in proofs:
        for way in ("in", "out"):
            reasons: dict[str, Any] = {"direction": way}
            reasons["reason"] = "ok" if way == "in" else "exit"
            for ticket in (0, 1):
                claim_id = "x" if seen else None
                more = reasons if claim_id is None else reasons | {"claim_id": claim_id}
                office.scan(hostile, ticket, seen=seen, **more)
                office.scan(hostile, ticket, seen=seen, **more, **unsaid)
    claim = copied.claim_id  # whoever reads a journal may use its claim ids, too
    office.scan(hostile, 0, direction="out", reason="exit", seen=copied.seen, claim_id=claim)
    await upload(office, hostile)
    assert await named(office) == {"passage_unproven": 1}
    assert await reason(office, honest, 0) == "already_used"
    assert await reason(office, honest, 1) == "ok"


async def test_what_it_has_seen_counts(ledger_office: LedgerOffice) -> None:
    """By a signed code, a manual code, and an imported one."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    body = {"ticket_type_id": office.ticket_type_id, "codes": [CODE]}
    await office.office.ok("POST", f"{office.path}/tickets/import", office.owner, json=body)
    path = f"{office.path}/tickets/{office.hex_of(1)}/credential"
    shown = (await office.office.ok("GET", path, office.owner))["manual_code"]
    imported = foreign_ticket_id(CODE, office.event_id)
    unsaid = {"key_id": None, "generation": None}
    office.scan(gate, 0)
    manual = prove_manual(
        seen_word(office.event_id, DeviceId(gate.id), ClaimId("typed")), parse_manual_code(shown)
    )
    office.scan(gate, 1, claim_id="typed", seen=manual, **unsaid)
    wrong = prove_foreign(
        seen_word(office.event_id, DeviceId(gate.id), ClaimId("read")),
        foreign_digest("TKT-2", office.event_id),
    )
    office.scan(gate, 2, claim_id="read", seen=wrong, ticket_id=imported, **unsaid)
    await upload(office, gate)
    assert await named(office) == {"passage_unproven": 1}
    foreign = prove_foreign(
        seen_word(office.event_id, DeviceId(gate.id), ClaimId("again")),
        foreign_digest(CODE, office.event_id),
    )
    office.scan(gate, 2, claim_id="again", seen=foreign, ticket_id=imported, **unsaid)
    await upload(office, gate)
    assert await named(office) == {"passage_unproven": 1}
    assert [await reason(office, other, ticket) for ticket in (0, 1)] == ["already_used"] * 2
    assert (await office.claimed(other, CODE))["reason"] == "already_used"


@pytest.mark.either_database
async def test_reissued_ticket_that_a_cut_off_gate_let_in_by_its_old_code_counts(
    ledger_office: LedgerOffice,
) -> None:
    """It had seen that one: the passage is named for what it is, and the ticket is used."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    path = f"{office.path}/tickets/{office.hex_of(0)}"
    await office.office.ok("POST", f"{path}/reissue", office.owner)
    new = (await office.office.ok("GET", f"{path}/credential", office.owner))["digits"]
    office.office.clock.advance(MINUTE)
    office.scan(gate, 0)
    await upload(office, gate)
    assert await named(office) == {"admitted_superseded": 1}
    assert (await office.claimed(other, new))["reason"] == "already_used"


@pytest.mark.either_database
async def test_passages_at_a_zone_that_it_was_never_assigned_to_have_no_effect(
    ledger_office: LedgerOffice,
) -> None:
    """Whatever gate it names; moved while it was cut off, it goes on where it was, and counts."""
    office = ledger_office
    gate = await office.enrol(0)
    stage = await add_gate(office)
    ((zone,),) = await rows_of(office.office, f"SELECT zone_id FROM gate WHERE id = '{stage}'")
    office.scan(gate, 0, zone_id=zone, gate_id=stage)
    office.scan(gate, 1, zone_id=zone)
    await upload(office, gate)
    assert await named(office) == {"passage_elsewhere": 1}
    other = await office.enrol(0, is_fixed=False)
    assert await reason(office, other, 0, gate_id=stage) == "ok"
    place = f"{office.owner.path}/devices/{gate.id}/assignment"
    body = {"role": "gate", "event_id": office.event_id, "gate_id": stage}
    await office.office.ok("PUT", place, office.owner, json=body)
    office.scan(gate, 2, zone_id=zone, gate_id=stage)
    office.scan(gate, 3)
    await upload(office, gate)
    assert await named(office) == {"passage_elsewhere": 1}
    assert await reason(office, other, 2, gate_id=stage) == "already_used"
    assert await reason(office, other, 3) == "already_used"


@pytest.mark.either_database
async def test_organizer_may_accept_what_was_not_proven(ledger_office: LedgerOffice) -> None:
    """Entries of a program of before bear no proof: they wait, and count once accepted."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    office.scan(gate, 0, seen=b"")
    await upload(office, gate)
    path = f"{office.owner.path}/devices/{gate.id}/unconfirmed"
    assert len((await office.office.ok("GET", path, office.owner))["items"]) == 1
    done = await office.office.ok("POST", f"{path}/accept", office.owner, json={"note": "ours"})
    assert (done["ruled"], done["remaining"]) == (1, 0)
    assert await reason(office, other, 0) == "already_used"


@pytest.mark.either_database
async def test_override_counts_as_a_supervisors_by_their_badge_alone(
    ledger_office: LedgerOffice,
) -> None:
    """Of seen tickets it is named; of those that nobody has seen it has no effect either."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    chief = await Chief.appoint(office)
    deed: dict[str, Any] = {"reason": "override", "person": chief.person, "why": "organizer"}
    office.scan(gate, 0, **deed)
    office.scan(gate, 1, seen=b"", **deed)
    found = chief.vouch(gate, ClaimId("found"), office.tickets[2])
    office.scan(gate, 2, seen=b"", claim_id="found", signature=found, **deed)
    signed = chief.vouch(gate, ClaimId("said"), office.tickets[3], act=BadgeAct.OVERRIDE)
    office.scan(gate, 3, seen=b"", claim_id="said", signature=signed, **deed)
    await upload(office, gate)
    assert await named(office) == {"override_unsigned": 1, "passage_unproven": 1}
    told = [await reason(office, other, ticket) for ticket in range(4)]
    assert told == ["already_used", "ok", "ok", "already_used"]


@pytest.mark.either_database
async def test_override_of_what_was_withdrawn_is_named_as_that(
    ledger_office: LedgerOffice,
) -> None:
    """Cancelled or superseded: no badge makes it good; a blocked one a supervisor may let in."""
    office = ledger_office
    gate = await office.enrol(0)
    chief = await Chief.appoint(office)
    for ticket, verb in enumerate(("refund", "reissue", "block")):
        path = f"{office.path}/tickets/{office.hex_of(ticket)}/{verb}"
        body = {"reason": "x"} if verb == "refund" else {"blocked": True}
        method = "PUT" if verb == "block" else "POST"
        await office.office.ok(method, path, office.owner, json=body)
    office.office.clock.advance(MINUTE)
    for ticket in range(3):
        claim_id = ClaimId(f"said-{ticket}")
        signature = chief.vouch(gate, claim_id, office.tickets[ticket], act=BadgeAct.OVERRIDE)
        deed: dict[str, Any] = {"person": chief.person, "signature": signature}
        office.scan(gate, ticket, claim_id=claim_id, reason="override", **deed)
    await upload(office, gate)
    assert {one["kind"]: one["ticket_id"] for one in await office.conflicts()} == {
        "payout_and_entry": office.hex_of(0),
        "admitted_superseded": office.hex_of(1),
    }


@pytest.mark.either_database
async def test_ruling_that_no_badge_has_signed_settles_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """In anybody's name, with another's signature, or one for another ruling or device."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    chief, gone = await Chief.appoint(office), await Chief.appoint(office, "Mira")
    for device in (gate, other):
        office.scan(device, 0)
        await upload(office, device)
    (conflict,) = await office.conflicts()
    name = conflict["id"]
    await gone.dismiss()
    office.office.clock.advance(MINUTE)
    right = chief.rule(gate, name, "fraud")
    wrong = [
        DispositionBody(name, "fraud", chief.person),
        DispositionBody(name, "fraud", "us_anybody"),
        msgspec.structs.replace(right, disposition="let_stay"),
        msgspec.structs.replace(right, person=gone.person),
        gone.rule(gate, name, "fraud"),
        chief.rule(other, name, "fraud"),
    ]
    heard = len(await office.read_feed(gate))
    for said in wrong:
        gate.journal.add(said, office.event_id, office.now, cursor=heard)
    await upload(office, gate)
    assert [one["disposition"] for one in await office.conflicts()] == [""]
    gate.journal.add(right, office.event_id, office.now, cursor=heard)
    await upload(office, gate)
    assert [one["disposition"] for one in await office.conflicts()] == ["fraud"]


@pytest.mark.either_database
async def test_doubted_passage_of_a_forked_journal_leaves_the_entry_at_its_place_alone(
    ledger_office: LedgerOffice,
) -> None:
    """Else accepting it would let in again whom the other entry names, though taken back since."""
    office = ledger_office
    copied, honest = await office.enrol(0), await office.enrol(1)
    await upload(office, copied)
    copy = replace(copied, journal=replace(copied.journal, entries=[*copied.journal.entries]))
    body = office.scan(copied, 0)
    undone = UndoBody(body.claim_id, office.tickets[0], "", "mistake")
    copied.journal.add(undone, office.event_id, office.now)
    await upload(office, copied)
    office.scan(copy, 1, seen=b"")
    await upload(office, copy)
    assert await named(office) == {"forked_journal": 1, "passage_unproven": 1}
    path = f"{office.owner.path}/devices/{copied.id}/unconfirmed/accept"
    ruled = await office.office.ok("POST", path, office.owner, json={"note": "as it says"})
    assert ruled["ruled"] == 0, "both journals' entries cannot stand"
    assert [await reason(office, honest, ticket) for ticket in range(2)] == ["ok", "ok"]
