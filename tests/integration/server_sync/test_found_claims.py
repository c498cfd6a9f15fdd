"""Claims of tickets whose holders were found by name, over HTTP: no code was shown."""

from __future__ import annotations

import pytest

from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.manifest.presenting import foreign_ticket_id
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.integration


async def test_a_found_ticket_is_the_one_that_its_code_names(ledger_office: LedgerOffice) -> None:
    """Claimed by itself at one gate, its code is used at another, and the other way round."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    first = await ledger_office.claimed(north, "", ticket_id=ledger_office.hex_of(0))
    assert (first["verdict"], first["ticket_id"]) == ("admit", ledger_office.hex_of(0))
    second = await ledger_office.claimed(south, ledger_office.codes[0])
    assert (second["reason"], second["used"]["gate"]) == ("already_used", "North")
    assert (await ledger_office.claimed(south, ledger_office.codes[1]))["reason"] == "ok"
    found = await ledger_office.claimed(north, "", ticket_id=ledger_office.hex_of(1))
    assert (found["reason"], found["used"]["gate"]) == ("already_used", "South")


async def test_an_imported_ticket_is_found_as_well(ledger_office: LedgerOffice) -> None:
    """It has a foreign code and no manual one."""
    gate = await ledger_office.enrol()
    body = {
        "ticket_type_id": ledger_office.ticket_type_id,
        "codes": ["TKT-20260704-00000001"],
    }
    path = f"{ledger_office.path}/tickets/import"
    await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
    ticket_id = foreign_ticket_id("TKT-20260704-00000001", ledger_office.event_id)
    found = await ledger_office.claimed(gate, "", ticket_id=format_ticket_id(ticket_id))
    assert found["reason"] == "ok"
    shown = await ledger_office.claimed(gate, "TKT-20260704-00000001")
    assert shown["reason"] == "already_used"


async def test_what_is_shown_goes_before_what_is_said(ledger_office: LedgerOffice) -> None:
    """With a code or a tag beside it nobody is let in; an id that no ticket has is unknown."""
    gate = await ledger_office.enrol()
    found = ledger_office.hex_of(0)
    both = await ledger_office.claimed(gate, ledger_office.codes[1], ticket_id=found)
    tagged = await ledger_office.claimed(gate, "", ticket_id=found, tag_uid="04a1b2c3d4e5f6")
    assert (both["reason"], tagged["reason"]) == ("malformed", "malformed")
    nobody = format_ticket_id(parse_ticket_id(found) ^ 1)
    unknown = await ledger_office.claimed(gate, "", ticket_id=nobody)
    assert (unknown["reason"], unknown["ticket_id"]) == ("unknown_ticket", None)


async def test_a_claim_id_belongs_to_its_found_ticket(ledger_office: LedgerOffice) -> None:
    """The same id again gets the same answer; for another ticket, or its code, it is 409."""
    gate = await ledger_office.enrol()
    found = {"ticket_id": ledger_office.hex_of(0)}
    first = await ledger_office.claim(gate, "", "jo", **found)
    again = await ledger_office.claim(gate, "", "jo", **found)
    assert first.json()["verdict"] == "admit"
    assert first.content == again.content
    other = await ledger_office.claim(gate, "", "jo", ticket_id=ledger_office.hex_of(1))
    shown = await ledger_office.claim(gate, ledger_office.codes[0], "jo")
    assert (other.status_code, shown.status_code) == (409, 409)


@pytest.mark.parametrize("ticket_id", ["", "00", "00F3A1B2C3D44821", "00f3a1b2c3d44821\n", 7])
async def test_an_id_that_is_none_is_named(ledger_office: LedgerOffice, ticket_id: object) -> None:
    """Sixteen lower-case hex digits; anything else is a mistake of the caller's."""
    gate = await ledger_office.enrol()
    answer = await ledger_office.claim(gate, "", ticket_id=ticket_id)
    assert answer.status_code == 422
