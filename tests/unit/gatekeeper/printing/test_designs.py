"""Whatever is chosen of a ticket's looks, its code is read from the paper."""

from __future__ import annotations

import io
import itertools
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pytest
from numpy.typing import NDArray
from PIL import Image
from pyzbar import pyzbar

from gatekeeper.printing.documents import decode_document, encode_document
from gatekeeper.printing.pictures_as_dots import FindPicture
from gatekeeper.printing.printer_profiles import (
    EscposProfile,
    PageSize,
    PdfProfile,
    PictureProfile,
)
from gatekeeper.printing.qr_modules import qr_modules
from gatekeeper.printing.rendering import render
from shared.manifest.ticket_design import PLAIN, TicketDesign
from shared.paper.ticket_page import QUIET
from tests.factories.designs import NOTE, band, logo, make_design, pictures
from tests.factories.papers import make_digits, make_ticket
from tests.factories.strength import sized

FOLD = 99.0
"""Where A4 is folded first, in mm from the top: letters are folded in thirds."""
FIND = pictures().get
NOTHING: dict[str, Any] = {}
LONG = "Internationales Donaudampfschifffahrtsgesellschaftsjubiläumsfest der Freunde " * 3
RIGHT_TO_LEFT = "عبد الرحمن بن خالد بن الوليد " * 7
FULL: dict[str, Any] = {
    "event": LONG,
    "ticket_type": LONG[:90],
    "venue": LONG[:120],
    "holder": RIGHT_TO_LEFT,
}


def page_of(
    design: TicketDesign | None,
    size: PageSize,
    language: str = "en",
    find: FindPicture = FIND,
    **changes: Any,
) -> pdfium.PdfPage:
    """Draw a ticket."""
    ticket = make_ticket(design=design, **changes)
    data = render(ticket, PdfProfile(size=size, language=language), find_picture=find)
    document = pdfium.PdfDocument(data)
    assert len(document) == 1
    return document[0]


def shown(page: pdfium.PdfPage, dpi: int) -> NDArray[np.uint8]:
    """Return a page's upper part as grey dots."""
    dots = np.asarray(page.render(scale=dpi / 72).to_pil().convert("L"))
    return dots[: dpi * 6]


def printed(page: pdfium.PdfPage, dpi: int) -> NDArray[np.uint8]:
    """Return the same as a printer of black dots has it."""
    return np.asarray(Image.fromarray(shown(page, dpi)).convert("1").convert("L"))


def zbar(dots: NDArray[np.uint8]) -> list[tuple[str, tuple[int, int, int, int]]]:
    """Read the codes of a picture, each with its place."""
    found = pyzbar.decode(Image.fromarray(dots), symbols=[pyzbar.ZBarSymbol.QRCODE])
    return [(one.data.decode(), tuple(one.rect)) for one in found]


@pytest.mark.parametrize("size", PageSize)
def test_the_code_is_read_from_the_dots_that_a_printer_makes(size: PageSize) -> None:
    """By a second reader than the gates' first, beside long and right-to-left names."""
    full = (FULL | {"is_practice": True}, "ar")
    for changes, language in sized([full], [(NOTHING, "en"), full]):
        page = page_of(make_design(), size, language, **changes)
        for dpi in (203, 300):
            assert [text for text, _ in zbar(printed(page, dpi))] == [make_digits()], (size, dpi)


LOOKS: dict[str, tuple[str, TicketDesign | None, dict[str, Any]]] = {
    "plain": ("de", None, {}),
    "designed": ("de", make_design(), {}),
    "practice": ("de", make_design(), FULL | {"is_practice": True}),
    "full": ("ar", make_design(), FULL),
}
"""Of tickets: language, design and what else differs."""

LOOKED_AT = [(look, size) for look in LOOKS for size in PageSize]


@pytest.mark.parametrize(("look", "size"), sized([*LOOKED_AT[:-3:4], *LOOKED_AT[-3:]], LOOKED_AT))
def test_nothing_stands_in_the_white_around_the_code(look: str, size: PageSize) -> None:
    """Four modules on each side, in every design; on A4 above the first fold."""
    language, design, changes = LOOKS[look]
    across = len(qr_modules(make_digits()))
    dots = shown(page_of(design, size, language, **changes), 300)
    ((_, (left, top, width, height)),) = zbar(dots)
    module = width / across
    assert module * 25.4 / 300 >= 0.9
    quiet = int(4 * module) - 3  # the code's own soft edge, and the reader's
    around = dots[top - quiet : top + height + quiet, left - quiet : left + width + quiet].copy()
    around[quiet - 3 : 3 - quiet, quiet - 3 : 3 - quiet] = 255
    assert around.min() > 250, (size, language)
    if size is PageSize.A4:
        assert (top + height + QUIET * width) * 25.4 / 300 <= FOLD


