"""Tickets as files: PDF pages, tables, pictures of codes. No database here.

A code is black on white with four modules of white around it, whatever stands beside it.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
import segno

from server.http.cells import plain_cell
from server.mail.wording import RIGHT_TO_LEFT, Wording
from server.paper.lettering import runs_right, shape, wrap
from server.paper.pdf_stream import PAGE, POINT, PdfStream, Sheet
from shared.kernel.instant import Instant

COLUMNS: Final = (
    *("serial", "code", "manual_code", "type", "date", "seat", "persons", "holder", "order"),
)
_QUIET: Final = 4
"""Modules of white that a code has around it (ISO/IEC 18004)."""
_PNG_SCALE: Final = 10
_MARGIN: Final = 6.0
_GAP: Final = 1.4
"""Between two lines, by their size."""
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


class PrintedTicket(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of a ticket.

    Attributes:
        serial: Its id, as 16 hex digits.
        digits: The text of its QR code.
        manual_code: Typed where the code cannot be read; "" for none.
        date: The date's name, "" for any; `starts_at` is when it starts.
        order: Its order's number; 0 without one.
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


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What all tickets of a file have in common."""

    event: str
    organization: str
    timezone: str
    language: str
    layout: str


class _Cell(NamedTuple):
    left: float
    top: float
    width: float
    height: float


_LAYOUTS: Final = {
    "page": (_Cell(15.0, 15.0, PAGE[0] - 30.0, 110.0),),
    "cut": tuple(
        _Cell(column * PAGE[0] / 2, row * PAGE[1] / 4, PAGE[0] / 2, PAGE[1] / 4)
        for row in range(4)
        for column in range(2)
    ),
}


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
            cell.value = "".join(letter for letter in text if letter >= " ")
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
            packed.writestr(zipfile.ZipInfo(f"{one.serial}.{kind}", _EPOCH), picture.getvalue())
    return file.getvalue()


def write_pdf(tickets: Iterable[PrintedTicket], look: Look) -> bytes:
    """Write the tickets on pages of A4."""
    paper = PdfStream(look.event, look.language)
    cells = _LAYOUTS[look.layout]
    parts = [paper.begin()]
    words = Wording(look.language)
    for some in _batches(tickets, len(cells)):
        sheet = paper.new_sheet()
        for one, cell in zip(some, cells, strict=False):
            _draw(sheet, one, look, words, cell)
        if look.layout == "cut":
            _draw_cuts(sheet)
        parts.append(paper.page(sheet))
    parts.append(paper.end())
    return b"".join(parts)


def make_code(digits: str) -> segno.QRCode:
    """Return the QR code of a credential, as gates expect it."""
    return segno.make(digits, error="m", micro=False, boost_error=False)


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


def _batches(tickets: Iterable[PrintedTicket], size: int) -> Iterator[list[PrintedTicket]]:
    some: list[PrintedTicket] = []
    for one in tickets:
        some.append(one)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def _draw(sheet: Sheet, one: PrintedTicket, look: Look, words: Wording, cell: _Cell) -> None:
    is_right = look.language in RIGHT_TO_LEFT
    side = min(cell.height - 2 * _MARGIN - 8.0, cell.width * 0.42)
    code_left = cell.left + (cell.width - _MARGIN - side if is_right else _MARGIN)
    _draw_code(sheet, one.digits, code_left, cell.top + _MARGIN, side)
    text_left = cell.left + _MARGIN + (0 if is_right else side + _MARGIN)
    room = cell.width - side - 3 * _MARGIN
    big = cell.width > PAGE[0] / 2
    put = _Column(sheet, text_left, room, cell.top + _MARGIN, is_right=is_right)
    put.add(look.event, 18 if big else 12, is_bold=True, lines_max=2)
    if one.starts_at is not None:
        put.add(words.moment(one.starts_at, ZoneInfo(look.timezone)), 11 if big else 8)
    for text, lines_max in (
        (one.date, 1),
        (one.kind, 2),
        (one.seat, 1),
        (one.holder, 2),
        (f"× {one.persons}" if one.persons > 1 else "", 1),
    ):
        put.add(text, 12 if big else 9, is_bold=text == one.kind, lines_max=lines_max)
    put.add(look.organization, 8 if big else 7, lines_max=1)
    under = _Column(
        sheet, code_left, side, cell.top + _MARGIN + side + 0.5, is_right=False, is_middle=True
    )
    under.add(one.manual_code, 11 if big else 9, is_bold=True)
    under.add(one.serial, 6)


class _Column:
    """Lines below each other."""

    def __init__(
        self,
        sheet: Sheet,
        left: float,
        width: float,
        top: float,
        *,
        is_right: bool,
        is_middle: bool = False,
    ) -> None:
        self._sheet, self._left, self._width, self._top = sheet, left, width, top
        self._is_right, self._is_middle = is_right, is_middle

    def add(self, text: str, size: float, *, is_bold: bool = False, lines_max: int = 2) -> None:
        """Put a text below what is there; nothing for ""."""
        if not text.strip():
            return
        em = size / POINT
        for words in wrap(text, self._width / em, is_bold=is_bold, lines_max=lines_max):
            starts_right = runs_right(words, otherwise=self._is_right)
            line = shape(words, is_bold=is_bold, starts_right=starts_right)
            free = self._width - line.width * em
            left = self._left + (free / 2 if self._is_middle else free * self._is_right)
            self._top += em * _GAP
            self._sheet.put(line, left, self._top, size)


def _draw_code(sheet: Sheet, digits: str, left: float, top: float, side: float) -> None:
    """Draw a code; its quiet zone is part of its place, and nothing else stands there."""
    rows = make_code(digits).matrix
    module = side / (len(rows) + 2 * _QUIET)
    sheet.fill(_runs(rows, left + _QUIET * module, top + _QUIET * module, module))


def _runs(
    rows: Sequence[Sequence[int]], left: float, top: float, module: float
) -> Iterator[tuple[float, float, float, float]]:
    for number, row in enumerate(rows):
        begin = None
        for column, dark in enumerate([*row, 0]):
            if dark and begin is None:
                begin = column
            elif not dark and begin is not None:
                yield (
                    left + begin * module,
                    top + number * module,
                    (column - begin) * module,
                    module,
                )
                begin = None


def _draw_cuts(sheet: Sheet) -> None:
    for row in range(1, 4):
        sheet.rule(0, row * PAGE[1] / 4, PAGE[0], thickness=0.1)
    sheet.upright(PAGE[0] / 2, 0, PAGE[1], thickness=0.1)
