"""Connected, no two purposes of one ticket can contradict each other."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import Any

import pytest

from shared.admission.purpose import ENDING, REPLACING, WITHDRAWING, Purpose
from shared.journal.entry import ReleaseBody
from shared.kernel.id_types import ClaimId, DeviceId
from shared.manifest.badge_signatures import BadgeScope, sign_word, withdrawal_word
from tests.adversaries.scene import named
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice, issue
from tests.factories.strength import sized
from tests.factories.withdrawing import do, withdrawal

TAKING = sorted(WITHDRAWING)


async def take(
    office: LedgerOffice,
    till: GateDevice,
    ticket: int,
    purpose: Purpose,
    *,
    code: str | None = None,
    **more: Any,
) -> Any:
    """Claim a ticket at a till for a purpose."""
    if purpose in ENDING:
        more = {"amount_minor": 2_500, "currency": "EUR", "tender": "cash"} | more
    shown = office.codes[ticket] if code is None else code
    return await office.claimed(till, shown, gate_id="", purpose=purpose.value, **more)


def approve(
    office: LedgerOffice,
    chief: Chief,
    till: GateDevice,
    ticket: int,
    purpose: Purpose,
    claim_id: str,
    generation: int = 1,
) -> dict[str, Any]:
    """Let a supervisor sign what the till asks."""
    speaker = BadgeScope(
        office.owner.organization_id, office.event_id, DeviceId(till.id), chief.person
    )
    is_ending = purpose in ENDING
    word = withdrawal_word(
        speaker,
        claim_id=ClaimId(claim_id),
        ticket_id=office.tickets[ticket],
        purpose=purpose.value,
        generation=generation,
        amount_minor=2_500 if is_ending else 0,
        currency="EUR" if is_ending else "",
    )
    return {"person": chief.person, "signature": sign_word(chief.key, word).hex()}


@pytest.mark.either_database
async def test_each_purpose_is_granted_once_and_what_follows_is_told_why(
    ledger_office: LedgerOffice,
) -> None:
    """All ordered pairs at two connected tills and a gate: the second is refused, or follows."""
    office = ledger_office
    first, second = await office.enrol(role="till"), await office.enrol(role="till")
    gate = await office.enrol()
    pairs = list(product(sorted(Purpose), sorted(Purpose)))
    await issue(office, len(pairs) - len(office.tickets))
    for ticket, (one, two) in enumerate(pairs):
        answers = []
        for device, purpose in ((first, one), (second, two)):
            if purpose is Purpose.ADMISSION:
                answers.append(await office.claimed(gate, office.codes[ticket]))
            else:
                answers.append(await take(office, device, ticket, purpose))
        assert answers[0]["verdict"] == "admit", (one, two, answers)
        expected = "cancelled" if one in ENDING else "superseded"
        if one is Purpose.ADMISSION:
            expected = "already_used" if two is Purpose.ADMISSION else "supervisor"
        assert answers[1]["reason"] == expected, (one, two, answers)
    assert await office.conflicts() == []


@pytest.mark.either_database
@pytest.mark.parametrize("purpose", sorted(REPLACING))
async def test_the_new_credential_is_good_and_the_old_one_is_not(
    ledger_office: LedgerOffice, purpose: Purpose
) -> None:
    """The ledger gives the code that is printed; what was mailed before opens nothing."""
    office = ledger_office
    till, gate = await office.enrol(role="till"), await office.enrol()
    granted = await take(office, till, 0, purpose)
    assert (granted["generation"], granted["new_generation"]) == (1, 2)
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "superseded"
    assert (await office.claimed(gate, granted["new_code"]))["reason"] == "ok"
    refused = await take(office, till, 0, Purpose.REFUND, code=granted["new_code"])
    assert refused["reason"] == "supervisor"
    by_hand = await office.claimed(gate, granted["new_manual_code"], manual=True)
    assert by_hand["reason"] == "already_used"


@pytest.mark.either_database
@pytest.mark.parametrize("purpose", TAKING)
async def test_a_used_ticket_needs_a_supervisor(
    ledger_office: LedgerOffice, purpose: Purpose
) -> None:
    """Referred; with the signature of a badge over this very withdrawal, granted."""
    office = ledger_office
    chief = await Chief.appoint(office)
    till, gate = await office.enrol(role="till"), await office.enrol()
    assert (await office.claimed(gate, office.codes[0]))["verdict"] == "admit"
    claim_id = "cd" * 16
    first = await take(office, till, 0, purpose, claim_id=claim_id)
    assert (first["verdict"], first["reason"]) == ("refer", "supervisor")
    other = approve(office, chief, till, 1, purpose, claim_id)
    assert (await take(office, till, 0, purpose, claim_id=claim_id, **other))["verdict"] == "refer"
    word = approve(office, chief, till, 0, purpose, claim_id)
    assert (await take(office, till, 0, purpose, claim_id=claim_id, **word))["verdict"] == "admit"
    assert await office.conflicts() == []


@pytest.mark.either_database
async def test_the_same_claim_gets_the_same_answer_and_stands_for_nothing_else(
    ledger_office: LedgerOffice,
) -> None:
    """A retry after a timeout pays out once; the id is no gate's, and no other amount's."""
    office = ledger_office
    till, gate = await office.enrol(role="till"), await office.enrol()
    claim_id = ClaimId("ef" * 16)
    first = await take(office, till, 0, Purpose.REFUND, claim_id=claim_id)
    assert await take(office, till, 0, Purpose.REFUND, claim_id=claim_id) == first
    more = {"gate_id": "", "purpose": "refund", "currency": "EUR", "tender": "cash"}
    other = await office.claim(till, office.codes[0], claim_id, **more, amount_minor=9_999)
    assert (other.status_code, other.json()["type"].rsplit("/", 1)[-1]) == (409, "claim-id-reused")
    entry = await office.claim(gate, office.codes[1], claim_id)
    assert entry.status_code == 409


@pytest.mark.either_database
async def test_what_the_till_writes_down_of_its_grant_is_no_second_withdrawal(
    ledger_office: LedgerOffice,
) -> None:
    """The journal confirms it: one withdrawal, the stock free again, no conflict."""
    office = ledger_office
    till = await office.enrol(role="till")
    claim_id = ClaimId("aa" * 16)
    assert (await take(office, till, 0, Purpose.REFUND, claim_id=claim_id))["verdict"] == "admit"
    body = withdrawal(office, 0, Purpose.REFUND, claim_id=claim_id, mode="online")
    till.journal.add(body, office.event_id, office.now)
    for _ in range(2):
        await office.exchanged(till, till.journal.entries)
    assert await office.conflicts() == []


@pytest.mark.either_database
@pytest.mark.parametrize("purpose", sorted(ENDING))
async def test_a_grant_that_came_to_nothing_gives_the_ticket_back(
    ledger_office: LedgerOffice, purpose: Purpose
) -> None:
    """The terminal refused the payout: the till signs that, and the guest may come in."""
    office = ledger_office
    till, gate = await office.enrol(role="till"), await office.enrol()
    claim_id = ClaimId("bb" * 16)
    assert (await take(office, till, 0, purpose, claim_id=claim_id))["verdict"] == "admit"
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "cancelled"
    body = ReleaseBody(claim_id, office.tickets[0], "payout_failed")
    till.journal.add(body, office.event_id, office.now)
    await office.exchanged(till, till.journal.entries)
    assert (await office.claimed(gate, office.codes[0]))["reason"] == "ok"
    again = await take(office, till, 0, purpose, claim_id=claim_id)
    assert again["verdict"] == "deny", "the id is dead"
    assert await office.conflicts() == []


@pytest.mark.either_database
@pytest.mark.parametrize("purpose", sorted(ENDING))
async def test_a_grant_that_came_to_nothing_gives_no_ticket_back_that_another_till_has_ended(
    ledger_office: LedgerOffice, purpose: Purpose
) -> None:
    """A badge has signed that it is paid back: whatever comes first, nobody comes in on it."""
    office = ledger_office
    chief = await Chief.appoint(office)
    first, second = await office.enrol(role="till"), await office.enrol(role="till")
    gate, path = await office.enrol(), f"{office.path}/ticket-types"
    for ticket in range(2):
        claim_id = ClaimId(f"{ticket:032x}")
        granted = await take(office, first, ticket, Purpose.REFUND, claim_id=claim_id)
        assert granted["verdict"] == "admit"
        undone = ReleaseBody(claim_id, office.tickets[ticket], "payout_failed")
        first.journal.add(undone, office.event_id, office.now)
        do(office, chief, second, ticket, purpose)
    both = [(first, first.journal.entries[:2]), (second, second.journal.entries)]
    for device, entries in (*both, (first, first.journal.entries)):
        await office.exchanged(device, entries)
    shown = [await office.claimed(gate, one) for one in office.codes[:2]]
    assert [one["reason"] for one in shown] == ["cancelled"] * 2
    (kind,) = await office.office.ok("GET", path, office.owner)
    assert kind["sold"] == len(office.tickets) - 2
    assert await named(office) == {}


async def test_a_ticket_that_is_passed_on_while_it_is_taken_back_bears_no_former_holders_name(
    ledger_office: LedgerOffice,
) -> None:
    """Nothing came of taking it back: who has it by now is not asked for another's papers."""
    office = ledger_office
    chief, path = await Chief.appoint(office), f"{office.path}/tickets/{office.hex_of(0)}"
    first, second = await office.enrol(role="till"), await office.enrol(role="till")
    await office.office.ok("PUT", f"{path}/holder", office.owner, json={"name": "Anna"})
    claim_id = ClaimId("bb" * 16)
    await take(office, first, 0, Purpose.REFUND, claim_id=claim_id)
    do(office, chief, second, 0, Purpose.TRANSFER)
    await office.exchanged(second, second.journal.entries)
    undone = ReleaseBody(claim_id, office.tickets[0], "payout_failed")
    first.journal.add(undone, office.event_id, office.now)
    await office.exchanged(first, first.journal.entries)
    shown = await office.office.ok("GET", path, office.owner)
    assert (shown["state"], shown["generation"], shown["holder_name"]) == ("paid", 2, None)


