"""Payments and payouts through the API: several to an order, each back the way it came."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from server.payments import payments_and_payouts
from shared.kernel.id_types import EventId
from shared.kernel.instant import MILLISECOND
from tests.factories.office import Office, Person
from tests.factories.racing import rows_of

PRICE = 2_500


class Desk:
    """An event on sale, an order of it, and whoever takes the money."""

    def __init__(self, office: Office, owner: Person, path: str, kind: str) -> None:
        self.office = office
        self.owner = owner
        self.path = path
        self.kind = kind
        self.order: dict[str, Any] = {}
        self.keys = 0

    async def place(self, count: int, payment: str = "pending") -> None:
        """Place an order."""
        lines = [{"ticket_type_id": self.kind, "quantity": count}]
        body = {"lines": lines, "payment": payment}
        self.order = await self.office.ok("POST", f"{self.path}/orders", self.owner, json=body)

    @property
    def order_path(self) -> str:
        """Return the order's path."""
        return f"{self.path}/orders/{self.order['order']['id']}"

    async def post(self, path: str, key: str = "", **body: Any) -> httpx.Response:
        """Send a command with a key of its own, or with the one given."""
        self.keys += 1
        headers = {"Idempotency-Key": key or f"key {self.keys}"}
        address = f"{self.order_path}/{path}"
        return await self.office.call("POST", address, self.owner, json=body, headers=headers)

    async def pay(self, tender: str, amount: int, fact: str | None = "paid") -> dict[str, Any]:
        """Book a payment, a moment after the one before."""
        self.office.clock.advance(MILLISECOND)
        answer = await self.post("payments", tender=tender, amount_minor=amount, fact=fact)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def account(self) -> dict[str, Any]:
        """Return the order's money."""
        return dict(await self.office.ok("GET", f"{self.order_path}/payments", self.owner))

    async def state(self) -> str:
        """Return the order's state."""
        found = await self.office.ok("GET", self.order_path, self.owner)
        return str(found["order"]["state"])

    async def take_back(self, count: int) -> None:
        """Refund some tickets of the order."""
        for ticket in self.order["tickets"][:count]:
            path = f"{self.path}/tickets/{ticket['id']}/refund"
            await self.office.ok("POST", path, self.owner, json={"reason": "ill"})


@pytest.fixture
async def desk(office: Office) -> Desk:
    """Give a desk with an order of two tickets that awaits payment."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = await office.ticket_type(owner, event_id)
    made = Desk(office, owner, f"{owner.path}/events/{event_id}", kind)
    await made.place(2)
    return made


@pytest.mark.either_database
async def test_order_is_paid_once_its_parts_are(desk: Desk) -> None:
    """A voucher, a card, the rest in cash; tickets become valid with the last part."""
    await desk.pay("card", 2_000)
    unknown = await desk.pay("card", 1_000, fact="unknown")
    assert await desk.state() == "pending"
    account = await desk.account()
    assert (account["paid_minor"], account["pending_minor"]) == (2_000, 1_000)
    too_much = await desk.post("payments", tender="cash", amount_minor=2_001, fact="paid")
    assert too_much.status_code == 409
    await desk.pay("cash", 2_000)
    assert await desk.state() == "pending"
    told = await desk.post(f"payments/{unknown['id']}/facts", fact="paid")
    assert told.json()["state"] == "paid"
    assert await desk.state() == "paid"


async def test_an_order_has_so_many_payments_and_payouts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more is refused, and books nothing."""
    monkeypatch.setattr(payments_and_payouts, "PAYMENTS_PER_ORDER_MAX", 2)
    for amount in (3_000, 2_000):
        await desk.pay("cash", amount)
    await desk.take_back(2)
    for key in ("a", "b"):
        done = await desk.post("payouts", key, amount_minor=1_000, reason="ill", fact="done")
        assert done.status_code == 201
    for path, body in (
        ("payments", {"tender": "cash", "fact": "paid"}),
        ("payouts", {"reason": "ill", "fact": "done"}),
    ):
        refused = await desk.post(path, amount_minor=1, **body)
        assert refused.status_code == 409, path
        assert refused.json()["type"].endswith("/quota-exceeded")
    account = await desk.account()
    assert (len(account["payments"]), len(account["payouts"])) == (2, 2)