def test_what_is_hidden_is_left_out_and_what_a_gate_needs_is_not() -> None:
    """On pages and slips; a name of a newer plan hides nothing."""
    hidden = ("organization", "venue", "zone", "seat", "holder", "price", "order")
    design = TicketDesign(hidden=(*hidden, "event", "digits", "manual_code", "moment", "nonsense"))
    gone = ("Kulturverein", "Uferhalle", "Main hall", "Row 12", "Klara", "25.00", "A7K2M")
    for size in PageSize:
        page = page_of(design, size, holder="Klara")
        said = page.get_textpage().get_text_range()
        assert not [one for one in gone if one in said], said
        for kept in ("Sommerfest", "Standing", "Jul 4, 2026", "28T5-CY4T-Y"):
            assert kept in said.replace("\r\n", " "), kept
        assert [text for text, _ in zbar(printed(page, 203))] == [make_digits()]
    slip = render(make_ticket(design=design, holder="Klara"), EscposProfile())
    assert b"Sommerfest" in slip
    assert not [one for one in gone if one.encode() in slip]


@pytest.mark.parametrize("size", PageSize)
def test_a_design_without_its_pictures_is_printed_without_them(size: PageSize) -> None:
    """They never came, are cut short, or are others than the plan names: paper never waits."""
    design = make_design()
    plain = page_of(make_design(logo=None, band=None), size).get_textpage().get_text_range()
    wrong = {design.logo.digest: band().body} if design.logo else {}
    cut = {one.digest: one.body[:99] for one in (logo(), band())}
    ways: tuple[dict[str, bytes], ...] = ({}, wrong, cut, dict.fromkeys(pictures(), b""))
    sample = ways[list(PageSize).index(size) :: len(PageSize)]
    for there in sized(sample, ways):
        page = page_of(design, size, find=there.get)
        assert page.get_textpage().get_text_range() == plain
        assert [text for text, _ in zbar(printed(page, 203))] == [make_digits()]


@pytest.mark.parametrize("size", sized([PageSize.BADGE], [PageSize.A4, PageSize.BADGE]))
def test_the_organizers_words_are_whole_and_pictures_are_drawn(size: PageSize) -> None:
    """Six hundred letters of them as well, and nothing leaves the page or lies on another line."""
    said = page_of(make_design(), size).get_textpage().get_text_range()
    assert all(word in said for word in NOTE.split() if word.isascii())
    objects = list(page_of(make_design(), size).get_objects())
    assert sum(one.type == pdfium.raw.FPDF_PAGEOBJ_IMAGE for one in objects) == 2
    long = "\n".join("Wwwww Mmmmm " * 6 for _ in range(8))[:600]
    page = page_of(make_design(note=long), size, **FULL)
    assert page.get_textpage().get_text_range().count("Wwwww") == long.count("Wwwww")
    texts = [one.get_bounds() for one in page.get_objects(filter=[pdfium.raw.FPDF_PAGEOBJ_TEXT])]
    for left, bottom, right, top in texts:
        assert left >= 0
        assert bottom >= 0
        assert right <= page.get_width()
        assert top <= page.get_height()
    for one, other in itertools.combinations(texts, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across <= 1 or down <= 0.35 * min(one[3] - one[1], other[3] - other[1])


@pytest.mark.parametrize("dots", [576, 384])
def test_a_slip_has_the_logo_in_black_and_white_and_its_code_is_read(dots: int) -> None:
    """On 80 and 58 mm; without the picture it is the plain slip with the words."""
    ticket = make_ticket(design=make_design())
    shown = render(ticket, PictureProfile(dots=dots), find_picture=FIND)
    picture = np.asarray(Image.open(io.BytesIO(shown)).convert("L"))
    assert [text for text, _ in zbar(picture)] == [make_digits()]
    without = render(ticket, PictureProfile(dots=dots))
    assert len(picture) > len(np.asarray(Image.open(io.BytesIO(without))))
    sent = render(ticket, EscposProfile(dots=dots), find_picture=FIND)
    assert sent.count(b"\x1dv0") == render(ticket, EscposProfile(dots=dots)).count(b"\x1dv0") + 1
    assert b"Terms: example.org/terms" in sent


def test_a_design_is_kept_with_its_print_job_and_a_job_of_before_has_none() -> None:
    """By what names its pictures, not with them."""
    ticket = make_ticket(design=make_design())
    kept = encode_document(ticket)
    assert decode_document(kept) == ticket
    assert len(kept) < 2_000
    assert render(make_ticket(design=PLAIN), PdfProfile()) == render(make_ticket(), PdfProfile())
