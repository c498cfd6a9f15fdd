"""Under `home`, tickets whose credential nobody shows: typed by their code, or found by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.gate.requests import Scan
from gatekeeper.gate.scanned import PickedTicket
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.integration.homes.test_cut_off import double_uses, in_step, open_gates, set_policy

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


async def manual_code(office: LedgerOffice, ticket: int) -> str:
    """Read a ticket's code for voice and keypad."""
    path = f"{office.path}/tickets/{office.hex_of(ticket)}"
    shown = await office.office.ok("GET", path, office.owner)
    return str(shown["manual_code"])


@pytest.mark.parametrize("is_found", [False, True])
async def test_a_home_gives_an_entry_for_a_ticket_without_its_credential(
    ledger_office: LedgerOffice, tmp_path: Path, *, is_found: bool
) -> None:
    """All at one gate, that is home to half of them: each is let in there, and nowhere again."""
    await set_policy(ledger_office, "home")
    chief = await Chief.appoint(ledger_office)
    await ledger_office.office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        gates[0].session.names.take_badge(chief.person, chief.badge)
        async with in_step(gates):
            for ticket in range(8):
                if is_found:
                    ticket_id = ledger_office.tickets[ticket]
                    asked = PickedTicket(ticket_id, chief.person, "organizer")
                    first = await gates[0].session.scan(Scan(asked))
                else:
                    code = await manual_code(ledger_office, ticket)
                    first = await gates[0].scan(code, is_manual=True)
                assert first.reason == "ok", (ticket, first)
                for gate in gates:
                    again = await gate.scan(ledger_office.codes[ticket])
                    assert again.reason == "already_used"
        for gate in gates:
            await gate.mend()
        assert await double_uses(ledger_office) == 0
