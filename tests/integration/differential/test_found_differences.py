"""Each difference that random worlds have found, alone and in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.keys.vault import open_vault
from server.publishing.credentials import open_issuer
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import parse_manual_code
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.instant import MINUTE, SECOND
from tests.adversaries.scene import on_ticket
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.integration.server_sync.ledger.test_former_codes import code_of, let_in

pytestmark = pytest.mark.either_database


async def test_claim_is_denied_where_the_gate_serves_the_other_way(
    ledger_office: LedgerOffice,
) -> None:
    """A way out through a gate that is only a way in is denied by the ledger as by the lane."""
    body = {"name": "In", "zone_id": ledger_office.zone_id, "direction": "in"}
    office, owner = ledger_office.office, ledger_office.owner
    made = await office.ok("POST", f"{ledger_office.path}/gates", owner, json=body)
    device = await ledger_office.enrol()
    device.gate_id = made["id"]
    out = await ledger_office.claimed(device, ledger_office.codes[0], direction="out")
    assert (out["verdict"], out["reason"]) == ("deny", "wrong_gate")
    assert (await ledger_office.claimed(device, ledger_office.codes[0]))["reason"] == "ok"


async def test_claim_knows_a_ticket_of_an_event_that_is_newer_than_its_book(
    ledger_office: LedgerOffice,
) -> None:
    """A ticket of another event is said to be one, also if its key is newer than what was read."""
    office, owner = ledger_office.office, ledger_office.owner
    device = await ledger_office.enrol()
    await ledger_office.claimed(device, ledger_office.codes[0])
    other = await office.event(owner)
    vault = open_vault(office.settings.data_folder, office.entropy)
    async with office.context.write(owner.organization_id) as unit:
        issuer = await open_issuer(unit, vault, EventId(other))
    code = issuer.sign(
        Claims(key_id=issuer.key_id, ticket_id=TicketId(5), ticket_type_code=1, generation=1)
    )
    assert (await ledger_office.claimed(device, code))["reason"] == "wrong_event"


async def test_passages_of_one_instant_count_in_the_order_in_which_they_came(
    database_url: str, tmp_path: Path
) -> None:
    """In and out at the same instant, then in again: admitted, also once the journal is there."""
    async with open_ledger_office(
        test_settings(database_url, tmp_path), zone={"reentry_after_exit": True}
    ) as ledger:
        device = await ledger.enrol(profile="test")
        for number, direction in enumerate(("in", "out")):
            claim_id = f"{number}" * 32
            answer = await ledger.claimed(device, ledger.codes[0], claim_id, direction=direction)
            assert answer["verdict"] == "admit"
        ledger.scan(device, 0, claim_id="0" * 32, mode="online")
        await ledger.exchanged(device, device.journal.entries)
        assert (await ledger.claimed(device, ledger.codes[0]))["reason"] == "reentry"


async def test_passages_of_one_instant_are_no_double_use_by_chance(
    database_url: str, tmp_path: Path
) -> None:
    """A lane's in, out and in again at one instant are what its journal says, and no conflict."""
    async with open_ledger_office(
        test_settings(database_url, tmp_path), zone={"reentry_after_exit": True}
    ) as ledger:
        device = await ledger.enrol(profile="test")
        for ticket in range(6):
            for direction in ("in", "out", "in", "out", "in"):
                ledger.scan(device, ticket, direction=direction, time_given=True)
        await ledger.exchanged(device, device.journal.entries)
        assert await ledger.conflicts() == []


async def test_rule_that_asks_for_an_earlier_entry_is_judged_with_it(
    database_url: str, tmp_path: Path
) -> None:
    """Who may come only if present, and was let in by a supervisor, is no conflict later on."""
    rule = {"fact": "presence", "cmp": "==", "value": "present"}
    zone = {"rule": rule, "multiple_entries": True}
    async with open_ledger_office(test_settings(database_url, tmp_path), zone=zone) as ledger:
        device = await ledger.enrol()
        ledger.scan(device, 0, reason="override")
        ledger.scan(device, 0, wall=ledger.now + SECOND)
        ledger.scan(device, 1)
        ledger.office.clock.advance(MINUTE)
        await ledger.exchanged(device, device.journal.entries)
        told = await ledger.conflicts()
        (found,) = [one for one in told if one["kind"] != "override_unsigned"]
        assert (found["kind"], found["ticket_id"]) == ("admitted_against_rules", ledger.hex_of(1))


async def test_typed_code_at_a_time_that_was_given_is_judged_by_what_its_gate_knew(
    database_url: str, tmp_path: Path
) -> None:
    """Of two gates in a rehearsal that admit a typed code, one that knew the reissue is right."""
    async with open_ledger_office(test_settings(database_url, tmp_path)) as ledger:
        knowing = await ledger.enrol(profile="test")
        unaware = await ledger.enrol(profile="test")
        before = await code_of(ledger, 1)
        for number in (0, 1):
            await on_ticket(ledger, number, "reissue")
        head = len(await ledger.read_feed(knowing))
        typed = (await code_of(ledger, 0), before)
        for number, device, cursor in ((0, knowing, head), (1, unaware, 0)):
            code, ticket = parse_manual_code(typed[number]), ledger.tickets[number]
            let_in(ledger, device, code, ticket, time_given=True, cursor=cursor)
            await ledger.exchanged(device, device.journal.entries)
        found = [(one["kind"], one["ticket_id"]) for one in await ledger.conflicts()]
        assert ("admitted_superseded", ledger.hex_of(1)) in found
        assert [one for one in found if one[1] == ledger.hex_of(0)] == []
