"""Orders as the desk finds and deals with them, at the real application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gatekeeper.organizer.during.orders_client import OrderClient
from gatekeeper.organizer.prepare.refund_rules import back_of
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.presenters.desk.order_words import spell_mail
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal
from server.mail import order_mail_routes
from shared.kernel.id_types import EventId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import MINUTE
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.mail_server import mail_server


class Counter:
    """An event on sale; whoever sits at the desk."""

    def __init__(self, office: Office, owner: Person, event_id: EventId, kind: str) -> None:
        self.office, self.owner, self.kind = office, owner, kind
        self.site = EventSite(owner.organization_id, event_id)
        self.open: list[httpx.AsyncClient] = []

    def sit_down(self, person: Person) -> OrderClient:
        """Give somebody a desk."""
        seat = take_seat(self.office, person)
        self.open.append(seat._http)
        return OrderClient(seat, self.site)

    async def sell(self, name: str | None, count: int = 1, **more: Any) -> dict[str, Any]:
        """Place an order of somebody."""
        lines = [{"ticket_type_id": self.kind, "quantity": count}]
        body = {"payment": "paid", "lines": lines, "buyer_name": name} | more
        path = f"/api/v1{self.site.path}/orders"
        return dict(await self.office.ok("POST", path, self.owner, json=body))


@pytest.fixture
async def counter(office: Office) -> AsyncIterator[Counter]:
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    made = Counter(office, owner, event_id, await office.ticket_type(owner, event_id))
    yield made
    for one in made.open:
        await one.aclose()


@pytest.mark.either_database
async def test_each_way_to_ask_finds_what_is_meant_and_garbage_finds_nothing(
    counter: Counter,
) -> None:
    """Number, parts of a name, telephone, code, id and holder; never a fault."""
    desk = counter.sit_down(counter.owner)
    first = await counter.sell("Zoë Müller", buyer_phone="+49 151 2345678")
    second = await counter.sell("Jo Park", 2)
    ticket = second["tickets"][0]
    await desk.name_holder(ticket["id"], "Mara Okoye", "mara@example.org")

    for words, wanted in (
        (f"#{first['order']['number']}", [first]),
        ("muller", [first]),
        ("2345678", [first]),
        ("jo PARK", [second]),
        ("\u202ePark\x00 Jo\ud800", [second]),
        ("", [second, first]),
    ):
        found = await desk.find(words)
        assert [one.id for one in found.orders] == [one["order"]["id"] for one in wanted], words
        assert found.is_all
    for words in (ticket["manual_code"].lower(), ticket["id"], "okoye"):
        found = await desk.find(words)
        assert [one.id for one in found.tickets] == [ticket["id"]], words
        opened = await desk.open_ticket(found.tickets[0].id)
        assert opened.order is not None
        assert opened.order.id == second["order"]["id"]
    for words in ("999999999", "0123456789abcdef", "%", "'; --", "ü" * 999, "🎫"):
        found = await desk.find(words)
        assert (found.orders, found.tickets) == ((), ()), words


@pytest.mark.either_database
async def test_a_guest_is_found_by_the_code_of_the_list_that_they_came_with(
    counter: Counter,
) -> None:
    """Whoever stands at the desk with another box office's ticket shows nothing else."""
    desk = counter.sit_down(counter.owner)
    body = {"ticket_type_id": counter.kind, "codes": ["FEST00000108177"]}
    path = f"/api/v1{counter.site.path}/tickets/import"
    made = await counter.office.ok("POST", path, counter.owner, json=body)
    found = await desk.find("  FEST00000108177 ")
    assert [one.id for one in found.tickets] == made["ticket_ids"]
    nobody = await desk.find("FEST00000108178")
    assert (nobody.orders, nobody.tickets) == ((), ())


