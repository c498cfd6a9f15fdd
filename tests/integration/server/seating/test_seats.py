"""Reserved seats through the REST API: maps, who has which seat, holds, the best that are free."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from server.orders.expiring_unpaid_orders import expire_due_orders
from server.ticketing.hold_routes import end_due_holds
from shared.kernel.id_types import EventId
from shared.kernel.instant import SECOND, datetime_from_instant
from shared.seating.csv_form import write_csv
from shared.seating.svg_form import write_svg
from tests.factories.office import Office, Person
from tests.factories.racing import raced
from tests.factories.seats import make_seat_map

HALL = make_seat_map(rows=4, seats=10)


class Hall:
    """An event with reserved seats."""

    def __init__(self, office: Office, person: Person, event_id: EventId, kind: str) -> None:
        self.office, self.person, self.event_id, self.kind = office, person, event_id, kind
        self.path = f"{person.path}/events/{event_id}"

    async def ask(self, method: str, path: str, **body: Any) -> Any:
        return await self.office.ok(
            method, self.path + path, self.person, **({"json": body} if body else {})
        )

    async def order(self, count: int = 1, **more: Any) -> Any:
        line = {"ticket_type_id": self.kind, "quantity": count}
        for name in ("seats",):
            if name in more:
                line[name] = more.pop(name)
        body = {"lines": [line], "payment": "paid"} | more
        return await self.office.call("POST", f"{self.path}/orders", self.person, json=body)

    async def states(self) -> dict[str, str]:
        answer = await self.ask("GET", "/seats/changes?after=0")
        return {one["id"]: one["state"] for one in answer["seats"]}

    async def counts(self) -> Counter[str]:
        return Counter((await self.states()).values())


async def hall_of(office: Office, rows: int = 4, seats: int = 10, **selling: Any) -> Hall:
    person = await office.person()
    event_id = EventId(await office.event(person))
    kind = await office.ticket_type(person, event_id, selling={"seats": selling})
    hall = Hall(office, person, event_id, kind)
    await hall.ask("PUT", "/seats/map", form="csv", text=write_csv(make_seat_map(rows, seats)))
    return hall


async def test_of_fifty_buyers_ten_get_the_last_ten_seats(office: Office) -> None:
    """Each whoever is first, named or chosen; nobody a seat that another has."""
    hall = await hall_of(office, rows=1, seats=12)  # one is accessible, one killed
    free = [f"A-{number}" for number in range(2, 12)]
    named = [hall.order(seats=[free[number % 10]]) for number in range(25)]
    chosen = [hall.order() for _ in range(25)]
    orders = await asyncio.gather(
        *(one for pair in zip(named, chosen, strict=True) for one in pair)
    )
    sold = [one.json()["tickets"][0]["seat_id"] for one in orders if one.status_code == 201]
    problems = {one.json()["type"].rpartition("/")[2] for one in orders if one.status_code != 201}
    assert sorted(sold) == sorted(free)
    assert problems <= {"seat-taken", "sold-out"}
    states = await hall.states()
    assert [states[one] for one in free] == ["sold"] * 10
    assert (states["A-1"], states["A-12"]) == ("free", "killed")


async def test_groups_that_overlap_never_wait_for_each_other(office: Office) -> None:
    """Named in opposite orders, at once: one has all of its seats, the other none."""
    hall = await hall_of(office)
    one, other = ["B-2", "B-3", "B-4"], ["B-4", "B-3", "B-2"]
    where = f"event_id = '{hall.event_id}' AND seat_id = 'B-3'"
    answers = await raced(
        office, "event_seat", where, hall.order(3, seats=one), hall.order(3, seats=other)
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (refused,) = [answer.json() for answer in answers if answer.status_code == 409]
    assert refused["type"].endswith("seat-taken")
    assert {error["message"] for error in refused["errors"]} == {
        f"{seat} is taken" for seat in one
    }
    assert (await hall.counts())["sold"] == 3


async def test_a_pending_order_holds_its_seats_until_it_ends(office: Office) -> None:
    """Held, then sold by the payment, or free again by its end, by a refund, by a cancellation."""
    hall = await hall_of(office)
    kept = (await hall.order(seats=["B-1"], payment="pending")).json()
    await hall.order(seats=["B-2"], payment="pending", hold_s=60)
    gone = (await hall.order(2, seats=["B-3", "B-4"])).json()
    states = await hall.states()
    assert [states[f"B-{n}"] for n in range(1, 6)] == ["held", "held", "sold", "sold", "free"]
    await hall.ask("POST", f"/orders/{kept['order']['id']}/paid")
    office.clock.advance(61 * SECOND)
    assert await expire_due_orders(office.context, office.feed) == 1
    first = gone["tickets"][0]
    await hall.ask("POST", f"/tickets/{first['id']}/refund", reason="ill")
    states = await hall.states()
    assert [states["B-1"], states["B-2"], states[first["seat_id"]]] == ["sold", "free", "free"]
    await hall.ask("POST", f"/orders/{gone['order']['id']}/cancel", reason="ill")
    assert await hall.counts() == {"sold": 1, "killed": 1, "free": 38}
    again = await hall.order(2, seats=["B-3", "B-4"])
    assert again.status_code == 201


@pytest.mark.either_database
async def test_seats_are_of_the_ticket_type_and_one_for_each_ticket(office: Office) -> None:
    """Others are refused by name, and nothing is taken."""
    hall = await hall_of(office, categories=["back"])
    cases = [
        (1, ["A-2"], "A-2 is no seat of this event or ticket type"),
        (1, ["Z-1"], "Z-1 is no seat of this event or ticket type"),
        (2, ["C-1"], "must be 2, one for each ticket"),
        (2, ["C-1", "C-1"], "names C-1 twice"),
    ]
    for count, seats, said in cases:
        refused = (await hall.order(count, seats=seats)).json()
        assert said in str(refused["errors"]), refused
    chosen = (await hall.order(3)).json()["tickets"]
    assert {ticket["seat_id"][0] for ticket in chosen} == {"C"}
    standing = await office.ticket_type(hall.person, hall.event_id)
    line = {"ticket_type_id": standing, "quantity": 1, "seats": ["C-1"]}
    body = {"lines": [line], "payment": "paid"}
    answer = await office.call("POST", f"{hall.path}/orders", hall.person, json=body)
    assert "without reserved seats" in str(answer.json())
    assert (await hall.counts())["sold"] == 3


@pytest.mark.either_database
async def test_the_best_seats_are_told_and_a_large_group_is_parted(office: Office) -> None:
    """Told without taking; sold to a group that no two rows have room for as well."""
    hall = await hall_of(office, rows=4, seats=10)
    best = await hall.ask("POST", "/seats/best", ticket_type_id=hall.kind, quantity=2)
    assert best == {"seats": ["A-5", "A-6"]}
    kinds = ["accessible"]
    body = {"ticket_type_id": hall.kind, "quantity": 1, "kinds": kinds}
    assert (await hall.ask("POST", "/seats/best", **body)) == {"seats": ["A-1"]}
    assert len((await hall.order(30)).json()["tickets"]) == 30
    body = {"ticket_type_id": hall.kind, "quantity": 9}
    answer = await office.call("POST", f"{hall.path}/seats/best", hall.person, json=body)
    assert answer.json()["type"].endswith("sold-out")
    assert (await hall.order(9)).json()["type"].endswith("sold-out")
    assert (await hall.order(8)).status_code == 201


@pytest.mark.either_database
@pytest.mark.parametrize(
    "of_both",
    [{"ticket_type_id": "", "quantity": 1}, {"ticket_type_id": ""}, {"quantity": 2}],
)
async def test_a_hold_is_of_seats_or_of_stock_and_says_so(
    office: Office, of_both: dict[str, Any]
) -> None:
    """Of both at once it would be neither's; nothing is held."""
    hall = await hall_of(office)
    kind = await office.ticket_type(hall.person, hall.event_id, quantity_limit=5)
    body = {"name": "Band", "seats": ["B-1"]} | of_both
    body |= {"ticket_type_id": kind} if "ticket_type_id" in of_both else {}
    path = f"{hall.person.path}/events/{hall.event_id}/holds"
    refused = await office.call("POST", path, hall.person, json=body)
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == ["seats"]
    assert (await hall.states())["B-1"] == "free"


