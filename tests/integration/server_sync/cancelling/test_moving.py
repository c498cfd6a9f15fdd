"""A date that is moved: its tickets stay good for it, gates follow, buyers are told once."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from shared.kernel.id_types import OccurrenceId, TicketTypeId
from shared.kernel.instant import DAY, HOUR, datetime_from_instant
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.wired_gates import open_gate

WEEK: Final = timedelta(days=7)


class Planner:
    """Who has an event of two dates, and moves one of them."""

    def __init__(self, office: LedgerOffice) -> None:
        self.office = office
        self.starts = datetime_from_instant(office.now) + timedelta(hours=1)

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask something that must succeed."""
        office = self.office
        return await office.office.ok(method, f"{office.path}{path}", office.owner, **more)

    async def status(self, path: str, body: dict[str, Any]) -> int:
        """Return what is answered to a request that may be refused."""
        office = self.office
        answer = await office.office.call("POST", f"{office.path}{path}", office.owner, json=body)
        return answer.status_code

    async def add_date(self, starts: datetime, hours: int = 5) -> OccurrenceId:
        """Add a date."""
        made = await self.ask(
            "POST",
            "/occurrences",
            json={
                "name": f"{starts:%A}",
                "starts_at": starts.isoformat(),
                "ends_at": (starts + timedelta(hours=hours)).isoformat(),
                "doors_at": (starts - timedelta(minutes=30)).isoformat(),
            },
        )
        return OccurrenceId(made["id"])

    async def add_type(self, date: OccurrenceId, **more: Any) -> TicketTypeId:
        """Add a type of tickets for a date alone."""
        body = {"name": "For one", "price_minor": 2_500, "occurrence_id": date} | more
        return TicketTypeId((await self.ask("POST", "/ticket-types", json=body))["id"])

    async def sell(self, kind: TicketTypeId, **more: Any) -> dict[str, Any]:
        """Sell a ticket."""
        lines = [{"ticket_type_id": kind, "quantity": 1}]
        body = {"lines": lines, "payment": "paid", "buyer_name": "Klara"} | more
        return dict(await self.ask("POST", "/orders", json=body))

    async def code(self, order: dict[str, Any]) -> str:
        """Return the code of an order's ticket."""
        path = f"/tickets/{order['tickets'][0]['id']}/credential"
        return str((await self.ask("GET", path))["digits"])

    def to(self, date: OccurrenceId, starts: datetime, **more: Any) -> dict[str, Any]:
        """Say that a date moves."""
        one = {
            "occurrence_id": date,
            "starts_at": starts.isoformat(),
            "ends_at": (starts + timedelta(hours=5)).isoformat(),
            "doors_at": (starts - timedelta(minutes=30)).isoformat(),
        }
        return {"dates": [one | more]}


@pytest.fixture
def planner(ledger_office: LedgerOffice) -> Planner:
    """Give who plans an event on sale."""
    return Planner(ledger_office)


async def test_a_moved_dates_tickets_are_good_then_and_not_before(planner: Planner) -> None:
    """Printed before or after, with a window of their own: denied today, let in a week later."""
    office = planner.office
    date = await planner.add_date(planner.starts)
    window = {
        "valid_from": (planner.starts - timedelta(hours=2)).isoformat(),
        "valid_until": (planner.starts + timedelta(hours=4)).isoformat(),
    }
    order = await planner.sell(await planner.add_type(date, **window))
    other = await planner.sell(office.ticket_type_id)
    printed, others = await planner.code(order), await planner.code(other)
    any_date = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{office.zone_id}", json=any_date)
    gate = await office.enrol()
    body = planner.to(date, planner.starts + WEEK)
    seen = await planner.ask("POST", "/move/preview", json=body)
    assert [one["windows"] for one in seen["dates"]] == [1]
    # The other one is for every date, and its buyer is told as well.
    assert (seen["orders"], seen["unreached"]) == (2, 2)
    assert [one["count"] for one in seen["tickets"]] == [1]
    told = await rows_of(office.office, "SELECT route FROM audit_line")
    assert told != []
    assert [row[0] for row in told if "preview" in row[0]] == []
    assert (await planner.ask("POST", "/move", json=body))["dates"] == [date]
    anew = await planner.code(order)
    denied = await office.claimed(gate, printed)
    assert (denied["verdict"], denied["reason"]) == ("deny", "not_yet_valid")
    assert (await office.claimed(gate, others))["verdict"] == "admit"
    office.office.clock.advance(7 * DAY)
    assert (await office.claimed(gate, anew))["verdict"] == "admit"
    again = await office.claimed(gate, printed)
    assert (again["verdict"], again["reason"]) == ("deny", "already_used")


