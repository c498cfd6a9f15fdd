"""Guest lists: a host's places, filled by the office and by tills, cut off as well."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from shared.journal.sale_body import SaleBody
from shared.kernel.errors import BadInput, Rejected
from shared.kernel.instant import SECOND
from shared.wire.buyer_note import BuyerNote
from tests.factories.counters import Counter, open_counter
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
PLACES = 8
BADGE = "GKC1-MARA-AT-THE-TILL"
LIST: dict[str, Any] = {
    "name": "Friends of the band",
    "price_minor": 0,
    "quantity_limit": PLACES,
    "selling": {"visibility": "staff", "guest_list": {"host": "Ada Lund", "plus_max": 2}},
}
OUT_OF_BOUNDS = SaleBody(
    sale_id="a\0b", receipt_number=9, currency="EUR", total_minor=0, tender="comp", tickets=()
)


async def make_list(office: LedgerOffice, **changes: Any) -> dict[str, Any]:
    """Add a guest list."""
    path = f"{office.path}/ticket-types"
    made: dict[str, Any] = await office.office.ok("POST", path, office.owner, json=LIST | changes)
    return made


@pytest.fixture
async def made(ledger_office: LedgerOffice) -> dict[str, Any]:
    """Make the list before the till is told of the event."""
    return await make_list(ledger_office)


@pytest.fixture
async def counter(
    made: dict[str, Any], ledger_office: LedgerOffice, tmp_path: Path
) -> AsyncIterator[Counter]:
    """Open a till, whose cashier may give nothing away, and a gate."""
    assert made["selling"]["guest_list"]["host"] == "Ada Lund"
    opened = await open_counter(ledger_office, tmp_path)
    yield opened
    await opened.close()


async def add(counter: Counter, code: int, count: int) -> dict[str, Any]:
    """Add a guest, and who comes along."""
    return await counter.say(
        sell=[{"type": code, "count": count}], tenders=[{"kind": "comp"}], reason="guest_list"
    )


async def test_guest_is_added_by_whoever_sells_up_to_the_lists_limit(
    made: dict[str, Any], counter: Counter, ledger_office: LedgerOffice
) -> None:
    """Connected all places can be filled, by tills and office together, and never one more."""
    assert (await add(counter, made["code"], 4))["reason"] == "too_many", "a guest plus three"
    first = await add(counter, made["code"], 3)
    assert (first["ok"], len(first["tickets"]), first["total_minor"]) == (True, 3, 0)
    await counter.till.sync()
    office = ledger_office
    body = {
        "lines": [{"ticket_type_id": made["id"], "quantity": 3}],
        "payment": "paid",
        "buyer_name": "Klara Novak",
    }
    await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)
    assert (await add(counter, made["code"], 2))["ok"]
    assert (await add(counter, made["code"], 1))["reason"] == "grant_used_up"
    await counter.till.sync()
    await counter.gate.sync()
    assert (await counter.gate.scan(first["tickets"][0]["digits"])).reason == "ok"
    assert await office.conflicts() == []
    (sold, *_) = await counter.orders()
    assert sold["total_minor"] == 0


async def test_cut_off_a_till_adds_as_many_as_it_was_given(
    made: dict[str, Any], counter: Counter, ledger_office: LedgerOffice
) -> None:
    """The organizer says how many that are; the office keeps the rest, and nobody oversells."""
    office = ledger_office
    path = f"{office.path}/till-stock/{counter.till.id}"
    types = [{"ticket_type_id": made["id"], "size": 5}]
    await office.office.ok("PUT", path, office.owner, json={"types": types})
    await counter.till.sync()
    await counter.till.cut()
    done = [await add(counter, made["code"], count) for count in (3, 2, 1)]
    assert [one["reason"] for one in done] == ["ok", "ok", "grant_used_up"]
    kinds = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
    (kind,) = [one for one in kinds if one["id"] == made["id"]]
    assert kind["available"] == PLACES - 5


async def test_guest_of_a_cut_off_till_is_found_by_name_once_it_was_connected(
    made: dict[str, Any], counter: Counter, ledger_office: LedgerOffice
) -> None:
    """The name waits sealed to the badge of whoever wrote it, and stays as it was first said."""
    office, session = ledger_office, counter.till.session
    await counter.till.sync()
    await counter.till.cut()
    sold = await add(counter, made["code"], 2)
    assert sold["ok"]
    guests = session.guests
    with pytest.raises(BadInput, match="badge"):
        guests.keep(office.event_id, sold["sale_id"], "ca_mara", "Klara Novak")
    guests.show_badge("ca_mara", BADGE, session.profile.organization_id)
    guests.keep(office.event_id, sold["sale_id"], "ca_mara", "Klara Novak")
    guests.forget()
    assert not guests.has_waiting(), "nobody is at work who could read it"
    guests.show_badge("ca_other", "GKC1-OTHER", session.profile.organization_id)
    guests.show_badge("ca_mara", BADGE, session.profile.organization_id)
    counter.till.wire.is_cut = False
    assert not await guests.tell(), "the server has not booked that sale yet"
    assert guests.has_waiting()
    await counter.till.sync()
    assert await guests.tell()
    assert not guests.has_waiting()
    await counter.till.wire.note_buyer(
        BuyerNote(event_id=office.event_id, sale_id=sold["sale_id"], name="Somebody Else")
    )
    (order,) = await counter.orders()
    path = f"{office.path}/orders/{order['id']}"
    shown = await office.office.ok("GET", path, office.owner)
    assert shown["order"]["buyer_name"] == "Klara Novak"
    with pytest.raises(Rejected, match="till"):
        await counter.gate.wire.note_buyer(
            BuyerNote(event_id=office.event_id, sale_id=sold["sale_id"], name="A gate's word")
        )


async def test_name_that_a_cut_off_till_brings_after_it_was_erased_is_not_kept(
    made: dict[str, Any], counter: Counter, ledger_office: LedgerOffice
) -> None:
    """A till comes back: whom it wrote down before stays erased, who comes now is a new guest.

    Whatever else stands in its journal, such as a sale of no form.
    """
    office, server = ledger_office, ledger_office.office
    await counter.till.sync()
    await counter.till.cut()
    sold = await add(counter, made["code"], 1)
    server.clock.advance(SECOND)
    who = {"name": "klara  NOVÁK"}
    await server.ok("POST", f"{office.owner.path}/persons/erase", office.owner, json=who)
    counter.till.wire.is_cut = False
    server.clock.advance(SECOND)
    await counter.till.sync()
    later = await add(counter, made["code"], 1)
    counter.till.session._recorder.write(OUT_OF_BOUNDS)
    await counter.till.sync()
    for sale in (sold, later):
        await counter.till.wire.note_buyer(
            BuyerNote(event_id=office.event_id, sale_id=sale["sale_id"], name="Klara Novak")
        )
    orders = sorted(await counter.orders(), key=lambda one: int(one["number"]))
    assert [one["buyer_name"] for one in orders] == [None, "Klara Novak"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"price_minor": 100}, "price_minor"),
        ({"quantity_limit": None}, "quantity_limit"),
        ({"selling": {"guest_list": {"host": "Ada Lund"}}}, "selling.visibility"),
    ],
)
async def test_guest_list_that_costs_ends_nowhere_or_is_public_is_refused(
    ledger_office: LedgerOffice, changes: dict[str, Any], field: str
) -> None:
    """Each by its field."""
    office = ledger_office
    path = f"{office.path}/ticket-types"
    answer = await office.office.call("POST", path, office.owner, json=LIST | changes)
    assert answer.status_code == 422, answer.text
    assert field in answer.text
