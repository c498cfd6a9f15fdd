"""Tickets as files: PDF pages, tables, pictures of codes. No database here."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from server.mail.mail_texts import Wording
from server.paper.ticket_pages import TicketPages, make_code, write_pages
from shared.kernel.instant import Instant
from shared.kernel.languages import RIGHT_TO_LEFT
from shared.kernel.same_fields import made_of
from shared.kernel.spreadsheet_cells import plain_cell, spelt_in_xml
from shared.manifest.ticket_design import PLAIN, TicketDesign
from shared.paper.ticket_words import TicketWords

COLUMNS: Final = (
    *("serial", "code", "manual_code", "type", "date", "seat", "persons", "holder", "order"),
)
_QUIET: Final = 4
"""Modules of white that a code has around it (ISO/IEC 18004)."""
_PNG_SCALE: Final = 10
ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The first that a ZIP can say: the same tickets make the same file."""


class PrintedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of a ticket.

    Attributes:
        serial: Its id, as 16 hex digits.
        digits: The text of its QR code.
        manual_code: Typed where the code cannot be read; "" for none.
        date: The date's name, "" for any; `starts_at` is when it starts.
        order: Its order's number; 0 without one.
        valid_from, valid_until: The first and the last instant at which it lets in, or None.
        holder: "" for nobody, or where nobody is to be named.
    """

    serial: str
    digits: str
    manual_code: str
    kind: str
    date: str
    starts_at: Instant | None
    seat: str
    persons: int
    holder: str
    order: int
    valid_from: Instant | None = None
    valid_until: Instant | None = None


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What all tickets of a file have in common.

    Attributes:
        pictures: Of the design, by their digests.
    """

    event: str
    organization: str
    timezone: str
    language: str
    layout: str
    design: TicketDesign = PLAIN
    pictures: Mapping[str, bytes] = {}


def write_csv(tickets: Iterable[PrintedTicket], _look: Look) -> bytes:
    """Write a table for a print shop."""
    text = io.StringIO(newline="")
    text.write("\ufeff")  # else spreadsheets take it for the machine's own letters
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in tickets:
        table.writerow([plain_cell(cell) for cell in _cells(one)])
    return text.getvalue().encode()


def write_xlsx(tickets: Iterable[PrintedTicket], _look: Look) -> bytes:
    """Write the same as a spreadsheet; every cell is text, so that no digit is rounded."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("tickets")
    sheet.append(COLUMNS)
    for one in tickets:
        row: list[Any] = []
        for text in _cells(one):
            cell = WriteOnlyCell(sheet)
            cell.value = spelt_in_xml(text)
            cell.data_type = "s"  # never a formula
            row.append(cell)
        sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_pictures(tickets: Iterable[PrintedTicket], _look: Look, *, kind: str) -> bytes:
    """Write a ZIP with a picture of each code, by its serial."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for one in tickets:
            picture = io.BytesIO()
            make_code(one.digits).save(picture, kind=kind, scale=_PNG_SCALE, border=_QUIET)
            packed.writestr(zipfile.ZipInfo(f"{one.serial}.{kind}", ZIP_DATE), picture.getvalue())
    return file.getvalue()


def write_pdf(tickets: Iterable[PrintedTicket], look: Look) -> bytes:
    """Write the tickets on pages of A4 or A6, as their design has them."""
    wording = Wording(look.language)
    pages = made_of(TicketPages, look, title=look.event, runs_left=look.language in RIGHT_TO_LEFT)
    return write_pages((word_ticket(one, look, wording) for one in tickets), pages)


def word_ticket(one: PrintedTicket, look: Look, wording: Wording) -> TicketWords:
    """Say what a ticket says."""
    zone = ZoneInfo(look.timezone)
    moment = "" if one.starts_at is None else wording.moment(one.starts_at, zone)
    return TicketWords(
        digits=one.digits,
        manual_code=one.manual_code,
        event=look.event,
        ticket_type=one.kind,
        moment=moment,
        date=one.date,
        validity=wording.validity(one.valid_from, one.valid_until, zone),
        seat=one.seat,
        persons=f"× {one.persons}" if one.persons > 1 else "",
        holder=one.holder,
        organization=look.organization,
        order=f"{wording.say('order')}: {one.order}" if one.order else "",
        serial=one.serial,
    )


def _cells(one: PrintedTicket) -> list[str]:
    return [
        one.serial,
        one.digits,
        one.manual_code,
        one.kind,
        one.date,
        one.seat,
        str(one.persons),
        one.holder,
        str(one.order or ""),
    ]
