"""The till's engine and the office over a real wire: a shift's figures are the same everywhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.device.refund_and_exchange_parts import lines_of
from shared.kernel.instant import SECOND, Duration
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import open_again, open_gate
from tests.fakes.clock import ManualClock

RIGHTS = {"sell": True, "paid_out": True, "open_drawer": True, "refund_minor": 100_000}


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_till_cut_off_all_evening_and_the_office_agree_to_the_cent(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """By lines: the close's answer, the office's report, its sheet, and the orders."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": RIGHTS}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=body))["cashier"]["id"]
    till = await open_gate(office, tmp_path, 0, role="till")
    till.session.keep_drawer()
    await till.sync()
    till.wire.is_cut = True
    lines = lines_of(till.session)

    async def ask(**line: Any) -> dict[str, Any]:
        answer = await lines.answer(json.dumps(line | {"cashier": cashier}).encode())
        assert answer["ok"], answer
        return answer

    def sale(count: int, *tenders: dict[str, Any]) -> dict[str, Any]:
        return {"sell": [{"type": 1, "count": count}], "tenders": list(tenders)}

    await ask(shift="open", amount_minor=15_000)
    first = await ask(**sale(2, {"kind": "cash", "amount_minor": 10_000}))
    await ask(**sale(1, {"kind": "card"}))
    await ask(**sale(3, {"kind": "card", "amount_minor": 2_500}, {"kind": "cash"}))
    await ask(shift="paid_out", amount_minor=700, reason="flowers")
    await ask(shift="drop", amount_minor=5_000)
    await ask(shift="no_sale", reason="coins")
    moved = {"tender": "cash", "tender_to": "card", "sale_id": first["sale_id"]}
    await ask(shift="tender_moved", amount_minor=5_000, **moved)
    counted = await ask(shift="count", amount_minor=14_200)
    closed = await ask(shift="close", left_minor=10_000, terminal_minor=10_000)
    assert (counted["difference_minor"], closed["difference_minor"]) == (-100, -100)
    assert (closed["card_minor"], closed["z_number"]) == (10_000, 1)

    await till.mend()
    await till.session.close()
    path = f"{owner.path}/devices/{till.id}/shifts/{closed['shift_id']}"
    report = await call("GET", path, owner)
    sheet = await office.office.call("GET", f"{path}/csv", owner)
    rows = {(row["figure"], row["of"]): row for row in csv.DictReader(io.StringIO(sheet.text))}
    sums = closed["sums"]
    figure = _figures(report)
    assert figure("expected", "cash") == sums["expected_minor"] == 14_300
    assert figure("gross") == sums["gross_minor"] == 15_000
    assert figure("tender_net", "card") == closed["card_minor"]
    assert rows["expected", "cash"]["amount"] == "143.00"
    assert rows["difference", ""]["amount"] == "-1.00"
    assert rows["terminal", ""]["amount_minor"] == "10000", "beside the card sum"
    for name in ("gross", "dropped", "paid_out", "rounding"):
        assert rows[name, ""]["amount_minor"] == str(figure(name))
    assert report["shift"]["entry_hash"] == closed["entry"]
    assert (report["first_seq"], report["last_seq"]) == (sums["first_seq"], sums["last_seq"])
    orders = (await call("GET", f"{office.path}/orders", owner))["items"]
    booked = sum(one["total_minor"] for one in orders if one["channel"] == "box_office")
    assert booked == sums["gross_minor"]
    await _is_named_in_the_report(office, till.id, -100)
    assert await named(office) == {}


@pytest.mark.either_database
async def test_a_till_that_is_made_a_gate_sells_nothing_from_its_next_contact_on(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It had sold on, connected, what it held; made a till again, its cashiers go on."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": RIGHTS}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=body))["cashier"]["id"]
    till = await open_gate(office, tmp_path, 0, role="till")
    till.session.keep_drawer()
    await till.sync()
    lines = lines_of(till.session)

    async def ask(**line: Any) -> str:
        answer = await lines.answer(json.dumps(line | {"cashier": cashier}).encode())
        return str(answer["reason"])

    sale = {"sell": [{"type": 1, "count": 1}], "tenders": [{"kind": "cash"}]}
    assert await ask(shift="open", amount_minor=15_000) == await ask(**sale) == "ok"
    place = {"event_id": office.event_id}
    for role, said in (("gate", "not_allowed"), ("till", "ok")):
        path = f"{owner.path}/devices/{till.id}/assignment"
        await call("PUT", path, owner, json=place | {"role": role})
        await till.sync()
        assert await ask(**sale) == said
    await till.sync()
    await till.session.close()
    assert await named(office) == {}