@pytest.mark.either_database
async def test_a_named_hold_keeps_seats_and_stock_until_it_ends(office: Office) -> None:
    """By its end, by its release in parts; a clock set back brings none to life again."""
    hall = await hall_of(office)
    moment = "2126-01-01T00:00:00Z"
    held = await hall.ask("POST", "/holds", name="Band", seats=["B-1", "B-2"], ends_at=moment)
    assert held["seats"] == ["B-1", "B-2"]
    assert (await hall.order(seats=["B-1"])).json()["type"].endswith("seat-taken")
    taken = await hall.order(seats=["B-1"], hold_id=held["id"])
    assert taken.status_code == 201
    released = await hall.ask("POST", f"/holds/{held['id']}/release", seats=["B-2"])
    assert (released["seats"], released["ended_at"] is None) == ([], False)
    assert (await hall.states())["B-1"] == "sold"
    standing = await office.ticket_type(hall.person, hall.event_id, quantity_limit=5)
    body = {"name": "Press", "ticket_type_id": standing, "quantity": 4}
    press = await hall.ask("POST", "/holds", **body)
    line = {"ticket_type_id": standing, "quantity": 2}
    path = f"{hall.path}/orders"
    full = await office.call("POST", path, hall.person, json={"lines": [line]})
    assert full.json()["type"].endswith("sold-out")
    left = await hall.ask("POST", f"/holds/{press['id']}/release", quantity=1)
    assert left["quantity"] == 3
    assert (await office.call("POST", path, hall.person, json={"lines": [line]})).is_success
    more = {"quantity": 4}
    beyond = await office.call(
        "POST", f"{hall.path}/holds/{press['id']}/release", hall.person, json=more
    )
    assert beyond.status_code == 409


