"""Vouchers: told once, kept as hashes, spent at once or in parts, and never beyond their worth."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR, datetime_from_instant
from tests.factories.office import Office, Person
from tests.factories.racing import rows_of

PRICE = 2_500


class Desk:
    """An event on sale, and whoever takes vouchers for it."""

    def __init__(self, office: Office, owner: Person, path: str, kind: str) -> None:
        self.office = office
        self.owner = owner
        self.path = path
        self.kind = kind

    async def make(self, **terms: Any) -> dict[str, Any]:
        """Make a voucher."""
        body = {"value_minor": 4_000} | terms
        path = f"{self.owner.path}/vouchers"
        (made,) = await self.office.ok("POST", path, self.owner, json=body)
        return dict(made)

    async def place(self) -> dict[str, Any]:
        """Place an order of one ticket."""
        lines = [{"ticket_type_id": self.kind, "quantity": 1}]
        path = f"{self.path}/orders"
        return dict(await self.office.ok("POST", path, self.owner, json={"lines": lines}))

    async def spend(
        self, order: dict[str, Any], code: str | None, amount: int, **more: Any
    ) -> Any:
        """Pay a part of an order."""
        body = {"tender": "voucher", "amount_minor": amount, "code": code} | more
        path = f"{self.path}/orders/{order['order']['id']}/payments"
        return await self.office.call("POST", path, self.owner, json=body)

    async def left(self, code: str) -> int:
        """Ask what is left on a voucher."""
        path = f"{self.owner.path}/vouchers/check"
        found = await self.office.ok("POST", path, self.owner, json={"code": code})
        return int(found["value_minor"] - found["spent_minor"])


@pytest.fixture
async def desk(office: Office) -> Desk:
    """Give a desk."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    kind = await office.ticket_type(owner, event_id)
    return Desk(office, owner, f"{owner.path}/events/{event_id}", kind)


@pytest.mark.either_database
async def test_voucher_is_spent_in_parts_and_what_goes_back_is_on_it_again(desk: Desk) -> None:
    """However its code is spelled; the database does not hold it."""
    made = await desk.make()
    code = made["code"]
    ((kept,),) = await rows_of(desk.office, "SELECT code_hash FROM voucher")
    assert code.replace("-", "").encode() not in bytes(kept)
    first = await desk.place()
    assert (await desk.spend(first, code.lower().replace("-", " "), PRICE)).status_code == 201
    path = f"{desk.path}/orders/{first['order']['id']}"
    assert (await desk.office.ok("GET", path, desk.owner))["order"]["state"] == "paid"
    assert await desk.left(code) == 1_500
    second = await desk.place()
    assert (await desk.spend(second, code, PRICE)).status_code == 409
    assert (await desk.spend(second, code, 1_500)).status_code == 201
    await desk.office.ok("POST", f"{path}/cancel", desk.owner, json={"reason": "ill"})
    back: Any = {"amount_minor": PRICE, "reason": "ill", "fact": "done"}
    (payout,) = await desk.office.ok("POST", f"{path}/payouts", desk.owner, json=back)
    assert payout["tender"] == "voucher"
    facts = f"{path}/payouts/{payout['id']}/facts"
    await desk.office.ok("POST", facts, desk.owner, json={"fact": "done"})
    assert await desk.left(code) == PRICE


@pytest.mark.either_database
async def test_vouchers_of_a_key_are_made_once_and_told_again(desk: Desk) -> None:
    """A shop that saw no answer asks again; another wish, or somebody else, is refused."""
    office, owner = desk.office, desk.owner
    colleague = await office.person("manager", organization_id=owner.organization_id)

    async def ask(key: str, person: Person = owner, **other: Any) -> Any:
        body = {"value_minor": 4_000, "count": 3, "note": "gift"} | other
        path, headers = f"{owner.path}/vouchers", {"Idempotency-Key": key}
        return await office.call("POST", path, person, json=body, headers=headers)

    first, *again = await asyncio.gather(*(ask("gift-1") for _ in range(4)))
    assert first.status_code == 201
    assert [one.json() for one in again] == [first.json()] * 3
    others: tuple[Any, ...] = ({"value_minor": 4_001}, {"count": 2}, {"count": 4}, {"note": "g"})
    for other in others:
        assert (await ask("gift-1", **other)).status_code == 409
    assert (await ask("gift-1", colleague)).status_code == 409
    codes = {one["code"] for answer in (first, await ask("gift-2")) for one in answer.json()}
    ((count,),) = await rows_of(office, "SELECT count(*) FROM voucher")
    assert count == len(codes) == 6


