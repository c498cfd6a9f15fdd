"""Real tills and gates over a real server, on wires that are cut: refunds, hand-overs, entries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.withdraw_requests import WithdrawAnswer, WithdrawRequest
from gatekeeper.gate.withdrawals_by_peers import hear_withdrawals
from gatekeeper.store.told_to_peers import StorePromises
from shared.admission.purpose import ENDING, REPLACING, Purpose
from shared.kernel.errors import BadInput, ServerFault
from shared.kernel.id_types import ClaimId
from shared.lan.actions import Keep
from shared.wire.claim import ClaimAnswer, ClaimRequest
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate, open_gate
from tests.factories.withdrawing import withdrawal

pytestmark = pytest.mark.either_database

EVERY_ORDER = list(permutations(range(3)))
ORDERS = sized(EVERY_ORDER[1::3], EVERY_ORDER)


@pytest.fixture
async def venue(
    ledger_office: LedgerOffice, tmp_path: Path
) -> AsyncIterator[tuple[WiredGate, WiredGate, WiredGate]]:
    """Open two tills and a gate that know the event and its supervisor."""
    first = await open_gate(ledger_office, tmp_path, 0, role="till")
    second = await open_gate(ledger_office, tmp_path, 0, role="till")
    gate = await open_gate(ledger_office, tmp_path, 0)
    for device in (first, second, gate):
        await device.sync()
    yield first, second, gate
    for device in (first, second, gate):
        await device.session.close()


Venue = tuple[WiredGate, WiredGate, WiredGate]


async def take(
    till: WiredGate, code: str, purpose: Purpose, chief: Chief | None = None, **more: Any
) -> WithdrawAnswer:
    """Take a ticket's right away at a till, perhaps with a supervisor's badge."""
    money: dict[str, Any] = {}
    if purpose in ENDING:
        money = {"amount_minor": 2_500, "currency": "EUR", "tender": "cash"}
    knowledge = till.session._knowledge
    if chief is not None:
        knowledge.badge.take(chief.person, chief.badge)
        more["authorized_by"] = chief.person
    request = WithdrawRequest(purpose=purpose, code=code, **(money | more))
    answer = await till.session.withdrawer.withdraw(request)
    knowledge.badge.forget()
    return answer


def lose_answers(till: WiredGate) -> list[ClaimAnswer]:
    """Let the ledger hear of a till's next claim, and the till of nothing; returns its answers."""
    real, lost = till.wire.claim, list[ClaimAnswer]()

    async def claim(request: ClaimRequest) -> ClaimAnswer:
        lost.append(await real(request))
        till.wire.is_cut = True
        message = "the answer was lost"
        raise ServerFault(message)

    till.session.withdrawer._ask_ledger = claim
    return lost


