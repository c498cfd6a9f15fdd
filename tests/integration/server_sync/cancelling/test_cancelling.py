"""An event that is called off: nobody comes in, who is inside gets out, and all money goes back.

Each payment goes back once, however often the act is said, whoever works on it, and wherever a
worker dies.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest

from server.cancelling.event_cancelling import KIND
from server.cancelling.refunding import Refunder
from server.db.unit import Context, Unit
from server.jobs.runner import JOB_LEASE, JobRunner
from shared.admission.purpose import Purpose
from shared.journal.entry import ReleaseBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, OrganizationId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import SECOND
from tests.factories.counters import open_counter
from tests.factories.evacuations import Chief
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.sales_till import Till
from tests.factories.strength import sized
from tests.factories.withdrawing import signed_by

pytestmark = pytest.mark.usefixtures("refunds_rest")

PRICE: Final = 2_500
ORDERS: Final = sized(12, 1_998)
INSIDE: Final = sized(6, 360)


class Killed(BaseException):
    """The worker's process is gone."""


class CutContext(Context, frozen=True, kw_only=True):
    """Opens so many transactions, then its process is gone: before, or within, the next."""

    left: list[None]

    @asynccontextmanager
    async def write(
        self, organization_id: OrganizationId, *, is_audited: bool = True
    ) -> AsyncIterator[Unit]:
        """Open a transaction; the last one dies before it is committed."""
        if not self.left:
            raise Killed
        self.left.pop()
        async with super().write(organization_id, is_audited=is_audited) as unit:
            yield unit
            if not self.left:
                raise Killed