async def test_voucher_at_many_desks_at_once_is_spent_once(desk: Desk) -> None:
    """Nobody spends what another one has spent."""
    code = (await desk.make(value_minor=PRICE))["code"]
    orders = [await desk.place() for _ in range(6)]
    answers = await asyncio.gather(*(desk.spend(order, code, PRICE) for order in orders))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5
    assert await desk.left(code) == 0


@pytest.mark.either_database
async def test_voucher_that_is_over_pays_nothing(desk: Desk) -> None:
    """Ended, withdrawn, of another currency, unknown, or with a word missing."""
    order = await desk.place()
    ends = datetime_from_instant(desk.office.clock.wall()).isoformat()
    ended = await desk.make(ends_at=ends)
    foreign = await desk.make(currency="CHF")
    withdrawn = await desk.make()
    path = f"{desk.owner.path}/vouchers/{withdrawn['voucher']['id']}/withdraw"
    await desk.office.ok("POST", path, desk.owner)
    desk.office.clock.advance(HOUR // 60)
    for made in (ended, foreign, withdrawn):
        assert (await desk.spend(order, made["code"], 1)).status_code == 409
    assert (await desk.spend(order, "0000-0000-0000-0000", 1)).status_code == 404
    assert (await desk.spend(order, None, 1)).status_code == 422
    assert (await desk.spend(order, ended["code"], 1, tender="cash")).status_code == 422
    rows = await rows_of(desk.office, "SELECT count(*) FROM payment")
    assert rows[0][0] == 0


@pytest.mark.either_database
async def test_nothing_goes_back_onto_a_voucher_that_is_over(desk: Desk) -> None:
    """Withdrawn or ended: who is owed it would have nothing; a supervisor allows another way."""
    body = {"name": "Sam", "pin": "483920"}
    sam = await desk.office.ok("POST", f"{desk.owner.path}/supervisors", desk.owner, json=body)
    for said in ("withdrawn", "ended"):
        ends = datetime_from_instant(desk.office.clock.wall() + HOUR).isoformat()
        made = await desk.make(ends_at=ends)
        order = await desk.place()
        path = f"{desk.path}/orders/{order['order']['id']}"
        assert (await desk.spend(order, made["code"], PRICE)).status_code == 201
        await desk.office.ok("POST", f"{path}/cancel", desk.owner, json={"reason": "ill"})
        half: Any = {"amount_minor": 1_000, "reason": "ill"}
        (noted,) = await desk.office.ok("POST", f"{path}/payouts", desk.owner, json=half)
        if said == "withdrawn":
            withdraw = f"{desk.owner.path}/vouchers/{made['voucher']['id']}/withdraw"
            await desk.office.ok("POST", withdraw, desk.owner)
        else:
            desk.office.clock.advance(HOUR)
        facts = f"{path}/payouts/{noted['id']}/facts"
        for there, json in (
            (facts, {"fact": "done"}),
            (f"{path}/payouts", half | {"fact": "done"}),
            (f"{path}/payouts", half),
        ):
            no = await desk.office.call("POST", there, desk.owner, json=json)
            assert (no.status_code, said in no.json()["detail"]) == (409, True)
        assert await desk.left(made["code"]) == 1_500
        await desk.office.ok("POST", facts, desk.owner, json={"fact": "failed"})
        by_cash: Any = {"tender": "cash", "authorized_by": sam["supervisor"]["id"]}
        whole = half | {"amount_minor": PRICE, "fact": "done"} | by_cash
        await desk.office.ok("POST", f"{path}/payouts", desk.owner, json=whole)
        account = await desk.office.ok("GET", f"{path}/payments", desk.owner)
        assert account["open_minor"] == 0
