"""Vouchers at tills: only connected, charged once, found out after a cut, never doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.boxoffice.withdraw_requests import WithdrawRequest
from gatekeeper.sync import url_paths
from server.exchange import other_server_took_over
from server.payments import till_vouchers
from shared.admission.purpose import Purpose
from shared.kernel.errors import ServerFault
from shared.sales.sale_refusals import SaleReason
from shared.sales.tenders import CASH, VOUCHER, Tender
from shared.sales.voucher_code import hash_voucher_code
from shared.wire.signed_server_address import AddressWord
from tests.adversaries.scene import named
from tests.factories.counters import open_synced_till, prepared_counter, published
from tests.factories.ledger_office import LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.wired_gates import WiredGate, open_again, open_gate

__all__ = ["prepared_counter", "published"]

PRICE = 2_500


@dataclass
class Stall:
    """A till on a real server, and an office that makes vouchers."""

    office: LedgerOffice
    till: WiredGate
    folder: Path

    async def voucher(self, value_minor: int, **terms: Any) -> str:
        """Make a voucher; returns its code."""
        body = {"value_minor": value_minor} | terms
        path = f"{self.office.owner.path}/vouchers"
        (made,) = await self.office.office.ok("POST", path, self.office.owner, json=body)
        return str(made["code"])

    async def left(self, code: str) -> int:
        """Ask the office what is left on a voucher."""
        path = f"{self.office.owner.path}/vouchers/check"
        found = await self.office.office.ok("POST", path, self.office.owner, json={"code": code})
        return int(found["value_minor"] - found["spent_minor"])

    async def unbooked(self) -> int:
        """Ask the office what was charged for sales that have not come."""
        path = f"{self.office.owner.path}/vouchers"
        found = await self.office.office.ok("GET", path, self.office.owner)
        return sum(one["unbooked_minor"] for one in found["items"])

    async def sell(self, *tenders: Tender, count: int = 1) -> TillAnswer:
        """Sell some tickets."""
        request = msgspec.structs.replace(one_type(1, count), tenders=tenders)
        return await self.till.session.till.sell(request)

    async def payments(self) -> list[tuple[str, int, str, int]]:
        """Return tender, amount, state and what went back of all payments at the server."""
        query = (
            "SELECT tender, amount_minor, state, refunded_minor FROM payment"
            " WHERE event_id = :event ORDER BY tender, amount_minor"
        )
        event = self.office.event_id
        return [tuple(row) for row in await rows_of(self.office.office, query, event=event)]

    async def ask(self, verb: str, **body: Any) -> Any:
        """Ask about a voucher as the till's program does."""
        where = f"/sync/v1/till-vouchers/{verb}"
        sent = {"event_id": self.office.event_id} | body
        headers = self.till.device.headers
        return await self.office.office.client.post(where, json=sent, headers=headers)


def by_voucher(code: str, amount: int | None = None) -> Tender:
    """Pay by voucher."""
    return Tender(kind=VOUCHER, code=code, amount_minor=amount)


@pytest.fixture
async def stall(ledger_office: LedgerOffice, tmp_path: Path) -> AsyncIterator[Stall]:
    """Open a till that has synced."""
    till = await open_synced_till(ledger_office, tmp_path)
    stall = Stall(ledger_office, till, tmp_path)
    yield stall
    await stall.till.session.close()


@pytest.mark.either_database
async def test_a_voucher_pays_for_what_costs_nothing_and_nobody_is_asked(stall: Stall) -> None:
    """As cash and a card do, cut off too; the till had said that vouchers need the server."""
    office = stall.office
    free = {"name": "Free", "price_minor": 0}
    made = await office.office.ok("POST", f"{office.path}/ticket-types", office.owner, json=free)
    await stall.till.sync()
    code = await stall.voucher(4_000)
    sold = msgspec.structs.replace(one_type(made["code"], 1), tenders=(by_voucher(code),))
    assert (await stall.till.session.till.sell(sold)).is_ok
    await stall.till.cut()
    assert (await stall.till.session.till.sell(sold)).is_ok
    await stall.till.mend()
    assert await stall.payments() == [("voucher", 0, "paid", 0)] * 2
    assert await stall.left(code) == 4_000
    assert await named(office) == {}


