"""What a ledger granted tills, and has forgotten: it was put back to an older copy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from server.exchange.epochs import declare_absent, open_higher_epoch
from shared.admission.purpose import Purpose
from shared.journal.entry import ReleaseBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from tests.adversaries.scene import named
from tests.factories.ledger_office import GateDevice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.wired_gates import open_again, open_gate
from tests.factories.withdrawing import withdrawal
from tests.integration.purposes.test_connected import take as claim
from tests.integration.purposes.test_tills import take

DONE: Final = (Purpose.REFUND, Purpose.HAND_OVER, Purpose.TRANSFER)


async def test_what_an_honest_till_was_granted_stands_and_accuses_nobody(
    place: Place, tmp_path: Path
) -> None:
    """The journal says what was done, and by whose word: the ledger knows its own again.

    The refund is no money of anybody's choice, and who bears the new credential comes in.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = await open_gate(office, tmp_path, 0, role="till")
        gate = await office.enrol(1)
        await till.sync()
        await till.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till = await open_again(today, tmp_path / till.id, till.device)
        await till.sync()
        done = [await take(till, today.codes[one], what) for one, what in enumerate(DONE)]
        assert [(one.reason, one.mode) for one in done] == [("ok", "online")] * len(DONE)
        await till.sync()
        await till.session.close()
        assert await named(today) == {}
        today.claims += len(DONE)
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        till = await open_again(again, tmp_path / till.id, till.device)
        for _ in range(3):
            await till.session.engine.sync_once()
        await till.session.close()
        assert await named(again) == {}
        for epoch in (1, state.epoch):
            await again.exchanged(gate, epoch=epoch)
        old = [await again.claimed(gate, again.codes[one]) for one in range(len(DONE))]
        assert [one["reason"] for one in old] == ["cancelled", "superseded", "superseded"]
        new = [await again.claimed(gate, one.new_code) for one in done[1:] if one.new_code]
        assert [one["reason"] for one in new] == ["ok", "ok"]


def changed(word: WithdrawalBody) -> list[WithdrawalBody]:
    """Return what a hostile till makes of the ledger's word for another ticket or purpose."""
    other: list[dict[str, Any]] = [
        {"grant_code": b""},
        {"grant_code": bytes(16)},
        {"claim_id": "ab" * 16},
        {"purpose": Purpose.VOID.value},
        {"generation": word.generation + 1},
        {"new_generation": 7},
        {"ticket_id": TicketId(word.ticket_id + 1)},
    ]
    return [msgspec.structs.replace(word, **one) for one in other]


@pytest.mark.either_database
async def test_a_grant_proves_its_own_ticket_and_purpose_to_its_own_till_once(
    place: Place,
) -> None:
    """Whoever was granted one withdrawal has the ledger's word for nothing else."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till, other = await office.enrol(role="till"), await office.enrol(role="till")
        gate = await office.enrol(1)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        granted = await claim(today, till, 0, Purpose.HAND_OVER)
        word = withdrawal(
            today,
            0,
            Purpose.HAND_OVER,
            claim_id=granted["claim_id"],
            mode="online",
            grant_code=bytes.fromhex(granted["grant_code"]),
        )
        spare = await claim(today, till, 1, Purpose.REPRINT)
        gone = withdrawal(today, 1, Purpose.REPRINT, claim_id=spare["claim_id"], mode="online")
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        for one in (gate, till, other):
            await again.exchanged(one)
            await again.exchanged(one, epoch=state.epoch)
        waits = []
        released = msgspec.structs.replace(gone, grant_code=bytes.fromhex(spare["grant_code"]))
        told: list[tuple[GateDevice, list[WithdrawalBody | ReleaseBody]]] = [
            (other, [word]),
            (till, [*changed(word)]),
            (till, [word, word]),
            (till, [ReleaseBody(gone.claim_id, gone.ticket_id, "not_done"), released]),
        ]
        for device, said in told:
            for body in said:
                device.journal.add(body, again.event_id, again.now)
            await again.exchanged(device, device.journal.entries, epoch=state.epoch)
            path = f"{again.owner.path}/devices/{device.id}/unconfirmed"
            waits.append(len((await again.office.ok("GET", path, again.owner))["items"]))
        lies = len(changed(word))
        assert waits == [1, lies, lies + 1, lies + 2]
        assert await named(again) == {"withdrawal_unproven": 2}, "one for each device"
        shown = await again.claimed(gate, again.codes[0])
        assert shown["reason"] == "superseded"


@pytest.mark.either_database
async def test_a_claim_id_that_others_have_heard_of_takes_no_grant_from_its_till(
    place: Place,
) -> None:
    """Tills tell them at the venue: a hostile device is the first to use one after a restore.

    Whose the grant is acts on it once all the same, and is not named.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        till, thief = await office.enrol(role="till"), await office.enrol(role="till")
        gate = await office.enrol(1)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        granted = [await claim(today, till, one, Purpose.HAND_OVER) for one in range(2)]
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        for one in (till, thief, gate):
            await again.exchanged(one)
            await again.exchanged(one, epoch=state.epoch)
        ids = [ClaimId(one["claim_id"]) for one in granted]
        gone = ReleaseBody(ids[0], again.tickets[0], "not_done")
        gate.journal.add(gone, again.event_id, again.now)
        await again.exchanged(gate, gate.journal.entries, epoch=state.epoch)
        taken = await claim(again, thief, 2, Purpose.VOID, claim_id=ids[1])
        assert taken["verdict"] == "admit"
        done = [
            withdrawal(
                again,
                ticket,
                Purpose.HAND_OVER,
                claim_id=ids[ticket],
                mode="online",
                grant_code=bytes.fromhex(one["grant_code"]),
            )
            for ticket, one in enumerate(granted)
        ]
        for body in done:
            till.journal.add(body, again.event_id, again.now)
        await again.exchanged(till, till.journal.entries, epoch=state.epoch)
        assert await named(again) == {}
        again.claims += len(granted)
        old = [await again.claimed(gate, one) for one in again.codes[:2]]
        assert [one["reason"] for one in old] == ["superseded"] * 2
        till.journal.add(done[1], again.event_id, again.now)
        await again.exchanged(till, till.journal.entries, epoch=state.epoch)
        assert await named(again) == {"withdrawal_unproven": 1}


