"""Reserved seats at tills: granted by name, sold cut off, taken by a tap, given back, freed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.boxoffice.asking_and_returning_stock import Lacking
from gatekeeper.device.refund_and_exchange_parts import lines_of
from server.tills import till_seats
from shared.kernel.errors import Rejected
from shared.kernel.id_types import SeatId
from shared.seating.csv_form import write_csv
from shared.wire.till_stock import StockRequest
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice
from tests.factories.seats import make_seat_map
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate, open_gate

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
PRICE = 2_500
OWN = frozenset({SeatId("B-1")})


class House:
    """An event with seats, and tills that sell them."""

    def __init__(self, office: LedgerOffice, folder: Path, kind: str, code: int) -> None:
        self.office, self.folder, self.kind, self.code = office, folder, kind, code
        self.tills: list[WiredGate] = []

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        return await self.office.office.ok(
            method, f"{self.office.path}{path}", self.office.owner, **more
        )

    async def till(self, *seats: str) -> WiredGate:
        till = await open_gate(self.office, self.folder, 0, role="till")
        self.tills.append(till)
        await till.sync()
        if seats:
            await self.give(till, *seats)
            await till.sync()
        return till

    async def give(self, till: WiredGate, *seats: str) -> Any:
        body = {"seats": list(seats)}
        return await self.ask("POST", f"/till-stock/{till.id}/reserved", json=body)

    async def sell(self, till: WiredGate, *seats: str, count: int = 0) -> dict[str, Any]:
        wanted: dict[str, Any] = {"type": self.code, "count": count or len(seats)}
        wanted |= {"seats": list(seats)} if seats else {}
        line = {"sell": [wanted], "tenders": [{"kind": "cash"}]}
        return await lines_of(till.session).answer(json.dumps(line).encode())

    async def states(self) -> dict[str, str]:
        answer = await self.ask("GET", "/seats/changes")
        return {one["id"]: one["state"] for one in answer["seats"]}

    async def order(self, *seats: str, payment: str = "paid") -> int:
        line = {"ticket_type_id": self.kind, "quantity": len(seats), "seats": list(seats)}
        answer = await self.office.office.call(
            "POST",
            f"{self.office.path}/orders",
            self.office.owner,
            json={"lines": [line], "payment": payment},
        )
        return answer.status_code


@asynccontextmanager
async def issuer_of(office: LedgerOffice, folder: Path) -> AsyncIterator[House]:
    table = {"form": "csv", "text": write_csv(make_seat_map(4, 10))}
    call, owner = office.office.ok, office.owner
    await call("PUT", f"{office.path}/seats/map", owner, json=table)
    kind = await office.office.ticket_type(owner, office.event_id, selling={"seats": {}})
    types = await call("GET", f"{office.path}/ticket-types", owner)
    code = next(one["code"] for one in types if one["id"] == kind)
    await call("POST", f"{office.path}/handover", owner)
    house = House(office, folder, kind, code)
    try:
        yield house
    finally:
        for till in house.tills:
            await till.session.close()


async def test_two_cut_off_tills_and_orders_never_sell_a_seat_twice(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Each sells its own only; the API sells the rest; all credentials admit; nothing is named."""
    async with issuer_of(ledger_office, tmp_path) as house:
        numbers = range(1, sized(4, 10) + 1)
        mine = {row: [f"{row}-{number}" for number in numbers] for row in "BC"}
        one, other = await house.till(*mine["B"]), await house.till(*mine["C"])
        for till in (one, other):
            await till.cut()
        sold: list[str] = []
        digits: list[str] = []
        for number in numbers:
            for till in (one, other):
                for seat in (f"B-{number}", f"C-{number}", f"D-{number}"):
                    answer = await house.sell(till, seat)
                    if answer["ok"]:
                        sold += [ticket["seat"] for ticket in answer["tickets"]]
                        digits += [ticket["digits"] for ticket in answer["tickets"]]
                    else:
                        assert answer["reason"] == "seat_taken"
            assert await house.order(f"B-{number}") == 409
            assert await house.order(f"D-{number}", payment="pending") == 201
        assert sorted(sold) == sorted(mine["B"] + mine["C"])
        gate = await open_gate(ledger_office, tmp_path, 0)
        await gate.sync()
        await gate.cut()
        verdicts = [(await gate.scan(code)).verdict for code in digits]
        assert set(verdicts) == {"admit"}
        for till in (one, other):
            await till.mend()
        states = await house.states()
        assert [states[seat] for seat in sold] == ["sold"] * 2 * len(numbers)
        assert await named(ledger_office) == {}
        orders = (await house.ask("GET", "/orders?limit=100"))["items"]
        booked = [one["total_minor"] for one in orders if one["channel"] == "box_office"]
        assert sum(booked) == 2 * len(numbers) * PRICE
        await gate.session.close()