async def test_tickets_kept_back_go_to_whom_they_were_kept_for_though_others_race(
    office: Office,
) -> None:
    """By the hold's name, before free ones; paid or not, nothing is counted twice."""
    hall = await hall_of(office)
    standing = await office.ticket_type(hall.person, hall.event_id, quantity_limit=6)
    more = await office.ticket_type(hall.person, hall.event_id, quantity_limit=1)
    press = await hall.ask("POST", "/holds", name="Press", ticket_type_id=standing, quantity=4)

    async def order(kind: str, count: int, **fields: str) -> Any:
        lines = [{"ticket_type_id": kind, "quantity": count}]
        body = {"lines": lines, "payment": "paid"} | fields
        return await office.call("POST", f"{hall.path}/orders", hall.person, json=body)

    hold = {"hold_id": press["id"]}
    theirs, *strangers = await asyncio.gather(
        order(standing, 1, **hold), *[order(standing, 1) for _ in range(6)]
    )
    assert theirs.status_code == 201
    assert sorted(one.status_code for one in strangers) == [201] * 2 + [409] * 4
    assert (await order(more, 1, **hold)).json()["errors"][0]["field"] == "hold_id"
    unpaid = await order(standing, 1, **hold, payment="pending")
    assert unpaid.status_code == 201
    assert (await order(standing, 3, **hold)).json()["type"].endswith("sold-out")
    (kept,) = (await hall.ask("GET", "/holds"))["items"]
    assert (kept["quantity"], kept["ended_at"]) == (2, None), "a refused order takes nothing"
    assert (await order(standing, 2, **hold)).status_code == 201
    (kept,) = (await hall.ask("GET", "/holds"))["items"]
    assert (kept["quantity"], kept["ended_at"] is None) == (0, False)
    types = await hall.ask("GET", "/ticket-types")
    (counts,) = [one for one in types if one["id"] == standing]
    assert (counts["sold"], counts["held"], counts["available"]) == (5, 1, 0)