@pytest.mark.either_database
async def test_only_tills_take_rights_away_and_an_id_proves_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """Every gate knows every ticket's id: one picked without its code needs a supervisor."""
    office = ledger_office
    chief = await Chief.appoint(office)
    gate, till = await office.enrol(role="gate"), await office.enrol(role="till")
    refused = await office.claim(gate, office.codes[0], gate_id="", purpose="refund")
    assert refused.status_code == 403
    picked = {"code": "", "ticket_id": office.hex_of(0)}
    answer = await take(office, till, 0, Purpose.HAND_OVER, **picked)
    assert (answer["verdict"], answer["reason"]) == ("refer", "supervisor")
    claim_id = "dd" * 16
    word = approve(office, chief, till, 0, Purpose.HAND_OVER, claim_id)
    answer = await take(office, till, 0, Purpose.HAND_OVER, claim_id=claim_id, **picked, **word)
    assert answer["verdict"] == "admit"


async def test_of_many_at_once_one_is_paid_out_or_lets_in(ledger_office: LedgerOffice) -> None:
    """Two tills and a gate claim one ticket for all purposes at once: no conflict, one payout."""
    office = ledger_office
    first, second = await office.enrol(role="till"), await office.enrol(role="till")
    gate = await office.enrol()
    for ticket in range(sized(3, 6)):
        wanted = [office.claimed(gate, office.codes[ticket])]
        wanted += [take(office, till, ticket, p) for p in TAKING for till in (first, second)]
        answers = await asyncio.gather(*wanted)
        granted = [one for one in answers if one["verdict"] == "admit"]
        assert len(granted) == 1, answers
    assert await office.conflicts() == []


@pytest.mark.either_database
async def test_the_desk_is_told_of_a_use_and_a_manager_may_go_on(
    ledger_office: LedgerOffice,
) -> None:
    """A used ticket is refunded by nobody without a word any more."""
    office = ledger_office
    gate = await office.enrol()
    assert (await office.claimed(gate, office.codes[0]))["verdict"] == "admit"
    path = f"{office.path}/tickets/{office.hex_of(0)}/refund"
    body = {"reason": "fell ill"}
    refused = await office.office.call("POST", path, office.owner, json=body)
    assert refused.status_code == 409
    assert office.hex_of(0) in refused.json()["detail"]
    org = office.owner.organization_id
    staff = await office.office.person("box_office", organization_id=org)
    for query, status in (("", 409), ("?even_if_used=true", 403)):
        answer = await office.office.call("POST", path + query, staff, json=body)
        assert answer.status_code == status, "staff may not go on by themselves"
    await office.office.ok("POST", f"{path}?even_if_used=true", office.owner, json=body)
    assert await office.conflicts() == []
