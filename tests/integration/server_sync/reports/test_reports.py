"""What an event came to: its sums are the ledger's to the cent, in every form."""

from __future__ import annotations

import csv
import threading
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import msgspec
import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

import server.reports.routes
from server.db.tenancy import SYSTEM
from server.orders.models import Order, Refund
from server.payments.models import Payment, Payout
from shared.journal.entry import TAKEN_BACK_BY_ITSELF, UndoBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.libreoffice import open_and_save

NAME = "=Night, حفلة คืน"


async def lived_through(made: LedgerOffice) -> None:
    """Sell for cash and card with a promotion, pay back, let in, turn away, contradict."""
    office, owner = made.office, made.owner

    async def ask(path: str, key: str = "", **body: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        address = f"{made.path}/{path}"
        return await office.ok("POST", address, owner, json=body, headers=headers)

    await office.ok("PATCH", made.path, owner, json={"name": NAME})
    await ask("promotions", name="Early, =birds", percent_points=1_000, code="EARLY")
    kind = await office.ticket_type(owner, made.event_id, name="Balcony", price_minor=3_333)
    orders = []
    for number, quantity in enumerate((3, 2, 1)):
        code: dict[str, Any] = {"codes": ["EARLY"]} if number == 0 else {}
        lines = [{"ticket_type_id": kind, "quantity": quantity}]
        orders.append(await ask("orders", lines=lines, **code))
    for number, order in enumerate(orders):
        total, place = order["order"]["total_minor"], f"orders/{order['order']['id']}"
        half = total // 2 + 1
        paid = ask(
            f"{place}/payments", f"c{number}", tender="cash", amount_minor=half, fact="paid"
        )
        await paid
        rest = {"tender": "card", "amount_minor": total - half, "fact": "paid"}
        await ask(f"{place}/payments", f"d{number}", **rest)
    ticket = orders[1]["tickets"][0]["id"]
    await ask(f"tickets/{ticket}/refund", reason="ill")
    place = f"orders/{orders[1]['order']['id']}"
    await ask(f"{place}/payouts", "back", amount_minor=1_001, reason="ill", fact="done")
    north, south = await made.enrol(0), await made.enrol(1)
    await made.claimed(north, made.codes[0])
    made.scan(south, 0, mode="offline")
    made.scan(south, 1, verdict="deny", reason="cancelled", seen=b"")
    made.scan(south, 2, verdict="deny", reason="cancelled", seen=b"")
    await made.exchanged(south, south.journal.entries)


def table_of(report: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a table's rows by their columns."""
    (found,) = [one for one in report["tables"] if one["name"] == name]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


@pytest.mark.either_database
async def test_who_holds_a_ticket_for_a_date_that_was_called_off_did_not_stay_away(
    ledger_office: LedgerOffice,
) -> None:
    """Their money may not be back yet; nobody who was told not to come is a no-show."""
    made = ledger_office
    office, owner, path = made.office, made.owner, made.path
    night = {"name": "Second night", "starts_at": "2030-01-02T18:00:00Z"}
    date = (await office.ok("POST", f"{path}/occurrences", owner, json=night))["id"]
    named = await office.ticket_type(owner, made.event_id, name="Second", occurrence_id=date)
    other = await office.ticket_type(owner, made.event_id, name="Whole")
    for kind in (named, other):
        body = {"lines": [{"ticket_type_id": kind, "quantity": 2}]}
        order = (await office.ok("POST", f"{path}/orders", owner, json=body))["order"]
        paid = {"tender": "cash", "amount_minor": order["total_minor"], "fact": "paid"}
        await office.ok(
            "POST",
            f"{path}/orders/{order['id']}/payments",
            owner,
            json=paid,
            headers={"Idempotency-Key": order["id"]},
        )

    async def missing() -> dict[str, tuple[int, int]]:
        report = await office.ok("GET", f"{path}/report", owner)
        rows = {row["ticket_type"]: row for row in table_of(report, "attendance")}
        return {
            name: (rows[name]["tickets"], rows[name]["no_shows"]) for name in ("Second", "Whole")
        }

    assert await missing() == {"Second": (2, 2), "Whole": (2, 2)}
    cancel = f"{path}/occurrences/{date}/cancellation"
    await office.ok("POST", cancel, owner, json={"reason": "storm"})
    assert await missing() == {"Second": (2, 0), "Whole": (2, 2)}
    await office.ok("POST", f"{path}/cancellation", owner, json={"reason": "storm"})
    assert await missing() == {"Second": (2, 0), "Whole": (2, 0)}


@pytest.mark.either_database
async def test_whoever_came_on_a_ticket_for_any_date_stands_in_the_table_of_dates(
    ledger_office: LedgerOffice,
) -> None:
    """Season tickets name no date: the dates' persons come to those who came."""
    made = ledger_office
    office, owner, path = made.office, made.owner, made.path
    night = {"name": "Second night", "starts_at": "2030-01-02T18:00:00Z"}
    await office.ok("POST", f"{path}/occurrences", owner, json=night)
    (zone,) = (await office.ok("GET", f"{path}/plan", owner))["zones"]
    whole = {"name": zone["name"], "occurrence_id": None}  # of no single date either
    await office.ok("PUT", f"{path}/zones/{zone['id']}", owner, json=whole)
    kind = await office.ticket_type(owner, made.event_id, name="Season", persons=3)
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "payment": "paid"}
    sold = await office.ok("POST", f"{path}/orders", owner, json=body)
    ticket = f"{path}/tickets/{sold['tickets'][0]['id']}/credential"
    code = (await office.ok("GET", ticket, owner))["digits"]
    gate = await made.enrol()
    for each in (code, made.codes[0]):
        assert (await made.claimed(gate, each))["reason"] == "ok"
    report = await office.ok("GET", f"{path}/report", owner)
    came = table_of(report, "attendance")[-1]["persons"]
    dates = table_of(report, "occurrences")
    assert sum(row["persons_in"] for row in dates) == came > 1, dates


async def test_a_report_says_what_the_ledger_says_in_every_form(
    ledger_office: LedgerOffice,
) -> None:
    """To the cent, read back from JSON, CSV, XLSX and PDF."""
    made = ledger_office
    await lived_through(made)
    report = await made.office.ok("GET", f"{made.path}/report", made.owner)
    sums = await ledger_sums(made)

    totals = {row["figure"]: row["amount_minor"] for row in table_of(report, "totals")}
    assert totals["orders_paid"] == sums[Order] == table_of(report, "sales")[-1]["total_minor"]
    assert totals["received"] == sums[Payment] == sums[Order]
    assert totals["paid_back"] == sums[Payout] == 1_001
    assert totals["refunds_owed"] == sums[Refund] > 0
    assert totals["kept"] == sums[Payment] - 1_001
    tenders = {row["tender"]: row for row in table_of(report, "tenders")}
    assert tenders["total"]["received_minor"] == sums[Payment]
    assert tenders["total"]["net_minor"] == totals["kept"]
    (promotion,) = table_of(report, "promotions")
    assert (promotion["promotion"], promotion["discount_minor"]) == ("Early, =birds", 1_000)

    attendance = {row["ticket_type"]: row for row in table_of(report, "attendance")}
    assert attendance["total"]["came"] == 1
    assert attendance["Balcony"] == {
        "ticket_type": "Balcony",
        "tickets": 5,
        "came": 0,
        "no_shows": 5,
        "persons": 0,
    }
    assert sum(row["persons_in"] for row in table_of(report, "arrivals")) == 2
    (denied,) = table_of(report, "denials")
    assert (denied["reason"], denied["gate"], denied["count"]) == ("cancelled", "South", 2)
    assert {row["kind"]: row["count"] for row in table_of(report, "conflicts")} == {
        "double_use": 1
    }

    kept = f"{totals['kept'] / 100:.2f}"
    text = (await saved(made, "csv")).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text, newline="")))
    assert rows[0][1] == f"'{NAME}"
    assert ["kept", "", kept, "EUR"] in rows
    xlsx = await saved(made, "xlsx")
    assert spreadsheet_says(xlsx) == (float(kept), sums[Payment] / 100)
    pages = pypdfium2.PdfDocument(await saved(made, "pdf"))
    told = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert kept in told
    assert "Balcony" in told


