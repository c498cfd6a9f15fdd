"""Codes of others: imported once, claimed once, told to gates, and never printed again."""

from __future__ import annotations

from typing import Any

import pytest

from shared.manifest.presenting import foreign_ticket_id
from shared.manifest.tickets import TicketRow
from tests.factories.ledger_office import LedgerOffice
from tests.integration.server_sync.publishing.test_publishing import fetch, fetch_tickets

pytestmark = pytest.mark.either_database

BARCODE = "4006381333931"
UID = "04:A1:B2:C3:D4:E5:F6"


async def bring_in(office: LedgerOffice, **asked: Any) -> Any:
    """Import codes of the event's ticket type."""
    body = {"ticket_type_id": office.ticket_type_id, **asked}
    return await office.office.ok("POST", f"{office.path}/tickets/import", office.owner, json=body)


async def test_an_imported_code_and_a_wristband_are_admitted_once(
    ledger_office: LedgerOffice,
) -> None:
    """By the barcode that stands on paper, and by the UID that a reader sees."""
    found = await bring_in(ledger_office, codes=[f" {BARCODE}", BARCODE], uids=[UID])
    assert found["added"] == 2, "spaces around a code are none of it"
    gate = await ledger_office.enrol()
    first = await ledger_office.claimed(gate, BARCODE)
    assert (first["reason"], first["ticket_id"]) == ("ok", found["ticket_ids"][0])
    assert (await ledger_office.claimed(gate, f"{BARCODE}  "))["reason"] == "already_used"
    tapped = await ledger_office.claimed(gate, "", tag_uid="04a1b2c3d4e5f6")
    assert (tapped["reason"], tapped["ticket_id"]) == ("ok", found["ticket_ids"][2])
    drawn = await ledger_office.claimed(gate, "\x02nfc:04a1b2c3d4e5f6")
    assert drawn["reason"] == "malformed"
    assert (await ledger_office.claimed(gate, "4006381333932"))["reason"] == "unknown_ticket"


async def test_gates_learn_of_it_by_feed_and_manifest(ledger_office: LedgerOffice) -> None:
    """Marked as foreign, so that no credential with such an id is ever taken for it."""
    gate = await ledger_office.enrol()
    await bring_in(ledger_office, codes=[BARCODE])
    wanted = foreign_ticket_id(BARCODE, ledger_office.event_id)
    feed = await ledger_office.read_feed(gate)
    told = [one for one in feed if isinstance(one, TicketRow)]
    assert [(row.ticket_id, row.facts.is_imported) for row in told] == [(wanted, True)]
    await ledger_office.office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    header = await fetch(ledger_office, gate)
    tickets = await fetch_tickets(ledger_office, gate, header)
    foreign = {one for one, number in tickets.items() if header.classes[number].is_imported}
    assert foreign == {wanted}


async def test_an_import_sent_again_adds_nothing(ledger_office: LedgerOffice) -> None:
    """A list may be sent twice, and hold a code twice; stock counts each ticket once."""
    first = await bring_in(ledger_office, codes=["a", "b", "a"])
    again = await bring_in(ledger_office, codes=["b", "a"], uids=[UID.lower()])
    assert (first["added"], again["added"]) == (2, 1)
    assert first["ticket_ids"][0] == first["ticket_ids"][2] == again["ticket_ids"][1]


async def test_what_can_be_no_foreign_code_is_named(ledger_office: LedgerOffice) -> None:
    """One wrong line refuses the list, and nothing of it is kept."""
    wrong: list[tuple[dict[str, list[str]], str]] = [
        ({"codes": ["fine", "1" * 200]}, "codes[1]"),
        ({"codes": ["fine", f" {'1' * 200}"]}, "codes[1]"),
        ({"codes": ["two\nlines"]}, "codes[0]"),
        ({"codes": ["  "]}, "codes[0]"),
        ({"uids": ["04a1b2"]}, "uids[0]"),
        ({"uids": ["08112233"]}, "uids[0]"),
    ]
    for asked, field in wrong:
        body = {"ticket_type_id": ledger_office.ticket_type_id, **asked}
        answer = await ledger_office.office.call(
            "POST", f"{ledger_office.path}/tickets/import", ledger_office.owner, json=body
        )
        assert answer.status_code == 422
        assert field in answer.text
    assert (await bring_in(ledger_office, codes=["fine"]))["added"] == 1


async def test_an_imported_ticket_has_no_credential_and_is_not_reissued(
    ledger_office: LedgerOffice,
) -> None:
    """Its only code is the foreign one; it is cancelled or blocked like any other."""
    found = await bring_in(ledger_office, codes=[BARCODE])
    ticket = f"{ledger_office.path}/tickets/{found['ticket_ids'][0]}"
    owner, office = ledger_office.owner, ledger_office.office
    assert (await office.ok("GET", ticket, owner))["is_imported"] is True
    assert (await office.call("GET", f"{ticket}/credential", owner)).status_code == 409
    assert (await office.call("POST", f"{ticket}/reissue", owner)).status_code == 409
    await office.ok("PUT", f"{ticket}/block", owner, json={"blocked": True})
    gate = await ledger_office.enrol()
    assert (await ledger_office.claimed(gate, BARCODE))["reason"] == "blocked"
