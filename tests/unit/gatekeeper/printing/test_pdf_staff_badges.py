"""Badges of staff on paper: each code is read back from its pixels, no PIN and no neighbour's."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import pypdfium2 as pdfium
import pytest
import zxingcpp

from gatekeeper.printing.pdf_staff_badges import StaffBadge, write_staff_badges
from gatekeeper.wording.texts import Texts
from tests.factories.papers import LANGUAGES

BADGES = [
    StaffBadge(name, "Supervisor", f"GKS1-{number:060d}")
    for number, name in enumerate(
        ("Sam Okafor", "Ann-Kathrin Müller-Lüdenscheidt", "محمد بن عبد الله", "W" * 200, "สมชาย")
    )
]


def cells(data: bytes) -> Iterator[list[str]]:
    """Cut each page in four as scissors do, and read what stands in each quarter."""
    for page in pdfium.PdfDocument(io.BytesIO(data)):
        picture = page.render(scale=200 / 72).to_numpy()
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        for top in (0, height):
            for left in (0, width):
                part = np.ascontiguousarray(picture[top : top + height, left : left + width])
                yield [one.text for one in zxingcpp.read_barcodes(part)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_badge_is_read_from_its_own_quarter_of_a_page(language: str) -> None:
    """Whatever the language and however long the name; from right to left the first is right."""
    texts = Texts(language)
    found = list(cells(write_staff_badges(texts, "Society of the Lanterns", BADGES)))
    first, second = [[one.code] for one in BADGES[:4]], [[BADGES[4].code], [], [], []]
    if texts.is_right_to_left:
        first, second = [first[at] for at in (1, 0, 3, 2)], [[], second[0], [], []]
    assert found == first + second


def test_a_badge_names_its_holder_and_never_their_pin() -> None:
    """Whoever finds both could open gates."""
    data = write_staff_badges(Texts("en"), "Society of the Lanterns", BADGES[:1])
    document = pdfium.PdfDocument(io.BytesIO(data))
    said = document[0].get_textpage().get_text_range()
    assert len(document) == 1
    for text in ("Sam Okafor", "Supervisor", "Society of the Lanterns", "Found?"):
        assert text in said
    assert "PIN" not in said
