"""Reading a spreadsheet's rows one after another, CSV or XLSX; hostile files end in a `Problem`.

XLSX is read by openpyxl as a stream: calamine is twelve times as fast, but holds the whole list.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from io import BytesIO, TextIOWrapper
from typing import Any, Final

import msgspec

from server.problems import Problem

CSV_FORM: Final = "csv"
XLSX_FORM: Final = "xlsx"
_ZIP: Final = b"PK\x03\x04"
_SEPARATORS: Final = ";\t,|"
"""Spreadsheets write one of these, by the language that they speak."""
_UNPACKED_MAX: Final = 400_000_000
"""Bytes of an XLSX once unpacked: two hundred thousand lines take a tenth."""
_EXACT_MAX: Final = 10**15
"""Spreadsheets round whole numbers above it."""
COLUMNS_MAX: Final = 64
ROUNDED: Final = "\ufffd"
"""Stands where a cell holds a number that the spreadsheet has rounded: the code is lost."""


class SheetRow(msgspec.Struct, frozen=True):
    """One row: its line in the file, from 1, and its cells as text."""

    line: int
    cells: list[str]


class Sheet(msgspec.Struct, frozen=True):
    """A file that can be read.

    Attributes:
        form: `csv` or `xlsx`.
        encoding: Of a CSV's bytes; "" for XLSX.
        separator: Of a CSV's cells; "" for XLSX.
    """

    form: str
    encoding: str
    separator: str = ""


def recognize(body: bytes) -> Sheet:
    """Say what a file is, by its bytes.

    Raises:
        Problem: `bad-request` if it is none that can be read.
    """
    if body[:4] == _ZIP:
        return Sheet(XLSX_FORM, "")
    encoding = _encoding_of(body)
    head = body[:65_536].decode(encoding, "replace").lstrip("\ufeff").partition("\n")[0]
    if not head.strip():
        raise Problem("bad-request", "The list is empty; its first line names the columns.")
    return Sheet(CSV_FORM, encoding, max(_SEPARATORS, key=head.count))


def _encoding_of(body: bytes) -> str:
    if body[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        # Western Excel's; a guess, so the sample is shown before anything is taken.
        return "cp1252"
    return "utf-8"


def read_rows(body: bytes, sheet: Sheet) -> Iterator[SheetRow]:
    """Yield a file's rows that hold anything, the names of its columns first.

    Raises:
        Problem: `bad-request` where it cannot be read on; `too-large` for one that unpacks to
            too much.
    """
    return _read_xlsx(body) if sheet.form == XLSX_FORM else _read_csv(body, sheet)


def _read_csv(body: bytes, sheet: Sheet) -> Iterator[SheetRow]:
    text = TextIOWrapper(BytesIO(body), encoding=sheet.encoding, newline="")
    reader = csv.reader(text, delimiter=sheet.separator, strict=True)
    before = 0
    try:
        for row in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in row):
                yield SheetRow(line, row[:COLUMNS_MAX])
    except csv.Error:
        said = f"The list cannot be read after line {before}: a quotation mark is missing."
        raise Problem("bad-request", said) from None
    except UnicodeDecodeError:
        raise Problem("bad-request", "Save the list as CSV in UTF-8, or as XLSX.") from None


def _read_xlsx(body: bytes) -> Iterator[SheetRow]:
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > _UNPACKED_MAX:
            raise Problem("too-large", "The spreadsheet unpacks to too much; send it in parts.")
        book = load_workbook(BytesIO(body), read_only=True, data_only=True, keep_links=False)
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - the library raises what its parsers raise
        raise Problem("bad-request", "The file is no spreadsheet that can be read.") from None
    with closing(book):
        yield from _rows_of(book)


def _rows_of(book: Any) -> Iterator[SheetRow]:
    sheet = book.worksheets[0] if book.worksheets else None
    if sheet is None:
        raise Problem("bad-request", "The spreadsheet has no sheet.")
    sheet.reset_dimensions()  # some programs write a size that is wrong
    rows = enumerate(sheet.iter_rows(values_only=True, max_col=COLUMNS_MAX), start=1)
    while True:
        try:
            line, row = next(rows)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - the library raises what its parsers raise
            said = "The spreadsheet cannot be read to its end; save it anew."
            raise Problem("bad-request", said) from None
        cells = _texts(row)
        if any(cells):
            yield SheetRow(line, cells)


def _texts(row: Sequence[Any]) -> list[str]:
    cells = [_text(cell) for cell in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT_MAX:
            return ROUNDED
        return str(int(cell)) if cell == int(cell) else repr(cell)
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell).strip()