async def test_connected_till_takes_a_voucher_once_and_its_books_say_which(stall: Stall) -> None:
    """However its code is spelled; the till's journal does not hold it."""
    code = await stall.voucher(4_000)
    sale = (await stall.sell(by_voucher(code.lower().replace("-", " ")))).sold()
    assert await stall.left(code) == 1_500
    (part,) = sale.payments
    assert part.reference.startswith("vs_")
    short = await stall.sell(by_voucher(code))
    assert (short.reason, "15.00" in short.text) == (SaleReason.PAYMENT_DECLINED, True)
    split = await stall.sell(by_voucher(code, 1_500), Tender(kind=CASH))
    assert split.is_ok
    assert await stall.left(code) == 0
    assert await stall.unbooked() == 1_500 + PRICE, "no sale of it has come"
    await stall.till.sync()
    assert await named(stall.office) == {}
    assert await stall.payments() == [
        ("cash", 1_000, "paid", 0),
        ("voucher", 1_500, "paid", 0),
        ("voucher", PRICE, "paid", 0),
    ]
    spent = "SELECT count(*) FROM voucher_spend WHERE order_id IS NOT NULL AND state = 'paid'"
    assert await rows_of(stall.office.office, spent) == [(2,)]
    bound = "SELECT count(*) FROM payment WHERE voucher_id IS NOT NULL"
    assert await rows_of(stall.office.office, bound) == [(2,)]
    assert await stall.unbooked() == 0


@pytest.mark.either_database
async def test_voucher_that_is_no_good_sells_nothing(stall: Stall) -> None:
    """The tickets stay for sale, and nothing is off any voucher."""
    withdrawn = await stall.voucher(9_000)
    ((voucher_id,),) = await rows_of(stall.office.office, "SELECT id FROM voucher")
    path = f"{stall.office.owner.path}/vouchers/{voucher_id}/withdraw"
    await stall.office.office.ok("POST", path, stall.office.owner)
    foreign = await stall.voucher(9_000, currency="USD")
    for code in (foreign, withdrawn, "0000-0000-0000-0000"):
        had = stall.till.session.till.left(1)
        answer = await stall.sell(by_voucher(code))
        assert (answer.reason, answer.open_sale) == (SaleReason.PAYMENT_DECLINED, None)
        assert answer.text
        assert stall.till.session.till.left(1) == had
    assert [await stall.left(code) for code in (foreign, withdrawn)] == [9_000, 9_000]


@pytest.mark.either_database
async def test_cut_off_till_takes_no_voucher_and_says_so(stall: Stall) -> None:
    """Also beside cash; another tender is taken at once."""
    code = await stall.voucher(9_000)
    await stall.till.cut()
    for tenders in ((by_voucher(code),), (by_voucher(code, 500), Tender(kind=CASH))):
        answer = await stall.sell(*tenders)
        assert (answer.reason, answer.open_sale) == (SaleReason.NO_VOUCHERS, None)
    assert (await stall.sell(Tender(kind=CASH))).is_ok
    await stall.till.mend()
    assert await stall.left(code) == 9_000


@pytest.mark.either_database
async def test_nothing_is_granted_to_a_till_where_another_machine_took_over(stall: Stall) -> None:
    """That one has the same vouchers and the same tickets: they would be spent and sold twice."""
    code = await stall.voucher(9_000)
    had = stall.till.session.till.left(1)
    assert (await stall.sell(by_voucher(code, PRICE))).is_ok
    word = AddressWord(9, stall.office.office.clock.wall(), ("https://192.0.2.7:8000",))
    assert await other_server_took_over._close(stall.office.office.context, word)
    answer = await stall.sell(by_voucher(code))
    assert (answer.reason, answer.open_sale) == (SaleReason.NO_VOUCHERS, None)
    spent = await rows_of(stall.office.office, "SELECT spent_minor FROM voucher")
    assert spent == [(PRICE,)]
    stock = [{"ticket_type_code": 1, "granted": had + 50}]
    headers = stall.till.device.headers
    asked = await stall.office.office.client.post(
        "/sync/v1/till-stock",
        json={"event_id": stall.office.event_id, "types": stock},
        headers=headers,
    )
    assert asked.status_code == httpx.codes.CONFLICT
    assert "took over" in asked.json()["detail"]
    assert (await stall.sell(Tender(kind=CASH))).is_ok, "what it holds it sells"


