"""One date that is called off: its tickets admit nobody, its money goes back, others stay."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, Final

import pytest

from gatekeeper.organizer.before_doors.event_cancelling_client import EventCancellingClient
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.event_cancelling_words import spell_calling
from server.cancelling.event_cancelling import KIND
from server.cancelling.refunding import Refunder
from server.jobs.runner import JOB_LEASE, JobRunner
from shared.kernel.id_types import OccurrenceId, TicketTypeId
from shared.kernel.instant import HOUR, SECOND
from tests.factories.desk_seat import take_seat
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.strength import sized
from tests.integration.server_sync.cancelling.test_cancelling import CutContext, Killed
from tests.integration.server_sync.cancelling.test_moving import Planner

pytestmark = pytest.mark.usefixtures("refunds_rest")

PRICE: Final = 2_500
CALLED: Final = {"reason": "storm"}


class Promoter(Planner):
    """Who has an event of two dates, and calls one off."""

    def __init__(self, office: LedgerOffice) -> None:
        super().__init__(office)
        self.date, self.kind = OccurrenceId(""), TicketTypeId("")

    async def open(self) -> None:
        """Add a date with a type for it alone, and let the gates serve any date."""
        self.date = await self.add_date(self.starts)
        self.kind = await self.add_type(self.date)
        any_date = {"name": "Arena", "reentry_after_exit": False}
        await self.ask("PUT", f"/zones/{self.office.zone_id}", json=any_date)

    async def buy(self, *kinds: TicketTypeId, tender: str = "card") -> dict[str, Any]:
        """Sell a ticket of each type in one order, paid by a tender; "" for one not paid."""
        lines = [{"ticket_type_id": kind, "quantity": 1} for kind in kinds]
        body = {"lines": lines, "payment": "pending", "buyer_name": "Klara"}
        made = await self.ask("POST", "/orders", json=body)
        if tender:
            paid = {"tender": tender, "amount_minor": PRICE * len(kinds), "fact": "paid"}
            await self.ask("POST", f"/orders/{made['order']['id']}/payments", json=paid)
        return dict(made)

    async def code_of(self, order: dict[str, Any], kind: TicketTypeId) -> str:
        """Return the code of an order's ticket of a type."""
        row = next(one for one in order["tickets"] if one["ticket_type_id"] == kind)
        return str((await self.ask("GET", f"/tickets/{row['id']}/credential"))["digits"])

    @property
    def path(self) -> str:
        """The date's cancellation."""
        return f"/occurrences/{self.date}/cancellation"

    async def call_off(self) -> dict[str, Any]:
        """Call the date off."""
        return dict(await self.ask("POST", self.path, json={"reason": "storm"}))

    async def work(self) -> None:
        """Let two workers do what is due."""
        office = self.office.office
        refunder = Refunder(office.context, office.feed, office.usage)
        runners = [JobRunner(office.context, {KIND: refunder}) for _ in range(2)]
        await asyncio.gather(*(one.work() for one in runners))

    async def die_after(self, transactions: int) -> None:
        """Let a worker die within a transaction; its lease then ends."""
        office = self.office.office
        left: list[None] = [None] * transactions
        context = CutContext(office.database, office.clock, office.entropy, left=left)
        refunder = Refunder(context, office.feed, office.usage)
        with pytest.raises(Killed):
            await JobRunner(office.context, {KIND: refunder}).work()
        office.clock.advance(JOB_LEASE + SECOND)

    async def payouts(self) -> dict[tuple[str, str], int]:
        """Sum what goes back by tender and state, as the books have it."""
        rows = await rows_of(
            self.office.office,
            "SELECT tender, state, sum(amount_minor) FROM payout GROUP BY tender, state",
        )
        return {(row[0], row[1]): int(row[2]) for row in rows}


@pytest.fixture
async def promoter(ledger_office: LedgerOffice) -> Promoter:
    """Give a promoter who has added a date."""
    made = Promoter(ledger_office)
    await made.open()
    return made