async def test_a_connected_till_replaces_the_credential_and_gates_take_the_new_one(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """What is handed over opens the gate, cut off or not; what it replaces opens none."""
    office = ledger_office
    first, second, gate = venue
    for ticket, purpose in enumerate(sorted(REPLACING)):
        answer = await take(first, office.codes[ticket], purpose)
        assert (answer.reason, answer.mode, answer.new_generation) == ("ok", "online", 2)
        assert answer.new_code is not None
        again = await take(second, office.codes[ticket], purpose)
        assert again.reason == "superseded"
        await gate.sync()
        await gate.cut()
        assert (await gate.scan(office.codes[ticket])).reason == "superseded"
        assert (await gate.scan(answer.new_code)).reason == "ok"
        await gate.mend()
    await first.sync()
    assert await office.conflicts() == []


async def test_a_cut_off_till_pays_out_with_a_supervisor_who_knows_the_risk_only(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """Without a badge it is referred, and says why; with one it is done, and known afterwards."""
    office = ledger_office
    chief = await Chief.appoint(office)
    first, second, gate = venue
    await first.sync()
    await first.cut()
    alone = await take(first, office.codes[0], Purpose.REFUND)
    assert (alone.reason, alone.is_at_risk, alone.seq) == ("supervisor", True, None)
    assert (await take(first, office.codes[0], Purpose.HAND_OVER, chief)).reason == (
        "offline_policy"
    )
    done = await take(first, office.codes[0], Purpose.REFUND, chief)
    assert (done.reason, done.mode, done.is_at_risk) == ("ok", "offline", True)
    again = await take(first, office.codes[0], Purpose.REFUND, chief)
    assert again.reason == "cancelled", "its own till never pays twice"
    await first.mend()
    assert (await take(second, office.codes[0], Purpose.REFUND)).reason == "cancelled"
    assert (await gate.scan(office.codes[0])).reason == "cancelled"
    assert await office.conflicts() == []


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_two_cut_off_tills_and_a_gate_are_each_named_once(
    ledger_office: LedgerOffice, venue: Venue, order: tuple[int, ...]
) -> None:
    """Refunds at two tills and an entry: two conflicts, one of each kind, in every order."""
    office = ledger_office
    if not office.office.database.is_sqlite and order != (2, 0, 1):
        return  # the order is weighed by the same code
    chief = await Chief.appoint(office)
    first, second, gate = venue
    for device in venue:
        await device.sync()
        await device.cut()
    pairs = [(one, two) for one in sorted(ENDING) for two in sorted(ENDING)]
    for ticket, (one, two) in enumerate(pairs):
        assert (await take(first, office.codes[ticket], one, chief)).reason == "ok"
        assert (await take(second, office.codes[ticket], two, chief)).reason == "ok"
        assert (await gate.scan(office.codes[ticket])).reason == "ok"
    for place in order:
        await venue[place].mend()
    found: dict[str, list[str]] = {}
    for conflict in await office.conflicts():
        found.setdefault(conflict["ticket_id"], []).append(conflict["kind"])
    assert {ticket: sorted(kinds) for ticket, kinds in found.items()} == {
        office.hex_of(ticket): ["paid_out_twice", "payout_and_entry"]
        for ticket in range(len(pairs))
    }


async def test_a_till_that_died_after_the_grant_gives_the_ticket_back(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """Its answer was lost and nothing was paid out: the next start signs that away."""
    office = ledger_office
    first, _, gate = venue
    real, lost = first.wire.claim, list[Any]()

    async def claim(request: ClaimRequest) -> ClaimAnswer:
        lost.append(await real(request))
        message = "the till was switched off"
        raise KeyboardInterrupt(message)

    first.session.withdrawer._ask_ledger = claim
    with pytest.raises(KeyboardInterrupt):
        await take(first, office.codes[0], Purpose.REFUND)
    assert lost[0].verdict == "admit"
    assert (await gate.scan(office.codes[0])).reason == "cancelled"
    first.session._settle_abandoned()
    await first.sync()
    await gate.sync()
    assert (await gate.scan(office.codes[0])).reason == "ok"
    assert await office.conflicts() == []


async def test_who_pays_back_cut_off_what_was_granted_unheard_is_accused_of_nothing(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """The till gives its grant up and says in the same upload what it has paid: once, in all."""
    office = ledger_office
    chief = await Chief.appoint(office)
    first, _, gate = venue
    await first.sync()
    lost = lose_answers(first)
    assert (await take(first, office.codes[0], Purpose.REFUND)).reason == "supervisor"
    assert lost[0].verdict == "admit"
    paid = await take(first, office.codes[0], Purpose.REFUND, chief)
    assert (paid.reason, paid.mode) == ("ok", "offline")
    await first.mend()
    await gate.sync()
    assert (await gate.scan(office.codes[0])).reason == "cancelled"
    assert await office.conflicts() == []


async def test_a_grant_that_was_never_heard_proves_no_knowledge_of_an_entry(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """The ledger knew of the entry as it granted; the supervisor, at the till's own risk, not."""
    office = ledger_office
    chief = await Chief.appoint(office)
    first, _, gate = venue
    await first.sync()
    assert (await gate.scan(office.codes[0])).mode == "online"
    lost = lose_answers(first)
    paid = await take(first, office.codes[0], Purpose.REFUND, chief)
    assert lost[0].verdict == "admit"
    assert (paid.reason, paid.mode, paid.is_used) == ("ok", "offline", False)
    await first.mend()
    (named,) = await office.conflicts()
    assert (named["kind"], named["ticket_id"]) == ("payout_and_entry", office.hex_of(0))


async def test_gates_take_no_rights_away(ledger_office: LedgerOffice, tmp_path: Path) -> None:
    """A gate's screen refunds nothing."""
    gate = await open_gate(ledger_office, tmp_path, 0)
    await gate.sync()
    with pytest.raises(BadInput, match="not a till"):
        await take(gate, ledger_office.codes[0], Purpose.REFUND)
    await gate.session.close()


async def hear(listener: WiredGate, told: WiredGate) -> None:
    """Let a gate hear what another device wrote down, as over the venue's network."""
    session = listener.session
    journal = told.session.store.journal
    heard = [signed for _, signed in journal.read(1, journal.last_seq)]
    ear = hear_withdrawals(session.store, session._knowledge)
    place = session._knowledge.event_id
    assert place is not None
    changes = [Keep(signed, None, session._clock.now()) for signed in heard]
    await StorePromises(session.store, place, ear).save(changes)


@pytest.mark.parametrize("purpose", [Purpose.REFUND, Purpose.REPRINT])
async def test_a_cut_off_gate_that_hears_of_it_lets_nobody_in_on_it(
    ledger_office: LedgerOffice, venue: Venue, purpose: Purpose
) -> None:
    """Paid back or replaced at a till: the gate on the same network knows, also without a list."""
    office, (till, _, gate) = ledger_office, venue
    await gate.cut()
    done = await take(till, office.codes[0], purpose)
    await hear(gate, till)
    denied = "cancelled" if purpose in ENDING else "superseded"
    assert (await gate.scan(office.codes[0])).reason == denied
    assert (await gate.scan(office.codes[1])).reason == "ok"
    if done.new_code is not None:
        assert (await gate.scan(done.new_code)).reason == "ok"
    await gate.mend()
    assert await office.conflicts() == []


async def test_a_gate_believes_no_withdrawal_that_proves_nothing(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """A hostile device of the roster knows every id: its word alone turns nobody away."""
    office, (till, _, gate) = ledger_office, venue
    await gate.cut()
    body = withdrawal(office, 0, Purpose.REFUND)
    till.session._recorder.write(body)
    await hear(gate, till)
    assert (await gate.scan(office.codes[0])).reason == "ok"


async def test_a_till_that_goes_on_alone_pays_nothing_that_it_has_just_heard_of(
    ledger_office: LedgerOffice, venue: Venue
) -> None:
    """Another till paid it out, and the feed said so, while the ledger's own answer was lost."""
    office = ledger_office
    chief = await Chief.appoint(office)
    first, second, _ = venue
    await first.sync()

    async def lose(request: ClaimRequest) -> ClaimAnswer:
        assert (await take(second, office.codes[0], Purpose.REFUND)).reason == "ok"
        await second.sync()
        await first.sync()
        first.session._knowledge.reload()
        message = "the answer was lost"
        raise ServerFault(message)

    first.session.withdrawer._ask_ledger = lose
    answer = await take(first, office.codes[0], Purpose.REFUND, chief)
    assert (answer.reason, answer.mode) == ("cancelled", "offline")
    await first.mend()
    assert await office.conflicts() == []


@pytest.mark.parametrize("purpose", [Purpose.REFUND, Purpose.REPRINT])
async def test_what_a_till_said_alone_takes_no_right_away_once_it_is_revoked(
    ledger_office: LedgerOffice, venue: Venue, purpose: Purpose
) -> None:
    """A thief signs that what it has read was paid back: the ledger leaves that to a person."""
    office, (till, _, gate) = ledger_office, venue
    await till.session.renew_till()
    await gate.sync()
    await gate.cut()
    claim_id = ClaimId("ab" * 16)
    seen = office.prove(till.device, office.codes[0], claim_id)
    till.session._recorder.write(withdrawal(office, 0, purpose, claim_id=claim_id, seen=seen))
    await hear(gate, till)
    denied = "cancelled" if purpose in ENDING else "superseded"
    assert (await gate.scan(office.codes[0])).reason == denied
    path = f"{office.owner.path}/devices/{till.id}/revoke"
    await office.office.ok("POST", path, office.owner, json={"reason": "stolen"})
    await gate.mend()
    answer = await gate.scan(office.codes[0])
    assert (answer.reason, answer.mode) == ("ok", "online")
