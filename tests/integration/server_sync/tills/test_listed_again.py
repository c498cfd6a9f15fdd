"""A list of names that is taken once more after the server was put back to before it."""

from __future__ import annotations

import pytest

from server.exchange.epochs import open_higher_epoch
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.integration.server.imports.test_imports import Desk, _idle

__all__ = ["_idle"]
pytestmark = pytest.mark.either_database

NAMES = "Name;E-Mail\nKlára;klara@example.org\nSam;\nSam;\n"
SECOND_EPOCH = 2


async def take(office: LedgerOffice) -> dict[str, tuple[str, str]]:
    """Take the list of names; returns its tickets' digits and manual codes, by their ids."""
    desk = Desk(office.office, office.owner, office.event_id)
    looked = await desk.checked(NAMES, makes_codes=True, ticket_type_id=office.ticket_type_id)
    await desk.ask("POST", f"/imports/{looked['id']}/start", json={})
    assert (await desk.settled(looked["id"]))["added"] == 3
    tickets = (await desk.ask("GET", "/tickets?name=Klara"))["items"]
    tickets += (await desk.ask("GET", "/tickets?name=Sam"))["items"]
    told = [await desk.ask("GET", f"/tickets/{one['id']}/credential") for one in tickets]
    return {one["ticket_id"]: (one["digits"], one["manual_code"]) for one in told}


async def test_its_guests_have_one_ticket_each_whichever_paper_they_bring(place: Place) -> None:
    """By a key that was drawn anew each had a second one, and both papers let somebody in.

    Whose paper could not be scanned was refused: its manual code was drawn, and another by now.
    """
    async with open_ledger_office_again(place.settings, place.office) as before:
        gate = await before.enrol(0)
    place.copy()
    async with open_ledger_office_again(place.settings, before) as before:
        printed = await take(before)
    async with open_ledger_office_again(place.put_back(), before) as office:
        await open_higher_epoch(office.office.context, "put back")
        entries = gate.journal.entries
        await office.exchanged(gate, entries)
        await office.exchanged(gate, entries, epoch=SECOND_EPOCH, offers_for=SECOND_EPOCH)
        again = await take(office)
        papers = [one[0] for one in (*printed.values(), *again.values())]
        reasons = [(await office.claimed(gate, one))["reason"] for one in papers]
        assert reasons == ["ok"] * 3 + ["already_used"] * 3
        told = {ticket: manual for ticket, (_digits, manual) in printed.items()}
        assert {ticket: manual for ticket, (_digits, manual) in again.items()} == told
