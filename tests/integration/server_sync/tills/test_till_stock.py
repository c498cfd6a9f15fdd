"""Tills' stock: sized by the organizer, granted once, sold cut off, and given back once."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from gatekeeper.boxoffice.shift_requests import ShiftRequest
from gatekeeper.boxoffice.till_requests import one_type
from shared.journal.stock_return_body import ReturnedType, StockReturnBody
from shared.kernel.instant import HOUR, SECOND, format_instant
from shared.manifest.signed_document import DocumentKind, SignedDocument, open_document
from shared.sales.sale_refusals import SaleReason
from shared.wire.exchange import ExchangeResponse
from shared.wire.till_stock import KnownStock, StockGrant
from tests.adversaries.scene import named
from tests.factories.ledger_office import GateDevice, LedgerOffice
from tests.factories.racing import rows_of
from tests.factories.stocked_tills import counters, left, limit, open_till, size, sold
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate, open_again, open_gate

SCALE = int(os.environ.get("GATEKEEPER_STOCK_SCALE", sized("2", "10")))
"""Tens of tickets that there are in the test of all at once; 100 for a thousand."""
BOTH: Final = ["sqlite", "postgresql"]


@pytest.mark.parametrize(
    ("published", "sizes"),
    [
        *[(database, (30, 30, 40)) for database in sized(["sqlite"], BOTH)],
        *[(database, (40, 40, 40)) for database in sized(["sqlite"], BOTH)],
        *[(database, (20, 35, 60)) for database in sized([], BOTH)],
    ],
    indirect=["published"],
)
async def test_two_cut_off_tills_and_the_office_sell_what_there_is_and_no_more(
    ledger_office: LedgerOffice, tmp_path: Path, sizes: tuple[int, int, int]
) -> None:
    """Of a hundred: 40 attempts at each till, and 40 orders; all let in where nobody has heard.

    With sizes that add up to what there is, exactly that is sold.
    """
    office = ledger_office
    await limit(office, 10 * SCALE)
    tills = [await open_till(office, tmp_path, size * SCALE // 10) for size in sizes[:2]]
    gate = await open_gate(office, tmp_path, 1)
    await gate.sync()
    for one in (*tills, gate):
        await one.cut()
    tries = 4 * SCALE
    orders = asyncio.ensure_future(_order(office, min(tries, sizes[2] * SCALE // 10)))
    printed = [await _sell(till, tries) for till in tills]
    ordered = await orders
    assert [len(one) for one in printed] == [min(tries, n * SCALE // 10) for n in sizes[:2]]
    for code in (*printed[0], *printed[1]):
        office.office.clock.advance(SECOND)
        answer = await gate.scan(code)
        assert (answer.verdict, answer.mode) == ("admit", "offline"), answer
    for till in tills:
        await till.mend()
    done, held, allotted = await counters(office)
    count = sum(len(one) for one in printed) + ordered
    assert done + held == count
    assert count + allotted <= 10 * SCALE
    assert count == 10 * SCALE or sizes != (30, 30, 40)
    total = "SELECT sum(total_minor) FROM ticket_order WHERE event_id = :event"
    ((money,),) = await rows_of(office.office, total, event=office.event_id)
    assert money == 2_500 * count
    await gate.mend()
    assert await named(office) == {}
    for one in (*tills, gate):
        await one.session.close()


async def _sell(till: WiredGate, tries: int) -> list[str]:
    """Try so often to sell one ticket; returns the codes of those that were sold."""
    codes = []
    for _ in range(tries):
        answer = await till.session.till.sell(one_type(1))
        if answer.is_ok:
            codes += [ticket.digits for ticket in answer.sold().tickets]
        else:
            assert answer.reason is SaleReason.GRANT_USED_UP
        await asyncio.sleep(0)
    return codes


async def _order(office: LedgerOffice, tries: int) -> int:
    """Order one ticket so often, paid or withheld by turns; returns how many were had."""
    line, done = {"ticket_type_id": office.ticket_type_id, "quantity": 1}, 0
    for number in range(tries):
        body = {"lines": [line], "payment": "pending" if number % 2 else "paid"}
        where = f"{office.path}/orders"
        answer = await office.office.call("POST", where, office.owner, json=body)
        done += answer.status_code == 201
    return done


@pytest.mark.either_database
async def test_stock_is_refilled_at_the_low_mark_while_the_till_runs(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Of ten the sixth sale brings ten again; what the organizer lowers comes back."""
    office = ledger_office
    await limit(office, 100)
    till = await open_till(office, tmp_path, 10)
    seen = []
    for _ in range(6):
        await sold(till, 1)
        await till.sync()
        seen.append(left(till))
    assert seen == [9, 8, 7, 6, 10, 9]
    await size(office, till.id, 3)
    await till.sync()
    assert left(till) == 3
    await till.sync()
    assert await counters(office) == (6, 0, 3)
    shown = await size(office, till.id, 0)
    assert (shown["granted"], shown["returned"], shown["sold"]) == (15, 6, 6)
    await till.sync()
    await till.sync()
    assert (left(till), await counters(office)) == (0, (6, 0, 0))
    await till.session.close()


