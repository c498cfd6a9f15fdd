"""Rows of spreadsheets as programs write them: where columns are named, and what parts cells."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook

from server.imports.reading_csv_and_xlsx import (
    ROUNDED,
    read_list,
    read_rows,
    read_sample,
    recognize,
)
from server.problem_answers import Problem
from tests.factories.spreadsheets import saved, sheet_of

_DEFLATED = zipfile.ZIP_DEFLATED
_SHEET = "xl/worksheets/sheet1.xml"
_SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("\r\n\n  \ncode;type\nA;Adult\n", ["code", "type"]),
        ('"Surname, first name, title";code\nA;B\n', ["Surname, first name, title", "code"]),
        (
            'code\t"of, ""what"", kind\nand more"\tname\n',
            ["code", 'of, "what", kind\nand more', "name"],
        ),
        ('code;5" wide, tall;type\n', ["code", '5" wide, tall', "type"]),
        ("code,type\rA,Adult\r", ["code", "type"]),
        ("sep=;\r\ncode;of, what, kind\r\nA;B\r\n", ["code", "of, what, kind"]),
        ("SEP=|\n\ncode|of, what, kind\n", ["code", "of, what, kind"]),
        ("sep=,\ncode,a;b;c\n", ["code", "a;b;c"]),
    ],
)
def test_names_of_columns_are_parted_by_what_stands_outside_quotation_marks(
    text: str, columns: list[str]
) -> None:
    """Empty lines before them are none, and a comma within a cell parts nothing."""
    body = text.encode()
    assert next(read_list(body, recognize(body))).cells == columns


def test_a_list_whose_letters_are_a_guess_shows_the_lines_that_tell() -> None:
    """Five plain names would show nothing; where headings alone tell, plain ones are shown."""
    plain = "".join(f"C-{n},Anna\n" for n in range(7))
    told = f"code,name\n{plain}C-7,Jiří\n{plain}C-8,Dvořák\n"
    for text, encoding, shown in [
        (told, "cp1250", ["Jiøí", "Dvoøák"]),
        (told, "utf-8", ["Anna"] * 5),
        (f"code,prénom\n{plain}", "cp1252", ["Anna"] * 5),
    ]:
        body = text.encode(encoding)
        heads, *sample = read_sample(body, recognize(body))
        assert heads.cells == text.splitlines()[0].split(",")
        assert [row.cells[1] for row in sample] == shown


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(b"code;type\nA;Adult\n", mtime=1),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"%PDF-1.7\n1 0 obj\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
        b"<html><table><tr><td>code</td></tr></table></html>",
        b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>',
        "code;type\nA;Adult\n".encode("utf-32"),
        bytes(4096),
    ],
)
def test_file_of_another_kind_is_refused_before_columns_are_asked_for(body: bytes) -> None:
    """In some encoding everything is letters; whoever is asked what they mean is led astray."""
    with pytest.raises(Problem, match="not a readable spreadsheet"):
        recognize(body)


@pytest.mark.parametrize(
    "title",
    [
        "Gästeliste, Stand 24.11.2026, Frau Krüger;;;\r\n;;;\r\n",
        "Guest list\r\n\r\nas of Tuesday\tby Jo\r\n",
        '"Guests, VIP; and\nothers"\r\n',
        "sep=;\r\nGuest list, by Jo, Mara, Ben, Zoë and others\r\n",
    ],
)
def test_a_title_above_the_names_of_columns_is_no_part_of_the_list(title: str) -> None:
    """Whoever puts a date and a name above a list need not cut them off again."""
    body = f"{title}Name;E-Mail;Ticketart;Code\r\nMüller, Jo;jo@example.org;Adult;A1\r\n".encode()
    rows = [row.cells for row in read_list(body, recognize(body))]
    assert rows == [
        ["Name", "E-Mail", "Ticketart", "Code"],
        ["Müller, Jo", "jo@example.org", "Adult", "A1"],
    ]


def test_a_list_of_unknown_names_begins_with_its_first_line() -> None:
    """Nor does a guest who is called as columns are end what stands above."""
    body = b"who;what\r\nGuest;Adult\r\nJo;Product\r\n"
    rows = [row.cells for row in read_list(body, recognize(body))]
    assert rows == [["who", "what"], ["Guest", "Adult"], ["Jo", "Product"]]
    alone = b"code\r\nname;type\r\n"
    assert next(read_list(alone, recognize(alone))).cells == ["code"]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_a_list_with_letters_of_two_bytes_is_read_with_and_without_a_mark(encoding: str) -> None:
    """Some programs leave the mark away that says in which order the two stand."""
    body = "code;name\r\nA1;Zoë Łuczak สมชาย\r\n".encode(encoding)
    rows = [row.cells for row in read_rows(body, recognize(body))]
    assert rows == [["code", "name"], ["A1", "Zoë Łuczak สมชาย"]]


@pytest.mark.parametrize(
    "numbers",
    [(1, 2, 2), (1, 9, 5), (1, 0), (1, -5), (1, 2**40), (1, 2**70)],
    ids=["twice", "back", "zero", "negative", "huge", "no number of a database"],
)
def test_a_spreadsheet_whose_lines_do_not_follow_each_other_is_refused(
    numbers: tuple[int, ...],
) -> None:
    """A line is known by its number; with such numbers one would be lost, or stop the import."""
    body = _numbered(numbers)
    with pytest.raises(Problem, match="save it again"):
        list(read_rows(body, recognize(body)))
    rising = _numbered((1, 3, 1_048_576))
    assert [row.line for row in read_rows(rising, recognize(rising))] == [1, 3, 1_048_576]


_MANY = 200_000


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (_SHEET, "<cols>" + "<col/>" * _MANY + "</cols><sheetData/>"),
        (_SHEET, '<sheetData><row r="1">' + "<c/>" * _MANY + "</row></sheetData>"),
        (_SHEET, "<sheetData><row r='1' x='" + "y" * 9_000_000 + "'/></sheetData>"),
        ("xl/styles.xml", "<fonts>" + "<font/>" * 3 * _MANY + "</fonts>"),
    ],
    ids=["columns", "cells", "letters", "formats"],
)
def test_a_small_file_that_grows_in_memory_is_refused_before_it_does(
    part: str, content: str
) -> None:
    """Of 400 MB that a file may unpack to, each of these took 75 times as much: the machine's."""
    body = _packed({part: content})
    tracemalloc.start()
    with pytest.raises(Problem):
        list(read_rows(body, recognize(body)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000


def test_a_sheet_is_read_to_its_last_row_and_no_further() -> None:
    """What stands behind, such as a link for each address, is how it looks."""
    rows = '<row r="1"><c t="inlineStr"><is><t>x</t></is></c></row>'
    links = "<hyperlinks>" + "<hyperlink/>" * _MANY + "</hyperlinks>"
    body = _packed({_SHEET: f"<sheetData>{rows}</sheetData>{links}"})
    assert [row.cells for row in read_rows(body, recognize(body))] == [["x"]]


def _numbered(numbers: tuple[int, ...]) -> bytes:
    """Write a spreadsheet whose rows say such numbers of themselves."""
    rows = "".join(
        f'<row r="{number}"><c t="inlineStr"><is><t>x</t></is></c></row>' for number in numbers
    )
    return _packed({_SHEET: f"<sheetData>{rows}</sheetData>"})


def _packed(parts: dict[str, str]) -> bytes:
    """Write a spreadsheet of which some parts hold what is given."""
    plain, written = BytesIO(), BytesIO()
    Workbook().save(plain)
    roots = {_SHEET: "worksheet", "xl/styles.xml": "styleSheet"}
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(written, "w", _DEFLATED) as made:
        for name in source.namelist():
            root = roots.get(name)
            told = f'<{root} xmlns="{_SPACE}">{parts.get(name)}</{root}>'
            made.writestr(name, told if name in parts else source.read(name))
    return written.getvalue()


def cells_of(body: bytes) -> list[list[str]]:
    """Read a list's rows."""
    return [row.cells for row in read_list(body, recognize(body))]


def test_a_number_is_read_as_its_cell_shows_it() -> None:
    """Zeros before a code stand in its format alone; what was made of `12E5` or `1-2` is lost."""
    book = Workbook()
    sheet = book.worksheets[0]
    shown = [
        (1234, "00000000"),
        (1234, "General"),
        (100_000, "0.00E+00"),
        (12, "0.00"),
        ("007", "@"),
    ]
    sheet.append(["code"])
    for line, (value, form) in enumerate(shown, 2):
        sheet.cell(line, 1, value).number_format = form
    read = cells_of(saved(book))[1:]
    assert read == [["00001234"], ["1234"], [ROUNDED], ["12"], ["007"]]


def test_the_first_sheet_that_is_seen_and_holds_anything_is_the_list() -> None:
    """Excel begins a workbook with an empty sheet, and hides whole sheets of lookups."""
    book = Workbook()
    book.worksheets[0].append(["hidden", "lookup"])
    book.worksheets[0].sheet_state = "hidden"
    book.create_sheet("empty")
    book.create_sheet("guests").append(["code", "name"])
    book.create_sheet("notes").append(["bring", "chairs"])
    assert cells_of(saved(book)) == [["code", "name"]]


def test_rows_that_a_filter_hides_are_read_and_known_as_such() -> None:
    """Nobody sees them in the spreadsheet, so somebody has to hear of them before."""
    body = sheet_of(["code"], ["A-1"], ["A-2"], ["A-3"], hidden=3)
    read = read_rows(body, recognize(body))
    assert [(row.cells, row.is_hidden) for row in read] == [
        (["code"], False),
        (["A-1"], False),
        (["A-2"], True),
        (["A-3"], False),
    ]


def test_a_cell_that_was_kept_from_being_a_number_is_what_it_shows() -> None:
    """Ticket shops write `="0012"` into a CSV, so that Excel leaves the zeros."""
    assert cells_of(b'code;name\r\n="0012";=A\r\n') == [["code", "name"], ["0012", "=A"]]


def test_a_workbook_of_the_old_form_is_refused_and_not_shown_as_letters() -> None:
    """Excel of before 2007 saves `.xls`, which is no text."""
    with pytest.raises(Problem, match="spreadsheet"):
        recognize(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
