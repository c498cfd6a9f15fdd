"""Name badges on pages of PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.printing.documents import NameBadge
from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.printing.printer_profiles import PageSize
from shared.paper.code_sizes import CODE_ON_GUEST_BADGE, CODE_ON_GUEST_CARD
from shared.paper.pen import LEADING, POINT, SHRINK, SIZE_MIN, Column

_CODE_FROM: Final = 102.0
"""Down to where words may go on A6: below them the code has 3 cm and is read."""
_CARD_TEXT_UNTIL: Final = 44.0
_CARD_LINE: Final = 5.0


def put_badge(paper: PdfPaper, badge: NameBadge, bands: Sequence[str], size: PageSize) -> None:
    """Put a badge on A6, on a card, or into the upper left of A4, to be cut out."""
    if size is PageSize.WALLET:
        _put_card(paper, badge, bands)
        return
    if size is PageSize.A4:
        paper.add_page(210, 297)
        paper.frame(0.4, 0.4, 105, 148)
    else:
        paper.add_page(105, 148)
    column, top = Column(8, 89), 8.0
    for band in bands:
        top = paper.band(band, column, top, 10)
    top = _put(paper, badge.event, column, (top, top + 18), 13, place="middle")
    paper.rule(column.left, top + 2, column.width)
    name, end = _breakable(badge.name), _CODE_FROM
    role, points = _shorten(paper, badge.role, Column(column.left, column.width - 4), 8, 16)
    end -= 14 if role else 0
    name_end = end - (10 if badge.company else 0)
    top = _put(paper, name, column, (top + 8, name_end), 36, is_bold=True, place="middle")
    if badge.company:
        top = _put(paper, badge.company, column, (top + 1, end), 16, place="middle")
    if role:
        top = paper.band(role, column, top + 4, points)
    if badge.digits:
        code = min(CODE_ON_GUEST_BADGE, 132 - top)
        paper.put_code(badge.digits, (105 - code) / 2, 134 - code, code)
    if badge.manual_code:
        paper.put(badge.manual_code, column, 138, 9, place="middle")


def _put_card(paper: PdfPaper, badge: NameBadge, bands: Sequence[str]) -> None:
    paper.add_page(85.6, 54)
    code = CODE_ON_GUEST_CARD if badge.digits else 0.0
    is_mirrored = paper.starts_right
    column = Column(
        5 + (code + 5 if is_mirrored and code else 0), 75.6 - (code + 5 if code else 0)
    )
    top = 4.5
    for band in bands:
        top = paper.band(band, column, top, 7)
    top = _put(paper, badge.event, column, (top, top + 8), 8)
    lines = list(filter(None, (badge.company, badge.role)))
    end = _CARD_TEXT_UNTIL - _CARD_LINE * len(lines)
    name = _breakable(badge.name)
    top = _put(paper, name, column, (top + 3, end), 18, is_bold=True, lines_max=3)
    for line in lines:
        end += _CARD_LINE
        top = _put(paper, line, column, (top + 1, end), 9)
    if badge.digits:
        paper.put_code(badge.digits, 5 if is_mirrored else 85.6 - 5 - code, 7, code)
    if badge.manual_code:
        paper.put(badge.manual_code, Column(5, 75.6), 45, 9, is_bold=True)


def _put(
    paper: PdfPaper,
    text: str,
    column: Column,
    between: tuple[float, float],
    size: float,
    *,
    is_bold: bool = False,
    place: str = "start",
    lines_max: int = 2,
) -> float:
    """Put a text as large as it may be, smaller or cut where it would run into what is below."""
    top, bottom = between
    size = paper.fitting_size(text, column, size, is_bold=is_bold, lines_max=lines_max)
    said, size = _shorten(paper, text, column, bottom - top, size, is_bold=is_bold)
    return paper.put(said, column, top, size, is_bold=is_bold, place=place)


def _shorten(
    paper: PdfPaper, text: str, column: Column, room: float, size: float, *, is_bold: bool = True
) -> tuple[str, float]:
    """Return a text and its size that have the room: what is too long for it ends with dots."""

    def fits(said: str) -> bool:
        lines = len(paper.lines(said, column, size, is_bold=is_bold))
        return lines * size * POINT * LEADING <= room or lines == 1

    while not fits(text) and size > SIZE_MIN:
        size *= SHRINK
    said, kept = text, len(text)
    while not fits(said):
        kept = kept * 9 // 10
        said = f"{text[:kept].rstrip()}…"
    return said, size


def _breakable(name: str) -> str:
    """Let a double name be broken after its hyphen."""
    return name.replace("-", "-\u200b")
