"""Quantity tiers and limited codes at tills: counts that are shared, and never used beyond."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import msgspec
import pytest

from gatekeeper.boxoffice.till_requests import SellRequest, one_type
from gatekeeper.device.composition_root import machine_system
from gatekeeper.device.opened_till import add_printer
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.presenters.till.till_facts import read_facts
from server.exchange.epochs import open_higher_epoch
from shared.sales.sale_refusals import Refusal, SaleReason
from shared.sales.tenders import CASH, Tender
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.stocked_tills import buy, limit, lose, open_till
from tests.factories.wired_gates import WiredGate

if TYPE_CHECKING:
    from gatekeeper.device.attended_gate import AttendedGate

COUNT: Final = 10
TIER: Final = {"key": "first", "name": "First ten", "price_minor": 1_000, "count": COUNT}


async def check_count(office: LedgerOffice, till: WiredGate, bought: int) -> None:
    """Hold the only till's account of the only counted price against the ledger's."""
    (price,) = till.session.store.till.list_prices(office.event_id)
    query = "SELECT granted, used, granted - returned - used FROM price_allotment"
    assert await rows_of(office.office, query) == [(price.granted, price.used, price.left)]
    taken = await rows_of(office.office, "SELECT taken FROM price_count")
    assert taken == [(bought + price.used + price.left,)]


@pytest.mark.either_database
async def test_counted_prices_are_shared_and_never_used_beyond_their_count(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A tier of ten: two cut-off tills sell at it what they were given, the office the rest."""
    office = ledger_office
    tier = {"key": "first", "name": "First ten", "price_minor": 1_000, "count": 10}
    await limit(office, 100, selling={"tiers": [tier]})
    tills = [await open_till(office, tmp_path, 20) for _ in range(2)]
    for till in tills:
        await till.cut()
    cheap = 0
    for till in tills:
        for count in (1, 3, 1):
            sale = (await till.session.till.sell(one_type(1, count))).sold()
            cheap += sum(line.count for line in sale.lines if line.unit_minor == 1_000)
    assert cheap == 4, "two of ten, then two of eight"
    line = {"ticket_type_id": office.ticket_type_id, "quantity": 12}
    where = f"{office.path}/orders"
    made = await office.office.ok(
        "POST", where, office.owner, json={"lines": [line], "payment": "paid"}
    )
    assert sum(one["quantity"] for one in made["lines"] if one["tier"]) == 6
    for till in tills:
        await till.mend()
        await till.sync()
    assert await named(office) == {}
    taken = "SELECT taken FROM price_count WHERE event_id = :event"
    assert await rows_of(office.office, taken, event=office.event_id) == [(10,)]
    lost = {"reason": "gone", "revokes": True}
    path = f"{office.path}/devices/{tills[0].id}/lost"
    said = await office.office.ok("POST", path, office.owner, json=lost)
    assert (said["maybe_sold_total"], said["maybe_used"]) == (15, [])
    for till in tills:
        await till.session.close()


