"""A till that is taken for lost, or forgotten, and comes after all with what it has sold.

Its tickets are good: it sold what it was given. What it has and what the ledger keeps for it is
the same afterwards, so that whatever nobody has sold somebody can sell.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from server.exchange.epochs import open_higher_epoch
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.proving import know_folder
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.sales_till import Till
from tests.factories.stocked_tills import buy, counters, left, limit, lose, open_till, size, sold
from tests.factories.wired_gates import WiredGate, open_again
from tests.integration.server_sync.devices.test_enrolling_again import Door, issue, pair

_BLOCKED = "SELECT count(*) FROM ticket WHERE blocked"
_LIMIT = "SELECT id_limit FROM signing_key WHERE device_id = :till"


async def sync(till: WiredGate) -> None:
    """Come with what is to tell, and hear what became of it."""
    for _ in range(3):
        await till.session.engine.sync_once()


async def could_sell(office: LedgerOffice) -> int:
    """Return what the desk is told of how many tickets devices may have sold unheard."""
    found = await office.office.ok("GET", f"{office.path}/devices", office.owner)
    return sum(one["could_sell"] for one in found["items"])


async def check_all_is_sold(office: LedgerOffice, till: WiredGate, capacity: int) -> None:
    """Hold the only till's account against the ledger's, and sell the rest to the last one.

    What is sold beyond what there is counts nowhere.
    """
    done, _, allotted = await counters(office)
    assert left(till) == allotted
    assert await rows_of(office.office, "SELECT granted - returned - sold FROM allotment") == [
        (allotted,)
    ]
    await size(office, till.id, 0)
    await sync(till)
    assert (left(till), await counters(office)) == (0, (done, 0, 0))
    if rest := max(0, capacity - done):
        await buy(office, rest)
    assert await counters(office) == (max(done, capacity), 0, 0)


@pytest.mark.either_database
@pytest.mark.parametrize(("office_buys", "expected"), [(0, {}), (35, {"oversold": 1})])
async def test_what_a_found_till_had_sold_is_not_kept_for_it_once_more(
    ledger_office: LedgerOffice, tmp_path: Path, office_buys: int, expected: dict[str, int]
) -> None:
    """Twelve stood with a till that had none: it took them for sold, the ledger for unsold."""
    office = ledger_office
    await limit(office, 40)
    till = await open_till(office, tmp_path, 20)
    await till.cut()
    assert await sold(till, 6, count=2) == 12
    await lose(office, till)
    if office_buys:
        await buy(office, office_buys)
    await till.mend()
    await sync(till)
    assert (await named(office)).keys() == expected.keys()
    await limit(office, 60)
    await sync(till)
    assert left(till) > 0
    await check_all_is_sold(office, till, 60)
    assert (await named(office)).keys() == expected.keys()
    await till.session.close()


@pytest.mark.either_database
async def test_what_a_lost_till_has_sold_is_good_whatever_it_is_given_before_it_is_found(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Lost twice, and sized in between: its tickets lay beyond what it then was to hold."""
    office = ledger_office
    await limit(office, 80)
    till = await open_till(office, tmp_path, 20)
    await till.cut()
    assert await sold(till, 6, count=2) == 12
    await lose(office, till)
    await size(office, till.id, 3)
    assert (await lose(office, till))["maybe_sold_total"] == 20 + 3
    await size(office, till.id, 2)
    await till.mend()
    await sync(till)
    assert await named(office) == {}
    assert await rows_of(office.office, _BLOCKED) == [(0,)]
    await check_all_is_sold(office, till, 80)
    await till.session.close()