class Promoter:
    """Who sells tickets for an event, and calls it off."""

    def __init__(self, office: LedgerOffice) -> None:
        self.office = office
        self.orders: list[dict[str, Any]] = []
        self._codes: dict[str, str] = {}

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask something that must succeed."""
        office = self.office
        return await office.office.ok(method, f"{office.path}{path}", office.owner, **more)

    async def sell(self, count: int, *payments: tuple[str, int], **more: Any) -> dict[str, Any]:
        """Sell tickets; the payments are by tender and amount, `voucher` by a new one."""
        lines = [{"ticket_type_id": self.office.ticket_type_id, "quantity": count}]
        body = {"lines": lines, "payment": "pending", "buyer_name": "Klara"} | more
        made = await self.ask("POST", "/orders", json=body)
        for tender, amount in payments:
            paid: dict[str, Any] = {"tender": tender, "amount_minor": amount}
            paid |= {"code": await self._voucher()} if tender == "voucher" else {"fact": "paid"}
            await self.ask("POST", f"/orders/{made['order']['id']}/payments", json=paid)
        self.orders.append(made)
        return dict(made)

    async def _voucher(self) -> str:
        office = self.office
        path = f"{office.owner.path}/vouchers"
        worth = {"value_minor": 3 * PRICE}
        (made,) = await office.office.ok("POST", path, office.owner, json=worth)
        return str(made["code"])

    async def sell_all(self) -> None:
        """Sell orders by each tender, some split, some free, some not paid."""
        ways: list[tuple[int, list[tuple[str, int]]]] = [
            (1, [("cash", PRICE)]),
            (2, [("card", 2 * PRICE)]),
            (1, [("voucher", PRICE)]),
            (3, [("card", PRICE), ("cash", 2 * PRICE)]),
            (1, [("online", PRICE)]),
            (1, []),
        ]
        for number in range(ORDERS):
            count, payments = ways[number % len(ways)]
            await self.sell(count, *payments)

    async def code(self, order: dict[str, Any], place: int = 0) -> str:
        """Return the code of a ticket, as it was told first: of an ended one nobody is told."""
        ticket = order["tickets"][place]["id"]
        if ticket not in self._codes:
            told = await self.ask("GET", f"/tickets/{ticket}/credential")
            self._codes[ticket] = str(told["digits"])
        return self._codes[ticket]

    async def call_off(self, reason: str = "storm") -> dict[str, Any]:
        """Cancel the event."""
        return dict(await self.ask("POST", "/cancellation", json={"reason": reason}))

    async def standing(self) -> dict[str, Any]:
        """Return how far the refunds have come."""
        return dict(await self.ask("GET", "/cancellation"))

    def runner(self, context: Context | None = None) -> JobRunner:
        """Make a worker; its handler may have a context of its own."""
        office = self.office.office
        refunder = Refunder(context or office.context, office.feed, office.usage)
        return JobRunner(office.context, {KIND: refunder})

    async def die_after(self, transactions: int) -> None:
        """Let a worker begin, and die within a transaction; its lease then ends."""
        office = self.office.office
        left: list[None] = [None] * transactions
        context = CutContext(office.database, office.clock, office.entropy, left=left)
        with pytest.raises(Killed):
            await self.runner(context).work()
        office.clock.advance(JOB_LEASE + SECOND)

    async def payouts(self) -> dict[tuple[str, str], int]:
        """Sum what goes back by tender and state, as the books have it."""
        rows = await rows_of(
            self.office.office,
            "SELECT tender, state, sum(amount_minor) FROM payout GROUP BY tender, state",
        )
        return {(row[0], row[1]): int(row[2]) for row in rows}


@pytest.fixture
def promoter(ledger_office: LedgerOffice) -> Promoter:
    """Give a promoter before an event on sale."""
    return Promoter(ledger_office)


def money_of(groups: int) -> dict[tuple[str, str], int]:
    """Say what so many rounds of `sell_all` send back; cash that tills pay apart."""
    return {
        ("card", "pending"): 3 * PRICE * groups,
        ("voucher", "done"): PRICE * groups,
        ("cash", "pending"): 2 * PRICE * groups,
        ("online", "pending"): PRICE * groups,
    }


async def test_all_that_was_paid_goes_back_once_though_workers_die(promoter: Promoter) -> None:
    """Killed within its work again and again, with the act said again between: to the cent."""
    office = promoter.office
    await promoter.sell_all()
    gate = await office.enrol()
    inside = [order for order in promoter.orders if order["tickets"]][:INSIDE]
    paid_inside = [one for one in inside if await _is_paid(promoter, one)]
    for order in paid_inside:
        assert (await office.claimed(gate, await promoter.code(order)))["verdict"] == "admit"
    seen = await promoter.ask("GET", "/cancellation/preview")
    groups = ORDERS // 6
    assert (seen["inside_tickets"], seen["inside_persons"]) == (len(paid_inside),) * 2
    assert seen["has_mail"] is False, "no mail server is set up here"
    assert {one["tender"]: one["amount_minor"] for one in seen["by_tender"]} == {
        "card": 3 * PRICE * groups,
        "cash": 3 * PRICE * groups,
        "online": PRICE * groups,
        "voucher": PRICE * groups,
    }
    assert (seen["at_till_minor"], seen["left_minor"]) == (PRICE * groups, 0)
    sold = {one["state"]: one["count"] for one in seen["tickets"]}
    assert sold["pending"] == groups
    begun = await promoter.call_off()
    assert (begun["state"], begun["settled"], begun["orders"]) == ("working", 0, ORDERS)
    for transactions in (2, 3, ORDERS // 2):
        await promoter.die_after(transactions)
        assert (await promoter.call_off("again"))["reason"] == "storm"
    assert 0 < (await promoter.standing())["settled"] < ORDERS
    await asyncio.gather(*[promoter.runner().work() for _ in range(3)])
    done = await promoter.standing()
    assert (done["state"], done["settled"], done["left"]) == ("done", ORDERS, 0)
    assert (done["back"], done["at_till"], done["none"]) == (4 * groups, groups, groups)
    assert await promoter.payouts() == money_of(groups)
    assert done["back_minor"] == sum(money_of(groups).values()) == 7 * PRICE * groups
    assert (done["at_till_minor"], done["at_till_paid_minor"]) == (PRICE * groups, 0)
    paid = await rows_of(office.office, "SELECT sum(amount_minor) FROM payment")
    assert int(paid[0][0]) == done["back_minor"] + done["at_till_minor"]
    refunds = await rows_of(office.office, "SELECT sum(amount_minor) FROM refund")
    assert int(refunds[0][0]) == done["back_minor"]
    spent = await rows_of(office.office, "SELECT sum(spent_minor) FROM voucher")
    assert int(spent[0][0]) == 0
    for order in promoter.orders[:5]:
        denied = await office.claimed(gate, await promoter.code(order))
        assert (denied["verdict"], denied["reason"]) == ("deny", "cancelled")
    for order in paid_inside:
        out = await office.claimed(gate, await promoter.code(order), direction="out")
        assert out["verdict"] == "admit", out
    await promoter.call_off()
    await promoter.runner().work()
    assert await promoter.payouts() == money_of(groups)
    assert await office.conflicts() == []


async def _is_paid(promoter: Promoter, order: dict[str, Any]) -> bool:
    found = await promoter.ask("GET", f"/orders/{order['order']['id']}")
    return bool(found["order"]["state"] == "paid")


class Counter:
    """A till that pays cash back for tickets that it has not sold."""

    def __init__(self, promoter: Promoter, device: GateDevice) -> None:
        self.promoter, self.device = promoter, device

    async def ask(self, order: dict[str, Any], name: str, place: int = 0) -> dict[str, Any]:
        """Ask to pay a ticket of an order back, the first one unless another is named."""
        code = await self.promoter.code(order, place)
        asked = {"purpose": "refund", "amount_minor": PRICE, "currency": "EUR", "tender": "cash"}
        office = self.promoter.office
        claim_id = ClaimId(name)
        return dict(await office.claimed(self.device, code, claim_id, gate_id="", **asked))

    async def give_up(self, order: dict[str, Any], name: str, place: int) -> None:
        """Write down that nothing was paid, and bring it in."""
        office = self.promoter.office
        ticket_id = parse_ticket_id(order["tickets"][place]["id"])
        undone = ReleaseBody(ClaimId(name), ticket_id, "payout_failed")
        self.device.journal.add(undone, office.event_id, office.now)
        await office.exchanged(self.device, self.device.journal.entries)

    async def pay(self, order: dict[str, Any], name: str, chief: Chief | None = None) -> None:
        """Write down that a ticket was paid back, and bring it in."""
        office = self.promoter.office
        body = WithdrawalBody(
            claim_id=ClaimId(name),
            ticket_id=parse_ticket_id(order["tickets"][0]["id"]),
            generation=1,
            purpose=Purpose.REFUND.value,
            mode="online" if chief is None else "offline",
            reason="off",
            currency="EUR",
            amount_minor=PRICE,
            tender="cash",
            cashier="ca_1",
        )
        if chief is not None:
            body = signed_by(office, chief, self.device, body)
        self.device.journal.add(body, office.event_id, office.now)
        await office.exchanged(self.device, self.device.journal.entries)


async def test_cash_is_paid_at_one_till_against_the_ticket_whatever_the_terms_say(
    promoter: Promoter,
) -> None:
    """A used ticket too, by the one authorisation; never at two tills, nor what was sent back."""
    office = promoter.office
    rule = {"percent_points": 5_000}
    await promoter.ask("PATCH", "", json={"pricing": {"refunds": [rule]}})
    cash = await promoter.sell(1, ("cash", PRICE))
    card = await promoter.sell(1, ("card", PRICE))
    gate = await office.enrol()
    tills = [Counter(promoter, await office.enrol(role="till")) for _ in range(2)]
    assert (await office.claimed(gate, await promoter.code(cash)))["verdict"] == "admit"
    refused = await tills[0].ask(cash, "before")
    assert refused["reason"] == "supervisor"
    await promoter.call_off()
    await promoter.runner().work()
    office.office.clock.advance(SECOND)
    refused = await tills[0].ask(card, "of the card")
    assert (refused["verdict"], refused["reason"]) == ("deny", "cancelled")
    asked = [till.ask(cash, f"at {number}") for number, till in enumerate(tills)]
    answers = await asyncio.gather(*asked)
    assert sorted(one["reason"] for one in answers) == ["cancelled", "ok"]
    place = [one["reason"] for one in answers].index("ok")
    await tills[place].pay(cash, f"at {place}")
    found = await promoter.standing()
    assert (found["at_till_minor"], found["at_till_paid_minor"]) == (PRICE, PRICE)
    assert await promoter.payouts() == {("cash", "done"): PRICE, ("card", "pending"): PRICE}
    assert await office.conflicts() == []


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_a_real_till_pays_the_whole_price_once_it_knows(
    promoter: Promoter, tmp_path: Path
) -> None:
    """The event's terms gave half; it is off, so a till computes all by the plan that it reads."""
    office = promoter.office
    await promoter.ask("PATCH", "", json={"pricing": {"refunds": [{"percent_points": 5_000}]}})
    counter = await open_counter(office, tmp_path)
    sold = await counter.sell(1)
    await counter.till.sync()
    await promoter.call_off()
    await promoter.runner().work()
    assert (await promoter.standing())["at_till"] == 1
    await counter.till.sync()
    done = await counter.ok(refund=[sold["ticket_id"]])
    assert (done["paid_out_minor"], done["tender"]) == (PRICE, "cash")
    await counter.till.sync()
    assert (await promoter.standing())["at_till_paid_minor"] == PRICE
    assert await office.conflicts() == []
    await counter.close()


