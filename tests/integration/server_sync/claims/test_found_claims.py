"""Claims of tickets whose holders were found by name, over HTTP: no code was shown."""

from __future__ import annotations

from typing import Any

import pytest

from shared.kernel.id_types import ClaimId, TicketId
from shared.manifest.presenting import foreign_ticket_id
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import GateDevice, LedgerOffice

pytestmark = pytest.mark.either_database


async def found(office: LedgerOffice, gate: GateDevice, ticket_id: TicketId, **more: Any) -> Any:
    """Claim a ticket without its code, on the word of a supervisor who is at the gate."""
    chief = await Chief.appoint(office)
    claim_id = more.pop("claim_id", f"found-{ticket_id:x}")
    said = chief.found(gate, claim_id, ticket_id)
    return await office.claimed(gate, more.pop("code", ""), claim_id, **said, **more)


async def test_a_ticket_that_no_badge_has_found_is_a_persons_matter(
    ledger_office: LedgerOffice,
) -> None:
    """Every gate knows every ticket's id: by that alone, and by a name, none is spent."""
    office = ledger_office
    gate, other = await office.enrol(0), await office.enrol(1)
    chief = await Chief.appoint(office)
    ticket_id = office.tickets[0]
    right = chief.found(gate, ClaimId("jo"), ticket_id)
    wrong: list[tuple[str, dict[str, str]]] = [
        ("a", {"ticket_id": right["ticket_id"]}),
        ("b", right | {"signature": ""}),
        ("c", right),  # for another claim
        ("d", chief.found(other, ClaimId("d"), ticket_id)),
        (
            "e",
            chief.found(gate, ClaimId("e"), office.tickets[1]) | {"ticket_id": right["ticket_id"]},
        ),
        ("f", chief.found(gate, ClaimId("f"), ticket_id) | {"person": "sv_nobody"}),
    ]
    for claim_id, said in wrong:
        answer = await office.claimed(gate, "", claim_id, **said)
        assert (answer["verdict"], answer["reason"]) == ("refer", "supervisor"), claim_id
    assert (await office.claimed(gate, "", "jo", **right))["verdict"] == "admit"


async def test_a_found_ticket_is_the_one_that_its_code_names(ledger_office: LedgerOffice) -> None:
    """Claimed by itself at one gate, its code is used at another, and the other way round."""
    north, south = await ledger_office.enrol(0), await ledger_office.enrol(1)
    first = await found(ledger_office, north, ledger_office.tickets[0])
    assert (first["verdict"], first["ticket_id"]) == ("admit", ledger_office.hex_of(0))
    second = await ledger_office.claimed(south, ledger_office.codes[0])
    assert (second["reason"], second["used"]["gate"]) == ("already_used", "North")
    assert (await ledger_office.claimed(south, ledger_office.codes[1]))["reason"] == "ok"
    used = await found(ledger_office, north, ledger_office.tickets[1])
    assert (used["reason"], used["used"]["gate"]) == ("already_used", "South")


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
    assert (await found(ledger_office, gate, ticket_id))["reason"] == "ok"
    shown = await ledger_office.claimed(gate, "TKT-20260704-00000001")
    assert shown["reason"] == "already_used"


async def test_what_is_shown_goes_before_what_is_said(ledger_office: LedgerOffice) -> None:
    """With a code or a tag beside it nobody is let in; an id that no ticket has is unknown."""
    gate = await ledger_office.enrol()
    ticket_id = ledger_office.tickets[0]
    both = await found(
        ledger_office, gate, ticket_id, code=ledger_office.codes[1], claim_id="both"
    )
    tagged = await found(ledger_office, gate, ticket_id, tag_uid="04a1b2c3d4e5f6")
    assert (both["reason"], tagged["reason"]) == ("malformed", "malformed")
    unknown = await found(ledger_office, gate, TicketId(ticket_id ^ 1))
    assert (unknown["reason"], unknown["ticket_id"]) == ("unknown_ticket", None)


async def test_a_claim_id_belongs_to_its_found_ticket(ledger_office: LedgerOffice) -> None:
    """The same id again gets the same answer; for another ticket, or its code, it is 409."""
    gate = await ledger_office.enrol()
    chief = await Chief.appoint(ledger_office)
    said = chief.found(gate, ClaimId("jo"), ledger_office.tickets[0])
    first = await ledger_office.claim(gate, "", ClaimId("jo"), **said)
    again = await ledger_office.claim(gate, "", ClaimId("jo"), **said)
    assert first.json()["verdict"] == "admit"
    assert first.content == again.content
    said = chief.found(gate, ClaimId("jo"), ledger_office.tickets[1])
    other = await ledger_office.claim(gate, "", ClaimId("jo"), **said)
    shown = await ledger_office.claim(gate, ledger_office.codes[0], ClaimId("jo"))
    assert (other.status_code, shown.status_code) == (409, 409)


NO_IDS = ("", "00", "00F3A1B2C3D44821", "00f3a1b2c3d44821\n", 7)


async def test_an_id_that_is_none_is_named(ledger_office: LedgerOffice) -> None:
    """Sixteen lower-case hex digits; anything else is a mistake of the caller's."""
    gate = await ledger_office.enrol()
    for ticket_id in NO_IDS:
        answer = await ledger_office.claim(gate, "", ticket_id=ticket_id)
        assert answer.status_code == 422, ticket_id
