"""What several events came to: each day its money, each currency apart, in every form."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select

from server.db.tenancy import SYSTEM
from server.orders.models import Order
from server.payments.models import Payment, Payout
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, Duration
from tests.factories.libreoffice import open_and_save
from tests.factories.office import Office, Person

pytestmark = pytest.mark.either_database

FORMULAS = ("=1+1", "+SUM(A1)", "-2+3", "@now()", "\t=2", '=HYPERLINK("http://x")')
"""Names that a spreadsheet would calculate if it were let."""


async def season(office: Office) -> tuple[Person, list[str]]:
    """Sell at three events on two days or three, in two currencies, and pay one order back."""
    ada = await office.person()
    events = []
    for number, name in enumerate(("=Opening", "Night", "Gala, حفلة")):
        office.clock.advance(
            Duration(11 * HOUR * bool(number))
        )  # a session's token is good for a day
        event_id = EventId(await office.event(ada))
        path = f"{ada.path}/events/{event_id}"
        await office.ok("PATCH", path, ada, json={"name": name})
        money = {"currency": "CHF"} if number == 2 else {}
        kind = await office.ticket_type(
            ada, event_id, name=FORMULAS[number], price_minor=1_999, **money
        )
        for count in (1, 3):
            lines = [{"ticket_type_id": kind, "quantity": count}]
            placed = await office.ok("POST", f"{path}/orders", ada, json={"lines": lines})
            order = f"{path}/orders/{placed['order']['id']}"
            total = placed["order"]["total_minor"]
            for part, tender in ((total - 1_000, "card"), (1_000, "cash")):
                paid = {"tender": tender, "amount_minor": part, "fact": "paid"}
                key = {"Idempotency-Key": tender + placed["order"]["id"]}
                await office.ok("POST", f"{order}/payments", ada, json=paid, headers=key)
            if name == "Night" and count > 1:
                await office.ok("POST", f"{order}/cancel", ada, json={"reason": "ill"})
                back = {"amount_minor": total, "reason": "ill", "fact": "done"}
                key = {"Idempotency-Key": "back"}
                await office.ok("POST", f"{order}/payouts", ada, json=back, headers=key)
        events.append(str(event_id))
    return ada, events


def table_of(report: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return a table's rows by their columns."""
    (found,) = [one for one in report["tables"] if one["name"] == name]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


async def ledger_sums(office: Office) -> dict[str, dict[str, int]]:
    """Sum the money by SQL of the test's own, by currency."""
    found = {}
    async with office.database.read(org=SYSTEM) as session:
        for name, table, column, where in (
            ("orders_paid", Order, Order.total_minor, Order.paid_at.is_not(None)),
            ("received", Payment, Payment.amount_minor, Payment.amount_minor > 0),
            ("paid_back", Payout, Payout.amount_minor, Payout.state == "done"),
        ):
            query = select(table.currency, func.sum(column)).where(where).group_by(table.currency)
            found[name] = {row[0]: int(row[1]) for row in (await session.execute(query)).all()}
    return found


async def test_a_report_over_events_equals_the_ledger_by_currency_and_is_of_what_is_asked_for(
    office: Office,
) -> None:
    """Each table sums to the same, and no sum mixes two currencies.

    Days are the organization's; both ends are in it; days add up to the whole.
    """
    ada, events = await season(office)
    await check_sums(office, ada)
    await check_days_and_events(office, ada, events)


async def check_sums(office: Office, ada: Person) -> None:
    """Hold each table of the whole against the ledger."""
    report = await office.ok("GET", f"{ada.path}/report", ada)
    sums = await ledger_sums(office)
    assert set(sums["received"]) == {"EUR", "CHF"}
    told: dict[str, dict[str, int]] = {}
    for row in table_of(report, "totals"):
        told.setdefault(row["figure"], {})[row["currency"]] = row["amount_minor"]
    assert {name: told[name] for name in sums} == sums
    for table, column, name in (
        ("sales", "total_minor", "orders_paid"),
        ("taxes", "total_minor", "orders_paid"),
        ("taxes", "refunded_minor", "paid_back"),
        ("days", "total_minor", "orders_paid"),
        ("tenders", "received_minor", "received"),
        ("days", "received_minor", "received"),
        ("tenders", "paid_back_minor", "paid_back"),
    ):
        for currency, amount in sums[name].items():
            rows = [row for row in table_of(report, table) if row["currency"] == currency]
            assert sum(row[column] for row in rows) == amount, (table, column, currency)
    totals = {
        row["currency"]: row for row in table_of(report, "events") if row["event"] == "total"
    }
    for currency, row in totals.items():
        assert row["received_minor"] == sums["received"][currency]
        assert row["net_minor"] == told["net"][currency]


async def check_days_and_events(office: Office, ada: Person, events: list[str]) -> None:
    """Ask for some of the days and events, and for what there is not."""
    whole = await office.ok("GET", f"{ada.path}/report", ada)
    days = sorted({row["day"] for row in table_of(whole, "days")})
    assert len(days) >= 2
    parts = []
    for day in days:
        params = {"since": day, "until": day}
        part = await office.ok("GET", f"{ada.path}/report", ada, params=params)
        parts += table_of(part, "days")
        assert {row["day"] for row in table_of(part, "days")} == {day}
    assert parts == table_of(whole, "days")
    only = {"events": ",".join(events[:2])}
    some = await office.ok("GET", f"{ada.path}/report", ada, params=only)
    assert {row["event"] for row in table_of(some, "events")} == {"=Opening", "Night", "total"}
    before = await office.ok("GET", f"{ada.path}/report", ada, params={"until": "2001-01-01"})
    assert table_of(before, "totals") == table_of(before, "days") == []
    stranger = await office.person()
    for query, status in (
        ({"events": "ev_nothing"}, 404),
        ({"since": days[1], "until": days[0]}, 422),
        ({"since": "0001-01-01"}, 422),
        ({"until": "9999-12-31"}, 422),
    ):
        answer = await office.call("GET", f"{ada.path}/report", ada, params=query)
        assert answer.status_code == status, answer.text
    theirs = await office.call("GET", f"{stranger.path}/report", stranger, params=only)
    assert theirs.status_code == 404
    assert table_of(await office.ok("GET", f"{stranger.path}/report", stranger), "sales") == []


