"""Each difference that random worlds have found, alone and in plain words."""

from __future__ import annotations

import pytest

from server.publishing.credentials import open_issuer
from server.publishing.vault import open_vault
from shared.credential.claims import Claims
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.integration


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
        issuer = await open_issuer(unit, vault, other)
    code = issuer.sign(Claims(issuer.key_id, 5, 1, generation=1))
    assert (await ledger_office.claimed(device, code))["reason"] == "wrong_event"