@pytest.mark.either_database
async def test_tills_tickets_hold_for_their_types_window_whenever_their_sale_is_booked(
    planner: Planner, tmp_path: Path
) -> None:
    """As the office's do: denied today, let in a week later; of two, one was sold cut off."""
    office = planner.office
    date = await planner.add_date(planner.starts)
    await planner.add_date(planner.starts + 4 * WEEK)
    window = {
        "valid_from": (planner.starts - timedelta(hours=2)).isoformat(),
        "valid_until": (planner.starts + timedelta(hours=4)).isoformat(),
    }
    kind = await planner.add_type(date, **window)
    any_date = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{office.zone_id}", json=any_date)
    await planner.ask("POST", "/handover")
    types = await planner.ask("GET", "/ticket-types")
    (code,) = [one["code"] for one in types if one["id"] == kind]
    gate = await office.enrol()
    till = await open_gate(office, tmp_path, 0, role="till")
    await till.sync()
    line = {"sell": [{"type": code, "count": 1}], "tenders": [{"kind": "cash"}]}
    sold = [await lines_of(till.session).answer(json.dumps(line).encode())]
    await till.sync()
    await till.cut()
    sold.append(await lines_of(till.session).answer(json.dumps(line).encode()))
    assert all(one["ok"] for one in sold), sold
    await planner.ask("POST", "/move", json=planner.to(date, planner.starts + WEEK))
    await till.mend()
    codes = [one["tickets"][0]["digits"] for one in sold]
    denied = [await office.claimed(gate, one) for one in codes]
    assert [one["reason"] for one in denied] == ["not_yet_valid"] * 2
    office.office.clock.advance(7 * DAY)
    assert [(await office.claimed(gate, one))["verdict"] for one in codes] == ["admit"] * 2
    await till.session.close()


@pytest.mark.either_database
async def test_a_sale_that_is_booked_late_keeps_the_hours_it_was_made_with(
    planner: Planner, tmp_path: Path
) -> None:
    """Two were sold alike; of one the office heard before it changed the type's hours."""
    office = planner.office
    hours = {"name": "Late", "price_minor": 2_500}
    first = planner.starts + timedelta(hours=1)
    body = hours | {"valid_from": first.isoformat()}
    kind = await planner.ask("POST", "/ticket-types", json=body)
    any_type = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{office.zone_id}", json=any_type)
    await planner.ask("POST", "/handover")
    gate = await office.enrol()
    till = await open_gate(office, tmp_path, 0, role="till")
    await till.sync()
    line = {"sell": [{"type": kind["code"], "count": 1}], "tenders": [{"kind": "cash"}]}
    sold = [await lines_of(till.session).answer(json.dumps(line).encode())]
    await till.sync()
    await till.cut()
    sold.append(await lines_of(till.session).answer(json.dumps(line).encode()))
    await planner.ask("POST", "/freeze/lift", json={"reason": "later"})
    body = hours | {"valid_from": (first + timedelta(hours=3)).isoformat()}
    await planner.ask("PUT", f"/ticket-types/{kind['id']}", json=body)
    await till.mend()
    codes = [one["tickets"][0]["digits"] for one in sold]
    for one in codes:
        assert (await office.claimed(gate, one))["reason"] == "not_yet_valid"
    office.office.clock.advance(2 * HOUR)
    assert [(await office.claimed(gate, one))["verdict"] for one in codes] == ["admit"] * 2
    await till.session.close()