@pytest.mark.either_database
@pytest.mark.parametrize("has_heard", [True, False])
async def test_wire_that_is_cut_in_the_middle_leaves_an_open_sale_that_the_server_settles(
    stall: Stall, monkeypatch: pytest.MonkeyPatch, *, has_heard: bool
) -> None:
    """Whether the server had heard of it or not: once charged is once sold, and nobody guesses."""
    code = await stall.voucher(PRICE)
    wire, real = stall.till.wire, stall.till.wire.pay_by_voucher

    async def lose(charge: Any) -> Any:
        if has_heard:
            await real(charge)
        raise ServerFault("the wire was cut in the middle")

    monkeypatch.setattr(wire, "pay_by_voucher", lose)
    answer = await stall.sell(by_voucher(code))
    assert answer.reason is SaleReason.PAYMENT_UNKNOWN
    assert answer.open_sale is not None
    sale_id = answer.open_sale.sale_id
    await stall.till.cut()
    book = stall.till.session.till.open_sales
    assert (await book.ask_again(sale_id)).reason is SaleReason.PAYMENT_UNKNOWN
    guessed = await book.decide(sale_id, is_paid=True)
    assert guessed.reason is SaleReason.PAYMENT_UNKNOWN
    for done in (guessed, await book.give_up(sale_id), await book.finish(sale_id, ())):
        assert "terminal" not in done.text, "no terminal was asked"
        assert "only the server knows" in done.text
    # It dies, and is opened again.
    await stall.till.session.close()
    place = stall.folder / stall.till.id
    stall.till = await open_again(stall.office, place, stall.till.device)
    await stall.till.sync()
    book = stall.till.session.till.open_sales
    (still,) = book.list_open()
    assert still.sale_id == sale_id
    asked = await book.ask_again(sale_id)
    assert asked.is_ok is has_heard
    assert await stall.left(code) == (0 if has_heard else PRICE)
    if not has_heard:
        # The request arrives after all: it charges nobody.
        digest = hash_voucher_code(stall.office.owner.organization_id, code).hex()
        late = await stall.ask(
            "pay", name=f"{sale_id}-0", code_hash=digest, amount_minor=PRICE, currency="EUR"
        )
        assert late.json()["state"] == "declined"
        assert await stall.left(code) == PRICE
    await stall.till.sync()
    assert await named(stall.office) == {}


@pytest.mark.either_database
async def test_sale_that_is_given_up_puts_its_money_back_on_the_voucher(stall: Stall) -> None:
    """A second voucher that does not suffice; the first one is whole again, once."""
    rich, poor = await stall.voucher(1_000), await stall.voucher(100)
    answer = await stall.sell(by_voucher(rich, 1_000), by_voucher(poor))
    assert answer.reason is SaleReason.PAYMENT_DECLINED
    assert answer.open_sale is not None
    assert await stall.left(rich) == 0
    book = stall.till.session.till.open_sales
    another = await book.finish(answer.open_sale.sale_id, (by_voucher(poor),))
    assert another.reason is SaleReason.PAYMENT_DECLINED
    assert (await book.give_up(answer.open_sale.sale_id)).is_ok
    assert (await stall.left(rich), await stall.left(poor)) == (1_000, 100)
    again = await stall.ask("reverse", name=f"{answer.open_sale.sale_id}-0")
    assert again.json()["state"] == "reversed"
    assert await stall.left(rich) == 1_000


@pytest.mark.either_database
@pytest.mark.parametrize("role", ["gate", "till"])
async def test_sale_is_given_up_also_once_its_till_has_become_something_else(
    stall: Stall, role: str
) -> None:
    """A gate, or another event's till: the holder's money is no less theirs."""
    rich, poor = await stall.voucher(1_000), await stall.voucher(100)
    answer = await stall.sell(by_voucher(rich, 1_000), by_voucher(poor))
    assert answer.open_sale is not None
    desk, owner = stall.office.office, stall.office.owner
    event_id = stall.office.event_id if role == "gate" else await desk.event(owner)
    place = {"role": role, "event_id": event_id}
    path = f"{owner.path}/devices/{stall.till.id}/assignment"
    await desk.ok("PUT", path, owner, json=place)
    given = await stall.till.session.till.open_sales.give_up(answer.open_sale.sale_id)
    assert given.is_ok
    assert (await stall.left(rich), await stall.unbooked()) == (1_000, 0)
    sold = await stall.ask("pay", name="more", code_hash="0" * 64, amount_minor=1, currency="EUR")
    assert sold.status_code == 403, "what it is no more it sells no more"


@pytest.mark.either_database
async def test_declined_voucher_of_an_open_sale_is_followed_by_another_that_pays(
    stall: Stall,
) -> None:
    """Each payment has a number of its own, also where one before it is gone."""
    first, gone, good = [await stall.voucher(worth) for worth in (1_000, 100, 5_000)]
    answer = await stall.sell(by_voucher(first, 1_000), by_voucher(gone))
    assert answer.open_sale is not None
    book = stall.till.session.till.open_sales
    done = await book.finish(answer.open_sale.sale_id, (by_voucher(good),))
    assert done.is_ok, done.text
    assert [await stall.left(one) for one in (first, gone, good)] == [0, 100, 3_500]
    await stall.till.sync()
    assert await named(stall.office) == {}