async def test_same_key_books_once_and_says_so_when_it_is_used_otherwise(desk: Desk) -> None:
    """Also when both requests come at once."""
    body: Any = {"tender": "card", "amount_minor": 1_000, "fact": "paid"}
    answers = await asyncio.gather(*(desk.post("payments", "mine", **body) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = await desk.post("payments", "mine", **(body | {"amount_minor": 2}))
    assert other.status_code == 409
    tills = await desk.post("payments", "till:x", **body)
    assert tills.status_code == 422
    assert (await desk.account())["paid_minor"] == 1_000


@pytest.mark.either_database
async def test_money_goes_back_the_way_it_came_the_newest_first(desk: Desk) -> None:
    """As much as is owed and no more; another tender needs a supervisor."""
    card = await desk.pay("card", 3_000)
    cash = await desk.pay("cash", 2_000)
    nothing = await desk.post("payouts", amount_minor=1, reason="ill")
    assert nothing.status_code == 409
    await desk.take_back(1)
    back = await desk.post("payouts", "back", amount_minor=PRICE, reason="ill", fact="done")
    assert [(one["payment_id"], one["amount_minor"]) for one in back.json()] == [
        (cash["id"], 2_000),
        (card["id"], 500),
    ]
    again = await desk.post("payouts", "back", amount_minor=PRICE, reason="ill", fact="done")
    assert again.json() == back.json()
    account = await desk.account()
    states = {one["id"]: one["state"] for one in account["payments"]}
    assert states == {cash["id"]: "refunded", card["id"]: "partly_refunded"}
    assert (await desk.post("payouts", amount_minor=1, reason="ill")).status_code == 409
    await desk.take_back(2)
    bare: Any = {"amount_minor": PRICE, "reason": "card is lost", "tender": "cash"}
    assert (await desk.post("payouts", **bare)).status_code == 422
    stranger = await desk.post("payouts", **bare, authorized_by="sv_nobody")
    assert stranger.status_code == 404
    stew = {"name": "Stew", "role": "steward"}
    made = await desk.office.ok("POST", f"{desk.owner.path}/supervisors", desk.owner, json=stew)
    no_chief = await desk.post("payouts", **bare, authorized_by=made["supervisor"]["id"])
    assert no_chief.status_code == 422, "a steward allows nothing"
    body = {"name": "Sam", "pin": "483920"}
    path = f"{desk.owner.path}/supervisors"
    made = await desk.office.ok("POST", path, desk.owner, json=body)
    allowed = await desk.post("payouts", **bare, authorized_by=made["supervisor"]["id"])
    assert [one["tender"] for one in allowed.json()] == ["cash"]


@pytest.mark.either_database
async def test_nobody_at_the_box_office_allows_another_tender_in_a_supervisors_name(
    desk: Desk,
) -> None:
    """What went by card into one's own pocket: the supervisor's id stands in a list for all."""
    office, owner = desk.office, desk.owner
    await desk.pay("card", 5_000)
    await desk.take_back(2)
    said = {"name": "Sam", "pin": "483920"}
    made = await office.ok("POST", f"{owner.path}/supervisors", owner, json=said)
    body = {"amount_minor": PRICE, "reason": "card is lost", "tender": "cash"}
    body["authorized_by"] = made["supervisor"]["id"]
    path, organization = f"{desk.order_path}/payouts", owner.organization_id
    seller = await office.person("box_office", organization_id=organization)
    answer = await office.call("POST", path, seller, json=body)
    assert answer.status_code == 403
    assert answer.json()["detail"].startswith("A refund by another tender")
    assert answer.json()["because"]["code"] == "money.other_tender"
    assert (await desk.account())["payouts"] == []
    as_paid = {"amount_minor": PRICE, "reason": "ill", "tender": "card"}
    assert (await office.call("POST", path, seller, json=as_paid)).status_code == 201
    manager = await office.person("manager", organization_id=organization)
    assert (await office.call("POST", path, manager, json=body)).status_code == 201


@pytest.mark.either_database
async def test_unknown_payout_counts_as_gone_until_it_has_failed(desk: Desk) -> None:
    """Nobody pays the same money out twice because a terminal fell silent."""
    await desk.pay("card", 5_000)
    await desk.take_back(2)
    (first,) = (await desk.post("payouts", amount_minor=5_000, reason="ill")).json()
    assert (await desk.post("payouts", amount_minor=1, reason="ill")).status_code == 409
    for fact in ("unknown", "failed", "failed"):
        told = await desk.post(f"payouts/{first['id']}/facts", fact=fact)
        assert told.status_code == 200
    (second,) = (await desk.post("payouts", amount_minor=5_000, reason="ill", fact="done")).json()
    late = await desk.post(f"payouts/{first['id']}/facts", fact="done")
    assert late.status_code == 409
    account = await desk.account()
    assert account["payments"][0]["refunded_minor"] == 5_000
    assert second["state"] == "done"


@pytest.mark.either_database
async def test_what_had_failed_has_not_gone_after_all_once_its_payment_goes_back_otherwise(
    desk: Desk,
) -> None:
    """Else more would be on its way of one payment than it brought, as long as others are owed."""
    for _ in range(2):
        await desk.pay("card", PRICE)
    await desk.take_back(2)
    sent = []
    for fact in ("failed", "unknown"):
        (payout,) = (await desk.post("payouts", amount_minor=PRICE, reason="ill")).json()
        await desk.post(f"payouts/{payout['id']}/facts", fact=fact)
        sent.append(payout)
    assert sent[0]["payment_id"] == sent[1]["payment_id"]
    late = await desk.post(f"payouts/{sent[0]['id']}/facts", fact="done")
    assert late.status_code == 409
    await desk.post(f"payouts/{sent[1]['id']}/facts", fact="failed")
    late = await desk.post(f"payouts/{sent[0]['id']}/facts", fact="done")
    assert late.is_success
    account = await desk.account()
    assert (account["paid_out_minor"], account["owed_minor"]) == (PRICE, 2 * PRICE)


async def test_payouts_at_once_never_exceed_what_is_owed(desk: Desk) -> None:
    """Two windows at the office see the same order."""
    await desk.pay("cash", 5_000)
    await desk.take_back(2)
    answers = await asyncio.gather(
        *(desk.post("payouts", amount_minor=2_000, reason="ill", fact="done") for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409]
    rows = await rows_of(desk.office, "SELECT sum(amount_minor) FROM payout")
    assert int(rows[0][0]) == 4_000


@pytest.mark.either_database
async def test_money_that_came_after_the_order_had_gone_is_owed_back(desk: Desk) -> None:
    """It was on its way when the order was cancelled: no ticket, and all of it goes back."""
    pending = await desk.pay("online", 5_000, fact=None)
    await desk.office.ok("POST", f"{desk.order_path}/cancel", desk.owner, json={"reason": "x"})
    refused = await desk.post("payments", tender="cash", amount_minor=1, fact="paid")
    assert refused.status_code == 409
    await desk.post(f"payments/{pending['id']}/facts", fact="paid")
    account = await desk.account()
    assert (account["due_minor"], account["owed_minor"]) == (0, 5_000)
    assert await desk.state() == "cancelled"


@pytest.mark.either_database
async def test_dispute_that_is_lost_is_no_money_of_ours(desk: Desk) -> None:
    """The order stays paid; what it brought is gone, and nothing more goes back of it."""
    paid = await desk.pay("online", 5_000)
    states = []
    for fact in ("disputed", "dispute_lost"):
        told = await desk.post(f"payments/{paid['id']}/facts", fact=fact)
        states.append(told.json()["state"])
    assert states == ["disputed", "disputed"]
    await desk.take_back(2)
    assert (await desk.account())["paid_minor"] == 0
    assert (await desk.post("payouts", amount_minor=1, reason="x")).status_code == 409


@pytest.mark.either_database
async def test_a_dispute_about_a_part_leaves_the_rest_and_pays_nothing_twice(desk: Desk) -> None:
    """What the buyer takes back covers what is owed; what is won is free again."""
    paid = await desk.pay("online", 5_000)
    path = f"payments/{paid['id']}/facts"
    await desk.take_back(1)
    told = (await desk.post(path, fact="disputed", amount_minor=2_500)).json()
    assert (told["disputed_minor"], told["charged_back_minor"]) == (2_500, 0)
    account = await desk.account()
    assert (account["owed_minor"], account["open_minor"]) == (2_500, 0)
    refused = await desk.post("payouts", amount_minor=1, reason="ill")
    assert refused.status_code == 409
    assert "dispute" in refused.json()["detail"]
    await desk.post(path, fact="dispute_lost", amount_minor=1_000)
    account = await desk.account()
    assert (account["disputed_minor"], account["charged_back_minor"]) == (1_500, 1_000)
    assert (account["paid_minor"], account["open_minor"]) == (4_000, 0)
    await desk.post(path, fact="dispute_won")
    account = await desk.account()
    assert (account["disputed_minor"], account["open_minor"]) == (0, 1_500)
    assert (await desk.post("payouts", amount_minor=1_501, reason="ill")).status_code == 409
    (payout,) = (await desk.post("payouts", amount_minor=1_500, reason="ill", fact="done")).json()
    assert payout["is_held"] is False


@pytest.mark.either_database
async def test_money_on_its_way_is_marked_when_its_payment_is_disputed_since(desk: Desk) -> None:
    """Until it is let go, or was gone already; a dispute that is won lets it go out."""
    paid = await desk.pay("online", 5_000)
    await desk.take_back(2)
    (payout,) = (await desk.post("payouts", amount_minor=5_000, reason="ill")).json()
    seen = []
    for fact in ("disputed", "dispute_won"):
        await desk.post(f"payments/{paid['id']}/facts", fact=fact)
        seen.append([one["is_held"] for one in (await desk.account())["payouts"]])
    assert seen == [[True], [False]]
    await desk.post(f"payments/{paid['id']}/facts", fact="dispute_lost", amount_minor=5_000)
    told = await desk.post(f"payouts/{payout['id']}/facts", fact="unknown")
    assert told.json()["is_held"] is True
    told = await desk.post(f"payouts/{payout['id']}/facts", fact="failed")
    assert told.json()["is_held"] is False
    assert (await desk.account())["open_minor"] == 0
    assert (await desk.post("payouts", amount_minor=1, reason="ill")).status_code == 409


@pytest.mark.either_database
async def test_only_a_dispute_has_an_amount_and_none_beyond_the_payment(desk: Desk) -> None:
    """Named by its field."""
    paid = await desk.pay("online", 5_000)
    for fact, amount in (("paid", 100), ("disputed", 5_001), ("dispute_lost", 0)):
        said = await desk.post(f"payments/{paid['id']}/facts", fact=fact, amount_minor=amount)
        assert said.status_code == 422, said.text
        assert said.json()["errors"][0]["field"] == "amount_minor"


@pytest.mark.either_database
async def test_a_voucher_pays_at_once_or_not_at_all_and_nobody_disputes_it(desk: Desk) -> None:
    """Told as failed it would be spent, and pay more than is due."""
    vouchers = f"{desk.owner.path}/vouchers"
    (made,) = await desk.office.ok("POST", vouchers, desk.owner, json={"value_minor": 9_000})
    body = {"tender": "voucher", "amount_minor": 6_000, "code": made["code"]}
    for fact in ("failed", "unknown", "authorised"):
        refused = await desk.post("payments", **body, fact=fact)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == ["fact"]
    assert (await desk.post("payments", **body)).status_code == 409, "more than is due"
    paid = await desk.post("payments", **(body | {"amount_minor": 5_000}))
    assert paid.status_code == 201
    told = await desk.post(f"payments/{paid.json()['id']}/facts", fact="dispute_lost")
    assert told.status_code == 422
    account = await desk.account()
    assert (account["paid_minor"], account["charged_back_minor"]) == (5_000, 0)


@pytest.mark.either_database
async def test_a_key_is_no_other_events_and_a_reason_says_something(desk: Desk) -> None:
    """What was placed there is not answered here; a gift is for something."""
    lines = [{"ticket_type_id": desk.kind, "quantity": 1}]
    key = {"Idempotency-Key": "once"}
    orders, owner = f"{desk.path}/orders", desk.owner
    await desk.office.ok("POST", orders, owner, json={"lines": lines}, headers=key)
    other = f"{owner.path}/events/{await desk.office.event(owner)}/orders"
    again = await desk.office.call("POST", other, owner, json={"lines": lines}, headers=key)
    assert again.status_code == 409
    gift = {"lines": lines, "payment": "comp", "comp_reason": "   "}
    refused = await desk.office.call("POST", orders, owner, json=gift)
    assert [one["field"] for one in refused.json()["errors"]] == ["comp_reason"]


@pytest.mark.either_database
async def test_a_transfer_that_comes_once_its_order_is_closed_is_booked_and_owed_back(
    desk: Desk,
) -> None:
    """It has come, more or less than was due: refused, it would stand in no book."""
    await desk.place(2)
    assert (await desk.post("cancel", reason="not paid in time")).status_code == 200
    for fact in (None, "unknown", "authorised"):
        begun = await desk.post("payments", tender="transfer", amount_minor=PRICE, fact=fact)
        assert begun.status_code == 409
    for amount in (2 * PRICE, 1):
        assert (await desk.pay("transfer", amount))["state"] == "paid"
    account = await desk.account()
    assert (account["due_minor"], account["paid_minor"]) == (0, 2 * PRICE + 1)
    assert (account["owed_minor"], account["open_minor"]) == (2 * PRICE + 1, 2 * PRICE + 1)
    order = await desk.office.ok("GET", desk.order_path, desk.owner)
    assert (order["order"]["state"], order["order"]["paid_at"]) == ("cancelled", None)
    report = await desk.office.ok("GET", f"{desk.path}/report", desk.owner)
    (totals,) = [one["rows"] for one in report["tables"] if one["name"] == "totals"]
    assert ["received", 2, 2 * PRICE + 1, "EUR"] in totals
    answer = await desk.post("payouts", amount_minor=2 * PRICE + 1, reason="too late", fact="done")
    assert answer.status_code == 201, answer.text
    assert (await desk.account())["open_minor"] == 0