async def test_the_till_takes_its_best_seats_where_none_are_named(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Beside each other, told with their names; more than it has in one place it refuses."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till("B-4", "B-5", "B-6", "D-1")
        await till.cut()
        answer = await house.sell(till, count=2)
        assert [ticket["seat"] for ticket in answer["tickets"]] == ["B-5", "B-6"]
        assert answer["tickets"][0]["seat_name"] == "Stalls · B · 5"
        refused = await house.sell(till, count=2)
        assert (refused["ok"], refused["reason"]) == (False, "seat_taken")
        taken = await house.sell(till, "B-5", "C-1")
        said = "B-5: already sold by this till; C-1: not this till's to sell; choose another seat"
        assert (taken["reason"], taken["text"]) == ("seat_taken", said)
        for seats, count in ((("B-4", "B-4"), 2), (("B-4",), 2), (("Z-9",), 1)):
            line = {"type": house.code, "count": count, "seats": list(seats)}
            raw = json.dumps({"sell": [line], "tenders": [{"kind": "cash"}]}).encode()
            answer = await lines_of(till.session).answer(raw)
            assert answer["reason"] == "wrong_seats", answer
        line = {"type": 1, "count": 1, "seats": ["B-4"]}
        raw = json.dumps({"sell": [line], "tenders": [{"kind": "cash"}]}).encode()
        assert (await lines_of(till.session).answer(raw))["reason"] == "wrong_seats"


async def test_connected_a_tap_takes_any_free_seat_and_gives_back_what_was_not_sold(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """In one round trip; a seat of somebody else's is refused; one not paid for is free again."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till()
        answer = await house.sell(till, "D-4", "D-5")
        assert answer["ok"], answer
        assert await house.order("D-6") == 201
        refused = await house.sell(till, "D-6")
        assert refused["reason"] == "seat_taken"
        wanted = {"type": house.code, "count": 1, "seats": ["D-7"]}
        short = {"sell": [wanted], "tenders": [{"kind": "cash", "amount_minor": 1}]}
        not_paid = await lines_of(till.session).answer(json.dumps(short).encode())
        assert not not_paid["ok"]
        await till.sync()
        states = await house.states()
        assert (states["D-4"], states["D-5"], states["D-7"]) == ("sold", "sold", "free")
        assert (await house.sell(till, "D-7"))["ok"], "asked for anew"
        await till.sync()
        assert await named(ledger_office) == {}


async def test_a_returned_seat_is_free_once_and_sold_by_whoever_comes_first(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Given back at the event's turn; an upload that comes twice frees nothing of the next."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till("B-1", "B-2")
        keeper = till.session.till.ports.stock
        assert keeper is not None
        keeper.return_unsold(ledger_office.event_id, Lacking({}, (SeatId("B-1"),)))
        assert (await house.states())["B-1"] == "granted", "only its word frees it"
        await till.cut()
        assert (await house.sell(till, "B-1"))["reason"] == "seat_taken"
        await till.mend()
        assert (await house.states())["B-1"] == "free"
        assert await house.order("B-1") == 201
        till.session.store.journal.offer_all_again()
        await till.sync()
        assert (await house.states())["B-1"] == "sold"
        assert (await house.sell(till, "B-2"))["ok"]
        await till.sync()
        assert await named(ledger_office) == {}


@pytest.mark.parametrize(
    ("act", "is_booked"),
    [
        ("refund", True),
        ("exchange", False),
        *sized([], [("void", True), ("refund", False), ("void", False), ("exchange", True)]),
    ],
)
async def test_a_seat_that_a_connected_till_takes_back_is_free_once_its_journal_says_so(
    ledger_office: LedgerOffice, tmp_path: Path, act: str, *, is_booked: bool
) -> None:
    """Not before: the till may say yet that nothing was paid out. Then anybody may have it."""
    async with issuer_of(ledger_office, tmp_path) as house:
        body = {"name": "Mara", "rights": {"sell": True, "refund_minor": 100_000}}
        path = f"{ledger_office.owner.path}/cashiers"
        made = await ledger_office.office.ok("POST", path, ledger_office.owner, json=body)
        till = await house.till("B-1")

        async def say(**line: Any) -> dict[str, Any]:
            line |= {"cashier": made["cashier"]["id"]}
            answer = await lines_of(till.session).answer(json.dumps(line).encode())
            assert answer["ok"], answer
            return answer

        till.session.keep_drawer()
        await till.sync()
        await say(shift="open", amount_minor=10_000)
        wanted = [{"type": house.code, "count": 1, "seats": ["B-1"]}]
        sale = await say(sell=wanted, tenders=[{"kind": "cash"}])
        if is_booked:
            await till.sync()
        ticket_id = sale["tickets"][0]["ticket_id"]
        match act:
            case "refund":
                await say(refund=[ticket_id], reason="ill")
            case "void":
                await say(void=sale["sale_id"])
            case _:
                await say(exchange=ticket_id, to=1, tenders=[])
        if is_booked:
            assert await house.order("B-1") == 409
        await till.sync()
        assert (await house.states())["B-1"] == "free"
        assert await house.order("B-1") == 201
        till.session.store.journal.offer_all_again()
        await till.sync()
        assert (await house.states())["B-1"] == "sold"
        assert await named(ledger_office) == {}


async def test_a_lost_tills_seats_stay_held_until_a_person_frees_them(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What it sold unheard is named then, and lets nobody in by itself; the others' seats stay."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till("B-1", "B-2")
        await till.cut()
        stolen = (await house.sell(till, "B-1"))["tickets"][0]
        path = f"/till-stock/{till.id}/reserved/free"
        office = ledger_office.office
        early = await office.call("POST", f"{ledger_office.path}{path}", ledger_office.owner)
        assert early.status_code == 409
        lost = await house.ask(
            "POST", f"/devices/{till.id}/lost", json={"reason": "gone", "revokes": True}
        )
        assert lost["seats"] == ["B-1", "B-2"]
        assert (await house.states())["B-1"] == "granted"
        assert await house.order("B-1") == 409
        assert await house.ask("POST", path) == {"freed": 2}
        assert await house.order("B-1") == 201
        assert (await house.states())["B-2"] == "free"
        assert stolen["seat"] == "B-1"


async def test_a_till_that_sells_what_is_not_its_own_is_named_and_moves_nobody(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A hostile till writes seats into its own disk: the guest who was there first stays."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till("B-1")
        assert await house.order("C-1") == 201
        store, event_id = till.session.store, ledger_office.event_id
        epoch, _ = store.till.grant_version(event_id)
        with store.transaction("forged"):
            seats = [SeatId("B-1"), SeatId("C-1"), SeatId("D-1")]
            store.till_seats.put(event_id, epoch, seats)
        await till.cut()
        forged = [(await house.sell(till, seat))["tickets"][0] for seat in ("C-1", "D-1")]
        await till.mend()
        states = await house.states()
        assert (states["B-1"], states["C-1"], states["D-1"]) == ("granted", "sold", "free")
        assert await named(ledger_office) == {"seat_twice": 2}
        for ticket in forged:
            shown = await house.ask("GET", f"/tickets/{ticket['ticket_id']}")
            assert (shown["blocked"], shown["seat_id"]) == (True, ticket["seat"])


async def test_a_ticket_that_a_person_lets_in_has_its_seat_as_soon_as_nobody_else_has_it(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Found free, or when the guest who was first is paid back: nobody else is sold it."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till("B-1")
        assert await house.order("C-1") == 201
        store, event_id = till.session.store, ledger_office.event_id
        epoch, _ = store.till.grant_version(event_id)
        with store.transaction("forged"):
            store.till_seats.put(event_id, epoch, [SeatId("C-1"), SeatId("D-1")])
        await till.cut()
        sales = [await house.sell(till, seat) for seat in ("C-1", "D-1")]
        await till.mend()
        tickets = [one["tickets"][0]["ticket_id"] for one in sales]
        (first,) = [
            one["id"]
            for one in (await house.ask("GET", "/tickets?limit=100"))["items"]
            if one["seat_id"] == "C-1" and not one["blocked"]
        ]
        for one in tickets:
            await house.ask("PUT", f"/tickets/{one}/block", json={"blocked": False})
        assert await house.order("D-1") == 409
        for one in (first, tickets[0], tickets[1]):
            states = await house.states()
            assert (states["C-1"], states["D-1"]) == (
                "sold" if one != tickets[1] else "free",
                "sold",
            )
            await house.ask("POST", f"/tickets/{one}/refund", json={"reason": "ill"})
        assert await house.order("C-1", "D-1") == 201


async def test_a_hostile_till_cannot_hold_all_seats_by_asking(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside a seat for each ticket that it may sell it is given as many as one sale takes."""
    monkeypatch.setattr(till_seats, "TAP_MAX", 4)
    async with issuer_of(ledger_office, tmp_path) as house:
        till = await house.till("B-1")
        sizes = [{"ticket_type_id": house.kind, "size": 3}]
        others = await house.ask("GET", "/ticket-types")
        sizes += [
            {"ticket_type_id": one["id"], "size": 0} for one in others if one["id"] != house.kind
        ]
        await house.ask("PUT", f"/till-stock/{till.id}", json={"types": sizes})
        for _ in range(2):
            await till.sync()
        asked = []
        for number in range(1, 11):
            request = StockRequest(event_id=ledger_office.event_id, seats=(SeatId(f"D-{number}"),))
            try:
                await till.wire.request_stock(request)
                asked.append(200)
            except Rejected as refused:
                asked.append(refused.status)
        assert asked == [200] * 6 + [409] * 4
        assert (await house.sell(till, "B-1"))["ok"], "what it has it sells"


async def test_the_map_of_a_connected_till_follows_what_others_take(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """All that nobody has is offered; a sale elsewhere is seen; cut off its own remain."""
    async with issuer_of(ledger_office, tmp_path) as house:
        till, other = await house.till("B-1"), await house.till("C-1")
        seats = till.session.seats
        await seats.refresh()
        view = seats.view()
        assert view is not None
        assert (view.own, len(view.elsewhere)) == (OWN, 37), "all but B-1, C-1, a killed one"
        assert seats.view() is view, "what is as it was is the same value"
        assert await house.order("D-4") == 201
        await seats.refresh()
        view = seats.view()
        assert view is not None
        assert "D-4" not in view.elsewhere
        assert (await house.sell(till, "D-5"))["ok"], "it is asked for by name in the sale"
        await till.sync()
        await other.session.seats.refresh()
        theirs = other.session.seats.view()
        assert theirs is not None
        assert "D-5" not in theirs.elsewhere
        await till.cut()
        await seats.refresh()
        view = seats.view()
        assert view is not None
        assert (view.own, view.elsewhere, view.is_live) == (OWN, frozenset(), False)


async def test_seats_are_told_to_tills_of_the_event_only(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A gate learns no more than its manifest says."""
    async with issuer_of(ledger_office, tmp_path):
        gate = await open_gate(ledger_office, tmp_path, 0)
        await gate.sync()
        with pytest.raises(Rejected) as refused:
            await gate.wire.fetch_seats(ledger_office.event_id, 0)
        assert refused.value.status == 403
        await gate.session.close()
