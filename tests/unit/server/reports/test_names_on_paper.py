"""A report is printed, and opened as a table, whatever is called how."""

from __future__ import annotations

from io import BytesIO
from itertools import cycle, product

import openpyxl
import pypdfium2
import pytest

from gatekeeper.wording.texts import read_catalogue
from server.language_texts import read_texts
from server.paper.lettering import families
from server.reconciliation.findings import ConflictKind
from server.reports.csv_xlsx_and_pdf_files import write_csv, write_pdf, write_xlsx
from server.reports.report_cells import Printed
from server.reports.report_texts import REPORT_TEXTS
from server.reports.schemas import Cell, TableAnswer
from shared.admission.reasons import Reason
from shared.kernel.languages import LANGUAGE_NAMES
from shared.paper.font_families import SHIPPED
from shared.wire.feed import Disposition
from tests.factories.strength import sized

WIDE = "\ufdfd"  # four words as one letter


LONG = [WIDE * 200, "W" * 200, f"A{chr(0x30D) * 199}", "a\n" * 100, "A b " * 500]
FEW_AND_MANY = (2, 9)


@pytest.mark.parametrize(
    ("name", "columns"),
    sized([*zip(LONG, cycle(FEW_AND_MANY), strict=False)], [*product(LONG, FEW_AND_MANY)]),
)
def test_a_report_is_printed_whatever_a_ticket_type_is_called(name: str, columns: int) -> None:
    """A row that no page has room for kept the organizer from all of it, and from its mail."""
    rows: list[list[Cell]] = [[name], ["Standing"]]
    for row in rows:
        row.extend([1] * (columns - 1))
    table = TableAnswer(
        name="sales", columns=["type", *(f"c{at}" for at in range(1, columns))], rows=rows
    )
    report = Printed(title=name, about="EUR", made_at="now", currency="EUR", tables=[table])
    pages = pypdfium2.PdfDocument(write_pdf(report))
    assert any("Standing" in page.get_textpage().get_text_range() for page in pages)


@pytest.mark.parametrize(("name", "has_others"), [("Żółć", False), ("สมชาย", True)])
def test_a_report_on_paper_takes_other_scripts_fonts_only_where_it_has_their_letters(
    name: str, *, has_others: bool
) -> None:
    """Read for each report, and never used in most, they took half of its time."""
    table = TableAnswer(name="sales", columns=["type", "count"], rows=[[name, 1]])
    report = Printed(title="Sum", about="EUR", made_at="now", currency="EUR", tables=[table])
    written = write_pdf(report)
    assert (b"NotoSansThai" in written) is has_others
    (page,) = pypdfium2.PdfDocument(written)
    assert name in page.get_textpage().get_text_range()


def test_a_report_prints_names_of_the_far_east_where_their_font_is_installed() -> None:
    """A cashier's name stood as empty boxes in the closing of a day, and as itself on the list."""
    table = TableAnswer(name="sales", columns=["by", "count"], rows=[["王小明", 1]])
    report = Printed(title="日報", about="EUR", made_at="now", currency="EUR", tables=[table])
    (page,) = pypdfium2.PdfDocument(write_pdf(report))
    drawn = page.get_textpage().get_text_range()
    assert all(name in drawn for name in ("王小明", "日報")) is (families() != SHIPPED)


def test_a_table_can_be_opened_whatever_a_ticket_type_is_called() -> None:
    """XML has no word for some signs: one of them in one name, and no cell of the file is read."""
    name = "".join(map(chr, [*range(1, 0x20), 0x7F, 0x85, 0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFF]))
    table = TableAnswer(name="sales", columns=["type", "count"], rows=[[f"Adult{name}", 1]])
    report = Printed(title=name, about="EUR", made_at="now", currency="EUR", tables=[table])
    sheet = openpyxl.load_workbook(BytesIO(write_xlsx(report)))["sales"]
    assert str(sheet["A2"].value).startswith("Adult")
    assert sheet["B2"].value == 1


def test_paper_has_words_for_the_apis_own_and_names_as_they_are() -> None:
    """Spreadsheets keep the API's: programs look for them."""
    rows: list[list[Cell]] = [["refunds_owed", "VIP_early", 2, 1_250]]
    columns = ["figure", "ticket_type", "count", "amount_minor"]
    table = TableAnswer(name="false_devices", columns=columns, rows=rows)
    report = Printed(title="Sum", about="EUR", made_at="now", currency="EUR", tables=[table])
    (page,) = pypdfium2.PdfDocument(write_pdf(report))
    said = page.get_textpage().get_text_range()
    for text in (
        "Devices that did not behave",
        "Ticket type",
        "All refunds, paid or due",
        "VIP_early",
        "12.50",
    ):
        assert text in said, text
    sheet = openpyxl.load_workbook(BytesIO(write_xlsx(report)))["false_devices"]
    assert sheet["A2"].value == "refunds_owed"


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_a_report_on_paper_is_in_its_readers_language(language: str) -> None:
    """Its tables, columns and codes were English wherever it was read; names stay as they are."""
    rows: list[list[Cell]] = [["already_used", "deny", "total", 7]]
    columns = ["reason", "verdict", "gate", "count"]
    table = TableAnswer(name="false_devices", columns=columns, rows=rows)
    report = Printed(title="Sum", about="EUR", made_at="now", currency="EUR", tables=[table])
    (page,) = pypdfium2.PdfDocument(write_pdf(report, language))
    said = page.get_textpage().get_text_range()
    assert "total" in said
    for english in ("false devices", "reason", "verdict", "gate", "count", "already used", "deny"):
        assert english not in said, english