@pytest.mark.either_database
async def test_a_found_till_that_has_told_all_may_sell_what_it_has_and_no_more(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What it might have sold unheard is bounded by what it had; heard, that is over."""
    office = ledger_office
    await limit(office, 200)
    till = await open_till(office, tmp_path, 100)
    await till.cut()
    assert await sold(till, 6, count=2) == 12
    await lose(office, till)
    assert await could_sell(office) == 100
    await size(office, till.id, 5)
    assert await could_sell(office) == 100 + 5
    ((bound,),) = await rows_of(office.office, _LIMIT, till=till.id)
    assert bound == 100 + 5
    await till.mend()
    await sync(till)
    assert left(till) == await could_sell(office) == 5
    ((bound,),) = await rows_of(office.office, _LIMIT, till=till.id)
    assert bound == 12 + 5
    assert (await lose(office, till))["maybe_sold_total"] == 5
    await till.session.close()


@pytest.mark.either_database
async def test_a_lying_till_that_was_taken_for_lost_widens_nothing_by_what_it_was_not_given(
    ledger_office: LedgerOffice,
) -> None:
    """It sells its last numbers first, and ever more beyond: those wait for a person."""
    office = ledger_office
    await limit(office, 500)
    till = Till(office, await office.enrol(role="till"))
    await size(office, till.device.id, 20)
    await till.open()
    await office.office.ok(
        "POST",
        f"{office.path}/devices/{till.device.id}/lost",
        office.owner,
        json={"reason": "gone", "revokes": False},
    )
    for start in (20, 40, 0, 20, 60, 80):
        till.sell([till.mint(n) for n in range(start, start + 20)])
        await till.sync()
        await size(office, till.device.id, 0)
        ((bound,),) = await rows_of(office.office, _LIMIT, till=till.device.id)
        assert bound <= 20
    shown = await rows_of(office.office, "SELECT granted, sold, returned FROM allotment")
    assert shown == [(40, 20, 20)]
    # What was sold anew of numbers 20 to 39 is no ticket of its own.
    assert await rows_of(office.office, _BLOCKED) == [(80,)]


@pytest.mark.either_database
async def test_what_a_till_sold_of_a_forgotten_grant_is_good_where_the_office_sold_it_again(
    place: Place, tmp_path: Path
) -> None:
    """It proves what it was given: its guests come in, and that more are out is named once."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await limit(office, 60)
        till = await open_till(office, tmp_path, 4)
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till.wire._office = today
        await size(today, till.id, 20)
        await sync(till)
        assert await sold(till, 6, count=2) == 12
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        till.wire._office = again
        await buy(again, 54)
        await sync(till)
        assert await rows_of(again.office, _BLOCKED) == [(0,)]
        assert (await named(again)).keys() == {"oversold"}
        await limit(again, 90)
        await sync(till)
        await check_all_is_sold(again, till, 90)
        await till.session.close()


@pytest.mark.either_database
async def test_a_till_that_is_enrolled_again_as_itself_has_what_it_had(
    place: Place, tmp_path: Path
) -> None:
    """The copy knows nothing of it, and the office has sold all: its guests come in."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await limit(office, 60)
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till = await open_till(today, tmp_path, 20)
        assert await sold(till, 6, count=2) == 12
        await sync(till)
        await till.session.close()
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        await buy(again, 54)
        code = await issue(again, role="till", gate_id=None)
        await pair(again, tmp_path / till.id, code["text"], Door(again))
        till.device.token = know_folder(tmp_path / till.id)
        till = await open_again(again, tmp_path / till.id, till.device)
        await sync(till)
        assert await rows_of(again.office, _BLOCKED) == [(0,)]
        assert (await named(again)).keys() == {"oversold"}
        await limit(again, 90)
        await sync(till)
        await check_all_is_sold(again, till, 90)
        await till.session.close()


@pytest.mark.either_database
@pytest.mark.parametrize("is_refilled", [False, True])
async def test_what_a_ledger_had_taken_back_is_not_a_tills_when_it_is_put_back(
    place: Place, tmp_path: Path, *, is_refilled: bool
) -> None:
    """Taken for lost after the copy was made: its grant says that it has no more of those."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        await limit(office, 60)
        till = await open_till(office, tmp_path, 20)
        office.claims += 1
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        till.wire._office = today
        assert await sold(till, 3, count=2) == 6
        await lose(today, till)
        if not is_refilled:
            await buy(today, 60)
        await sync(till)
        today.claims += 1
    async with open_ledger_office_again(place.put_back(), today) as again:
        await open_higher_epoch(again.office.context, "put back")
        till.wire._office = again
        await sync(till)
        assert await named(again) == {}
        await check_all_is_sold(again, till, 60)
        await till.session.close()