async def test_only_the_dates_own_tickets_are_denied_and_paid_back(promoter: Promoter) -> None:
    """Killed and resumed: to the cent, by who has authorised it, for used tickets too."""
    office, both = promoter.office, (promoter.kind, promoter.office.ticket_type_id)
    mixed = await promoter.buy(*both)
    cash = await promoter.buy(promoter.kind, tender="cash")
    other = await promoter.buy(office.ticket_type_id)
    gate = await office.enrol()
    inside = await promoter.code_of(cash, promoter.kind)
    assert (await office.claimed(gate, inside))["verdict"] == "admit"
    seen = await promoter.ask("GET", f"{promoter.path}/preview")
    assert seen["by_tender"] == [
        {"tender": "card", "amount_minor": PRICE},
        {"tender": "cash", "amount_minor": PRICE},
    ]
    assert (seen["orders"], seen["at_till_minor"], seen["left_minor"]) == (2, 0, 0)
    assert sum(one["count"] for one in seen["tickets"]) == 2
    both_said = await asyncio.gather(promoter.call_off(), promoter.call_off())
    assert [one["orders"] for one in both_said] == [2, 2]
    denied = await office.claimed(gate, await promoter.code_of(mixed, promoter.kind))
    assert (denied["verdict"], denied["reason"]) == ("deny", "cancelled")
    out = await office.claimed(gate, inside, direction="out")
    assert out["verdict"] == "admit"
    for order in (mixed, other):
        code = await promoter.code_of(order, office.ticket_type_id)
        assert (await office.claimed(gate, code))["verdict"] == "admit"
    await promoter.die_after(3)
    await promoter.call_off()
    await promoter.work()
    done = await promoter.ask("GET", promoter.path)
    assert (done["state"], done["settled"], done["back"]) == ("done", 2, 2)
    wanted = {("card", "pending"): PRICE, ("cash", "pending"): PRICE}
    assert await promoter.payouts() == wanted
    await promoter.call_off()
    await promoter.work()
    assert await promoter.payouts() == wanted
    assert (await promoter.ask("GET", ""))["state"] == "published"


@pytest.mark.either_database
async def test_what_is_left_goes_back_when_the_event_is_called_off_too(
    promoter: Promoter,
) -> None:
    """Once for each ticket: the preview says it, and the books come to what was paid."""
    both = (promoter.kind, promoter.office.ticket_type_id)
    await promoter.buy(*both)
    await promoter.buy(*both, tender="")
    await promoter.call_off()
    await promoter.work()
    assert await promoter.payouts() == {("card", "pending"): PRICE}
    seen = await promoter.ask("GET", "/cancellation/preview")
    assert seen["by_tender"] == [{"tender": "card", "amount_minor": PRICE}]
    await promoter.ask("POST", "/cancellation", json={"reason": "storm again"})
    await promoter.work()
    assert await promoter.payouts() == {("card", "pending"): 2 * PRICE}
    done = await promoter.ask("GET", "/cancellation")
    assert (done["settled"], done["left"]) == (2, 0)


@pytest.mark.either_database
async def test_an_unpaid_order_keeps_what_is_for_other_dates(promoter: Promoter) -> None:
    """Paid later, the money for the date that is off is owed at once."""
    both = (promoter.kind, promoter.office.ticket_type_id)
    mixed = await promoter.buy(*both, tender="")
    alone = await promoter.buy(promoter.kind, tender="")
    await promoter.call_off()
    await promoter.work()
    path = f"/orders/{mixed['order']['id']}"
    states = {
        one["ticket_type_id"]: one["state"] for one in (await promoter.ask("GET", path))["tickets"]
    }
    assert states[promoter.kind] == "cancelled"
    assert states[promoter.office.ticket_type_id] != "cancelled"
    gone = await promoter.ask("GET", f"/orders/{alone['order']['id']}")
    assert gone["order"]["state"] == "cancelled"
    paid = {"tender": "card", "amount_minor": 2 * PRICE, "fact": "paid"}
    await promoter.ask("POST", f"{path}/payments", json=paid)
    assert (await promoter.ask("GET", f"{path}/payments"))["owed_minor"] == PRICE