@pytest.mark.either_database
async def test_connected_till_without_stock_sells_what_is_free_and_keeps_none(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """One round trip for each sale; a sale that is not made gives back what it asked for."""
    office = ledger_office
    await limit(office, 10)
    till = await open_till(office, tmp_path, 0)
    assert await sold(till, 1, count=4) == 4
    assert (left(till), await counters(office)) == (0, (0, 0, 4))
    await till.sync()
    assert await counters(office) == (4, 0, 0)
    assert await sold(till, 1, count=7) == 0
    wrong = one_type(1, 5)
    wrong = msgspec.structs.replace(
        wrong, tenders=(msgspec.structs.replace(wrong.tenders[0], amount_minor=1),)
    )
    answer = await till.session.till.sell(wrong)
    assert (answer.reason, left(till)) == (SaleReason.SUM_DIFFERS, 0)
    await till.sync()
    assert await counters(office) == (4, 0, 0)
    assert await sold(till, 1, count=6) == 6
    await till.cut()
    assert await sold(till, 1) == 0
    await till.mend()
    assert (await counters(office), await named(office)) == ((10, 0, 0), {})
    await till.session.close()


@pytest.mark.either_database
async def test_closing_a_shift_gives_the_unsold_back_unless_the_till_is_to_keep_it(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Cut off, too: the entry waits, and it is said before. None is refilled without a shift."""
    office = ledger_office
    await limit(office, 100)
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": {"sell": True}}
    made = await call("POST", f"{owner.path}/cashiers", owner, json=body)
    cashier = made["cashier"]["id"]
    till = await open_till(office, tmp_path, 10)
    till.session.keep_drawer()

    async def work(*, is_emptied: bool) -> None:
        await till.mend()
        request = _shift(cashier)
        assert till.session.shifts.do(request("open", 0)).ok
        await till.sync()
        assert left(till) == 10
        assert not till.session.till.is_emptied_by_close
        await till.cut()
        assert till.session.till.is_emptied_by_close is is_emptied
        one = msgspec.structs.replace(one_type(1, 2), cashier=cashier)
        assert (await till.session.till.sell(one)).is_ok
        assert till.session.shifts.do(request("close", 5_000)).ok

    await work(is_emptied=True)
    assert left(till) == 0
    await till.mend()
    assert await counters(office) == (2, 0, 0)
    await till.sync()
    assert (left(till), await counters(office)) == (0, (2, 0, 0))
    await size(office, till.id, 10, returns_at_close=False)
    await work(is_emptied=False)
    assert left(till) == 8
    await till.session.close()


def _shift(cashier: str) -> Any:
    def request(act: str, amount: int) -> ShiftRequest:
        return ShiftRequest(act=act, amount_minor=amount, cashier=cashier)

    return request


@pytest.mark.either_database
async def test_unsold_stock_comes_back_when_the_sale_ends(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """By the till's clock as far as the server bounds it; a clock that is wrong says nothing."""
    office = ledger_office
    await limit(office, 100, sales_until=format_instant(office.now + HOUR))
    till = await open_till(office, tmp_path, 10)
    await sold(till, 2)
    office.office.clock.advance(2 * HOUR)
    await till.sync()
    await till.sync()
    assert (left(till), await counters(office)) == (0, (2, 0, 0))
    await till.session.close()


def returned(total: int, sold: int = 0, why: str = "above_size") -> StockReturnBody:
    """Give back so many in all."""
    return StockReturnBody(serial=1, why=why, types=(ReturnedType(1, total, sold),))


@pytest.mark.either_database
async def test_returns_count_once_however_often_and_in_whatever_order_they_come(
    ledger_office: LedgerOffice,
) -> None:
    """An old total frees nothing again, and more than is out is not believed."""
    office = ledger_office
    await limit(office, 100)
    device = await office.enrol(role="till")
    await size(office, device.id, 30)
    for total, allotted in ((4, 26), (10, 20), (4, 20), (10, 20), (1 << 50, 0), (99, 0)):
        device.journal.add(returned(total), office.event_id, office.now)
        await office.exchanged(device, device.journal.entries)
        assert await counters(office) == (0, 0, allotted), total
    await size(office, device.id, 0)
    assert await counters(office) == (0, 0, 0)


@pytest.mark.either_database
async def test_a_copy_of_a_till_returns_and_sells_nothing_twice(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Put back to an older copy, it hears what it has sold and returned, and draws a new key."""
    office = ledger_office
    await limit(office, 100)
    till = await open_till(office, tmp_path, 20)
    await till.session.close()
    place = tmp_path / till.id
    shutil.copytree(place, tmp_path / "older")
    till = await open_again(office, place, till.device)
    await till.cut()
    assert await sold(till, 5) == 5
    await till.mend()
    await size(office, till.id, 5)
    await till.sync()
    await till.sync()
    assert await counters(office) == (5, 0, 5)
    await till.session.close()
    shutil.rmtree(place)
    shutil.copytree(tmp_path / "older", place)

    again = await open_again(office, place, till.device)
    await again.sync()
    assert left(again) == 5
    await again.sync()
    await again.cut()
    assert await sold(again, 9) == 5
    await again.mend()
    assert await counters(office) == (10, 0, 5)
    assert "sold_twice" not in await named(office)
    assert "oversold" not in await named(office)
    await again.session.close()


@pytest.mark.either_database
async def test_lost_till_gives_up_its_stock_and_says_what_it_may_have_sold(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What it sold unheard comes later: within what is free it is booked, beyond it named."""
    office = ledger_office
    await limit(office, 40)
    till = await open_till(office, tmp_path, 30)
    await till.cut()
    assert await sold(till, 12) == 12
    path = f"{office.path}/devices/{till.id}/lost"
    answer = await office.office.ok("POST", path, office.owner, json={"reason": "fell in a lake"})
    assert (answer["maybe_sold_total"], answer["maybe_sold"][0]["count"]) == (30, 30)
    assert answer["homes_move_id"]
    again = await office.office.ok("POST", path, office.owner, json={"reason": "fell in a lake"})
    said = ("maybe_sold", "maybe_sold_total", "maybe_used", "seats")
    assert [again[name] for name in said] == [answer[name] for name in said], "sent again"
    assert await counters(office) == (0, 0, 0)
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 35}
    body = {"lines": [line], "payment": "paid"}
    await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)
    await till.mend()
    assert await counters(office) == (40, 0, 0)
    kinds = await named(office)
    assert kinds.keys() == {"oversold"}
    await till.session.close()


@pytest.mark.parametrize("published", ["postgres"], indirect=True)
async def test_two_tills_and_buyers_race_for_the_last_ones(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Refills, taps, orders and returns at once: what is out and sold is never above the limit."""
    office = ledger_office
    await limit(office, 25)
    tills = [await open_till(office, tmp_path, 3) for _ in range(2)]

    async def work(till: WiredGate) -> int:
        done = 0
        for _ in range(10):
            done += await sold(till, 1, count=2)
            await till.sync()
        return done

    async def order() -> int:
        line = {"ticket_type_id": office.ticket_type_id, "quantity": 2}
        body = {"lines": [line], "payment": "paid"}
        where, done = f"{office.path}/orders", 0
        for _ in range(10):
            answer = await office.office.call("POST", where, office.owner, json=body)
            done += 2 * (answer.status_code == 201)
        return done

    counts = await asyncio.gather(*(work(till) for till in tills), order())
    for till in tills:
        await till.sync()
    done, held, allotted = await counters(office)
    assert (done, held) == (sum(counts), 0)
    assert done + allotted <= 25
    assert allotted == sum(left(till) for till in tills)
    assert await named(office) == {}
    for till in tills:
        await till.session.close()


@pytest.mark.either_database
async def test_a_grant_is_one_document_of_one_till(ledger_office: LedgerOffice) -> None:
    """Signed for the organization; told once; an older program is told nothing of it."""
    office = ledger_office
    await limit(office, 100)
    device = await office.enrol(role="till")
    await size(office, device.id, 7)
    assert (await office.exchanged(device)).grant is None
    grant = read(office, await _asked(office, device, KnownStock(0, 0, wants=True)))
    assert (grant.device_id, grant.event_id) == (device.id, office.event_id)
    (kind,) = grant.types
    assert (kind.granted, kind.returned, kind.sold, kind.size) == (7, 0, 0, 7)
    same = KnownStock(grant.epoch, grant.serial, wants=True)
    assert (await _asked(office, device, same)).grant is None
    assert (await _asked(office, device, msgspec.structs.replace(same, serial=0))).grant
    gate = await office.enrol(role="gate")
    assert (await _asked(office, gate, KnownStock(0, 0, wants=True))).grant is None


async def _asked(office: LedgerOffice, device: GateDevice, stock: KnownStock) -> ExchangeResponse:
    return await office.exchanged(device, stock=stock)


def read(office: LedgerOffice, response: ExchangeResponse) -> StockGrant:
    """Verify a grant."""
    assert isinstance(response.grant, SignedDocument)
    return open_document(
        response.grant,
        DocumentKind.GRANT,
        StockGrant,
        root_public_key=office.root,
        organization_id=office.owner.organization_id,
    )


@pytest.mark.either_database
async def test_hostile_till_cannot_take_the_whole_stock_by_asking(
    ledger_office: LedgerOffice,
) -> None:
    """Above the size of its stock it is given one sale's worth, and its totals twice nothing."""
    office = ledger_office
    await limit(office, 1_000)
    device = await office.enrol(role="till")
    await size(office, device.id, 5)

    async def ask(total: int) -> int:
        body = {
            "event_id": office.event_id,
            "types": [{"ticket_type_code": 1, "granted": total}],
        }
        answer = await office.office.client.post(
            "/sync/v1/till-stock", json=body, headers=device.headers
        )
        return answer.status_code

    assert [await ask(one) for one in (900, 106, 105, 105, 106)] == [409, 409, 200, 200, 409]
    assert await counters(office) == (0, 0, 105)
    gate = await office.enrol(role="gate")
    answer = await office.office.client.post(
        "/sync/v1/till-stock",
        json={"event_id": office.event_id, "types": []},
        headers=gate.headers,
    )
    assert answer.status_code == 403
