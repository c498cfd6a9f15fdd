"""Tickets are exchanged at a till, with the difference, connected and cut off."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.kernel.instant import HOUR, Instant, datetime_from_instant
from tests.factories.counters import Counter, add_type, counter, prepared_counter, published
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.fakes.card_terminal import CardTerminal

__all__ = ["Counter", "add_type", "counter", "prepared_counter", "published"]

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)

STANDARD = 1


@pytest.fixture
async def dearer(ledger_office: LedgerOffice) -> int:
    """Make a type that costs 40.00."""
    return await add_type(ledger_office, "Balcony", 4_000)


@pytest.fixture
async def cheaper(ledger_office: LedgerOffice) -> int:
    """Make a type that costs 10.00."""
    return await add_type(ledger_office, "Child", 1_000)


async def test_an_upgrade_takes_the_difference_and_ends_the_old_ticket(
    dearer: int, counter: Counter
) -> None:
    """The old one opens no gate, the new one does; drawer and orders say the same."""
    old = await counter.sell(STANDARD)
    cash = [{"kind": "cash", "amount_minor": 2_000}]
    done = await counter.ok(exchange=old["ticket_id"], to=dearer, tenders=cash)
    assert (done["mode"], done["total_minor"], done["change_minor"]) == ("online", 4_000, 500)
    assert (done["paid_out_minor"], done["tender"]) == (0, "")
    assert [(one["kind"], one["amount_minor"]) for one in done["payments"]] == [
        ("exchange", 2_500),
        ("cash", 1_500),
    ]
    x = counter.till.session.shifts.sums()
    assert x is not None
    assert x.expected_minor == 10_000 + 2_500 + 1_500
    assert {one.kind: one.net_minor for one in x.tenders} == {"cash": 4_000, "exchange": 0}
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(old["digits"])).reason == "cancelled"
    assert (await counter.gate.scan(done["tickets"][0]["digits"])).reason == "ok"
    assert sorted(one["total_minor"] for one in await counter.orders()) == [2_500, 4_000]
    assert await counter.office.conflicts() == []
    again = await counter.say(exchange=old["ticket_id"], to=dearer, tenders=cash)
    assert (again["ok"], again["reason"], again["seq"]) == (False, "cancelled", None)


async def test_a_cheaper_ticket_pays_the_difference_back_by_the_same_tender(
    cheaper: int, counter: Counter
) -> None:
    """Cash goes back in cash, card to the card; the Z report is that of the drawer."""
    for kind in ("cash", "card"):
        old = await counter.sell(STANDARD, kind)
        done = await counter.ok(exchange=old["ticket_id"], to=cheaper)
        assert (done["paid_out_minor"], done["tender"]) == (1_500, kind)
        assert done["change_minor"] == 0
    closed = await counter.ok(shift="close", amount_minor=11_000)
    assert (closed["difference_minor"], closed["card_minor"]) == (0, 1_000)
    await counter.till.sync()
    assert await counter.office.conflicts() == []


async def test_a_void_of_an_exchanged_sale_goes_back_as_the_first_one_was_paid(
    dearer: int, counter: Counter
) -> None:
    """Paid in cash twice: forty go back in cash."""
    old = await counter.sell(STANDARD)
    done = await counter.ok(exchange=old["ticket_id"], to=dearer, tenders=[{"kind": "cash"}])
    void = await counter.ok(void=done["sale_id"])
    assert (void["paid_out_minor"], void["tender"]) == (4_000, "cash")
    x = counter.till.session.shifts.sums()
    assert x is not None
    assert x.expected_minor == 10_000


async def test_what_was_used_is_exchanged_by_a_supervisor_only(
    dearer: int, counter: Counter
) -> None:
    """Nothing was taken, sold or numbered when it was refused."""
    chief = await Chief.appoint(counter.office)
    old = await counter.sell(STANDARD)
    for device in (counter.till, counter.gate):
        await device.sync()
    assert (await counter.gate.scan(old["digits"])).reason == "ok"
    await counter.gate.sync()
    exchange = {"exchange": old["ticket_id"], "to": dearer, "tenders": [{"kind": "cash"}]}
    no = await counter.say(**exchange)
    assert (no["reason"], no["seq"]) == ("supervisor", None)
    assert counter.till.session.till.left(dearer) > 0
    badge = counter.till.session.knowledge.badge
    badge.take(chief.person, chief.badge)
    done = await counter.ok(**exchange, authorized_by=chief.person)
    assert done["receipt_number"] == 2


async def test_a_cut_off_till_exchanges_with_a_badge_and_says_so(
    dearer: int, counter: Counter
) -> None:
    """Without one it is refused; with one the office books all of it afterwards, without doubt."""
    chief = await Chief.appoint(counter.office)
    old = await counter.sell(STANDARD)
    await counter.till.sync()
    await counter.till.cut()
    exchange = {"exchange": old["ticket_id"], "to": dearer, "tenders": [{"kind": "cash"}]}
    no = await counter.say(**exchange)
    assert (no["reason"], no["mode"]) == ("supervisor", "offline")
    counter.till.session.knowledge.badge.take(chief.person, chief.badge)
    await counter.ok(**exchange, authorized_by=chief.person)
    await counter.till.mend()
    await counter.gate.sync()
    assert (await counter.gate.scan(old["digits"])).reason == "cancelled"
    assert await counter.office.conflicts() == []


async def test_a_card_that_is_declined_leaves_the_old_ticket_good(
    dearer: int, counter: Counter
) -> None:
    """Nothing was exchanged; what the ledger had granted is given back."""
    terminal = CardTerminal(["decline"])
    _use(counter, terminal)
    old = await counter.sell(STANDARD)
    exchange = {"exchange": old["ticket_id"], "to": dearer, "tenders": [{"kind": "card"}]}
    no = await counter.say(**exchange)
    assert (no["ok"], no["reason"]) == (False, "payment_declined")
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(old["digits"])).reason == "ok"
    assert await counter.office.conflicts() == []


async def test_a_silent_terminal_keeps_the_exchange_open_until_it_is_found_out(
    dearer: int, counter: Counter
) -> None:
    """Meanwhile nobody gets in on the old ticket; given up, it is good again."""
    terminal = CardTerminal()
    _use(counter, terminal)
    for ends_paid in (True, False):
        terminal.behaviour = ["lose" if ends_paid else "silent"]
        old = await counter.sell(STANDARD)
        exchange = {"exchange": old["ticket_id"], "to": dearer, "tenders": [{"kind": "card"}]}
        no = await counter.say(**exchange)
        assert no["reason"] == "payment_unknown", no
        counter.till.session._settle_abandoned()  # a restart gives back what nobody holds
        await counter.till.sync()
        sale_id = no["open_sale"]["sale_id"]
        assert (await counter.gate.scan(old["digits"])).reason == "cancelled"
        found = await counter.say(ask_again=sale_id)
        assert found["ok"] is ends_paid, found
        await counter.till.sync()
        await counter.gate.sync()
        reason = "cancelled" if ends_paid else "ok"
        assert (await counter.gate.scan(old["digits"])).reason == reason
    assert await counter.office.conflicts() == []
    assert (await counter.say(open_sales=True))["open_sales"] == []


async def test_a_transfer_replaces_the_credential_and_leaves_the_entry_unused(
    counter: Counter,
) -> None:
    """The one before is superseded, the new one admits once."""
    old = await counter.sell(STANDARD)
    done = await counter.ok(transfer=old["ticket_id"])
    (new,) = done["tickets"]
    await counter.gate.sync()
    assert (await counter.gate.scan(old["digits"])).reason == "superseded"
    assert (await counter.gate.scan(new["digits"])).reason == "ok"
    assert (await counter.gate.scan(new["digits"])).reason == "already_used"


async def test_a_ticket_that_was_passed_on_at_a_till_bears_its_former_holders_name_no_more(
    counter: Counter,
) -> None:
    """A steward would read it aloud; of a ticket that is printed again it stays."""
    office = counter.office
    for act, name in (("reprint", "Klara"), ("transfer", None)):
        sold = await counter.sell(STANDARD)
        await counter.till.sync()
        ticket = f"{office.path}/tickets/{sold['ticket_id']}"
        named = {"name": "Klara"}
        await office.office.ok("PUT", f"{ticket}/holder", office.owner, json=named)
        await counter.ok(**{act: sold["ticket_id"]}, reason="lost")
        await counter.till.sync()
        shown = await office.office.ok("GET", ticket, office.owner)
        assert (shown["generation"], shown["holder_name"]) == (1, name)


@pytest.mark.parametrize("terms", sized(["until"], ["never", "until"]))
async def test_terms_that_end_transfers_bind_tills_and_who_sells_but_no_supervisor(
    counter: Counter, terms: str
) -> None:
    """Refused at the till, by the ledger where the till's program was changed, and at the desk."""
    office = counter.office
    until = datetime_from_instant(Instant(office.now + HOUR)).isoformat()
    pricing = {"transfers": False} if terms == "never" else {"transfers_until": until}
    chief = await Chief.appoint(office)
    old = await counter.sell(STANDARD)
    await office.office.ok("PATCH", office.path, office.owner, json={"pricing": pricing})
    await counter.till.sync()
    if terms == "until":
        early = await counter.sell(STANDARD)
        await counter.ok(transfer=early["ticket_id"])
        office.office.clock.advance(HOUR)
    refused = await counter.say(transfer=old["ticket_id"])
    assert refused["reason"] == "not_allowed"
    assert "supervisor" in refused["text"]
    asked = await office.claimed(
        counter.till.device, old["digits"], gate_id="", purpose="transfer"
    )
    assert (asked["verdict"], asked["reason"]) == ("refer", "supervisor")
    holder = f"{office.path}/tickets/{old['ticket_id']}/holder"
    seller = await office.office.person("box_office", organization_id=office.owner.organization_id)
    await office.office.ok("PUT", holder, seller, json={"name": "Ann"})
    other = await office.office.call("PUT", holder, seller, json={"name": "Bea"})
    assert (other.status_code, "manager" in other.json()["detail"]) == (403, True)
    await office.office.ok("PUT", holder, office.owner, json={"name": "Bea"})
    counter.till.session.knowledge.badge.take(chief.person, chief.badge)
    allowed: dict[str, Any] = {"transfer": old["ticket_id"], "authorized_by": chief.person}
    assert (await counter.say(**allowed))["reason"] == "not_allowed"
    await counter.ok(**allowed, reason="cannot_come")
    await counter.till.sync()
    assert await office.conflicts() == []