async def test_a_sale_that_is_booked_late_goes_with_its_date_as_one_booked_at_once(
    planner: Planner, tmp_path: Path
) -> None:
    """The date as it is now would hold the old hours as well: the sale says which were meant."""
    office = planner.office
    date = await planner.add_date(planner.starts, hours=40)
    await planner.add_date(planner.starts + 4 * WEEK)
    kind = await planner.add_type(
        date, valid_until=(planner.starts + timedelta(hours=2)).isoformat()
    )
    any_date = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{office.zone_id}", json=any_date)
    await planner.ask("POST", "/handover")
    types = await planner.ask("GET", "/ticket-types")
    (code,) = [one["code"] for one in types if one["id"] == kind]
    gate = await office.enrol()
    till = await open_gate(office, tmp_path, 0, role="till")
    earlier = planner.to(date, planner.starts - timedelta(hours=2))
    earlier["dates"][0]["ends_at"] = (planner.starts + timedelta(hours=38)).isoformat()
    codes = []
    for is_booked in (True, False):
        await till.sync()
        if not is_booked:
            await till.cut()
        line = {"sell": [{"type": code, "count": 1}], "tenders": [{"kind": "cash"}]}
        sold = await lines_of(till.session).answer(json.dumps(line).encode())
        codes.append(sold["tickets"][0]["digits"])
    await planner.ask("POST", "/move", json=earlier)
    await till.mend()
    await till.sync()
    office.office.clock.advance(2 * HOUR)
    assert [(await office.claimed(gate, one))["reason"] for one in codes] == ["expired"] * 2
    await till.session.close()


@pytest.mark.either_database
async def test_a_ticket_that_was_sold_without_hours_is_given_none_by_its_booking(
    planner: Planner, tmp_path: Path
) -> None:
    """The type was given hours while the till was cut off: what was sold before is good."""
    office = planner.office
    body = {"name": "Floor", "price_minor": 2_500}
    kind = await planner.ask("POST", "/ticket-types", json=body)
    any_type = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{office.zone_id}", json=any_type)
    await planner.ask("POST", "/handover")
    gate = await office.enrol()
    till = await open_gate(office, tmp_path, 0, role="till")
    await till.sync()
    await till.cut()
    line = {"sell": [{"type": kind["code"], "count": 1}], "tenders": [{"kind": "cash"}]}
    sold = await lines_of(till.session).answer(json.dumps(line).encode())
    await planner.ask("POST", "/freeze/lift", json={"reason": "later"})
    late = body | {"valid_from": (planner.starts + timedelta(hours=3)).isoformat()}
    await planner.ask("PUT", f"/ticket-types/{kind['id']}", json=late)
    await till.mend()
    await till.sync()
    assert (await office.claimed(gate, sold["tickets"][0]["digits"]))["verdict"] == "admit"
    await till.session.close()


@pytest.mark.either_database
async def test_who_was_let_in_before_the_move_by_a_gate_that_was_cut_off_is_not_named_for_it(
    planner: Planner, tmp_path: Path
) -> None:
    """Its entries come afterwards, and are judged by when they were; a copy is named as ever."""
    office = planner.office
    date = await planner.add_date(planner.starts)
    window = {"valid_from": (planner.starts - timedelta(hours=2)).isoformat()}
    kind = await planner.add_type(date, **window)
    once, twice, late = [await planner.code(await planner.sell(kind)) for _ in range(3)]
    any_date = {"name": "Arena", "reentry_after_exit": False}
    await planner.ask("PUT", f"/zones/{office.zone_id}", json=any_date)
    await planner.ask("POST", "/handover")
    gates = [await open_gate(office, tmp_path / str(number), number) for number in range(2)]
    office.office.clock.advance(HOUR)
    for gate in gates:
        await gate.sync()
        await gate.cut()
        assert (await gate.scan(twice)).verdict == "admit"
    assert (await gates[0].scan(once)).verdict == "admit"
    office.office.clock.advance(HOUR)
    await planner.ask("POST", "/move", json=planner.to(date, planner.starts + WEEK))
    office.office.clock.advance(HOUR)
    assert (await gates[1].scan(late)).verdict == "admit", "it has not heard of the move"
    for gate in gates:
        await gate.mend()
        await gate.session.close()
    found = sorted((one["kind"], one["detail"]) for one in await office.conflicts())
    assert found == [
        ("admitted_against_rules", "the ledger would have answered not_yet_valid"),
        ("double_use", "admitted more often than the ticket allows"),
    ]