@pytest.mark.either_database
async def test_a_tills_window_shows_the_prices_that_its_engine_takes(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A tier that runs out in mid-basket, and a code of so many uses, connected and cut off."""
    office = ledger_office
    tier = {"key": "first", "name": "First ten", "price_minor": 1_000, "count": 10}
    await limit(office, 100, selling={"tiers": [tier], "fee_minor": 50})
    body = {"name": "Friends", "percent_points": 5_000, "code": "LANTERN2026", "uses": 8}
    await office.office.ok("POST", f"{office.path}/promotions", office.owner, json=body)
    till = await open_till(office, tmp_path, 20)
    session = cast("AttendedGate", till.session)  # what the window asks besides is not asked here
    opened = add_printer(
        session, msgspec.structs.replace(machine_system(), clock=office.office.clock)
    )
    window = TillPresenter()
    for has_code, due in ((False, 1_050 * 2 + 2_550), (True, 1_300), (True, 1_300), (True, 1_300)):
        window = TillPresenter()
        window.take_facts(read_facts(opened))
        window.state.go(TillStep.SELL)
        if has_code:
            window.state.promo = "lantern 2026"
        for _ in range(1 if has_code else 3):
            window.press("type:1")
        assert window.state.note == ""
        assert window.state.left == due
        window.press("cash")
        request = window.press(f"amount:{due}")
        assert isinstance(request, SellRequest)
        assert (await till.session.till.sell(request)).sold().total.minor_units == due
    await till.cut()
    window = TillPresenter()
    window.take_facts(read_facts(opened))
    window.state.go(TillStep.SELL)
    window.state.counts[1], window.state.promo = 1, "lantern 2026"
    assert isinstance(window.state.fill(), Refusal), "cut off, only uses that are here"
    await till.session.close()


async def test_a_tills_window_shows_no_discount_for_all_that_is_used_up(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The first two orders are cheaper: the third guest is shown and charged the whole price.

    Nobody asks the server for more uses of what takes no code. The window showed it off for good:
    no card could pay, and whoever laid down more cash had less change than they were told.
    """
    office = ledger_office
    await limit(office, 100)
    body = {"name": "First two", "percent_points": 2_000, "uses": 2}
    await office.office.ok("POST", f"{office.path}/promotions", office.owner, json=body)
    till = await open_till(office, tmp_path, 20)
    session = cast("AttendedGate", till.session)  # what the window asks besides is not asked here
    opened = add_printer(
        session, msgspec.structs.replace(machine_system(), clock=office.office.clock)
    )
    shown: list[int] = []
    for _ in range(4):
        await till.sync()
        window = TillPresenter()
        window.take_facts(read_facts(opened))
        window.state.go(TillStep.SELL)
        window.press("type:1")
        shown.append(window.state.left)
        window.press("cash")
        request = window.press("amount:10000")
        assert isinstance(request, SellRequest)
        assert (await till.session.till.sell(request)).sold().total.minor_units == shown[-1]
    assert (shown[0], shown[-1]) == (2_000, 2_500)
    assert read_facts(opened).mode == "online"
    await till.session.close()


@pytest.mark.either_database
async def test_limited_code_is_used_at_tills_as_often_as_they_were_given_it(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Abused from two tills that are cut off: each has its part, and no more goes."""
    office = ledger_office
    await limit(office, 100)
    body = {
        "name": "Friends",
        "kind": "percent",
        "percent_points": 5_000,
        "code": "LANTERN2026",
        "uses": 8,
    }
    await office.office.ok("POST", f"{office.path}/promotions", office.owner, json=body)
    tills = [await open_till(office, tmp_path, 20) for _ in range(2)]
    used = []
    for till in tills:
        await till.cut()
        request = msgspec.structs.replace(one_type(1), promo="lantern 2026")
        answers = [await till.session.till.sell(request) for _ in range(5)]
        used.append(sum(one.is_ok for one in answers))
        assert {one.reason for one in answers if not one.is_ok} == {SaleReason.CODE_USED_UP}
    assert used == [2, 1]
    for till in tills:
        await till.mend()
    assert await named(office) == {}
    # Connected, each use beyond the grant is one round trip, until all eight are gone.
    request = msgspec.structs.replace(one_type(1), promo="lantern 2026")
    dear = msgspec.structs.replace(request, tenders=(Tender(kind=CASH, amount_minor=1),))
    count = sum(used)
    for turn in range(9):
        till = tills[turn % 2]
        refused = await till.session.till.sell(dear)
        assert refused.reason in {SaleReason.SUM_DIFFERS, SaleReason.CODE_USED_UP}
        await till.sync()  # what was asked for and not used goes back
        count += (await till.session.till.sell(request)).is_ok
    assert count == 8
    for till in tills:
        await till.sync()
        await till.sync()
    assert await named(office) == {}
    taken = "SELECT taken FROM price_count WHERE event_id = :event"
    assert await rows_of(office.office, taken, event=office.event_id) == [(8,)]
    assert all(till.session.store.till.list_prices(office.event_id)[0].used for till in tills)
    for till in tills:
        await till.session.close()


@pytest.mark.either_database
@pytest.mark.parametrize(("office_buys", "expected"), [(6, {}), (10, {"oversold": 1})])
async def test_a_price_that_a_till_had_been_given_is_named_only_where_none_is_left(
    ledger_office: LedgerOffice, tmp_path: Path, office_buys: int, expected: dict[str, int]
) -> None:
    """Taken for lost, and found: it has sold what it was given, at no wrong price."""
    office = ledger_office
    tier = {"key": "first", "name": "First ten", "price_minor": 1_000, "count": 10}
    await limit(office, 100, selling={"tiers": [tier]})
    till = await open_till(office, tmp_path, 20)
    await till.cut()
    path = f"{office.path}/devices/{till.id}/lost"
    await office.office.ok("POST", path, office.owner, json={"reason": "gone", "revokes": False})
    line = {"ticket_type_id": office.ticket_type_id, "quantity": office_buys}
    where = f"{office.path}/orders"
    await office.office.ok("POST", where, office.owner, json={"lines": [line], "payment": "paid"})
    sale = (await till.session.till.sell(one_type(1, 2))).sold()
    assert [line.unit_minor for line in sale.lines] == [1_000]
    await till.mend()
    await till.sync()
    assert await named(office) == expected
    await till.session.close()


@pytest.mark.either_database
async def test_what_a_found_till_had_sold_is_not_kept_for_it_once_more(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It sold what the ledger had given to others: of what it is given next it has all.

    The ledger took as many more for the till's, which did not know of them: nobody sold those.
    """
    office = ledger_office
    await limit(office, 100, selling={"tiers": [TIER]})
    till = await open_till(office, tmp_path, 20)
    await till.cut()
    await lose(office, till)
    await buy(office, 9)
    (await till.session.till.sell(one_type(1, 2))).sold()
    await till.mend()
    await till.sync()
    assert await named(office) == {"oversold": 1}
    # One was beyond the ten, and counts of none.
    await check_count(office, till, 9 - 1)
    await limit(office, 100, selling={"tiers": [TIER | {"count": 31}]})
    await till.sync()
    await check_count(office, till, 9 - 1)
    (price,) = till.session.store.till.list_prices(office.event_id)
    assert price.left == 5
    await till.session.close()


@pytest.mark.either_database
@pytest.mark.parametrize("is_refilled", [False, True])
async def test_what_a_ledger_had_taken_back_is_not_a_tills_when_it_is_put_back(
    place: Place, tmp_path: Path, *, is_refilled: bool
) -> None:
    """Taken for lost after the copy was made: its grant says that it has no more of those."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await limit(office, 100, selling={"tiers": [TIER]})
        till = await open_till(office, tmp_path, 20)
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till.wire._office = today
        await lose(today, till)
        if not is_refilled:
            await buy(today, 10)
        await till.sync()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        till.wire._office = again
        await till.session.engine.sync_once()
        await till.session.engine.sync_once()
        await check_count(again, till, 0)
        assert await named(again) == {}
        await till.session.close()


@pytest.mark.either_database
async def test_what_a_till_sold_is_counted_once_by_a_ledger_that_is_put_back_twice(
    place: Place, tmp_path: Path
) -> None:
    """Once the office sells all before the till comes, the next time nothing."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await limit(office, 100, selling={"tiers": [TIER]})
        till = await open_till(office, tmp_path, 20)
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till.wire._office = today
        for _ in range(3):
            (await till.session.till.sell(one_type(1, 1))).sold()
            await till.sync()
        today.claims += 1
    for epoch, bought in enumerate((8, 0), 1):
        async with open_ledger_office_again(place.put_back(), today) as again:
            await open_higher_epoch(again.office.context, "put back", at_least=epoch)
            if bought:
                await buy(again, bought)
            till.wire._office = again
            for _ in range(4):
                await till.session.engine.sync_once()
            (price,) = till.session.store.till.list_prices(again.event_id)
            missing = max(0, bought + price.used - COUNT)
            await check_count(again, till, bought - missing)
            assert await named(again) == ({"oversold": 1} if missing else {})
            again.claims += 1
            today = again
    await till.session.close()