async def test_voucher_at_two_tills_at_once_pays_one_of_them(
    stall: Stall, ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """No money is made by being quick."""
    code = await stall.voucher(PRICE)
    other = await open_gate(ledger_office, tmp_path, 0, role="till")
    await other.sync()
    request = msgspec.structs.replace(one_type(1), tenders=(by_voucher(code),))
    tills = [stall.till, other]
    answers = await asyncio.gather(*(one.session.till.sell(request) for one in tills * 3))
    assert sum(one.is_ok for one in answers) == 1
    for till in tills:
        await till.sync()
    assert await stall.left(code) == 0
    assert await named(stall.office) == {}
    await other.session.close()


@pytest.mark.either_database
async def test_refund_of_a_sale_goes_back_onto_its_voucher(stall: Stall) -> None:
    """By the same tender, as soon as the till is heard."""
    code = await stall.voucher(PRICE)
    sale = (await stall.sell(by_voucher(code))).sold()
    await stall.till.sync()
    request = WithdrawRequest(
        purpose=Purpose.REFUND,
        code=sale.tickets[0].digits,
        amount_minor=PRICE,
        currency="EUR",
        tender=VOUCHER,
    )
    done = await stall.till.session.withdrawer.withdraw(request)
    assert done.is_ok, done
    await stall.till.sync()
    assert await stall.left(code) == PRICE
    assert await stall.payments() == [("voucher", PRICE, "refunded", PRICE)]
    assert await named(stall.office) == {}


@pytest.mark.either_database
async def test_hostile_till_makes_no_money_of_vouchers(stall: Stall) -> None:
    """What paid for a sale goes back by a refund only; one name pays once, and no gate may ask."""
    code = await stall.voucher(9_000)
    sale = (await stall.sell(by_voucher(code))).sold()
    await stall.till.sync()
    name = f"{sale.sale_id}-0"
    assert (await stall.ask("reverse", name=name)).json()["state"] == "booked"
    digest = hash_voucher_code(stall.office.owner.organization_id, code).hex()
    body = {"name": name, "code_hash": digest, "amount_minor": 100, "currency": "EUR"}
    assert (await stall.ask("pay", **body)).status_code == 409
    for wrong in ({"amount_minor": 0}, {"code_hash": "xy"}, {"currency": "euro"}, {"name": ""}):
        assert (await stall.ask("pay", **(body | wrong))).status_code == 422
    gate = await stall.office.enrol(0, role="gate")
    answer = await stall.office.office.client.post(
        url_paths.VOUCHER_PAY,
        json=body | {"event_id": stall.office.event_id},
        headers=gate.headers,
    )
    assert answer.status_code == 403
    assert await stall.left(code) == 6_500


@pytest.mark.either_database
async def test_till_that_asks_about_payments_that_never_were_fills_no_database(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each name is kept, so that it pays never; beyond a number the till is refused new ones."""
    monkeypatch.setattr(till_vouchers, "VOUCHERS_UNSOLD_MAX", 2)
    answers = [await stall.ask("find", name=f"lost-{number}") for number in (0, 1, 2, 1)]
    assert [answer.status_code for answer in answers] == [200, 200, 409, 200]
    assert answers[2].json()["type"].endswith("/quota-exceeded")


@pytest.mark.either_database
async def test_till_that_pays_and_takes_back_without_end_fills_no_database(
    stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a good voucher: beyond a number without a sale it is charged no more."""
    monkeypatch.setattr(till_vouchers, "VOUCHERS_UNSOLD_MAX", 2)
    code = await stall.voucher(10_000)
    hashed = hash_voucher_code(stall.office.owner.organization_id, code).hex()
    asked = {"code_hash": hashed, "amount_minor": 100, "currency": "EUR"}
    answers = []
    for number in (0, 1, 2, 1):
        answers.append(await stall.ask("pay", name=f"part-{number}", **asked))
        await stall.ask("reverse", name=f"part-{number}")
    assert [answer.status_code for answer in answers] == [200, 200, 409, 200]
    assert answers[2].json()["type"].endswith("/quota-exceeded")
    assert await stall.left(code) == 10_000
    assert not (await stall.sell(by_voucher(code))).is_ok
    assert (await stall.sell(Tender(kind=CASH))).is_ok