@pytest.mark.either_database
async def test_a_hand_over_counts_though_the_ticket_was_taken_back_before_it_was_heard(
    place: Place,
) -> None:
    """A ledger that has forgotten it lets another till take the old paper back.

    Both are named. Where that till has paid nothing after all, the newer paper is the good one.
    """
    async with open_ledger_office_again(place.settings, place.office) as office:
        first, second = await office.enrol(role="till"), await office.enrol(role="till")
        gate = await office.enrol(1)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        granted = await claim(today, first, 0, Purpose.HAND_OVER)
    async with open_ledger_office_again(place.put_back(), today) as again:
        state = await open_higher_epoch(again.office.context, "put back")
        for one in (gate, first, second):
            await again.exchanged(one)
            await again.exchanged(one, epoch=state.epoch)
        taken = await claim(again, second, 0, Purpose.VOID, claim_id="ef" * 16)
        assert taken["verdict"] == "admit"
        done = withdrawal(
            again,
            0,
            Purpose.HAND_OVER,
            claim_id=granted["claim_id"],
            mode="online",
            grant_code=bytes.fromhex(granted["grant_code"]),
        )
        first.journal.add(done, again.event_id, again.now)
        await again.exchanged(first, first.journal.entries, epoch=state.epoch)
        assert await named(again) == {"payout_and_hand_over": 1}
        undone = ReleaseBody(ClaimId("ef" * 16), again.tickets[0], "not_done")
        second.journal.add(undone, again.event_id, again.now)
        await again.exchanged(second, second.journal.entries, epoch=state.epoch)
        shown = [await again.claimed(gate, one) for one in (again.codes[0], granted["new_code"])]
        assert [one["reason"] for one in shown] == ["superseded", "ok"]


async def test_a_gate_takes_no_older_paper_after_a_newer_one_that_the_ledger_forgot(
    place: Place, tmp_path: Path
) -> None:
    """What it has let in itself it knows, though its list is that of an older copy again."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till, gate = await office.enrol(role="till"), await open_gate(office, tmp_path, 1)
        await gate.sync()
        await gate.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        gate = await open_again(today, tmp_path / gate.id, gate.device)
        granted = await claim(today, till, 0, Purpose.HAND_OVER)
        await gate.sync()
        assert (await gate.scan(granted["new_code"])).reason == "ok"
        await gate.session.close()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        await declare_absent(again.office.context, DeviceId(till.id), "burnt")
        gate = await open_again(again, tmp_path / gate.id, gate.device)
        for _ in range(3):
            await gate.session.engine.sync_once()
        await again.office.ok("POST", f"{again.path}/handover", again.owner)
        await gate.session.engine.sync_once()
        await gate.cut()
        shown = [await gate.scan(one) for one in (again.codes[0], granted["new_code"])]
        assert [one.reason for one in shown] == ["superseded", "already_used"]
        await gate.session.close()


async def test_no_list_that_has_forgotten_a_refund_is_handed_over_before_its_till_came(
    place: Place, tmp_path: Path
) -> None:
    """It would bring the right back at gates that knew it to be gone: somebody had the money."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        till = await open_gate(office, tmp_path, 0, role="till")
        gate = await open_gate(office, tmp_path, 1)
        for device in (till, gate):
            await device.sync()
            await device.session.close()
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till, gate = [
            await open_again(today, tmp_path / one.id, one.device) for one in (till, gate)
        ]
        await till.sync()
        done = await take(till, today.codes[0], Purpose.REFUND)
        assert (done.reason, done.mode) == ("ok", "online")
        for device in (till, gate):
            await device.sync()
            await device.session.close()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        path, owner = f"{again.path}/handover", again.owner
        gate = await open_again(again, tmp_path / gate.id, gate.device)
        for _ in range(3):
            await gate.session.engine.sync_once()
        early = await again.office.call("POST", path, owner)
        assert early.status_code == 409, early.text
        check = await again.office.ok("GET", path, owner)
        assert not check["may_hand_over"]
        assert [(one["code"], one["ids"]) for one in check["refusals"]] == [
            ("journals_awaited", [till.id])
        ]
        till = await open_again(again, tmp_path / till.id, till.device)
        for _ in range(3):
            await till.session.engine.sync_once()
        await again.office.ok("POST", path, owner)
        await gate.session.engine.sync_once()
        await gate.cut()
        assert (await gate.scan(again.codes[0])).reason == "cancelled"
        for device in (till, gate):
            await device.session.close()