async def test_a_days_money_is_on_its_day_by_the_organizations_clock(office: Office) -> None:
    """Half an hour after midnight in Berlin is still the day before in UTC."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind = await office.ticket_type(ada, event_id)
    wanted = 22 * HOUR + HOUR // 2
    office.clock.advance(Duration((wanted - office.clock.wall()) % DAY))
    body = {"payment": "paid", "lines": [{"ticket_type_id": kind, "quantity": 1}]}
    await office.ok("POST", f"{ada.path}/events/{event_id}/orders", ada, json=body)
    report = await office.ok("GET", f"{ada.path}/report", ada)
    (row,) = table_of(report, "days")
    assert row["day"] == report["made_at"][:10]
    for shift, count in ((0, 1), (-1, 0)):
        day = str(date.fromisoformat(row["day"]) + timedelta(days=shift))
        params = {"since": day, "until": day}
        found = await office.ok("GET", f"{ada.path}/report", ada, params=params)
        assert len(table_of(found, "days")) == count


async def test_money_counts_on_the_day_on_which_it_moved(office: Office) -> None:
    """A transfer is announced on one day, and there on another; so is what goes back."""
    ada = await office.person()
    event_id = EventId(await office.event(ada))
    kind = await office.ticket_type(ada, event_id)
    path = f"{ada.path}/events/{event_id}/orders"
    body = {"lines": [{"ticket_type_id": kind, "quantity": 1}], "hold_s": 86_400}
    order = f"{path}/{(await office.ok('POST', path, ada, json=body))['order']['id']}"
    said = {"tender": "transfer", "amount_minor": 2_500}
    paid = await office.ok("POST", f"{order}/payments", ada, json=said)

    async def report() -> list[tuple[Any, ...]]:
        found = await office.ok("GET", f"{ada.path}/report", ada)
        return [(row["received_minor"], row["paid_back_minor"]) for row in table_of(found, "days")]

    office.clock.advance(12 * HOUR)
    fact = f"{order}/payments/{paid['id']}/facts"
    await office.ok("POST", fact, ada, json={"fact": "paid"})
    await office.ok("POST", f"{order}/cancel", ada, json={"reason": "ill"})
    back = {"amount_minor": 2_500, "reason": "ill"}
    (payout,) = await office.ok("POST", f"{order}/payouts", ada, json=back)
    assert await report() == [(2_500, 0)]
    office.clock.advance(DAY)
    ada = await office.person("owner", organization_id=ada.organization_id)
    done = f"{order}/payouts/{payout['id']}/facts"
    await office.ok("POST", done, ada, json={"fact": "done"})
    assert await report() == [(2_500, 0), (0, 2_500)]


async def test_its_files_say_the_same_sums_also_where_libreoffice_opens_them(
    office: Office, tmp_path: Path
) -> None:
    """CSV, XLSX and PDF say the same; no name of anything is ever calculated, nor there."""
    ada, _ = await season(office)
    sums = await ledger_sums(office)
    wanted = {currency: amount / 100 for currency, amount in sums["orders_paid"].items()}

    text = (await saved(office, ada, "csv")).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text, newline="")))
    found = {row[1]: float(row[3]) for row in rows if row[:1] == ["orders_paid"]}
    assert found == wanted
    assert not [cell for row in rows for cell in row if is_formula(cell)]

    xlsx = await saved(office, ada, "xlsx")
    assert sold(xlsx) == wanted
    assert calculated(xlsx) == []
    pages = pypdfium2.PdfDocument(await saved(office, ada, "pdf"))
    told = "".join(page.get_textpage().get_text_bounded() for page in pages)
    assert all(f"{amount:.2f}" in told for amount in wanted.values())

    tables = [tmp_path / name for name in ("report.xlsx", "lines.csv")]
    for table in tables:
        table.write_bytes(await saved(office, ada, table.suffix[1:]))
    report, lines = await open_and_save(*tables)
    assert calculated(report) == calculated(lines) == []
    assert sold(report) == wanted


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would calculate a cell of a CSV: a plain number it only reads."""
    return cell[:1] in set("=+@\t\r") or (
        cell[:1] == "-" and not cell[1:].replace(".", "").isdigit()
    )


def sold(body: bytes) -> dict[str, float]:
    """Read from a spreadsheet what was sold, by currency."""
    book = load_workbook(BytesIO(body), data_only=True)
    rows = list(book["totals"].iter_rows(values_only=True))
    return {str(row[1]): float(str(row[3])) for row in rows if row[0] == "orders_paid"}


def calculated(body: bytes) -> list[str]:
    """Return a spreadsheet's cells that hold a formula."""
    book = load_workbook(BytesIO(body))
    return [
        str(cell.value)
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]


async def saved(office: Office, person: Person, form: str) -> bytes:
    """Return the report as a file."""
    answer = await office.call("GET", f"{person.path}/report.{form}", person)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="report.{form}"'
    return answer.content