async def test_a_hold_ends_once_whatever_the_clock_does(office: Office) -> None:
    """Due, it ends; set back, the clock neither holds its seats again nor frees them twice."""
    hall = await hall_of(office)
    ends_at = office.clock.wall() + 60 * SECOND
    moment = datetime_from_instant(ends_at).isoformat()
    held = await hall.ask("POST", "/holds", name="Band", seats=["B-1"], ends_at=moment)
    assert await end_due_holds(office.context, office.clock.wall()) == 0
    office.clock.advance(61 * SECOND)
    assert await end_due_holds(office.context, office.clock.wall()) == 1
    sold = await hall.order(seats=["B-1"])
    assert sold.status_code == 201
    office.clock.step_wall(-30 * SECOND)
    assert await end_due_holds(office.context, office.clock.wall()) == 0
    await hall.ask("DELETE", f"/holds/{held['id']}")
    assert (await hall.states())["B-1"] == "sold"


@pytest.mark.either_database
async def test_the_event_keeps_its_copy_of_the_venue_s_map(office: Office) -> None:
    """Changes of the venue's do not reach it; once a seat is taken its own is fixed."""
    hall = await hall_of(office)
    venue = await office.ok(
        "POST",
        f"{hall.person.path}/venues",
        hall.person,
        json={"name": "Opera", "timezone": "Europe/Vienna"},
    )
    path = f"{hall.person.path}/venues/{venue['id']}/seats"
    drawn = {"form": "svg", "text": write_svg(HALL)}
    counted = await office.ok("PUT", path, hall.person, json=drawn)
    assert counted["seats"] == 40
    assert counted["kinds"] == {"accessible": 1, "ordinary": 38, "killed": 1}
    assert counted["categories"] == ["front", "back"]
    assert (await hall.ask("PUT", "/seats/map", venue_id=venue["id"]))["seats"] == 40
    smaller = {"form": "csv", "text": write_csv(make_seat_map(1, 4))}
    await office.ok("PUT", path, hall.person, json=smaller)
    assert (await office.ok("GET", path, hall.person))["text"] == smaller["text"]
    assert (await hall.ask("GET", "/seats/map"))["text"] == write_csv(HALL)
    assert (await hall.ask("GET", "/seats/map?form=svg"))["text"] == write_svg(HALL)
    page = await hall.ask("GET", "/seats?limit=3&after=9")
    assert [one["id"] for one in page["items"]] == ["B-1", "B-2", "B-3"]
    assert page["next"] == "12"
    await hall.order(seats=["D-4"])
    fixed = await office.call("PUT", f"{hall.path}/seats/map", hall.person, json=smaller)
    assert fixed.status_code == 409
    wrong = {"form": "csv", "text": "section,row,seat\nA,1,1\nA,1,1\n"}
    refused = (await office.call("PUT", path, hall.person, json=wrong)).json()
    assert "Line 3: A · 1 · 1 stands in Line 2 already" in refused["errors"][0]["message"]


@pytest.mark.either_database
async def test_a_watched_map_hears_every_change_once(office: Office) -> None:
    """By the cursor of the answer before; killed and released seats as well as sold ones."""
    hall = await hall_of(office)
    cursor = (await hall.ask("GET", "/seats/changes"))["cursor"]
    await hall.order(2, seats=["B-1", "B-2"])
    killed = await hall.ask("POST", "/seats/kill", seats=["D-9", "D-10"])
    assert [one["state"] for one in killed] == ["killed", "killed"]
    heard = await hall.ask("GET", f"/seats/changes?after={cursor}")
    assert {one["id"]: one["state"] for one in heard["seats"]} == {
        "B-1": "sold",
        "B-2": "sold",
        "D-9": "killed",
        "D-10": "killed",
    }
    await hall.ask("POST", "/seats/unkill", seats=["D-9"])
    heard = await hall.ask("GET", f"/seats/changes?after={heard['cursor']}")
    assert [(one["id"], one["state"]) for one in heard["seats"]] == [("D-9", "free")]
    body = {"seats": ["B-1"]}
    taken = await office.call("POST", f"{hall.path}/seats/kill", hall.person, json=body)
    assert taken.json()["type"].endswith("seat-taken")
