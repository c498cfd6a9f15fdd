"""A ticket type that a ledger has forgotten: tickets bear its code, and nobody else's must."""

from __future__ import annotations

import pytest

from server import quotas
from server.exchange.epochs import open_higher_epoch
from server.journals import sale_booking
from server.ticketing.ticket_types import CODE_MAX, CODES_OF_AN_EPOCH, EPOCHS, next_code
from tests.adversaries.scene import named
from tests.factories.counters import add_type
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.sales_till import Till, till

__all__ = ["till"]

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


@pytest.mark.either_database
async def test_a_sale_at_an_event_whose_types_are_all_forgotten_is_named(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy was made before the first of them: the sale stood in no order, and nowhere else."""

    async def list_none(_unit: object, _event_id: object) -> tuple[()]:
        return ()

    monkeypatch.setattr(sale_booking, "list_ticket_types", list_none)
    till.sell([till.mint(1)])
    await till.sync()
    assert await named(till.office) == {"sold_unknown_type": 1}


@pytest.mark.parametrize("epoch", [1, 2, 300, EPOCHS, EPOCHS + 1, 40_000])
def test_an_epoch_s_codes_are_its_own_while_there_are_any(epoch: int) -> None:
    """Beside what a copy of an earlier epoch has; a thousand types have codes."""
    taken = {1, 2, 3}
    drawn = list[int]()
    for _ in range(quotas.TYPES_MAX):
        drawn.append(next_code(frozenset(taken), epoch))
        assert drawn[-1] not in taken
        taken.add(drawn[-1])
    assert 1 <= min(drawn) <= max(drawn) <= CODE_MAX
    own = set(drawn[: CODES_OF_AN_EPOCH - 3])
    assert len({(one - 1) // CODES_OF_AN_EPOCH for one in own}) == 1
    others = {next_code(frozenset({1, 2, 3}), epoch + step) for step in (1, 2, EPOCHS - 1)}
    assert own.isdisjoint(others)
