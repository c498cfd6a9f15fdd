"""A report as a file: CSV and XLSX for spreadsheets, PDF for paper."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import chain
from typing import Any, Final

from server.paper.lettering import families_of, font_path
from server.reports.report_cells import MINOR, Printed, Shown, show_on_paper, show_table
from server.reports.report_texts import ReportWording
from shared.kernel.languages import RIGHT_TO_LEFT
from shared.kernel.spreadsheet_cells import plain_cell, spelt_in_xml
from shared.kernel.text_in_line import keep_in_line
from shared.paper.font_families import SHIPPED

_TITLE_MAX: Final = 31
_MARGIN: Final = 15
_FOOT_WIDTH: Final = 180  # mm
_CELL_PADDING: Final = 0.8  # mm
_FOOT_MAX: Final = 80
"""Letters of the event's name below each page."""
_CELL_LINES_MAX: Final = 24
"""Lines of a cell on paper, of 5 mm: a row that is higher than a page cannot be printed."""
_CELL_SURE: Final = 24
"""Letters that never take so many lines."""
_BASMALA: Final = "\ufdfd"
_BASMALA_SPELT: Final = "بسم الله الرحمن الرحيم"
"""Four words that Unicode has as one letter, which is wider than a column."""


def write_csv(report: Printed) -> str:
    """Write all tables below each other, each with its name and its columns over it."""
    text = StringIO(newline="")
    text.write("\ufeff")  # else spreadsheets take it for the machine's own letters
    out = csv.writer(text)
    out.writerow(["report", plain_cell(report.title), report.about, report.made_at])
    for table in (*report.tables, *report.lines):
        shown = show_table(table, report.currency)
        out.writerow([])
        out.writerow([shown.name])
        out.writerow(shown.columns)
        for row in shown.rows:
            cells = zip(row, shown.numbers, strict=True)
            out.writerow([cell if is_number else plain_cell(cell) for cell, is_number in cells])
    return text.getvalue()


def write_xlsx(report: Printed) -> bytes:
    """Write a sheet for each table; amounts are numbers with the currency's decimals."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)

    def cell_of(sheet: Any, text: str, *, is_number: bool, places: int) -> Any:
        cell = WriteOnlyCell(sheet)
        if is_number and text:
            cell.value = float(text) if places else int(text)
            cell.number_format = f"0.{'0' * places}" if places else "0"
        else:
            cell.value = spelt_in_xml(text)
            cell.data_type = "s"  # never a formula
        return cell

    for table in (*report.tables, *report.lines):
        shown = show_table(table, report.currency)
        sheet = book.create_sheet(shown.name[:_TITLE_MAX])
        sheet.append(shown.columns)
        for row in shown.rows:
            sheet.append(
                [
                    cell_of(sheet, text, is_number=shown.numbers[at], places=_places(text))
                    if shown.numbers[at] and table.columns[at].endswith(MINOR)
                    else cell_of(
                        sheet, text, is_number=_is_whole(text, shown.numbers[at]), places=0
                    )
                    for at, text in enumerate(row)
                ]
            )
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def _is_whole(text: str, is_number: bool) -> bool:  # noqa: FBT001 - the column's own
    return is_number and text.removeprefix("-").isdecimal()


def _places(text: str) -> int:
    return len(text.partition(".")[2])


def write_pdf(report: Printed, language: str = "en") -> bytes:
    """Write all tables on pages of paper, A4 lying, numbered, in a language's words."""
    from fpdf import FPDF
    from fpdf.enums import XPos, YPos

    title, wording = keep_in_line(report.title), ReportWording(language)
    made_at = wording.stamp(report.made_at)
    is_mirrored = language in RIGHT_TO_LEFT
    near, order = ("RIGHT", slice(None, None, -1)) if is_mirrored else ("LEFT", slice(None))

    class Paper(FPDF):
        """Pages with their number."""

        def footer(self) -> None:
            """Say which page it is, of what."""
            self.set_y(-_MARGIN)
            self.set_font("NotoSans", "", 8)
            # Apart from the name: in one line with it, an Arabic one would turn the date around.
            # Before the name, since an Arabic one leaves the page without this font behind it.
            self.set_x(self.l_margin + _FOOT_WIDTH)
            self.cell(0, 8, f"{made_at} · {self.page_no()}/{{nb}}", align="R")
            self.set_x(self.l_margin)
            self.cell(_FOOT_WIDTH, 8, title[:_FOOT_MAX])

    paper = Paper(orientation="landscape", format="A4")
    paper.set_title(title)
    paper.set_lang(language)
    paper.set_auto_page_break(True, margin=_MARGIN + 5)
    about = " – ".join(wording.stamp(part) for part in report.about.split(" – "))
    tables = [show_on_paper(table, report.currency, wording) for table in report.tables]
    words = chain((title, about, made_at, report.timezone), *map(_words_of, tables))
    others = families_of("".join(words))
    _use_fonts(paper, SHIPPED[0], *others)
    paper.set_fallback_fonts(others, exact_match=False)
    paper.set_text_shaping(True)
    paper.add_page()
    paper.set_font("NotoSans", "B", 18)
    paper.multi_cell(0, 9, title, align=near, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def put(height: int, text: str) -> None:
        paper.cell(0, height, text, align=near, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    paper.set_font("NotoSans", "", 10)
    put(8, " · ".join(filter(None, (made_at, report.timezone, about))))
    for shown in tables:
        paper.ln(4)
        if paper.will_page_break(30):
            paper.add_page()
        paper.set_font("NotoSans", "B", 12)
        put(8, shown.name)
        paper.set_font("NotoSans", "", 8)
        if not shown.rows:
            put(6, "–")
            continue
        width = paper.epw / len(shown.columns) - 2 * _CELL_PADDING - 2 * paper.c_margin
        aligns = tuple("RIGHT" if one else near for one in shown.numbers)[order]
        with paper.table(
            text_align=aligns,
            line_height=5,
            borders_layout="HORIZONTAL_LINES",
            padding=_CELL_PADDING,
        ) as grid:
            for cells in (shown.columns, *shown.rows):
                row = grid.row()
                for cell in cells[order]:
                    row.cell(_printable(paper, cell, width))
    return bytes(paper.output())


def _words_of(table: Shown) -> Iterator[str]:
    return chain((table.name,), table.columns, *table.rows)


def _use_fonts(paper: Any, *families: str) -> None:
    """Let paper have some families; to read each font's file takes as long as a small table."""
    for family in families:
        paper.add_font(family, "", font_path(f"{family}-Regular"))
        if family in SHIPPED:
            paper.add_font(family, "B", font_path(f"{family}-Bold"))


def _printable(paper: Any, text: str, width: float) -> str:
    """Return a cell's text as paper has it: in few lines enough, its dots say that there is more.

    Args:
        paper: Whose font is that of the cell.
        width: Of the column, in mm.
    """
    from fpdf.enums import MethodReturnValue

    text = keep_in_line(text).replace(_BASMALA, _BASMALA_SPELT)
    if len(text) <= _CELL_SURE:
        return text
    lines = paper.multi_cell(width, 5, text, dry_run=True, output=MethodReturnValue.LINES)
    if len(lines) <= _CELL_LINES_MAX:
        return text
    return " ".join(lines[:_CELL_LINES_MAX]) + "…"
