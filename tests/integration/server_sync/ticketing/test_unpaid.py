"""Tickets that are not paid: their printed codes never pass for paid ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from shared.admission.purpose import WITHDRAWING
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings
from tests.factories.wired_gates import open_gate

pytestmark = pytest.mark.either_database


async def place(office: LedgerOffice, payment: str) -> tuple[str, str]:
    """Order one ticket; returns the paths of its order and of itself."""
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 1}
    wanted = {"lines": [line], "payment": payment}
    placed = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=wanted)
    order = f"{office.path}/orders/{placed['order']['id']}"
    return order, f"{office.path}/tickets/{placed['tickets'][0]['id']}"


async def printed(office: LedgerOffice, ticket: str) -> Any:
    """Ask for a ticket's credential."""
    return await office.office.call("GET", f"{ticket}/credential", office.owner)


async def test_unpaid_ticket_is_not_let_in_by_a_gate_that_has_never_heard_of_it(
    tmp_path: Path, database_url: str
) -> None:
    """Where unpaid guests may come in, a list must say so: a signature cannot tell a debt."""
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, zone={"admit_pending": True}) as office:
        stale = await open_gate(office, tmp_path, 0)
        fresh = await open_gate(office, tmp_path, 1)
        await stale.sync()
        order, ticket = await place(office, "pending")
        code = (await printed(office, ticket)).json()["digits"]
        await fresh.sync()
        await stale.cut()
        await fresh.cut()
        said = await stale.scan(code)
        assert (said.verdict, said.reason) == ("refer", "supervisor")
        assert (await fresh.scan(code)).verdict != "admit"

        await office.office.ok("POST", f"{order}/paid", office.owner)
        assert (await stale.scan(code)).verdict == "refer"
        await fresh.mend()
        await fresh.cut()
        assert (await fresh.scan(code)).verdict == "admit"
        again = (await printed(office, ticket)).json()["digits"]
        assert again != code
        await stale.session.close()
        await fresh.session.close()


async def test_gate_that_is_cut_off_between_order_and_payment_lets_in_who_has_paid(
    tmp_path: Path, database_url: str
) -> None:
    """What is signed by the event's own key was paid: a row that knows of a debt is older."""
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings) as office:
        gate = await open_gate(office, tmp_path, 0)
        order, ticket = await place(office, "pending")
        await gate.sync()
        await gate.cut()
        await office.office.ok("POST", f"{order}/paid", office.owner)
        code = (await printed(office, ticket)).json()["digits"]
        assert (await gate.scan(code)).verdict == "admit"
        await gate.session.close()


@pytest.mark.parametrize("payment", ["pending", "pending_approval"])
async def test_unpaid_ticket_has_no_credential_where_no_zone_takes_it(
    ledger_office: LedgerOffice, payment: str
) -> None:
    """Nothing is printed that only the ledger could tell from a paid ticket."""
    order, ticket = await place(ledger_office, payment)
    refused = await printed(ledger_office, ticket)
    assert (refused.status_code, refused.json()["type"].rsplit("/", 1)[-1]) == (409, "conflict")
    await ledger_office.office.ok("POST", f"{order}/paid", ledger_office.owner)
    code = (await printed(ledger_office, ticket)).json()["digits"]
    gate = await ledger_office.enrol()
    assert (await ledger_office.claimed(gate, code))["verdict"] == "admit"


@pytest.mark.parametrize("purpose", sorted(WITHDRAWING))
async def test_no_till_takes_back_what_was_never_paid(
    ledger_office: LedgerOffice, purpose: str
) -> None:
    """It hears why at once; a void was answered by an error of the server's own."""
    order, _ = await place(ledger_office, "pending")
    before = await ledger_office.office.ok("GET", order, ledger_office.owner)
    till = await ledger_office.enrol(role="till")
    asked = {"purpose": purpose, "currency": "EUR", "manual": True}
    (sold,) = before["tickets"]
    said = await ledger_office.claimed(till, sold["manual_code"], **asked)
    assert (said["verdict"], said["reason"]) == ("deny", "unpaid")
    assert await ledger_office.office.ok("GET", order, ledger_office.owner) == before
