"""Buyers at a till: found by a badge that may, cut off too, erased, and told to no gate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.order_search_at_till import BUYERS_PACE
from gatekeeper.store.buyer_file import is_buyer_name
from server.orders import buyers_for_tills
from server.orders.placing_orders import lock_order
from server.tills import sealed_buyers
from shared.kernel.errors import Rejected
from shared.kernel.id_types import EventId
from shared.sales.sale_refusals import Refusal, SaleReason
from tests.factories.counters import Counter, open_counter
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate

SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
KLARA = {
    "buyer_name": "Klára Nováková",
    "buyer_email": "klara@example.org",
    "buyer_phone": "+420 602 123 456",
}


class Hall:
    """A till whose finder has a badge, and an order that somebody placed on the web."""

    def __init__(self, counter: Counter, badge: str, blind: str) -> None:
        self.counter, self.badge, self.blind = counter, badge, blind
        self.order: dict[str, Any] = {}

    async def place(self, count: int, **buyer: str) -> dict[str, Any]:
        """Place a paid order."""
        office = self.counter.office
        (kind, *_) = await office.office.ok("GET", f"{office.path}/ticket-types", office.owner)
        body = {
            "lines": [{"ticket_type_id": kind["id"], "quantity": count}],
            "payment": "paid",
            **buyer,
        }
        order: dict[str, Any] = await office.office.ok(
            "POST", f"{office.path}/orders", office.owner, json=body
        )
        return order

    async def find(self, text: str, badge: str = "") -> dict[str, Any]:
        """Look somebody up."""
        return await self.counter.say(find=text, badge=badge or self.badge)

    async def numbers(self, text: str) -> list[str]:
        """Return the numbers of the orders that are found."""
        answer = await self.find(text)
        assert answer["ok"], answer
        return [one["number"] for one in answer["orders"]]

    async def sync(self) -> None:
        """Let the till hear what is new."""
        self.counter.office.office.clock.advance(BUYERS_PACE)
        await self.counter.till.sync()


async def open_hall(office: LedgerOffice, folder: Path) -> Hall:
    """Open a counter with one cashier who may find, and one who may not."""
    badges = []
    for name, rights in (("Finn", {"sell": True, "find": True}), ("Bo", {"sell": True})):
        made = await office.office.ok(
            "POST",
            f"{office.owner.path}/cashiers",
            office.owner,
            json={"name": name, "rights": rights},
        )
        badges.append(made["badge"])
    return Hall(await open_counter(office, folder), *badges)


async def test_order_is_found_by_all_that_people_bring_also_cut_off(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Name in any order without accents, phone by its end, e-mail, number, ticket."""
    hall = await open_hall(ledger_office, tmp_path)
    order = await hall.place(2, **KLARA)
    await hall.place(1, buyer_name="Klaus Nowak", buyer_phone="030 9876543")
    await hall.sync()
    await hall.counter.till.cut()
    number = str(order["order"]["number"])
    ticket = order["tickets"][0]["id"]
    for text in (
        "novakova KLARA",
        "klara nov",
        "klara@",
        "123456",
        "602 123 456",
        number,
        f"#{number}",
        ticket,
    ):
        assert await hall.numbers(text) == [number], text
    assert len(await hall.numbers("kla")) == 2
    assert await hall.numbers("nobody") == []
    assert await hall.numbers("56") in ([], [number]), "two digits are no phone"
    (found,) = (await hall.find("klara nov"))["orders"]
    assert (found["phone"], found["email"]) == (KLARA["buyer_phone"], KLARA["buyer_email"])
    assert [one["price_minor"] for one in found["tickets"]] == [2_500, 2_500]
    assert {one["state"] for one in found["tickets"]} == {"paid"}
    await hall.counter.close()