@pytest.mark.either_database
async def test_who_is_called_just_so_comes_before_whom_the_name_is_a_part_of(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Guest 7 stood below Guest 17, or below what is shown; no more words can be typed then."""
    monkeypatch.setattr("gatekeeper.organizer.during.orders_client.ORDERS_SHOWN_MAX", 3)
    desk = counter.sit_down(counter.owner)
    sold = await counter.sell(None, 6)
    ids = sorted(one["id"] for one in sold["tickets"])
    for number, ticket_id in zip((17, 70, 27, 77, 7, 8), ids, strict=True):
        await desk.name_holder(ticket_id, f"Guest {number}", "")
    found = await desk.find("guest 7")
    assert [one.holder_name for one in found.tickets] == ["Guest 7", "Guest 17", "Guest 70"]
    assert not found.is_all
    assert [one.holder_name for one in (await desk.find("guest 8")).tickets] == ["Guest 8"]
    assert (await desk.find("guest 8")).is_all
    await desk.name_holder(ids[4], "Guest 1", "")
    assert [one.holder_name for one in (await desk.find("guest 1")).tickets] == [
        "Guest 1",
        "Guest 17",
    ]


@pytest.mark.either_database
async def test_names_are_looked_through_once_where_all_are_shown_that_were_found(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each search looked at every guest's name twice, of 100,000 for as long again."""
    desk = counter.sit_down(counter.owner)
    sold = await counter.sell(None, 2)
    for ticket, name in zip(sold["tickets"], ("Anna-Lena", "Lena"), strict=True):
        await desk.name_holder(ticket["id"], name, "")
    asked, get = list[dict[str, Any]](), desk.api.get

    async def watch(path: str, /, **query: Any) -> Any:
        asked.append(query)
        return await get(path, **query)

    monkeypatch.setattr(desk.api, "get", watch)
    assert {one.holder_name for one in (await desk.find("lena")).tickets} == {"Anna-Lena", "Lena"}
    assert [one for one in asked if "name" in one] == [{"limit": 50, "name": "lena"}]


@pytest.mark.either_database
async def test_where_no_order_was_placed_what_lists_have_brought_is_listed(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The desk said that nothing was found, whose tickets had all come by a list."""
    monkeypatch.setattr("gatekeeper.organizer.during.orders_client.ORDERS_SHOWN_MAX", 2)
    desk = counter.sit_down(counter.owner)
    nothing = await desk.find("")
    assert (nothing.orders, nothing.tickets, nothing.is_all) == ((), (), True)
    body = {"ticket_type_id": counter.kind, "codes": ["FEST-1", "FEST-2", "FEST-3"]}
    path = f"/api/v1{counter.site.path}/tickets/import"
    made = await counter.office.ok("POST", path, counter.owner, json=body)
    found = await desk.find("")
    assert [one.id for one in found.tickets] == sorted(made["ticket_ids"])[:2]
    assert (found.orders, found.is_all) == ((), False)
    sold = await counter.sell("Zoë")
    assert [one.id for one in (await desk.find("")).orders] == [sold["order"]["id"]]


@pytest.mark.either_database
async def test_orders_are_listed_by_the_venues_clock(counter: Counter) -> None:
    """As the order itself is, and gates and the live board: nobody adds hours at midnight."""
    desk = counter.sit_down(counter.owner)
    sold = await counter.sell("Jo Park")
    zone = await desk.api.zone_of(counter.site)
    opened = await desk.open_order(sold["order"]["id"])
    for words in ("", "park", f"#{sold['order']['number']}"):
        (order,) = (await desk.find(words)).orders
        assert order.created_at.utcoffset() == order.created_at.astimezone(zone).utcoffset()
        assert opened.order is not None
        assert order.created_at.isoformat() == opened.order.created_at.isoformat()


@pytest.mark.either_database
async def test_a_search_follows_pages_and_says_where_there_is_more(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many are shown; the rest is told of."""
    monkeypatch.setattr("gatekeeper.organizer.during.orders_client.ORDERS_SHOWN_MAX", 2)
    desk = counter.sit_down(counter.owner)
    for number in range(3):
        await counter.sell(f"Jo Park {number}")
    await counter.sell("Zoë")
    found = await desk.find("park")
    assert [one.buyer_name for one in found.orders] == ["Jo Park 2", "Jo Park 1"]
    assert not found.is_all
    assert not (await desk.find("")).is_all
    assert (await desk.find("zoe")).is_all


@pytest.mark.either_database
async def test_the_box_office_is_shown_the_refund_terms_before_it_refunds(
    counter: Counter,
) -> None:
    """What goes back now is what the first rule that holds gives of this ticket."""
    us = counter.owner.organization_id
    seller = await counter.office.person("box_office", organization_id=us)
    ticket = (await counter.sell("Jo Park"))["tickets"][0]["id"]
    manager, desk = counter.sit_down(counter.owner), counter.sit_down(seller)
    plain = await desk.preview_refund(ticket)
    assert (plain.rules, plain.back_minor) == ((), plain.price_minor)
    event = await manager.api.get(counter.site.path)
    rule = {"until": None, "percent_points": 5_000, "fee_minor": 100}
    pricing = event["pricing"] | {"refunds": [rule]}
    await manager.api.patch(counter.site.path, {"pricing": pricing}, event["etag"])
    shown = await desk.preview_refund(ticket)
    assert (shown.rules, shown.timezone) == ((rule,), event["timezone"])
    assert shown.back_minor == back_of(rule, shown.price_minor) > 0
    # All of it was promised; once it was cancelled for less, a manager adds the rest.
    less = await desk.refund(ticket, "ill", even_if_used=False, in_full=False)
    rest = shown.price_minor - shown.back_minor
    assert (less.noted_minor, less.rest_minor) == (shown.back_minor, rest)
    with pytest.raises(Refused):
        await desk.refund(ticket, "promised", even_if_used=False, in_full=True)
    whole = await manager.refund(ticket, "promised", even_if_used=False, in_full=True)
    assert (whole.noted_minor, whole.rest_minor) == (shown.price_minor, 0)


@pytest.mark.either_database
async def test_a_used_ticket_is_a_managers_and_what_is_refused_says_so(counter: Counter) -> None:
    """The box office is told to ask a manager, staff not at all; a refund is noted once."""
    us = counter.owner.organization_id
    seller = await counter.office.person("box_office", organization_id=us)
    steward = await counter.office.person("staff", organization_id=us)
    desk, manager = counter.sit_down(seller), counter.sit_down(counter.owner)
    ticket = (await counter.sell("Jo Park"))["tickets"][0]["id"]
    await desk.block(ticket, is_blocked=True)
    opened = await desk.open_ticket(ticket)
    assert opened.tickets[0].blocked
    await desk.block(ticket, is_blocked=False)
    counter.office.usage.ids.add(parse_ticket_id(ticket))
    assert (await desk.open_ticket(ticket)).tickets[0].is_used
    assert (await desk.read_refund(ticket)).is_used

    for is_told, said in (
        (False, "Someone has already entered on"),
        (True, "This needs the role Manager"),
    ):
        for act in (
            desk.reissue(ticket, even_if_used=is_told),
            desk.refund(ticket, "ill", even_if_used=is_told, in_full=False),
        ):
            with pytest.raises(Refused) as refused:
                await act
            assert said in spell_refusal(refused.value, is_managers=is_told)
    with pytest.raises(Refused) as refused:
        await counter.sit_down(steward).reissue(ticket, even_if_used=False)
    assert "box_office" in str(refused.value)
    code = await manager.reissue(ticket, even_if_used=True)
    assert (await desk.open_ticket(ticket)).tickets[0].code == code
    for _ in range(2):
        noted = await manager.refund(ticket, "ill", even_if_used=True, in_full=True)
        assert noted.noted_minor == 2_500
    assert (await desk.open_ticket(ticket)).tickets[0].is_over


@pytest.mark.either_database
async def test_what_somebody_else_changed_since_it_was_shown_is_refused(counter: Counter) -> None:
    """A name, a code, an admission, or other refund terms; what is as shown goes through."""
    mine, theirs = (
        counter.sit_down(counter.owner),
        counter.sit_down(counter.owner),
    )
    ticket_id = (await counter.sell("Jo Park"))["tickets"][0]["id"]

    async def name() -> None:
        await theirs.name_holder(ticket_id, "Mara Okoye", "")

    async def reissue() -> None:
        await theirs.reissue(ticket_id, even_if_used=False)

    async def set_terms() -> None:
        event = await theirs.api.get(counter.site.path)
        rule = {"until": None, "percent_points": 5_000, "fee_minor": 100}
        pricing = event["pricing"] | {"refunds": [rule]}
        await theirs.api.patch(counter.site.path, {"pricing": pricing}, event["etag"])

    async def admit() -> None:
        counter.office.usage.ids.add(parse_ticket_id(ticket_id))

    for meanwhile in (name, reissue, set_terms, admit):
        opened = await mine.open_ticket(ticket_id)
        (seen,) = opened.tickets
        shown = await mine.preview_refund(ticket_id)
        await mine.check_seen(seen, shown)
        await meanwhile()
        with pytest.raises(Refused) as refused:
            await mine.check_seen(seen, shown)
        assert "has changed since you opened it" in spell_refusal(refused.value, is_managers=True)


async def test_the_desk_tells_what_became_of_an_orders_last_mail(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several parts that which stands worst, in the words of the language and a colour."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    with mail_server() as server:
        settings = test_settings(
            sqlite_url, tmp_path, mail_server=server.url, mail_from="tickets@example.org"
        )
        async with open_office(settings) as office:
            owner = await office.person()
            event_id = EventId(await office.event(owner))
            kind = await office.ticket_type(owner, event_id)
            counter = Counter(office, owner, event_id, kind)
            desk = counter.sit_down(owner)
            placed = await counter.sell("Jo", 60, buyer_email="jo@example.org")
            order_id = placed["order"]["id"]

            async def told() -> tuple[str, str]:
                return spell_mail((await desk.open_order(order_id)).mail)

            async def work() -> None:
                await order_mail_routes.make_runner(office.framework.state).work()
                office.clock.advance(10 * MINUTE)

            assert await told() == ("", "lead")
            assert await desk.send_mail(order_id, "en") == 2
            assert "on its way" in (await told())[0]
            server.refusals = ["451 later"]
            await work()
            text, role = await told()
            assert ("not sent yet" in text, role) == (True, "warn")
            assert text.endswith("try later (code 451).")
            await work()
            assert (await told())[0].endswith(": sent.")
            await desk.send_mail(order_id, "en")
            server.refusals = ["550 unknown"]
            await work()
            text, role = await told()
            assert ("refused for good" in text, role) == (True, "bad")
            assert text.endswith("rejects the recipient (code 550).")
            await desk.send_mail(order_id, "en")
            server.data_answers = ["554 no"]
            await work()
            text, role = await told()
            assert ("address with the buyer" in text, role) == (False, "bad")
            assert text.endswith("rejects the message (code 554).")
            for seat in counter.open:
                await seat.aclose()


async def test_a_mail_whose_turn_has_not_come_says_what_holds_up_all_of_them(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a wrong password one is tried for all; the others were "on their way" for days."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    with mail_server(password="right") as server:
        settings = test_settings(
            sqlite_url,
            tmp_path,
            mail_server=server.url.replace("//", "//us:wrong@"),
            mail_from="tickets@example.org",
        )
        async with open_office(settings) as office:
            owner = await office.person()
            event_id = EventId(await office.event(owner))
            kind = await office.ticket_type(owner, event_id)
            counter = Counter(office, owner, event_id, kind)
            desk = counter.sit_down(owner)
            placed = [await counter.sell("Jo", buyer_email="jo@example.org") for _ in range(3)]
            for one in placed:
                await desk.send_mail(one["order"]["id"], "en")
            await order_mail_routes.make_runner(office.framework.state).work()
            told = [spell_mail((await desk.open_order(one["order"]["id"])).mail) for one in placed]
            assert all("rejects our user name or password" in text for text, _ in told)
            assert {role for _, role in told} == {"warn"}
            order_id = placed[0]["order"]["id"]
            assert await desk.send_mail(order_id, "en") == 1
            path = f"/api/v1{counter.site.path}/orders/{order_id}/mail"
            mails = await office.ok("GET", path, owner)
            assert len(mails) == 1, "whoever presses again while it waits sends no second one"
            for seat in counter.open:
                await seat.aclose()