@pytest.mark.either_database
async def test_what_a_cut_off_till_paid_out_besides_is_named(promoter: Promoter) -> None:
    """It had not heard of the cancellation, and its cash is gone; the card's refund stands."""
    order = await promoter.sell(1, ("card", PRICE))
    till = Counter(promoter, await promoter.office.enrol(role="till"))
    chief = await Chief.appoint(promoter.office)
    await promoter.call_off()
    await promoter.runner().work()
    await till.pay(order, "cut off", chief)
    assert "payout_mismatch" in {one["kind"] for one in await promoter.office.conflicts()}
    assert await promoter.payouts() == {("card", "pending"): PRICE}


@pytest.mark.either_database
async def test_what_cannot_go_back_is_listed_with_its_buyer(promoter: Promoter) -> None:
    """Paid by nothing that is booked, by a voucher that has ended, in doubt, or at a till now."""
    office = promoter.office
    unbooked = await promoter.sell(1, payment="paid")
    ended = await promoter.sell(1, ("voucher", PRICE))
    rows = await rows_of(office.office, "SELECT id FROM voucher")
    voucher = f"{office.owner.path}/vouchers/{rows[0][0]}/withdraw"
    await office.office.ok("POST", voucher, office.owner)
    given = await promoter.sell(1, ("card", PRICE))
    till = Counter(promoter, await office.enrol(role="till"))
    assert (await till.ask(given, "begun"))["reason"] == "ok"
    await promoter.call_off()
    await promoter.runner().work()
    listed = (await promoter.ask("GET", "/cancellation/orders?outcome=left"))["items"]
    assert [(one["order_id"], one["left_minor"], one["buyer_name"]) for one in listed] == [
        (unbooked["order"]["id"], PRICE, "Klara"),
        (ended["order"]["id"], PRICE, "Klara"),
        (given["order"]["id"], 0, "Klara"),
    ]
    assert all(one["said"] for one in listed)
    assert [one["whys"] for one in listed] == [["less_booked"], ["less_booked"], ["void"]]
    assert await promoter.payouts() == {}


