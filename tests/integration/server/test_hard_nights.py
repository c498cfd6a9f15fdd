"""Dates and names that go wrong elsewhere, on all that the server sends, prints and exports.

The house stands in Berlin and the venue in New York: of its nights one has an hour twice, one goes
on past midnight into another year, one is a 29 February. Each name has two hundred letters and
runs from right to left, with words in it that do not.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import openpyxl
import pypdfium2
import pytest

from server.mail import order_mail_routes as mail
from server.ticket_files import routes as printing
from shared.kernel.id_types import EventId
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.mail_server import MailServer, mail_server

LONG: Final = ("عبد الرحمن بن خالد الأنصاري Hohenlohe-Schillingsfürst " * 5)[:200].strip()
NIGHTS: Final = {
    "once": ("2026-11-01T05:30:00Z", "November 1, 2026, 01:30 (UTC-04:00)"),
    "once more": ("2026-11-01T06:30:00Z", "November 1, 2026, 01:30 (UTC-05:00)"),
    "into the year": ("2027-01-01T04:50:00Z", "December 31, 2026, 23:50"),
    "leap": ("2028-02-29T23:00:00Z", "February 29, 2028, 18:00"),
}
STARTS: Final = {
    "once": "2026-11-01 01:30 (UTC-04:00)",
    "once more": "2026-11-01 01:30 (UTC-05:00)",
    "into the year": "2026-12-31 23:50",
    "leap": "2028-02-29 18:00",
}
MADE: Final = "2026-07-04 13:00"
MADE_IN_ARABIC: Final = "4 يوليو 2026 13:00"
"""The server's clock, in New York."""


@dataclass(frozen=True)
class Night:
    """The event, and an order of one ticket for each of its dates."""

    office: Office
    owner: Person
    path: str
    order: str
    gate: str
    post: MailServer

    async def fetch(self, path: str, **query: str) -> bytes:
        """Fetch a file."""
        answer = await self.office.call("GET", f"{self.path}/{path}", self.owner, params=query)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def tickets(self, form: str) -> bytes:
        """Have all tickets written, and fetch the file."""
        body = {"form": form, "names": True, "language": "en"}
        made = await self.office.ok("POST", f"{self.path}/ticket-files", self.owner, json=body)
        await printing.make_runner(self.office.framework.state).work()
        return await self.fetch(f"ticket-files/{made['id']}/content")


@pytest.fixture
async def night(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Night]:
    """Plan and sell it."""
    monkeypatch.setattr(mail, "JOB_POLL_S", 3_600)
    monkeypatch.setattr(printing, "TICKET_FILE_POLL_S", 3_600)
    with mail_server() as post:
        settings = test_settings(
            sqlite_url, tmp_path, mail_server=post.url, mail_from="doors@example.org"
        )
        async with open_office(settings) as office:
            yield await sold_out(office, post)


async def sold_out(office: Office, post: MailServer) -> Night:
    """Make the event and the order."""
    owner = await office.person()

    async def make(what: str, **body: Any) -> Any:
        return (await office.ok("POST", f"{path}/{what}", owner, json=body))["id"]

    path = owner.path
    path = f"{path}/events/{await make('events', name=LONG, timezone='America/New_York')}"
    event_id = EventId(path.rpartition("/")[2])
    kind = await office.ticket_type(owner, event_id, name=LONG, price_minor=1_250)
    zone = await make("zones", name=LONG)
    gate = await make("gates", name=LONG, zone_id=zone)
    dates = [
        await make("occurrences", name=name, starts_at=at) for name, (at, _) in NIGHTS.items()
    ]
    await office.ok("POST", f"{path}/state", owner, json={"state": "published"})
    lines = [{"ticket_type_id": kind, "quantity": 1, "occurrence_id": date} for date in dates]
    buyer = {"buyer_name": LONG, "buyer_email": "guest@example.org"}
    body = {"lines": lines, "payment": "paid", **buyer}
    placed = await office.ok("POST", f"{path}/orders", owner, json=body)
    return Night(office, owner, path, placed["order"]["id"], gate, post)


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page, as a viewer finds it."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.get_textpage().get_text_range() for page in document]


def corner(page: pypdfium2.PdfPage) -> str:
    """Return the letters at the foot of a page, at its right, as they stand there."""
    text = page.get_textpage()
    letters = [
        (text.get_charbox(one), text.get_text_range(one, 1)) for one in range(text.count_chars())
    ]
    middle = page.get_width() / 2
    found = sorted((box[0], letter) for box, letter in letters if box[0] > middle and box[3] < 60)
    return "".join(letter for _, letter in found).replace(" ", "").strip()


async def test_a_mail_says_each_date_by_the_venues_clock_and_names_whole(night: Night) -> None:
    """The hour that comes twice says which one it is."""
    path = f"{night.path}/orders/{night.order}/mail"
    await night.office.ok("POST", path, night.owner, json={"language": "en"})
    await mail.make_runner(night.office.framework.state).work()
    body = night.post.taken[-1].get_body(("plain",))
    assert body is not None
    said = body.get_content()
    for _, moment in NIGHTS.values():
        assert said.count(moment) == 1, moment
    # The buyer, the event, and the type of each ticket.
    assert said.count(LONG) == 2 + len(NIGHTS)


async def test_a_ticket_on_paper_says_its_own_date(night: Night) -> None:
    """One on each page, whatever its names are."""
    texts = pages(await night.tickets("pdf"))
    assert len(texts) == len(NIGHTS)
    for name, (_, moment) in NIGHTS.items():
        (page,) = [text for text in texts if moment in text]
        assert name in page


async def test_a_table_of_tickets_has_the_names_whole(night: Night) -> None:
    """Of holder and type, with the date's name."""
    text = (await night.tickets("csv")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["date"] for row in rows} == set(NIGHTS)
    assert {(row["type"], row["holder"]) for row in rows} == {(LONG, LONG)}


async def test_the_list_on_paper_was_made_at_the_venues_time(night: Night) -> None:
    """Its codes stand beside names of the other direction, each at its own place."""
    texts = pages(await night.fetch(f"gates/{night.gate}/fallback-list.pdf", language="en"))
    assert all("July 4, 2026, 13:00 (UTC-04:00)" in text for text in texts)


async def test_reports_say_each_date_by_the_venues_clock(night: Night) -> None:
    """And each page of paper when it was made, which no name beside it turns around."""
    table = list(csv.reader(io.StringIO((await night.fetch("report.csv")).decode("utf-8-sig"))))
    assert table[0][1:] == [LONG, "EUR", MADE]
    book = openpyxl.load_workbook(io.BytesIO(await night.fetch("report.xlsx")))
    rows = list(book["occurrences"].iter_rows(values_only=True))
    assert {row[0]: row[1] for row in rows if row[0] in STARTS} == STARTS
    pdf = await night.fetch("report.pdf")
    paper = pypdfium2.PdfDocument(pdf)
    for number, page in enumerate(paper, 1):
        assert corner(page) == f"{MADE} · {number}/{len(paper)}".replace(" ", "")
    texts = pages(pdf)
    for moment in STARTS.values():
        assert sum(text.count(moment) for text in texts) == 1
    (mirrored, *_) = pages(await night.fetch("report.pdf", language="ar"))
    assert MADE_IN_ARABIC in mirrored
    assert ("Totals" in texts[0], "Totals" in mirrored) == (True, False)