async def _is_named_in_the_report(office: LedgerOffice, till: str, over_minor: int) -> None:
    """Look whose drawer the event's report says was over: nobody knows a till by its id."""
    call, owner = office.office.ok, office.owner
    whole = await call("GET", f"{office.path}/report", owner)
    table = next(one for one in whole["tables"] if one["name"] == "tills")
    (row,) = table["rows"]
    shift = dict(zip(table["columns"], row, strict=True))
    devices = (await call("GET", f"{office.path}/devices", owner))["items"]
    names = {one["device_id"]: one["name"] for one in devices}
    said = (shift["till"], shift["over_or_short_minor"], shift["name"])
    assert said == (till, over_minor, names[till])


def _figures(report: dict[str, Any]) -> Callable[..., int]:
    held = {(one["figure"], one["of"]): one["amount_minor"] for one in report["figures"]}

    def figure(name: str, of: str = "") -> int:
        amount = held[name, of]
        assert isinstance(amount, int)
        return amount

    return figure


@pytest.mark.either_database
async def test_what_was_left_in_a_drawer_and_is_not_in_the_next_float_is_told(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Whoever opens with less than was there is short at no count: the report says by how much."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": RIGHTS}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=body))["cashier"]["id"]
    till = await open_gate(office, tmp_path, 0, role="till")
    till.session.keep_drawer()
    await till.sync()
    lines = lines_of(till.session)
    for opened, left in ((15_000, 10_000), (8_000, 8_000), (8_000, 0)):
        for line in (
            {"shift": "open", "amount_minor": opened},
            {"shift": "close", "amount_minor": opened, "left_minor": left},
        ):
            answer = await lines.answer(json.dumps(line | {"cashier": cashier}).encode())
            assert answer["ok"], answer
        office.office.clock.advance(SECOND)
    await till.sync()
    await till.session.close()
    whole = await call("GET", f"{office.path}/report", owner)
    table = next(one for one in whole["tables"] if one["name"] == "tills")
    at = table["columns"].index("float_differs_minor")
    assert [row[at] for row in table["rows"]] == [None, -2_000, 0]


@pytest.mark.either_database
async def test_what_was_left_in_one_currency_is_held_against_no_float_of_another(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A hundred euros that are gone are no hundred francs: the next drawer of euros says so."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": RIGHTS}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=body))["cashier"]["id"]
    (kind,) = await call("GET", f"{office.path}/ticket-types", owner)
    till = await open_gate(office, tmp_path, 0, role="till")
    till.session.keep_drawer()
    lines, differs = lines_of(till.session), []
    for currency, opened, left in (
        ("EUR", 15_000, 10_000),
        ("CHF", 10_000, 3_000),
        ("EUR", 4_000, 0),
        ("CHF", 3_000, 0),
    ):
        priced = {"name": kind["name"], "price_minor": 2_500, "currency": currency}
        await call("PUT", f"{office.path}/ticket-types/{kind['id']}", owner, json=priced)
        await till.sync()
        for line in (
            {"shift": "open", "amount_minor": opened},
            {"shift": "close", "amount_minor": opened, "left_minor": left},
        ):
            answer = await lines.answer(json.dumps(line | {"cashier": cashier}).encode())
            assert answer["ok"], answer
            if line["shift"] == "open":
                differs.append(answer.get("float_differs_minor"))
        office.office.clock.advance(SECOND)
    await till.sync()
    await till.session.close()
    assert differs == [None, None, -6_000, 0]
    whole = await call("GET", f"{office.path}/report", owner)
    table = next(one for one in whole["tables"] if one["name"] == "tills")
    at = table["columns"].index("float_differs_minor")
    assert [row[at] for row in table["rows"]] == differs


@pytest.mark.parametrize("published", ["sqlite"], indirect=True)
async def test_no_shift_is_closed_before_it_was_opened(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A till that is started anew while it is cut off has nothing but its machine's slow clock."""
    office = ledger_office
    call, owner = office.office.ok, office.owner
    body = {"name": "Mara", "rights": RIGHTS}
    cashier = (await call("POST", f"{owner.path}/cashiers", owner, json=body))["cashier"]["id"]
    clock = ManualClock(office.office.clock.wall())
    till = await open_gate(office, tmp_path, 0, role="till", clock=clock)
    await till.sync()

    async def act(**line: Any) -> dict[str, Any]:
        lines = lines_of(till.session)
        return await lines.answer(json.dumps(line | {"cashier": cashier}).encode())

    assert (await act(shift="open", amount_minor=15_000))["ok"]
    till.wire.is_cut = True
    await till.session.close()
    clock.reboot()
    clock.step_wall(Duration(-2 * 3_600 * SECOND))
    till = await open_again(office, tmp_path / till.id, till.device, clock=clock)
    assert (await act(shift="count", amount_minor=15_000))["ok"]
    closed = await act(shift="close", left_minor=0)
    office.office.clock.advance(SECOND)
    await till.mend()
    await till.session.close()
    path = f"{owner.path}/devices/{till.id}/shifts/{closed['shift_id']}"
    shift = (await call("GET", path, owner))["shift"]
    assert shift["opened_at"] < shift["closed_at"], shift
    assert await named(office) == {}
