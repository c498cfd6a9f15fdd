"""A ticket type that a ledger has forgotten: tickets bear its code, and nobody else's must."""

from __future__ import annotations

import pytest

from server.exchange.epochs import open_higher_epoch
from tests.adversaries.scene import named
from tests.factories.counters import add_type
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.sales_till import Till

CHILD, VIP = 700, 9_900


async def sell_at_office(office: LedgerOffice, code: int) -> str:
    """Sell a ticket of the type with a code; returns what its holder shows."""
    call, owner = office.office.ok, office.owner
    types = await call("GET", f"{office.path}/ticket-types", owner)
    kind = next(one["id"] for one in types if one["code"] == code)
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "payment": "paid"}
    made = await call("POST", f"{office.path}/orders", owner, json=body)
    ticket = made["tickets"][0]["id"]
    shown = await call("GET", f"{office.path}/tickets/{ticket}/credential", owner)
    return str(shown["digits"])


@pytest.mark.either_database
@pytest.mark.parametrize("restores", [1, 2])
async def test_tickets_of_a_forgotten_type_admit_as_no_other(place: Place, restores: int) -> None:
    """A child's, sold at a till and at the office, let its holder in by a VIP's rights."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        gate, device = await office.enrol(1), await office.enrol(role="till")
        till = Till(office, device)
        await till.open()
        for one in (gate, device):
            await office.exchanged(one, one.journal.entries)
    place.copy()
    settings, shown, epoch = place.settings, list[str](), 1
    for _ in range(restores):
        async with open_ledger_office_again(settings, office) as today:
            till.office = today
            child = await add_type(today, "Child", CHILD)
            sold = till.mint(len(shown), ticket_type_code=child, price=CHILD)
            till.sell([sold])
            await till.sync()
            shown += [till.code(sold), await sell_at_office(today, child)]
            today.claims += 1  # the next server draws other numbers
        settings = place.put_back()
        async with open_ledger_office_again(settings, today) as office:
            opened = await open_higher_epoch(office.office.context, "put back", at_least=epoch)
            epoch = opened.epoch
    async with open_ledger_office_again(settings, office) as again:
        for one in (gate, device):
            await again.exchanged(one)
            await again.exchanged(one, one.journal.entries, epoch=epoch)
        vip = await add_type(again, "VIP", VIP)
        answers = [await again.claimed(gate, code) for code in shown]
        said = [one["reason"] for one in answers]
        assert said == ["unknown_key", "wrong_ticket_type"] * restores
        code = await sell_at_office(again, vip)
        assert (await again.claimed(gate, code))["reason"] == "ok"
        assert await named(again) == {"sold_unknown_type": restores}
