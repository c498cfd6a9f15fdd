"""Reading a spreadsheet's rows one after another, CSV or XLSX; hostile files end in a `Problem`.

XLSX is read by openpyxl as a stream: calamine is twelve times as fast, but holds the whole list.
"""

from __future__ import annotations

import csv
import re
import zipfile
from array import array
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from io import BytesIO, TextIOWrapper
from itertools import islice
from typing import Any, Final

import msgspec

from server.imports.column_names import count_known, find_names
from server.problem_answers import Problem, for_reason
from shared.kernel.file_kinds import name_other_kind
from shared.wire.work_reasons import WorkReason

IMPORT_SAMPLE: Final = 6
"""So many lines of a list are shown before it is taken."""
IMPORT_TITLES_MAX: Final = 10
"""Lines of a title that may stand above the names of the columns."""

CSV_FORM: Final = "csv"
XLSX_FORM: Final = "xlsx"
_PIECE: Final = 65_536
_ZIP: Final = b"PK\x03\x04"
_SEPARATORS: Final = ";\t,|"
"""Spreadsheets write one of these, by the language that they speak."""
_QUOTED: Final = re.compile(r'(?<![^;\t,|\r\n])"(?:[^"]|"")*+"')
"""A cell in quotation marks: what stands in it parts no cells."""
_SAYS_SEPARATOR: Final = re.compile(rf"sep=([{_SEPARATORS}])\s*", re.IGNORECASE)
"""A first line by which Excel is told what parts the cells."""
_ROWS_MAX: Final = 1_048_576
"""Rows of a spreadsheet, by its form."""
_UNPACKED_MAX: Final = 400_000_000
"""Bytes of an XLSX once unpacked: two hundred thousand lines take a tenth."""
_PART_MAX: Final = 4_000_000
"""Bytes of a part that the library reads as a whole, such as a workbook's formats."""
_ROW_BYTES_MAX: Final = 8_000_000
_ROW_NODES_MAX: Final = 100_000
_READ_BYTES: Final = 1 << 18
"""Of what is held before a row has ended: some cells take a hundred times what they unpack to."""
_EXACT_MAX: Final = 10**15
"""Spreadsheets round whole numbers above it."""
COLUMNS_MAX: Final = 64
_GUESSED: Final = "cp1252"
"""How a CSV is read that is no text in Unicode: as Excel writes one in Western Europe."""
ROUNDED: Final = "\ufffd"
"""Stands where a cell holds a number that the spreadsheet has rounded: the code is lost."""
_PADDED: Final = re.compile(r"0{2,}")
"""A format that shows a whole number with zeros before it."""
_SHORT: Final = re.compile(r"E[+-]", re.IGNORECASE)
"""Stands in a format that a spreadsheet gives to `12E5`, of which it makes a number."""
_KEPT_TEXT: Final = re.compile(r'="([^"]*)"')
"""How programs tell a spreadsheet to make no number of a CSV's cell."""
_YES: Final = frozenset({"1", "true"})


class SheetRow(msgspec.Struct, frozen=True):
    """One row: its line in the file, from 1, its cells as text, and whether a filter hides it."""

    line: int
    cells: list[str]
    is_hidden: bool = False


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
    begun = body[:_PIECE].decode(encoding, "replace").lstrip("\ufeff\r\n ")
    if not begun.strip():
        raise for_reason("bad-request", WorkReason("list.empty"))
    # What is packed, drawn or tagged reads as letters in some encoding, and has no columns.
    if "\0" in begun[:2] or (not encoding.startswith("utf-16") and name_other_kind(body)):
        raise for_reason("bad-request", WorkReason("list.unreadable"))
    if said := _SAYS_SEPARATOR.match(begun):
        return Sheet(CSV_FORM, encoding, said[1])
    heads = _QUOTED.sub(_keep_word, begun).splitlines()[: IMPORT_TITLES_MAX + 1] or [""]
    parts = [max(_SEPARATORS, key=_QUOTED.sub("", head).count) for head in heads]
    named = find_names(
        [cell.strip('" ') for cell in head.split(by)]
        for head, by in zip(heads, parts, strict=True)
    )
    return Sheet(CSV_FORM, encoding, parts[named])


def _keep_word(quoted: re.Match[str]) -> str:
    """Leave a cell in quotation marks on one line, and without what parts cells elsewhere."""
    return '"' + re.sub(r"[;\t,|\r\n\"]", " ", quoted[0][1:-1]) + '"'