@SQLITE
async def test_only_a_badge_that_may_find_opens_buyers_and_the_disk_says_nothing(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Neither another cashier's badge nor the till's folder; a right taken away opens no more."""
    hall = await open_hall(ledger_office, tmp_path)
    await hall.place(1, **KLARA)
    await hall.sync()
    assert len(await hall.numbers("klara")) == 1
    for badge in (hall.blind, "GKC1-AAAAA-BBBBB-CCCCC", "x"):
        assert (await hall.find("klara", badge))["reason"] == "not_allowed"
    folder = tmp_path / hall.counter.till.id
    for file in [one for one in folder.rglob("*") if one.is_file()]:
        content = file.read_bytes()
        for word in ("Klára", "klara", "Nov\u00e1kov", "602 123", "example.org"):
            assert word.encode() not in content, file
    await hall.counter.close()


@SQLITE
@pytest.mark.parametrize("way", ["removed", "badge", "right"])
async def test_who_may_find_no_more_finds_nobody_from_the_exchange_on_that_says_so(
    ledger_office: LedgerOffice, tmp_path: Path, way: str
) -> None:
    """They are at work, and the till still holds what their badge opens, newer or not."""
    office, hall = ledger_office.office, await open_hall(ledger_office, tmp_path)
    await hall.place(1, **KLARA)
    await hall.sync()
    finder = hall.counter.till.session.finder
    assert finder.show_badge(hall.badge)
    found = await finder.find("klara")
    assert not isinstance(found, Refusal)
    assert len(found) == 1
    place = f"{ledger_office.owner.path}/cashiers/{finder.person}"
    if way == "removed":
        answer = await office.call("DELETE", place, ledger_office.owner)
    elif way == "badge":
        answer = await office.call("POST", f"{place}/badge", ledger_office.owner)
    else:
        rights = {"rights": {"sell": True}}
        answer = await office.call("PATCH", place, ledger_office.owner, json=rights)
    assert answer.status_code < 300, answer.text
    await hall.counter.till.sync()
    told = await finder.find("klara")
    assert isinstance(told, Refusal)
    assert told.reason is SaleReason.NOT_ALLOWED
    assert finder.found_by is None, "nor hands anything over by name"
    await hall.counter.close()


@SQLITE
async def test_erased_buyer_is_gone_from_the_till_with_its_next_sync(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The order is still found by its number; name, phone and e-mail are not."""
    office = ledger_office
    hall = await open_hall(office, tmp_path)
    order = await hall.place(1, **KLARA)
    await hall.sync()
    assert len(await hall.numbers("klara")) == 1
    path = f"{office.path}/orders/{order['order']['id']}/buyer"
    answer = await office.office.call("DELETE", path, office.owner)
    assert answer.status_code == 204, answer.text
    await hall.sync()
    assert await hall.numbers("klara") == []
    assert await hall.numbers("123456") == []
    (found,) = (await hall.find(str(order["order"]["number"])))["orders"]
    assert (found["name"], found["phone"], found["email"]) == ("", "", "")
    await hall.counter.close()


@SQLITE
async def test_erased_person_is_gone_from_the_till_with_its_next_sync_without_any_badge(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Sealed is not for ever: the file is another, also where another is named meanwhile."""
    office = ledger_office
    hall = await open_hall(office, tmp_path)
    guest = await hall.place(1, buyer_name="Klára Nováková")
    nameless = await hall.place(1)
    await hall.sync()
    assert len(await hall.numbers("klara")) == 1
    hall.counter.till.session.finder.forget()
    disk = hall.counter.till.session.store.disk
    held = {name: disk.read(name) for name in disk.names("") if is_buyer_name(name)}
    body = {"name": "klara novakova"}
    await office.office.ok("POST", f"{office.owner.path}/persons/erase", office.owner, json=body)
    async with office.office.context.write(office.owner.organization_id) as unit:
        (await lock_order(unit, office.event_id, nameless["order"]["id"])).buyer_name = "Sam"
    await hall.sync()
    now = {name: disk.read(name) for name in disk.names("") if is_buyer_name(name)}
    assert list(now) == list(held)
    assert all(now[name] != held[name] for name in held)
    assert await hall.numbers("klara") == []
    assert await hall.numbers("sam") == [str(nameless["order"]["number"])]
    assert guest["order"]["number"] != nameless["order"]["number"]
    await hall.counter.close()


@SQLITE
async def test_gate_is_told_of_no_buyer(ledger_office: LedgerOffice, tmp_path: Path) -> None:
    """Also if it asks; nor is a device of another event."""
    hall = await open_hall(ledger_office, tmp_path)
    await hall.place(1, **KLARA)
    gate: WiredGate = hall.counter.gate
    with pytest.raises(Rejected):
        await gate.wire.fetch_buyers(ledger_office.event_id, "")
    with pytest.raises(Rejected):
        await hall.counter.till.wire.fetch_buyers(EventId("ev_x"), "")
    await hall.counter.close()


@SQLITE
async def test_order_is_picked_up_in_parts_by_whoever_showed_who_they_are(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """One ticket now, two later: each gets a code of its own."""
    hall = await open_hall(ledger_office, tmp_path)
    order = await hall.place(3, **KLARA)
    await hall.sync()
    await hall.counter.gate.sync()
    (found,) = (await hall.find("klara"))["orders"]
    first, *others = [one["ticket_id"] for one in found["tickets"]]
    assert {one["is_replaced"] for one in found["tickets"]} == {False}, "all wait to be fetched"
    no = await hall.counter.say(pick_up=[first])
    assert (no["reason"], no["seq"]) == ("check_id", None)
    unsigned = await hall.counter.say(pick_up=[first], reason="id_card")
    assert (unsigned["reason"], unsigned["seq"]) == ("supervisor", None)
    blind = await hall.counter.say(pick_up=[first], reason="id_card", badge=hall.blind)
    assert blind["reason"] == "not_allowed"
    done = await hall.counter.ok(pick_up=[first], reason="id_card", badge=hall.badge)
    (new,) = done["tickets"]
    both = await hall.counter.ok(pick_up=others, reason="id_card", badge=hall.badge)
    assert len(both["tickets"]) == 2
    await hall.sync()
    (found,) = (await hall.find("klara"))["orders"]
    assert {one["is_replaced"] for one in found["tickets"]} == {True}
    told = {(one["handed_by"], one["handed_at"][:2]) for one in found["tickets"]}
    assert told == {("Mara", "20")}, "who has handed them over, and when"
    await hall.counter.gate.sync()
    assert (await hall.counter.gate.scan(new["digits"])).reason == "ok"
    assert order["tickets"][0]["id"] in {one["ticket_id"] for one in found["tickets"]}
    assert await ledger_office.conflicts() == []
    await hall.counter.close()


@SQLITE
async def test_ticket_that_the_office_reissued_waits_to_be_handed_over_again(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Handed out before or not: what was is worth nothing, until a till hands it out again."""
    hall = await open_hall(ledger_office, tmp_path)
    order = await hall.place(2, **KLARA)
    fresh, handed = (one["id"] for one in order["tickets"])
    await hall.sync()
    await hall.find("klara")
    await hall.counter.ok(pick_up=[handed], reason="id_card", badge=hall.badge)
    await hall.sync()
    for ticket_id in (fresh, handed):
        where = f"{ledger_office.path}/tickets/{ticket_id}/reissue"
        await ledger_office.office.ok("POST", where, ledger_office.owner)
    await hall.sync()
    (found,) = (await hall.find("klara"))["orders"]
    assert {one["is_replaced"] for one in found["tickets"]} == {False}, "nobody was handed these"
    assert {one["is_reissued"] for one in found["tickets"]} == {True}
    assert {one["handed_by"] for one in found["tickets"]} == {""}
    await hall.counter.ok(pick_up=[handed], reason="id_card", badge=hall.badge)
    for _ in range(2):  # before and after the ledger's word of it has come
        (found,) = (await hall.find("klara"))["orders"]
        told = {one["ticket_id"]: one for one in found["tickets"]}
        assert (told[handed]["is_replaced"], told[handed]["handed_by"]) == (True, "Mara")
        assert (told[fresh]["is_replaced"], told[fresh]["is_reissued"]) == (False, True)
        await hall.sync()
    await hall.counter.close()


@SQLITE
async def test_a_ticket_that_was_passed_on_is_not_handed_to_its_buyer_without_a_supervisor(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Whoever sold it shows who they are, and would have the new holder turned away."""
    hall = await open_hall(ledger_office, tmp_path)
    order = await hall.place(2, **KLARA)
    passed, kept = (one["id"] for one in order["tickets"])
    where = f"{ledger_office.path}/tickets/{passed}/credential"
    code = (await ledger_office.office.ok("GET", where, ledger_office.owner))["digits"]
    till = hall.counter.till
    done = await ledger_office.claimed(till.device, code, gate_id="", purpose="transfer")
    await hall.sync()
    assert (await hall.find("klara"))["ok"]
    for ticket_id, reason in ((passed, "supervisor"), (kept, "ok")):
        await hall.find("klara")
        answer = await hall.counter.say(pick_up=[ticket_id], reason="id_card", badge=hall.badge)
        assert answer["reason"] == reason
    gate = hall.counter.gate
    await gate.sync()
    assert (await gate.scan(done["new_code"])).reason == "ok"
    await hall.counter.close()


@SQLITE
async def test_buyers_of_many_orders_are_read_page_by_page_and_all_are_there(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other devices get their answers in between; a piece may end within a page."""
    monkeypatch.setattr(buyers_for_tills, "PAGE_ORDERS", 3)
    monkeypatch.setattr(sealed_buyers, "PIECE_ROWS", 2)
    hall = await open_hall(ledger_office, tmp_path)
    placed = [await hall.place(1 + n % 2, buyer_name=f"Many {n}") for n in range(7)]
    await hall.sync()
    found = (await hall.find("Many"))["orders"]
    assert [one["number"] for one in found] == [
        str(one["order"]["number"]) for one in reversed(placed)
    ]
    assert [len(one["tickets"]) for one in found] == [1, 2, 1, 2, 1, 2, 1]
    await hall.counter.close()


@SQLITE
async def test_files_of_many_events_do_not_fill_the_memory(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest ones are kept; another is made again when it is asked for."""
    monkeypatch.setattr(sealed_buyers, "FILES_MAX", 2)
    office = ledger_office
    files = sealed_buyers.BuyerFiles(office.office.context)
    organization_id = office.owner.organization_id
    events = [office.event_id, EventId("ev_b"), EventId("ev_c")]
    made = [await files.read(organization_id, one, "") for one in events]
    assert await files.read(organization_id, events[2], "") is made[2]
    assert await files.read(organization_id, events[0], "") is not made[0]
