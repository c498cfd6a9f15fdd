"""Pages: turned to pixels and read back at each size, names in the text, fonts embedded."""

from __future__ import annotations

import io
import itertools

import cv2
import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp
from pypdfium2 import raw

from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.printing.printer_profiles import PageSize, PdfProfile, PictureProfile
from gatekeeper.printing.rendering import render
from shared.paper.pen import Column
from tests.factories.papers import (
    LANGUAGES,
    make_badge,
    make_digits,
    make_receipt,
    make_report,
    make_ticket,
)
from tests.factories.strength import sized

SIZES = {PageSize.A4: (210, 297), PageSize.BADGE: (105, 148), PageSize.WALLET: (85.6, 54)}
WRITTEN = ("en", "th", "ar")


def open_pdf(data: bytes) -> pdfium.PdfDocument:
    assert data.startswith(b"%PDF")
    return pdfium.PdfDocument(io.BytesIO(data))


def codes(document: pdfium.PdfDocument, dpi: int = 200) -> list[str]:
    found = []
    for page in document:
        picture = page.render(scale=dpi / 72).to_numpy()
        found += [one.text for one in zxingcpp.read_barcodes(np.ascontiguousarray(picture))]
    return found


def text_of(document: pdfium.PdfDocument) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in document)


@pytest.mark.parametrize(
    ("size", "language"),
    [*sized(zip(PageSize, WRITTEN, strict=True), itertools.product(PageSize, WRITTEN))],
)
def test_a_ticket_is_read_back_at_each_size(size: PageSize, language: str) -> None:
    """Turned to pixels at 200 dpi, the code is the ticket's, and the page has its size."""
    document = open_pdf(render(make_ticket(), PdfProfile(size=size, language=language)))
    assert len(document) == 1
    assert codes(document) == [make_digits()]
    width, height = document[0].get_size()
    assert (width * 25.4 / 72, height * 25.4 / 72) == pytest.approx(SIZES[size], abs=0.2)


@pytest.mark.parametrize("size", PageSize)
def test_a_ticket_carries_all_that_a_gate_or_a_person_asks_for(size: PageSize) -> None:
    """Type, date, window, zone, seat, manual code, order, receipt and home gate; and no holder."""
    said = text_of(open_pdf(render(make_ticket(), PdfProfile(size=size))))
    said = " ".join(said.replace("\r", " ").replace("\n", " ").split())
    for text in (
        "Sommerfest am", "Standing", "Jul 4, 2026", "19:42", "Main hall", "Row 12, seat 34",
        "28T5-CY4T-Y", "Order A7K2M", "Receipt 17", "Gate North",
        "Valid from Sat,", "Valid until Sun, Jul 5, 2026, 00:42",
    ):  # fmt: skip
        assert text in said, text


@pytest.mark.parametrize("size", PageSize)
def test_every_font_is_embedded(size: PageSize) -> None:
    """The page looks the same on a machine that has none of them."""
    name = "Fest Ω Ярмарка งาน مهرجان פסטיבל"
    document = open_pdf(render(make_ticket(event=name), PdfProfile(size=size)))
    embedded = []
    for item in document[0].get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
        font = raw.FPDFTextObj_GetFont(item)
        embedded.append(raw.FPDFFont_GetIsEmbedded(font))
    assert embedded
    assert set(embedded) == {1}


@pytest.mark.parametrize(
    "name", ["Zoë O’Brien-Đặng", "Łukasz Ὀδυσσεύς Иван", "สมชาย ใจดี", "ליאת כהן"]
)
def test_names_of_every_script_are_found_in_the_text(name: str) -> None:
    """A badge's name can be searched and copied, as it is written."""
    said = text_of(open_pdf(render(make_badge(name=name), PdfProfile(size=PageSize.BADGE))))
    letters = [letter for letter in name if letter.isalpha()]
    assert all(letter in said for letter in letters), said


def test_a_right_to_left_receipt_has_its_amounts_at_the_left() -> None:
    """An Arabic receipt is mirrored, and its figures are not."""
    document = open_pdf(render(make_receipt(), PdfProfile(language="ar", size=PageSize.BADGE)))
    page = document[0].get_textpage()
    width = document[0].get_width()
    place = page.get_text_range().index("68.91")
    left, _, right, _ = page.get_charbox(place)
    assert right < width / 3
    assert left > 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_receipts_and_reports_are_whole_in_each_language(language: str) -> None:
    """As long as they need; nothing is lost below the page's edge."""
    for document in (make_receipt(), make_report()):
        for size in (PageSize.A4, PageSize.BADGE):
            pages = open_pdf(render(document, PdfProfile(language=language, size=size)))
            last = pages[len(pages) - 1]
            for item in last.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
                left, bottom, right, top = item.get_bounds()
                assert left >= 0
                assert bottom >= 0
                assert right <= last.get_width()
                assert top <= last.get_height()