def _encoding_of(body: bytes) -> str:
    if body[:3] == b"\xef\xbb\xbf":
        return "utf-8-sig"
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    if b"\0" in body[:2]:  # no mark, and the list begins with a letter of the first 256
        return "utf-16-be" if body[:1] == b"\0" else "utf-16-le"
    decoder = getincrementaldecoder("utf-8")()
    try:
        for start in range(0, len(body), _PIECE):  # never the whole of it as text
            decoder.decode(body[start : start + _PIECE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _GUESSED
    return "utf-8"


def read_rows(body: bytes, sheet: Sheet) -> Iterator[SheetRow]:
    """Yield a file's rows that hold anything.

    Raises:
        Problem: `bad-request` where it cannot be read on; `too-large` for one that unpacks to
            too much.
    """
    return _read_xlsx(body) if sheet.form == XLSX_FORM else _read_csv(body, sheet)


def read_list(body: bytes, sheet: Sheet) -> Iterator[SheetRow]:
    """Yield a list's rows, the names of its columns first: a title above them is left out.

    Raises:
        Problem: as `read_rows`.
    """
    rows = read_rows(body, sheet)
    first = list(islice(rows, 1))
    if first and not count_known(first[0].cells):
        first += islice(rows, IMPORT_TITLES_MAX)
    yield from first[find_names(row.cells for row in first) :]
    yield from rows


def read_sample(body: bytes, sheet: Sheet) -> list[SheetRow]:
    """Read the first rows of a list; where its letters are a guess, the first that show them.

    Raises:
        Problem: as `read_rows`.
    """
    rows = list(islice(read_list(body, sheet), IMPORT_SAMPLE))
    if sheet.encoding == _GUESSED:
        lines = islice(read_list(body, sheet), 1, None)
        telling = (row for row in lines if not "".join(row.cells).isascii())
        rows[1:] = list(islice(telling, IMPORT_SAMPLE - 1)) or rows[1:]
    return rows


def _read_csv(body: bytes, sheet: Sheet) -> Iterator[SheetRow]:
    text = TextIOWrapper(BytesIO(body), encoding=sheet.encoding, newline="")
    reader = csv.reader(text, delimiter=sheet.separator, strict=True)
    before = 0
    try:
        for row in reader:
            line, before = before + 1, reader.line_num
            if line == 1 and _SAYS_SEPARATOR.fullmatch(sheet.separator.join(row)):
                continue
            if any(cell.strip() for cell in row):
                yield SheetRow(line, [_KEPT_TEXT.sub(r"\1", cell) for cell in row[:COLUMNS_MAX]])
    except csv.Error:
        reason = WorkReason("list.quotation", {"line": before})
        raise for_reason("bad-request", reason) from None
    except UnicodeDecodeError:
        raise for_reason("bad-request", WorkReason("list.encoding")) from None


def _read_xlsx(body: bytes) -> Iterator[SheetRow]:
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive:
            size = sum(one.file_size for one in archive.infolist())
        if size > _UNPACKED_MAX:
            raise _unpacks_too_much()
        book = _open_book(body)
    except Problem:
        raise
    except Exception:  # noqa: BLE001 - the library raises what its parsers raise
        raise for_reason("bad-request", WorkReason("list.unreadable")) from None
    with closing(book):
        yield from _rows_of(book)


class _Strings:
    """A spreadsheet's shared texts, read as far as they are asked for, and packed.

    The library's own list takes a multiple of them, and reads all of them to show one line.
    """

    def __init__(self, texts: Iterator[str]) -> None:
        self._texts = texts
        self._packed, self._ends = bytearray(), array("Q", [0])

    def __getitem__(self, index: int) -> str:
        while index + 1 >= len(self._ends):
            self._packed += next(self._texts).encode("utf-8", "surrogatepass")
            self._ends.append(len(self._packed))
        found = self._packed[self._ends[index] : self._ends[index + 1]]
        return found.decode("utf-8", "surrogatepass")


class _Bounded:
    """A part that is read piece by piece: refused where too much comes before a piece's end."""

    def __init__(self, source: Any) -> None:
        self._source = source
        self.begin_piece()

    def begin_piece(self) -> None:
        """What was held is let go."""
        self._bytes, self._nodes = 0, 0

    def read(self, size: int) -> bytes:
        """Read on, for the parser, in larger pieces than it asks for.

        What ends late is parsed again with each piece.
        """
        found: bytes = self._source.read(max(size, _READ_BYTES))
        self._bytes += len(found)
        if self._bytes > _ROW_BYTES_MAX:
            raise _torn_spreadsheet()
        return found

    def parse(self) -> Iterator[tuple[str, Any]]:
        """Yield what begins and what ends."""
        from openpyxl.xml.functions import iterparse

        for happened, node in iterparse(self, events=("start", "end")):
            self._nodes += happened == "start"
            if self._nodes > _ROW_NODES_MAX:
                raise _torn_spreadsheet()
            yield happened, node


def _read_strings(source: Any) -> Iterator[str]:
    from openpyxl.xml.constants import SHEET_MAIN_NS

    item, run, plain = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("si", "r", "t"))
    root, part = None, _Bounded(source)
    for happened, node in part.parse():
        root = node if root is None else root
        if happened == "end" and node.tag == item:
            part.begin_piece()
            # Of its parts, not how it is spoken (rPh).
            parts = [one for one in node if one.tag == plain]
            parts += [one for part in node if part.tag == run for one in part if one.tag == plain]
            yield "".join(one.text or "" for one in parts)
            root.clear()  # else it keeps an empty node of each


def _open_book(body: bytes) -> Any:
    """Open a spreadsheet by the library's own steps, but for those that no list needs."""
    from openpyxl.reader.excel import ExcelReader
    from openpyxl.styles.stylesheet import apply_stylesheet
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet
    from openpyxl.xml.constants import SHARED_STRINGS

    class Unsized(ReadOnlyWorksheet):  # type: ignore[misc]  # it has no types
        def _get_size(self) -> None:
            """Read no sheet to its end where it does not say its size."""

    reader = ExcelReader(BytesIO(body), read_only=True, data_only=True, keep_links=False)
    archive = reader.archive
    read_whole = archive.read

    def read_part(name: str) -> bytes:
        if archive.getinfo(name).file_size > _PART_MAX:
            raise _unpacks_too_much()
        content: bytes = read_whole(name)
        return content

    archive.read = read_part

    reader.read_manifest()
    part = reader.package.find(SHARED_STRINGS)
    texts = None if part is None else _Strings(_read_strings(archive.open(part.PartName[1:])))
    reader.read_workbook()
    book = reader.wb
    apply_stylesheet(archive, book)
    for sheet, relation in reader.parser.find_sheets():
        if relation.target in reader.valid_files and "chartsheet" not in relation.Type:
            made = Unsized(book, sheet.name, relation.target, texts)
            made.sheet_state = sheet.state
            book._sheets.append(made)  # noqa: SLF001 - as the library does
    return book


def _rows_of(book: Any) -> Iterator[SheetRow]:
    """Yield the rows of the first sheet that is seen and holds any."""
    if not book.worksheets:
        raise for_reason("bad-request", WorkReason("list.no_sheet"))
    seen = [one for one in book.worksheets if one.sheet_state == "visible"]
    for sheet in seen or book.worksheets:
        rows = _rows_on(book, sheet)
        if first := list(islice(rows, 1)):
            yield from first
            yield from rows
            return


def _rows_on(book: Any, sheet: Any) -> Iterator[SheetRow]:
    rows, before = _cells_of(book, sheet), 0
    while True:
        try:
            line, cells, is_hidden = next(rows)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - the library raises what its parsers raise
            raise _torn_spreadsheet() from None
        if not before < line <= _ROWS_MAX:  # a line is known by its number
            raise _torn_spreadsheet()
        before = line
        if any(cells):
            yield SheetRow(line, cells, is_hidden)


def _unpacks_too_much() -> Problem:
    return for_reason("too-large", WorkReason("list.too_big"))


def _torn_spreadsheet() -> Problem:
    return for_reason("bad-request", WorkReason("list.torn"))


def _cells_of(book: Any, sheet: Any) -> Iterator[tuple[int, list[str], bool]]:
    """Read rows by the library's own parser, but keep none, and fill no gaps between them."""
    from openpyxl.worksheet._reader import ROW_TAG, WorkSheetParser
    from openpyxl.xml.constants import SHEET_MAIN_NS

    with sheet._get_source() as source:  # noqa: SLF001 - there is no other way to its stream
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001 - as above
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001 - as above
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001 - as above
        )
        formats = _Formats(book)
        parents: list[Any] = []
        part = _Bounded(source)
        for happened, node in part.parse():
            if happened == "start":
                parents.append(node)
                continue
            parents.pop()
            if node.tag == ROW_TAG:
                is_hidden = node.get("hidden") in _YES
                line, cells = parser.parse_row(node)
                parser.row_dimensions.clear()
                parents[-1].clear()
                part.begin_piece()
                yield line, _texts(cells, formats), is_hidden
            elif node.tag == f"{{{SHEET_MAIN_NS}}}sheetData":
                return  # what stands behind is how it looks