@pytest.mark.either_database
async def test_report_says_what_supervisors_allowed_and_what_was_taken_back(
    ledger_office: LedgerOffice,
) -> None:
    """By a gate that was cut off all evening as well, of which no alarm could tell."""
    made = ledger_office
    chief = await Chief.appoint(made, "Jo")
    gate = await made.enrol()
    for ticket in (0, 1, 2):
        why = "organizer" if ticket else "safety"
        made.scan(gate, ticket, reason="override", person=chief.person, why=why, mode="offline")
    for why in ("did_not_enter", *TAKEN_BACK_BY_ITSELF):
        body = made.scan(gate, 3, mode="offline", claim_id=ClaimId(why))
        undo = UndoBody(body.claim_id, made.tickets[3], "", why)
        gate.journal.add(undo, made.event_id, made.now)
    for number in (4, 5):
        back = WithdrawalBody(
            claim_id=ClaimId(f"back-{number}"),
            ticket_id=made.tickets[number],
            generation=1,
            purpose="refund",
            mode="offline",
            reason="ill",
            currency="EUR",
            amount_minor=2_500,
            authorized_by=chief.person,
        )
        gate.journal.add(back, made.event_id, made.now)
    own = ShiftBody(shift_id="5" * 32, number=1, act="no_sale", currency="EUR", cashier="ca_own")
    allowed = msgspec.structs.replace(own, act="paid_out", authorized_by=chief.person)
    for act in (own, msgspec.structs.replace(allowed, number=2, amount_minor=700)):
        gate.journal.add(act, made.event_id, made.now)
    await made.exchanged(gate, gate.journal.entries)
    report = await made.office.ok("GET", f"{made.path}/report", made.owner)
    rows = table_of(report, "overrides")
    assert len({row.pop("device") for row in rows}) == 1
    assert [tuple(row.values()) for row in rows] == [
        ("override", "Jo", "organizer", 2, None, ""),
        ("refund", "Jo", "ill", 2, 5_000, "EUR"),
        ("drawer_paid_out", "Jo", "", 1, 700, "EUR"),
        ("override", "Jo", "safety", 1, None, ""),
        ("taken_back", "", "did_not_enter", 1, None, ""),
    ]
    pages = pypdfium2.PdfDocument(await saved(made, "pdf"))
    told = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert "let in against the rules" in told


