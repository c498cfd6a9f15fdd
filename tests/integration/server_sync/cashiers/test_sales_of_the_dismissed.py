"""Sales that are not finished when who began them may sell no more: others finish them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gatekeeper.boxoffice.till_requests import one_type
from shared.journal.chain import decode_body, decode_entry
from shared.journal.entry import NoteBody
from shared.journal.sale_body import SaleBody
from shared.kernel.instant import SECOND
from shared.sales.tenders import CARD
from shared.sales.till_basket import Discount
from tests.factories.counters import (
    RIGHTS,
    Counter,
    add_type,
    counter,
    prepared_counter,
    published,
)
from tests.factories.ledger_office import LedgerOffice
from tests.fakes.card_terminal import CardTerminal
from tests.integration.server_sync.payments.test_money_that_goes_back import allow, ask, named

__all__ = ["counter", "prepared_counter", "published"]

pytestmark = pytest.mark.either_database


async def hire(office: LedgerOffice, name: str, **rights: Any) -> str:
    """Let somebody sell; returns their id."""
    body = {"name": name, "rights": RIGHTS | rights}
    made = await ask(office, "POST", f"{office.owner.path}/cashiers", **body)
    return str(made["cashier"]["id"])


async def dismiss(office: LedgerOffice, counter: Counter, person: str) -> None:
    """Delete a cashier, and let the till hear of it."""
    path = f"{office.owner.path}/cashiers/{person}"
    assert (await office.office.call("DELETE", path, office.owner)).status_code == 204
    await counter.till.sync()


def terminal(counter: Counter, *behaviours: str) -> CardTerminal:
    """Give the till a card terminal that answers so."""
    till = counter.till.session.till
    found = CardTerminal(list(behaviours))
    till.ports = msgspec.structs.replace(till.ports, terminal=found)
    return found


def written(counter: Counter) -> tuple[list[SaleBody], list[NoteBody]]:
    """Return the sales and the notes of the till's journal."""
    journal = counter.till.session.store.journal
    entries = (decode_entry(one.entry) for _, one in journal.read(1, journal.last_seq))
    bodies = [decode_body(one) for one in entries]
    sales = [one for one in bodies if isinstance(one, SaleBody)]
    notes = [one for one in bodies if isinstance(one, NoteBody)]
    return sales, [one for one in notes if one.topic == "sale_taken_over"]


async def test_paid_sale_of_a_cashier_who_is_gone_is_finished_by_the_next_one(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """Their card was charged while nobody heard of it: no cent is asked for again."""
    ben = await hire(ledger_office, "Ben")
    await counter.till.sync()
    till = terminal(counter, "lose")
    asked = await counter.say(sell=[{"type": 1, "count": 2}], tenders=[{"kind": "card"}])
    sale = asked["open_sale"]["sale_id"]
    await dismiss(ledger_office, counter, counter.cashier)
    paid = await counter.say(ask_again=sale, cashier=ben)
    assert (paid["ok"], paid["reason"]) == (False, "not_allowed")
    assert "another cashier or a supervisor" in paid["text"]
    no = await counter.say(finish=sale)
    assert (no["ok"], no["reason"]) == (False, "not_allowed"), "who is gone finishes nothing"
    assert written(counter) == ([], [])
    done = await counter.ok(finish=sale, cashier=ben)
    assert len(done["tickets"]) == 2
    assert sum(till.charged.values()) == 5_000
    (sold,), (note,) = written(counter)
    assert (sold.sale_id, sold.cashier, sold.total_minor) == (sale, ben, 5_000)
    assert (note.text, note.person) == (f"{sale} {counter.cashier}", ben)
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(done["tickets"][0]["digits"])).reason == "ok"
    (order,) = await counter.orders()
    assert (order["state"], order["total_minor"]) == ("paid", 5_000)
    assert await named(counter) == []


async def test_nobody_is_sent_for_at_a_revoked_till_whose_sale_is_paid(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """No supervisor's badge is known there any more: it says that it was revoked."""
    terminal(counter, "lose")
    asked = await counter.say(sell=[{"type": 1}], tenders=[{"kind": "card"}])
    await ask(
        ledger_office, "POST", f"{ledger_office.owner.path}/devices/{counter.till.id}/revoke"
    )
    ledger_office.office.clock.advance(3 * SECOND)
    await counter.till.sync()
    told = await counter.say(ask_again=asked["open_sale"]["sale_id"])
    assert (told["reason"], "supervisor" in told["text"]) == ("revoked", False)


async def test_rest_of_such_a_sale_is_paid_to_whoever_finishes_it(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """A supervisor, too; the drawer's sums stand."""
    said = await allow(ledger_office, counter)
    terminal(counter, "pay", "decline")
    halves = [{"kind": "card", "amount_minor": 1_000}, {"kind": "card"}]
    asked = await counter.say(sell=[{"type": 1}], tenders=halves)
    sale = asked["open_sale"]["sale_id"]
    await dismiss(ledger_office, counter, counter.cashier)
    chief = said["authorized_by"]
    await counter.ok(finish=sale, tenders=[{"kind": "cash"}], authorized_by=chief)
    (sold,), (note,) = written(counter)
    assert (sold.cashier, note.person) == (chief, chief)
    counted = await counter.ok(shift="count", amount_minor=11_500, authorized_by=chief)
    assert counted["difference_minor"] == 0
    assert await named(counter) == []


async def test_nobody_finishes_what_they_might_not_have_sold(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """A discount that only who is gone might give; nothing is lost, a supervisor finishes it."""
    ann = await hire(ledger_office, "Ann", discount_percent=50)
    ben = await hire(ledger_office, "Ben")
    said = await allow(ledger_office, counter)
    terminal(counter, "lose")
    request = msgspec.structs.replace(
        one_type(1, kind=CARD), cashier=ann, discount=Discount(percent_points=5_000), why="late"
    )
    asked = await counter.till.session.till.sell(request)
    assert asked.open_sale is not None
    sale = asked.open_sale.sale_id
    await dismiss(ledger_office, counter, ann)
    for line in ({"decide": sale, "is_paid": True}, {"finish": sale}):
        no = await counter.say(**line, cashier=ben)
        assert (no["ok"], no["reason"]) == (False, "not_allowed")
    assert written(counter) == ([], [])
    await counter.ok(finish=sale, cashier=ben, authorized_by=said["authorized_by"])
    (sold,), (note,) = written(counter)
    assert (sold.total_minor, note.text) == (1_250, f"{sale} {ann}")
    assert await named(counter) == []


async def test_exchange_of_a_cashier_who_is_gone_is_finished_once_a_person_has_looked(
    ledger_office: LedgerOffice, counter: Counter
) -> None:
    """By who has looked at the slip: the old ticket is over, the new one is good."""
    dearer = await add_type(ledger_office, "Balcony", 4_000)
    ben = await hire(ledger_office, "Ben")
    await counter.till.sync()
    old = await counter.sell(1)
    await counter.till.sync()
    terminal(counter, "lose")
    asked = await counter.say(exchange=old["ticket_id"], to=dearer, tenders=[{"kind": "card"}])
    sale = asked["open_sale"]["sale_id"]
    await dismiss(ledger_office, counter, counter.cashier)
    done = await counter.ok(decide=sale, is_paid=True, code="slip 7", cashier=ben)
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(old["digits"])).reason == "cancelled"
    assert (await counter.gate.scan(done["tickets"][0]["digits"])).reason == "ok"
    assert written(counter)[0][-1].cashier == ben
    assert await named(counter) == []