def test_a_long_receipt_goes_on_on_a_second_page() -> None:
    """A hundred lines are all there."""
    lines = tuple(make_receipt().lines[0] for _ in range(100))
    document = open_pdf(render(make_receipt(lines=lines), PdfProfile(size=PageSize.A4)))
    assert len(document) > 1
    assert text_of(document).count("Standing") == 100


def test_a_long_name_shrinks_and_breaks_and_runs_into_no_code() -> None:
    """The longest title of an event leaves code and manual code readable at each size."""
    title = "Internationales Donaudampfschifffahrtsgesellschaftsjubiläumsfestival der " * 2
    for size in PageSize:
        document = open_pdf(render(make_ticket(event=title), PdfProfile(size=size)))
        assert codes(document) == [make_digits()]


@pytest.mark.parametrize("size", PageSize)
def test_a_full_ticket_stays_inside_its_page_and_no_line_overlaps(size: PageSize) -> None:
    """Copy, practice, a long title and all facts at once: every line has a place of its own."""
    ticket = make_ticket(
        event="Internationales Donaudampfschifffahrtsfest der Freunde alter Schiffe e. V.",
        ticket_type="Balkon ermäßigt, Reihe 1 bis 12",
        is_practice=True,
    )
    document = open_pdf(render(ticket, PdfProfile(size=size, language="de"), copy=1))
    assert codes(document, 300) == [make_digits()]
    no_line_overlaps(document[0])


@pytest.mark.parametrize("size", PageSize)
@pytest.mark.parametrize("name", ["W" * 200, "Lichterfestgesellschaft " * 8, "ا" * 200])
def test_the_longest_names_leave_a_badge_its_code_and_its_manual_code(
    size: PageSize, name: str
) -> None:
    """An event's name lay over the manual code, and left the QR code the size of a dot."""
    badge = make_badge(
        name=name, event=name, company=name, role=name, digits=make_digits(), is_practice=True
    )
    document = open_pdf(render(badge, PdfProfile(size=size, language="de")))
    assert codes(document) == [make_digits()]
    no_line_overlaps(document[0])


def no_line_overlaps(page: pdfium.PdfPage) -> None:
    """Look that each line stands on the page, at a place of its own."""
    boxes = [item.get_bounds() for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT])]
    assert all(
        left >= 0 and bottom >= 0 and right <= page.get_width() and top <= page.get_height()
        for left, bottom, right, top in boxes
    )
    for number, (left, bottom, right, top) in enumerate(boxes):
        for other in boxes[number + 1 :]:
            across = min(right, other[2]) - max(left, other[0])
            down = min(top, other[3]) - max(bottom, other[1])
            assert across <= 0.5 or down <= 0.3 * min(top - bottom, other[3] - other[1])


def test_equal_documents_are_equal_bytes() -> None:
    """No clock and no chance stands in a page."""
    profile = PdfProfile(size=PageSize.WALLET)
    assert render(make_ticket(), profile) == render(make_ticket(), profile)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_till_without_a_printer_shows_a_picture_that_a_gate_reads(language: str) -> None:
    """QR code and manual code for the customer's display."""
    picture = render(make_ticket(), PictureProfile(language=language))
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert pixels is not None
    assert [one.text for one in zxingcpp.read_barcodes(pixels)] == [make_digits()]
    assert pixels.shape[1] == 576


@pytest.mark.parametrize(
    ("marked", "plain"), [("استُخدمت مرتين", "استخدمت مرتين"), ("«وقّعه الجهاز»", "«وقعه الجهاز»")]
)
def test_a_vowel_sign_moves_no_letter_of_an_arabic_line(marked: str, plain: str) -> None:
    """Each one cut its word: letters stood unjoined, and the line's end outside of its column."""

    def reach(text: str) -> tuple[int, int]:
        paper = PdfPaper(starts_right=True)
        paper.add_page(120, 30)
        paper.put(text, Column(10, 100), 5, 16)
        (page,) = open_pdf(paper.output())
        ink = page.render(scale=4).to_numpy()[:, :, 0].min(axis=0) < 128
        return int(ink.argmax()), len(ink) - int(ink[::-1].argmax())

    assert reach(marked) == pytest.approx(reach(plain), abs=2)