@pytest.mark.either_database
async def test_two_currencies_of_an_event_are_never_summed_up(ledger_office: LedgerOffice) -> None:
    """Yen have no cents, and are no euros; the event's own figures are what they were."""
    made = ledger_office
    office, owner = made.office, made.owner
    kind = await office.ticket_type(
        owner, made.event_id, name="Tokyo", price_minor=1_000, currency="JPY"
    )
    for type_id, amount in ((made.ticket_type_id, 2_500), (kind, 1_000)):
        lines = [{"ticket_type_id": type_id, "quantity": 1}]
        order = await office.ok("POST", f"{made.path}/orders", owner, json={"lines": lines})
        paid = {"tender": "cash", "amount_minor": amount, "fact": "paid"}
        path = f"{made.path}/orders/{order['order']['id']}/payments"
        await office.ok("POST", path, owner, json=paid)
    report = await office.ok("GET", f"{made.path}/report", owner)
    own = {row["figure"]: row["amount_minor"] for row in table_of(report, "totals")[-7:]}
    assert own["received"] == own["kept"] == 2_500
    for name, column in (("totals", "amount_minor"), ("tenders", "received_minor")):
        sums = {
            row["currency"]: row[column]
            for row in table_of(report, name)
            if "received" in row.values() or row.get("tender") == "total"
        }
        assert sums == {"EUR": 2_500, "JPY": 1_000}, name
    sales = [(row["ticket_type"], row["total_minor"]) for row in table_of(report, "sales")]
    assert sales[:2] == [("Tokyo", 1_000), ("total", 1_000)]
    rows = list(csv.reader(StringIO((await saved(made, "csv")).decode("utf-8-sig"), newline="")))
    kept = [row for row in rows if row[:1] == ["kept"]]
    assert kept == [["kept", "", "1000", "JPY"], ["kept", "", "25.00", "EUR"]]


@pytest.mark.either_database
async def test_libreoffice_opens_a_report_with_the_same_sums(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Opened, saved in its own form and as XLSX again, it says what the ledger says."""
    made = ledger_office
    await lived_through(made)
    sums = await ledger_sums(made)
    (tmp_path / "report.xlsx").write_bytes(await saved(made, "xlsx"))
    wanted = ((sums[Payment] - sums[Payout]) / 100, sums[Payment] / 100)
    (opened,) = await open_and_save(tmp_path / "report.xlsx")
    assert spreadsheet_says(opened) == wanted


async def ledger_sums(made: LedgerOffice) -> dict[Any, int]:
    """Sum the event's money by SQL of the test's own."""
    found = {}
    async with made.office.database.read(org=SYSTEM) as session:
        for table, column in (
            (Order, Order.total_minor),
            (Payment, Payment.amount_minor),
            (Payout, Payout.amount_minor),
            (Refund, Refund.amount_minor),
        ):
            query = select(func.sum(column)).where(table.event_id == made.event_id)
            found[table] = int((await session.execute(query)).scalar_one())
    return found


async def saved(made: LedgerOffice, form: str) -> bytes:
    """Return a report's file."""
    answer = await made.office.call("GET", f"{made.path}/report.{form}", made.owner)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith(f'-report.{form}"')
    return answer.content


def spreadsheet_says(body: bytes) -> tuple[float, float]:
    """Read from a spreadsheet what was kept, and what came by all tenders."""
    book = load_workbook(BytesIO(body), data_only=True)
    kept = {row[0]: row[2] for row in book["totals"].iter_rows(values_only=True)}["kept"]
    came = {row[0]: row[2] for row in book["tenders"].iter_rows(values_only=True)}["total"]
    return float(str(kept)), float(str(came))


@pytest.mark.either_database
async def test_no_file_of_a_report_is_written_on_the_threads_of_requests(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred thousand answers take a second, and claims would wait for it."""
    made, where = ledger_office, list[str]()

    def noted(write: Any, report: Any, **more: Any) -> Any:
        where.append(threading.current_thread().name)
        return write(report, **more)

    for form in ("csv", "xlsx", "pdf"):
        write = getattr(server.reports.routes, f"write_{form}")
        monkeypatch.setattr(server.reports.routes, f"write_{form}", partial(noted, write))
        for of in (made.path, made.owner.path):
            path = f"{of}/report.{form}"
            assert (await made.office.call("GET", path, made.owner)).status_code == 200
            assert where.pop().startswith("reports"), path
    assert where == []
