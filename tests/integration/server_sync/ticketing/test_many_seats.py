"""Reserved seats by the hundred: two tills that are cut off, and orders with holds, at once."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from shared.kernel.instant import SECOND
from shared.seating.csv_form import write_csv
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice
from tests.factories.seats import make_seat_map
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate, open_gate

WIDE: Final = int(os.environ.get("GATEKEEPER_STOCK_SCALE", sized("2", "10")))
"""Seats in each of ten rows; 100 for a thousand."""
PRICE: Final = 2_500
ROWS: Final = "BCDEFGHIJK"
GIVEN_AT_ONCE: Final = 100


def row(name: str) -> list[str]:
    """Name the seats of a row."""
    return [f"{name}-{number}" for number in range(1, WIDE + 1)]


def rows(names: str) -> list[str]:
    """Name the seats of some rows."""
    return [seat for name in names for seat in row(name)]


class Hall:
    """An event of ten rows, its tills, and the office that sells what they have not."""

    def __init__(self, office: LedgerOffice, folder: Path) -> None:
        self.office, self.folder = office, folder
        self.kind, self.code = "", 0
        self.digits: list[str] = []
        self.held: set[str] = set()
        self.let_go: set[str] = set()

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask what must succeed."""
        office = self.office
        return await office.office.ok(method, f"{office.path}{path}", office.owner, **more)

    async def open(self) -> None:
        """Put the seats up, and a type that sells them."""
        table = {"form": "csv", "text": write_csv(make_seat_map(len(ROWS) + 1, WIDE))}
        await self.ask("PUT", "/seats/map", json=table)
        office = self.office
        self.kind = await office.office.ticket_type(
            office.owner, office.event_id, selling={"seats": {}}
        )
        types = await self.ask("GET", "/ticket-types")
        self.code = next(one["code"] for one in types if one["id"] == self.kind)
        await self.ask("POST", "/handover")

    async def till(self, seats: list[str]) -> WiredGate:
        """Open a till that is given some seats."""
        till = await open_gate(self.office, self.folder, 0, role="till")
        await till.sync()
        types = await self.ask("GET", "/ticket-types")
        sizes = [
            {"ticket_type_id": one["id"], "size": len(seats) if one["id"] == self.kind else 0}
            for one in types
        ]
        await self.ask("PUT", f"/till-stock/{till.id}", json={"types": sizes})
        for start in range(0, len(seats), GIVEN_AT_ONCE):
            body = {"seats": seats[start : start + GIVEN_AT_ONCE]}
            await self.ask("POST", f"/till-stock/{till.id}/reserved", json=body)
        await till.sync()
        return till

    async def sell(self, till: WiredGate, seat: str) -> str:
        """Sell a seat at a till; returns it, or "" where the till has it not."""
        wanted = {"type": self.code, "count": 1, "seats": [seat]}
        line = json.dumps({"sell": [wanted], "tenders": [{"kind": "cash"}]}).encode()
        answer = await lines_of(till.session).answer(line)
        if not answer["ok"]:
            assert answer["reason"] in {"seat_taken", "grant_used_up"}, answer
            return ""
        self.digits += [ticket["digits"] for ticket in answer["tickets"]]
        return str(answer["tickets"][0]["seat"])

    async def order(self, seats: list[str]) -> list[str]:
        """Order seat by seat: paid, held, or held and let go; returns those that were sold."""
        sold = []
        for number, seat in enumerate(seats):
            await asyncio.sleep(0)
            payment = "paid" if number % 3 else "pending"
            line = {"ticket_type_id": self.kind, "quantity": 1, "seats": [seat]}
            answer = await self.office.office.call(
                "POST",
                f"{self.office.path}/orders",
                self.office.owner,
                json={"lines": [line], "payment": payment},
            )
            if answer.status_code == 409:
                continue
            made = answer.json()
            path = f"/orders/{made['order']['id']}"
            if payment == "paid":
                sold.append(seat)
                ticket = f"/tickets/{made['tickets'][0]['id']}/credential"
                self.digits.append((await self.ask("GET", ticket))["digits"])
            elif number % 2:
                await self.ask("POST", f"{path}/cancel", json={"reason": "changed their mind"})
                self.let_go.add(seat)
            else:
                self.held.add(seat)
        return sold


@pytest.mark.parametrize("published", sized(["sqlite"], ["sqlite", "postgresql"]), indirect=True)
@pytest.mark.parametrize("given", sized(["BC DE"], ["BCD EFG", "BC DE"]))
async def test_each_seat_of_a_hall_is_sold_once_by_whoever_had_it(
    ledger_office: LedgerOffice, tmp_path: Path, given: str
) -> None:
    """Each tries four rows and more, others' too: a gate that has heard of no sale admits all."""
    hall = Hall(ledger_office, tmp_path)
    await hall.open()
    shares = [rows(names) for names in given.split()]
    tills = [await hall.till(share) for share in shares]
    gate = await open_gate(ledger_office, tmp_path, 1)
    await gate.sync()
    for one in (*tills, gate):
        await one.cut()
    rest = [seat for seat in rows(ROWS) if not any(seat in share for share in shares)]
    orders = asyncio.ensure_future(hall.order([*rest, *shares[0][:WIDE]]))
    sold: list[str] = []
    for till, other in zip(tills, reversed(shares), strict=True):
        for seat in [*rows(ROWS[:6]), *rest[:WIDE], *other[:WIDE]]:
            sold += [one for one in [await hall.sell(till, seat)] if one]
    sold += await orders
    assert len(sold) == len(set(sold))
    assert not (hall.held | hall.let_go) & set(sold)
    assert set(sold) | hall.held | hall.let_go == set(rows(ROWS)), "none is lost either"
    assert {seat for share in shares for seat in share} <= set(sold), (
        "cut off, a till sells all that it was given"
    )
    for code in hall.digits:
        ledger_office.office.clock.advance(SECOND)  # people come at a person's pace
        assert (await gate.scan(code)).verdict == "admit"
    assert len(hall.digits) == len(sold)
    for till in tills:
        await till.mend()
    states = (await hall.ask("GET", "/seats/changes"))["seats"]
    counts = {one["id"]: one["state"] for one in states}
    assert {seat for seat, state in counts.items() if state == "sold"} == set(sold)
    assert {seat for seat, state in counts.items() if state == "held"} == hall.held
    assert await named(ledger_office) == {}
    booked = [one["total_minor"] for one in await _orders(hall) if one["channel"] == "box_office"]
    assert sum(booked) == sum(len(share) for share in shares) * PRICE
    for one in (*tills, gate):
        await one.session.close()


async def _orders(hall: Hall) -> list[dict[str, Any]]:
    """Return all orders, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = await hall.ask("GET", f"/orders?limit=500{after}")
        found += page["items"]
        if not page.get("next"):
            return found
        after = f"&after={page['next']}"
