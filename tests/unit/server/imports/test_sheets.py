"""Rows of spreadsheets as programs write them: where columns are named, and what parts cells."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook

from server.imports.sheets import read_rows, recognize
from server.problems import Problem

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
    ],
)
def test_names_of_columns_are_parted_by_what_stands_outside_quotation_marks(
    text: str, columns: list[str]
) -> None:
    """Empty lines before them are none, and a comma within a cell parts nothing."""
    body = text.encode()
    assert next(read_rows(body, recognize(body))).cells == columns


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
    with pytest.raises(Problem, match="save it anew"):
        list(read_rows(body, recognize(body)))
    rising = _numbered((1, 3, 1_048_576))
    assert [row.line for row in read_rows(rising, recognize(rising))] == [1, 3, 1_048_576]


def _numbered(numbers: tuple[int, ...]) -> bytes:
    """Write a spreadsheet whose rows say such numbers of themselves."""
    plain, written = BytesIO(), BytesIO()
    Workbook().save(plain)
    rows = "".join(
        f'<row r="{number}"><c t="inlineStr"><is><t>x</t></is></c></row>' for number in numbers
    )
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(written, "w") as made:
        for name in source.namelist():
            told = f'<worksheet xmlns="{_SPACE}"><sheetData>{rows}</sheetData></worksheet>'
            made.writestr(name, told if name == _SHEET else source.read(name))
    return written.getvalue()
