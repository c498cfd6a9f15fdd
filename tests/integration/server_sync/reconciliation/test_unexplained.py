"""What a gate let in and nothing at this event explains: believed by nobody unnoticed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.kernel.id_types import ClaimId, DeviceId, EventId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import HOUR, format_instant
from shared.manifest.seen_codes import prove_manual, seen_word
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sales_till import Till
from tests.factories.wired_gates import open_gate

pytestmark = pytest.mark.either_database


async def publish_second_event(office: LedgerOffice) -> str:
    """Publish another event of the same organization."""
    http, owner = office.office, office.owner
    event_id = await http.event(owner)
    path, now = f"{owner.path}/events/{event_id}", http.clock.wall()
    times = {"starts_at": format_instant(now - HOUR), "ends_at": format_instant(now + 8 * HOUR)}
    await http.ok("POST", f"{path}/occurrences", owner, json={"name": "Second"} | times)
    await http.ticket_type(owner, EventId(event_id))
    zone = await http.ok("POST", f"{path}/zones", owner, json={"name": "Hall"})
    gate = {"name": "West", "zone_id": zone["id"]}
    await http.ok("POST", f"{path}/gates", owner, json=gate)
    await http.ok("POST", f"{path}/handover", owner)
    return event_id


async def test_cut_off_gate_takes_no_manual_code_of_an_event_that_it_served_before(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The former event's rows stay on the disk, and are none of the present one's."""
    office = ledger_office
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    ticket = f"{office.path}/tickets/{office.hex_of(0)}"
    await office.office.ok("POST", f"{ticket}/reissue", office.owner)
    shown = await office.office.ok("GET", f"{ticket}/credential", office.owner)
    await gate.sync()
    second = await publish_second_event(office)
    place = f"{office.owner.path}/devices/{gate.id}/assignment"
    body = {"role": "gate", "event_id": second}
    await office.office.ok("PUT", place, office.owner, json=body)
    await gate.sync()
    assert gate.session.profile.event_id == second
    await gate.cut()

    said = await gate.scan(shown["manual_code"], is_manual=True)
    assert (said.verdict, said.reason, said.ticket_id) == ("refer", "supervisor", None)
    assert (await gate.scan(shown["digits"])).reason == "wrong_event"
    await gate.session.close()


async def list_open(office: LedgerOffice) -> list[dict[str, Any]]:
    """List the conflicts that nobody and nothing has settled."""
    return [one for one in await office.conflicts() if not one["disposition"]]


@pytest.mark.parametrize("reason", ["ok", "override"])
async def test_admission_that_nothing_explains_is_a_conflict(
    ledger_office: LedgerOffice, reason: str
) -> None:
    """A ticket that no row and no key of the event knows is named, whoever let it in."""
    gate = await ledger_office.enrol()
    unknown = {"generation": None, "key_id": None}
    ledger_office.scan(gate, 0, ticket_id=4711, reason=reason, **unknown)
    ledger_office.scan(gate, 1, **unknown)  # listed: a manual code was typed
    await ledger_office.exchanged(gate, gate.journal.entries)
    kinds = {(one["kind"], one["ticket_id"]) for one in await list_open(ledger_office)}
    unsigned = (
        {("override_unsigned", format_ticket_id(TicketId(4711)))}
        if reason == "override"
        else set()
    )
    assert kinds == {("unexplained", format_ticket_id(TicketId(4711)))} | unsigned


@pytest.mark.parametrize("is_seen", [True, False])
async def test_conflict_is_withdrawn_when_the_sale_arrives_that_explains_it(
    ledger_office: LedgerOffice, is_seen: bool
) -> None:
    """A gate heard of a till's ticket by the venue's network, before the ledger did.

    One that has never seen its code has spent nothing then.
    """
    till = Till(ledger_office, await ledger_office.enrol(role="till"))
    await till.open()
    gate = await ledger_office.enrol(1)
    sold = till.mint(1)
    word = seen_word(ledger_office.event_id, DeviceId(gate.id), ClaimId("walkup"))
    code = sold.manual_code if is_seen else sold.manual_code ^ 1
    seen = prove_manual(word, code)
    ledger_office.scan(
        gate,
        0,
        claim_id="walkup",
        seen=seen,
        ticket_id=sold.ticket_id,
        generation=None,
        key_id=None,
    )
    await ledger_office.exchanged(gate, gate.journal.entries)
    assert [one["kind"] for one in await list_open(ledger_office)] == ["unexplained"]
    till.sell([sold])
    await till.sync()
    left = [one["kind"] for one in await list_open(ledger_office)]
    assert left == ([] if is_seen else ["passage_unproven"])
    shown = await ledger_office.claimed(gate, till.code(sold))
    assert shown["reason"] == ("already_used" if is_seen else "ok")


async def test_who_had_not_read_a_code_is_named_each_and_waits_for_a_person(
    ledger_office: LedgerOffice,
) -> None:
    """One sale shows it of two gates; who is accepted has let somebody in after all."""
    office = ledger_office
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    gates = [await office.enrol(number) for number in (0, 1)]
    sold = [till.mint(number) for number in (1, 2)]
    for gate, one in zip(gates, sold, strict=True):
        claim_id = ClaimId(f"walk-up-{gate.id}")
        word = seen_word(office.event_id, DeviceId(gate.id), claim_id)
        said: dict[str, Any] = {"ticket_id": one.ticket_id, "generation": None, "key_id": None}
        said["seen"] = prove_manual(word, one.manual_code ^ 8)
        office.scan(gate, 0, claim_id=claim_id, **said)
        await office.exchanged(gate, gate.journal.entries)
    till.sell(sold)
    await till.sync()
    named = {(one["kind"], one["device_id"]) for one in await list_open(office)}
    assert named == {("passage_unproven", gate.id) for gate in gates}
    for gate, one in zip(gates, sold, strict=True):
        path = f"{office.owner.path}/devices/{gate.id}/unconfirmed"
        assert len((await office.office.ok("GET", path, office.owner))["items"]) == 1
        await office.office.ok("POST", f"{path}/accept", office.owner, json={"note": "seen"})
        assert (await office.claimed(gate, till.code(one)))["reason"] == "already_used"
