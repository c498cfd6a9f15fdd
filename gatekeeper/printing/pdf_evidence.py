"""What a conflict's evidence says in words, as pages of PDF: few people read signed entries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.wording.texts import Texts
from shared.paper.pen import Column

_COLUMN: Final = Column(22, 166)
_TOP, _END = 22, 260
"""Where a page begins, and where no paragraph begins any more, in millimetres."""
_SIZE: Final = 11


def write_evidence_pages(texts: Texts, title: str, paragraphs: Sequence[str]) -> bytes:
    """Return the pages, on A4.

    Args:
        texts: The language.
        title: What contradicts itself.
        paragraphs: In order.
    """
    paper = PdfPaper(starts_right=texts.is_right_to_left)
    paper.set_title(title)
    paper.add_page(210, 297)
    top = paper.put(title, _COLUMN, _TOP, 18, is_bold=True) + 4
    for paragraph in paragraphs:
        if top > _END:
            paper.add_page(210, 297)
            top = _TOP
        top = paper.put(paragraph, _COLUMN, top, _SIZE) + 3
    return paper.output()