@pytest.mark.either_database
async def test_what_is_paid_after_the_refunds_is_named_and_goes_back_when_it_is_said_again(
    promoter: Promoter,
) -> None:
    """A bank transfer comes days later: nobody looks for it at each order."""
    both = (promoter.kind, promoter.office.ticket_type_id)
    mixed = await promoter.buy(*both, tender="")
    alone = await promoter.buy(promoter.kind, tender="")
    awaited = f"/orders/{alone['order']['id']}/payments"
    transfer = {"tender": "transfer", "amount_minor": PRICE}
    begun = await promoter.ask("POST", awaited, json=transfer)
    await promoter.buy(promoter.kind)
    await promoter.call_off()
    await promoter.work()
    done = await promoter.ask("GET", promoter.path)
    assert (done["state"], done["settled"], done["late"], done["left"]) == ("done", 3, 0, 1)
    assert await promoter.payouts() == {("card", "pending"): PRICE}
    for _ in both:
        assert (await promoter.ask("GET", promoter.path))["late"] == 0, "not before all is paid"
        path = f"/orders/{mixed['order']['id']}/payments"
        await promoter.ask("POST", path, json=transfer | {"fact": "paid"})
    await promoter.ask("POST", f"{awaited}/{begun['id']}/facts", json={"fact": "paid"})
    site = EventSite(promoter.office.owner.organization_id, promoter.office.event_id)
    seat = take_seat(promoter.office.office, promoter.office.owner)
    desk = EventCancellingClient(seat, site, promoter.date)
    calling = await desk.read()
    assert [(one.number, one.left_minor, one.whys) for one in calling.left] == [
        (mixed["order"]["number"], PRICE, ("paid_since",)),
        (alone["order"]["number"], PRICE, ("paid_since",)),
    ]
    assert calling.standing is not None
    assert (calling.standing.late, calling.standing.may_go_on) == (2, True)
    assert "2" in spell_calling(calling)
    await asyncio.gather(desk.go_on(), desk.go_on())
    await promoter.die_after(3)
    await promoter.work()
    wanted = {("card", "pending"): PRICE, ("transfer", "pending"): 2 * PRICE}
    assert await promoter.payouts() == wanted
    for _ in range(2):
        calling = await desk.go_on()
        await promoter.work()
    assert calling.standing is not None
    assert (calling.standing.settled, calling.standing.back, calling.standing.late) == (3, 3, 0)
    assert (calling.left, calling.standing.may_go_on) == ((), False)
    assert await promoter.payouts() == wanted
    await seat.close()


@pytest.mark.either_database
@pytest.mark.parametrize("whole", sized([False], [False, True]))
async def test_what_was_sent_back_and_came_back_to_us_is_named_and_is_sent_when_it_is_said_again(
    promoter: Promoter, whole: bool
) -> None:
    """The account was closed: what nobody has is not counted as sent, however often it fails."""
    order = await promoter.buy(promoter.kind, tender="transfer")
    path, total = f"/orders/{order['order']['id']}/payouts", ("transfer", "pending")
    date = "" if whole else promoter.date
    site = EventSite(promoter.office.owner.organization_id, promoter.office.event_id)
    seat = take_seat(promoter.office.office, promoter.office.owner)
    desk = EventCancellingClient(seat, site, date)
    await promoter.ask("POST", act := promoter.path if date else "/cancellation", json=CALLED)
    await promoter.work()
    for turn in range(1, 3):
        assert await promoter.payouts() == {total: PRICE} | sums_of_failed(turn - 1)
        account = await promoter.ask("GET", path.replace("payouts", "payments"))
        (sent,) = [one["id"] for one in account["payouts"] if one["state"] == "pending"]
        await promoter.ask("POST", f"{path}/{sent}/facts", json={"fact": "failed"})
        calling = await desk.read()
        assert [(one.left_minor, one.whys) for one in calling.left] == [(PRICE, ("paid_since",))]
        assert calling.standing is not None
        assert (calling.standing.late, calling.standing.may_go_on) == (1, True)
        await asyncio.gather(desk.go_on(), desk.go_on())
        await promoter.work()
        done = await promoter.ask("GET", act)
        assert (done["back"], done["late"], done["back_minor"]) == (1, 0, PRICE)
        assert (await desk.go_on()).left == ()
    assert await promoter.payouts() == {total: PRICE} | sums_of_failed(2)
    await seat.close()


def sums_of_failed(times: int) -> dict[tuple[str, str], int]:
    """Return what has come back to us of a ticket's price, so many times."""
    return {("transfer", "failed"): times * PRICE} if times else {}


@pytest.mark.either_database
async def test_nothing_more_is_sold_and_the_last_date_is_the_events(promoter: Promoter) -> None:
    """Not moved, not sold by type or by line; without another date the event is called off."""
    await promoter.call_off()
    line = {"ticket_type_id": promoter.kind, "quantity": 1}
    assert await promoter.status("/orders", {"lines": [line], "payment": "paid"}) == 422
    comp = {"lines": [line], "payment": "comp", "comp_reason": "friend"}
    assert await promoter.status("/orders", comp) == 422
    named = {
        "ticket_type_id": promoter.office.ticket_type_id,
        "quantity": 1,
        "occurrence_id": promoter.date,
    }
    assert await promoter.status("/orders", {"lines": [named], "payment": "paid"}) == 422
    later = promoter.to(promoter.date, promoter.starts + timedelta(days=7))
    assert await promoter.status("/move", later) == 409
    (first,) = [
        one
        for one in await promoter.ask("GET", "/occurrences")
        if one["id"] != promoter.date and one["cancelled_at"] is None
    ]
    last = f"/occurrences/{first['id']}/cancellation"
    assert await promoter.status(last, {"reason": "storm"}) == 409
    assert await promoter.status("/occurrences/oc_nobody/cancellation", {"reason": "x"}) == 404