async def test_two_managers_move_once_and_the_second_is_told(planner: Planner) -> None:
    """The same move twice is one; another one by who has not seen the first is refused."""
    date = await planner.add_date(planner.starts)
    was = planner.starts.isoformat()
    tell = {"tell": {"language": "de", "words": "Sturm"}}
    body = planner.to(date, planner.starts + WEEK, was_starts_at=was) | tell
    first, second = await asyncio.gather(
        *(planner.ask("POST", "/move", json=body) for _ in range(2))
    )
    assert first == second == {"dates": [date]}
    assert len(await planner.ask("GET", "/notices")) == 1
    late = planner.to(date, planner.starts + 2 * WEEK, was_starts_at=was)
    assert await planner.status("/move", late) == 409
    assert await planner.status("/move/preview", late) == 409
    (found,) = [one for one in await planner.ask("GET", "/occurrences") if one["id"] == date]
    assert datetime.fromisoformat(found["starts_at"]) == planner.starts + WEEK


@pytest.mark.either_database
async def test_what_cannot_be_meant_is_refused_and_changes_nothing(planner: Planner) -> None:
    """Into the past, doors after the start, another event's date, an event that is over."""
    office = planner.office
    date = await planner.add_date(planner.starts)
    past = planner.to(date, planner.starts - 2 * WEEK)
    late = planner.to(date, planner.starts + WEEK)
    late["dates"][0]["doors_at"] = (planner.starts + 2 * WEEK).isoformat()
    twice = planner.to(date, planner.starts + WEEK)
    twice["dates"] *= 2
    foreign = planner.to(OccurrenceId("oc_nobody"), planner.starts)
    until = planner.to(date, planner.starts + WEEK)
    until["refund_until"] = planner.starts.isoformat()
    nothing: dict[str, Any] = {"dates": []}
    for body in (past, late, twice, foreign, until, nothing):
        assert await planner.status("/move", body) == 422, body
    staff = await office.office.person("staff", organization_id=office.owner.organization_id)
    good = planner.to(date, planner.starts + WEEK)
    answer = await office.office.call("POST", f"{office.path}/move", staff, json=good)
    assert answer.status_code == 403
    await planner.ask("POST", "/state", json={"state": "completed"})
    assert await planner.status("/move", good) == 409
    starts = {one["starts_at"] for one in await planner.ask("GET", "/occurrences")}
    assert any(datetime.fromisoformat(one) == planner.starts for one in starts)


@pytest.mark.either_database
async def test_who_cannot_come_then_gets_all_back_until_a_day(planner: Planner) -> None:
    """Where all dates move: the terms hold again after it; earlier ones are gone."""
    half = {"until": None, "percent_points": 5_000, "fee_minor": 0}
    await planner.ask("PATCH", "", json={"pricing": {"refunds": [half]}})
    (only,) = await planner.ask("GET", "/occurrences")
    body = planner.to(only["id"], planner.starts + WEEK)
    until = planner.starts + timedelta(hours=2)
    order = await planner.sell(planner.office.ticket_type_id)
    path = f"/tickets/{order['tickets'][0]['id']}/refund"
    assert (await planner.ask("GET", path))["back_minor"] == 1_250
    await planner.ask("POST", "/move", json=body | {"refund_until": until.isoformat()})
    assert (await planner.ask("GET", path))["back_minor"] == 2_500
    planner.office.office.clock.advance(4 * HOUR)
    assert (await planner.ask("GET", path))["back_minor"] == 1_250


@pytest.mark.either_database
async def test_a_deadline_beyond_the_rules_that_an_event_may_have_is_refused(
    planner: Planner,
) -> None:
    """An event with one rule too many could not be read any more."""
    terms = [
        {"until": (planner.starts + timedelta(days=2 + n)).isoformat(), "percent_points": 9_000}
        for n in range(20)
    ]
    await planner.ask("PATCH", "", json={"pricing": {"refunds": terms}})
    (date,) = await planner.ask("GET", "/occurrences")
    until = (planner.starts + timedelta(days=1)).isoformat()
    body = planner.to(date["id"], planner.starts + WEEK) | {"refund_until": until}
    assert await planner.status("/move", body) == 422
    assert len((await planner.ask("GET", ""))["pricing"]["refunds"]) == 20
    await planner.ask("PATCH", "", json={"pricing": {"refunds": terms[1:]}})
    await planner.ask("POST", "/move", json=body)
    assert len((await planner.ask("GET", ""))["pricing"]["refunds"]) == 20
