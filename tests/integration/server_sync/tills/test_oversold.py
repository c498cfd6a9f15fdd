"""More tickets out than there are: what becomes of them counts as of any others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.factories.ledger_office import LedgerOffice
from tests.factories.selling import sell
from tests.factories.stocked_tills import lose
from tests.factories.wired_gates import open_gate


@pytest.mark.either_database
@pytest.mark.parametrize("raised_by", [0, 2, 5])
async def test_all_that_is_out_can_be_refunded_and_no_more_is_sold_than_there_is(
    ledger_office: LedgerOffice, tmp_path: Path, raised_by: int
) -> None:
    """Four beyond six: as many were sold again once some came back, and the last stayed out.

    Said to be more, there are as many fewer left.
    """
    office = ledger_office
    call, owner, path = office.office.ok, office.owner, office.path
    body: dict[str, Any] = {"name": "Few", "price_minor": 1_000, "quantity_limit": 6}
    kind = await call("POST", f"{path}/ticket-types", owner, json=body)
    till = await open_gate(office, tmp_path, 0, role="till")
    sizes = {"types": [{"ticket_type_id": kind["id"], "size": 4}]}
    await call("PUT", f"{path}/till-stock/{till.id}", owner, json=sizes)
    await till.sync()
    await till.cut()
    await sell(till.session, kind["code"], 4)
    await lose(office, till)

    async def buy(count: int) -> int:
        lines = [{"ticket_type_id": kind["id"], "quantity": count}]
        order = {"lines": lines, "payment": "paid"}
        answer = await office.office.call("POST", f"{path}/orders", owner, json=order)
        return int(answer.status_code)

    async def read() -> tuple[int, int]:
        kinds = await call("GET", f"{path}/ticket-types", owner)
        (few,) = [one for one in kinds if one["id"] == kind["id"]]
        return few["sold"], few["available"]

    assert [await buy(count) for count in (3, 3, 1)] == [201, 201, 409]
    await till.mend()
    assert await read() == (6, 0)
    more = body | {"quantity_limit": 6 + raised_by}
    await call("PUT", f"{path}/ticket-types/{kind['id']}", owner, json=more)
    assert await read() == (6 + min(4, raised_by), max(0, raised_by - 4))
    found = (await call("GET", f"{path}/orders", owner))["items"]
    orders = {one["id"]: one["total_minor"] for one in found if one["total_minor"] % 1_000 == 0}
    left = sum(orders.values()) // 1_000
    assert (left, len(orders)) == (10, 3)
    for order_id, total in orders.items():
        await call("POST", f"{path}/orders/{order_id}/cancel", owner, json={"reason": "guest"})
        left -= total // 1_000
        assert await read() == (min(left, 6 + raised_by), max(0, 6 + raised_by - left))
    await till.session.close()