class _Formats:
    """How a workbook's cells show their numbers."""

    def __init__(self, book: Any) -> None:
        self._styles, self._own = book._cell_styles, book._number_formats  # noqa: SLF001 - there is no other way to them
        self._known: dict[int, str] = {}

    def of(self, cell: dict[str, Any]) -> str:
        """Return the format of a cell; "" for one that no style has."""
        style = int(cell["style_id"] or 0)
        if style not in self._known:
            self._known[style] = self._find(style)
        return self._known[style]

    def _find(self, style: int) -> str:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

        number = self._styles[style].numFmtId if style < len(self._styles) else 0
        own = number - BUILTIN_FORMATS_MAX_SIZE
        if own < 0:
            return str(BUILTIN_FORMATS.get(number, ""))
        return str(self._own[own]) if own < len(self._own) else ""


def _texts(cells: Sequence[dict[str, Any]], formats: _Formats) -> list[str]:
    texts: list[str] = []
    for cell in cells:
        column, is_error = cell["column"], cell["data_type"] == "e"
        if column <= COLUMNS_MAX:
            texts += [""] * (column - len(texts))
            texts[column - 1] = "" if is_error else _text(cell["value"], cell, formats)
    return texts


def _text(value: Any, cell: dict[str, Any], formats: _Formats) -> str:
    """Spell what a cell shows, as far as a code may depend on it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        shown = formats.of(cell)
        if not abs(value) < _EXACT_MAX or _SHORT.search(shown):  # nor what is no number
            return ROUNDED
        if value != int(value):
            return repr(value)
        return str(int(value)).zfill(len(shown) if _PADDED.fullmatch(shown) else 0)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value).strip()