@pytest.mark.either_database
async def test_what_a_lost_dispute_took_is_taken_off_once(promoter: Promoter) -> None:
    """Of an order that was over before: half by card, which the bank took back, half in cash."""
    made = await promoter.sell(2, ("card", PRICE), ("cash", PRICE))
    order = f"/orders/{made['order']['id']}"
    await promoter.ask("POST", f"{order}/cancel", json={"reason": "ill"})
    paid = (await promoter.ask("GET", f"{order}/payments"))["payments"]
    (card,) = (one["id"] for one in paid if one["tender"] == "card")
    for fact in ("disputed", "dispute_lost"):
        await promoter.ask("POST", f"{order}/payments/{card}/facts", json={"fact": fact})
    seen = await promoter.ask("GET", "/cancellation/preview")
    assert [(one["tender"], one["amount_minor"]) for one in seen["by_tender"]] == [("cash", PRICE)]
    await promoter.call_off()
    await promoter.runner().work()
    account = await promoter.ask("GET", f"{order}/payments")
    assert account["open_minor"] == 0
    assert [one["amount_minor"] for one in account["payouts"]] == [PRICE]


@pytest.mark.either_database
async def test_what_went_back_before_does_not_go_back_again(promoter: Promoter) -> None:
    """A ticket that was refunded keeps what its terms gave; one paid out stays paid out."""
    order = await promoter.sell(3, ("card", 3 * PRICE))
    path = f"/tickets/{order['tickets'][0]['id']}/refund"
    await promoter.ask("POST", path, json={"reason": "ill"})
    payouts = f"/orders/{order['order']['id']}/payouts"
    back = {"amount_minor": PRICE, "reason": "ill", "fact": "done"}
    await promoter.ask("POST", payouts, json=back)
    second = f"/tickets/{order['tickets'][1]['id']}/refund"
    await promoter.ask("POST", second, json={"reason": "ill too"})
    seen = await promoter.ask("GET", "/cancellation/preview")
    assert seen["by_tender"] == [{"tender": "card", "amount_minor": 2 * PRICE}]
    await promoter.call_off()
    await promoter.runner().work()
    assert await promoter.payouts() == {
        ("card", "done"): PRICE,
        ("card", "pending"): 2 * PRICE,
    }
    third = f"/tickets/{order['tickets'][2]['id']}/refund"
    told = await promoter.ask("GET", third)
    assert (told["noted_minor"], told["back_minor"]) == (PRICE, 0)
    await promoter.ask("POST", third, json={"reason": "late"})
    account = await promoter.ask("GET", f"/orders/{order['order']['id']}/payments")
    assert (account["owed_minor"], account["paid_out_minor"]) == (3 * PRICE, 3 * PRICE)