def _use(counter: Counter, terminal: CardTerminal) -> None:
    till = counter.till.session.till
    till.ports = msgspec.structs.replace(till.ports, terminal=terminal)


async def test_a_cut_off_till_copies_what_it_sold_itself_and_nothing_else(
    counter: Counter,
) -> None:
    """The same code for one entry; of others' tickets, and of what was taken back, no copy."""
    mine = await counter.sell(STANDARD)
    sold = await counter.ok(sell=[{"type": STANDARD}], tenders=[{"kind": "cash"}])
    (gone,) = sold["tickets"]
    await counter.ok(void=sold["sale_id"])
    await counter.till.sync()
    await counter.till.cut()
    done = await counter.ok(reprint=mine["ticket_id"])
    (copy,) = done["tickets"]
    assert (copy["digits"], copy["manual_code"]) == (mine["digits"], mine["manual_code"])
    assert (copy["is_copy"], done["mode"]) == (True, "offline")
    other = f"{counter.office.tickets[0]:016x}"
    for ticket in (other, gone["ticket_id"]):
        no = await counter.say(reprint=ticket)
        assert (no["ok"], no["seq"]) == (False, None), no
    await counter.till.mend()
    await counter.gate.sync()
    assert (await counter.gate.scan(copy["digits"])).reason == "ok"
    assert (await counter.gate.scan(mine["digits"])).reason == "already_used"
    assert await counter.office.conflicts() == []