@pytest.mark.either_database
async def test_no_type_is_added_or_put_on_sale_again_for_a_date_that_is_off(
    promoter: Promoter,
) -> None:
    """Tills sell by the types' windows alone; all else of such a type is edited as before."""
    types = "/ticket-types"
    mine = {"name": "For one", "price_minor": PRICE, "occurrence_id": promoter.date}
    await promoter.ask("PUT", f"{types}/{promoter.kind}", json=mine | {"name": "Balcony"})
    await promoter.call_off()
    office = promoter.office
    first = office.occurrence_id
    row = {one["id"]: one for one in await promoter.ask("GET", types)}[promoter.kind]
    later = (promoter.starts + timedelta(days=1)).isoformat()
    for method, path, more, field in (
        ("POST", types, {}, "occurrence_id"),
        ("PUT", f"{types}/{office.ticket_type_id}", {}, "occurrence_id"),
        ("PUT", f"{types}/{promoter.kind}", {}, "sales_until"),
        ("PUT", f"{types}/{promoter.kind}", {"sales_until": later}, "sales_until"),
        ("PUT", f"{types}/{promoter.kind}", {"occurrence_id": None}, "occurrence_id"),
        ("PUT", f"{types}/{promoter.kind}", {"occurrence_id": first}, "occurrence_id"),
    ):
        answer = await office.office.call(
            method, f"{office.path}{path}", office.owner, json=mine | more
        )
        assert answer.status_code == 422, (method, path, answer.text)
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    ended = mine | {"name": "Stalls", "sales_until": row["sales_until"]}
    assert (await promoter.ask("PUT", f"{types}/{promoter.kind}", json=ended))["name"] == "Stalls"


@pytest.mark.either_database
async def test_a_date_that_is_off_holds_no_full_refund_of_a_moved_one_up(
    promoter: Promoter,
) -> None:
    """All dates that are ahead move; the one that is off is ahead of nobody."""
    (first,) = [
        one for one in await promoter.ask("GET", "/occurrences") if one["id"] != promoter.date
    ]
    week = promoter.starts + timedelta(days=7)
    until = (promoter.starts + timedelta(hours=5)).isoformat()
    body = promoter.to(first["id"], week) | {"refund_until": until}
    assert await promoter.status("/move/preview", body) == 422
    await promoter.call_off()
    assert await promoter.status("/move/preview", body) == 200


@pytest.mark.either_database
async def test_a_gates_list_on_paper_leaves_a_date_out_that_is_off(promoter: Promoter) -> None:
    """Its tickets stand on no list; a list for that date alone lets nobody in."""
    office = promoter.office
    await promoter.buy(promoter.kind)
    await promoter.buy(office.ticket_type_id)
    path = f"/gates/{office.gates[0]}/fallback-list"
    before = (await promoter.ask("GET", path))["tickets"]
    await promoter.call_off()
    assert (await promoter.ask("GET", path))["tickets"] == before - 1
    for form in ("", ".pdf"):
        address = f"{office.path}{path}{form}?occurrence_id={promoter.date}"
        answer = await office.office.call("GET", address, office.owner)
        assert answer.status_code == 409, answer.text


@pytest.mark.either_database
async def test_no_zone_is_missed_for_a_date_that_is_off(promoter: Promoter) -> None:
    """Before the event is handed to gates, only what takes place is looked at."""
    first = promoter.office.occurrence_id
    zone = {"name": "Arena", "occurrence_id": first}
    await promoter.ask("PUT", f"/zones/{promoter.office.zone_id}", json=zone)

    async def warned() -> list[str]:
        return [one["code"] for one in (await promoter.ask("GET", "/handover"))["warnings"]]

    assert "date_without_zone" in await warned()
    await promoter.call_off()
    assert "date_without_zone" not in await warned()
    promoter.office.office.clock.advance(12 * HOUR)
    starts = promoter.starts + timedelta(days=30)
    later = await promoter.add_date(starts)
    assert "all_over" not in await warned()
    path = f"/occurrences/{later}/cancellation"
    assert await promoter.status(path, {"reason": "storm"}) == 200
    assert "all_over" in await warned(), "what is ahead is off"


@pytest.mark.either_database
async def test_a_date_that_was_called_off_is_moved_neither_in_the_preview_nor_in_the_act(
    promoter: Promoter,
) -> None:
    """What is told before is what is done; said as it stands it is left out, as any other."""
    await promoter.call_off()
    body = promoter.to(promoter.date, promoter.starts + timedelta(days=7))
    assert [await promoter.status(path, body) for path in ("/move/preview", "/move")] == [409, 409]
    as_it_is = promoter.to(promoter.date, promoter.starts)
    assert await promoter.status("/move/preview", as_it_is) == 200