async def test_sales_that_tills_bring_later_are_settled_when_it_is_said_again(
    promoter: Promoter,
) -> None:
    """Two at once find the same new order; the one before it is not looked at again."""
    office = promoter.office
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    await promoter.sell(1, ("card", PRICE))
    await promoter.call_off()
    await promoter.runner().work()
    assert (await promoter.standing())["state"] == "done"
    till.sell([till.mint(1)], tender="card")
    assert set(await till.sync()) == {"stored"}
    await asyncio.gather(promoter.call_off(), promoter.call_off())
    assert (await promoter.standing())["state"] == "working"
    await asyncio.gather(promoter.runner().work(), promoter.runner().work())
    found = await promoter.standing()
    assert (found["state"], found["settled"], found["back"]) == ("done", 2, 2)
    assert await promoter.payouts() == {("card", "pending"): 2 * PRICE}


@pytest.mark.either_database
async def test_a_stopped_run_rests_between_orders_and_goes_on_where_it_was(
    promoter: Promoter,
) -> None:
    """Stopped twice, a worker with its job in hand or not; nothing goes back a second time."""
    for _ in range(5):
        await promoter.sell(1, ("card", PRICE))
    assert (await promoter.call_off())["is_under_way"]
    await promoter.die_after(4)
    await promoter.ask("POST", "/cancellation/stop")
    stopped = await promoter.ask("POST", "/cancellation/stop")
    assert (stopped["state"], stopped["is_under_way"]) == ("stopped", False)
    settled = stopped["settled"]
    assert 0 < settled < 5
    await promoter.runner().work()
    assert (await promoter.standing())["settled"] == settled
    assert (await promoter.call_off("again"))["is_under_way"]
    await asyncio.gather(promoter.runner().work(), promoter.runner().work())
    done = await promoter.standing()
    assert (done["state"], done["settled"], done["is_under_way"]) == ("done", 5, False)
    assert await promoter.payouts() == {("card", "pending"): 5 * PRICE}
    assert (await promoter.ask("POST", "/cancellation/stop"))["state"] == "done"


@pytest.mark.either_database
async def test_only_what_is_not_over_is_called_off_and_only_by_managers(
    promoter: Promoter,
) -> None:
    """Staff may look at what it would mean; a completed event stays."""
    office = promoter.office
    staff = await office.office.person("staff", organization_id=office.owner.organization_id)
    path = f"{office.path}/cancellation"
    said = {"reason": "storm"}
    assert (await office.office.call("POST", path, staff, json=said)).status_code == 403
    assert (await office.office.call("GET", f"{path}/preview", staff)).status_code == 200
    assert (await office.office.call("GET", path, office.owner)).status_code == 404
    assert (await office.office.call("POST", f"{path}/stop", office.owner)).status_code == 404
    assert (await office.office.call("POST", f"{path}/stop", staff)).status_code == 403
    empty = await office.office.call("POST", path, office.owner, json={"reason": " "})
    assert empty.status_code == 422
    await promoter.ask("POST", "/state", json={"state": "completed"})
    assert (await office.office.call("POST", path, office.owner, json=said)).status_code == 409