@pytest.mark.parametrize(
    ("language", "day"),
    [("en", "2026-07-04"), ("de", "04.07.2026"), ("fr", "4 juil. 2026"), ("th", "2569")],
)
def test_a_report_on_paper_has_its_readers_days_rates_and_the_clock_that_they_are_by(
    language: str, day: str
) -> None:
    """Days were the API's, of no zone, and a rate of 7 per cent was 700."""
    rows: list[list[Cell]] = [["2026-07-04 02:30 (UTC+02:00)", 700, 250]]
    columns = ["opened", "basis_points", "basis_points"]
    table = TableAnswer(name="taxes", columns=columns, rows=rows)
    report = Printed(
        title="Sum",
        about="2026-07-04 – ",
        made_at="2026-07-04 19:00",
        timezone="Europe/Berlin",
        currency="EUR",
        tables=[table],
    )
    (page,) = pypdfium2.PdfDocument(write_pdf(report, language))
    said = page.get_textpage().get_text_range().replace("\N{NO-BREAK SPACE}", " ")
    assert said.count(day) == 4  # above, beside it, in the table, and in the foot
    assert "19:00 · Europe/Berlin · " in said
    assert "02:30 (UTC+02:00)" in said
    assert "7 %" in said
    assert ("2,5 %" if language in {"de", "fr"} else "2.5 %") in said
    assert "2026-07-04 19:00" in write_csv(report)


@pytest.mark.parametrize(
    ("language", "amount"), [("en", "-1234.50"), ("de", "-1.234,50"), ("th", "-1,234.50")]
)
def test_a_report_on_paper_has_amounts_as_its_readers_write_them(
    language: str, amount: str
) -> None:
    """A point where they write a comma; files for programs keep it, and what has no decimals."""
    rows: list[list[Cell]] = [["EUR", -123_450, 7], ["JPY", 1_500, None]]
    columns = ["currency", "total_minor", "tickets"]
    table = TableAnswer(name="sales", columns=columns, rows=rows)
    report = Printed(title="Sum", about="", made_at="now", currency="", tables=[table])
    (page,) = pypdfium2.PdfDocument(write_pdf(report, language))
    said = page.get_textpage().get_text_range()
    assert amount in said
    assert {"en": "1500", "de": "1.500", "th": "1,500"}[language] in said
    assert "-1234.50" in write_csv(report)


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_every_word_of_a_report_has_one_in_each_language(language: str) -> None:
    """Those of the desk's catalogue are the same on paper."""
    words = read_texts(REPORT_TEXTS)[language]
    assert words.keys() == read_texts(REPORT_TEXTS)["de"].keys()
    desk = read_catalogue(language)
    for kind in ConflictKind:
        assert words[f"kind.{kind}"] == desk[f"conflict.kind_{kind}"]
    for reason in Reason:
        assert words[f"reason.{reason}"] == desk[f"reason.{reason}.meaning"]
    for disposition in Disposition:
        assert words[f"disposition.{disposition}"] == desk[f"settle.{disposition}"]


def test_what_a_till_takes_off_by_hand_stands_on_paper_in_words() -> None:
    """A German report had English code words among the organizer's own names of discounts."""
    rows: list[list[Cell]] = [["Frühbucher", 1], ["comp", 2], ["discount", 3]]
    table = TableAnswer(name="promotions", columns=["promotion", "lines"], rows=rows)
    report = Printed(title="Sum", about="EUR", made_at="now", currency="EUR", tables=[table])
    (page,) = pypdfium2.PdfDocument(write_pdf(report, "de"))
    said = page.get_textpage().get_text_range()
    assert all(one in said for one in ("Frühbucher", "verschenkt", "von Hand an der Kasse"))
    assert "comp,2" in write_csv(report)


def test_a_till_stands_on_paper_by_its_name_and_by_no_id() -> None:
    """Two columns of ids said nothing to who reads it, and its name stood at the far end."""
    columns = ["till", "shift", "z_number", "over_or_short_minor", "name"]
    rows: list[list[Cell]] = [["dv_3k9x2", "sh_77ab1", 4, -250, "Bar west"]]
    table = TableAnswer(name="tills", columns=columns, rows=rows)
    report = Printed(title="Sum", about="EUR", made_at="now", currency="EUR", tables=[table])
    (page,) = pypdfium2.PdfDocument(write_pdf(report))
    said = page.get_textpage().get_text_range()
    assert "dv_3k9x2" not in said
    assert "sh_77ab1" not in said
    assert said.index("Bar west") < said.index("-2.50")
    assert "dv_3k9x2,sh_77ab1,4,-2.50,Bar west" in write_csv(report)


@pytest.mark.parametrize("language", ["de", "ar"])
def test_a_report_begins_where_its_language_begins(language: str) -> None:
    """An Arabic table has its first column at the right, and says its language."""
    columns, rows = ["name", "count"], list[list[Cell]]([["Gate", 1234]])
    table = TableAnswer(name="tills", columns=columns, rows=rows)
    report = Printed(title="Sum", about="EUR", made_at="now", currency="EUR", tables=[table])
    file = write_pdf(report, language)
    (page,) = pypdfium2.PdfDocument(file)
    words = page.get_textpage()
    said = words.get_text_range()
    name, figure = (words.get_charbox(said.index(one))[0] for one in ("Gate", "1234"))
    assert (name > figure) == (language == "ar")
    assert f"/Lang ({language})".encode() in file
