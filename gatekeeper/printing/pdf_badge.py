"""Name badges on pages of PDF."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.printing.documents import NameBadge
from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.printing.printer_profiles import PageSize
from shared.paper.pen import Column


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
    top = paper.put(badge.event, column, top, 13, place="middle")
    paper.rule(column.left, top + 2, column.width)
    name = _breakable(badge.name)
    points = paper.fitting_size(name, column, 36, is_bold=True)
    top = paper.put(name, column, top + 8, points, is_bold=True, place="middle")
    if badge.company:
        points = paper.fitting_size(badge.company, column, 16, is_bold=False)
        top = paper.put(badge.company, column, top + 1, points, place="middle")
    if badge.role:
        top = paper.band(badge.role, column, top + 4, 16)
    if badge.digits:
        code = min(46.0, 132 - top)
        paper.put_code(badge.digits, (105 - code) / 2, 134 - code, code)
    if badge.manual_code:
        paper.put(badge.manual_code, column, 138, 9, place="middle")


def _put_card(paper: PdfPaper, badge: NameBadge, bands: Sequence[str]) -> None:
    paper.add_page(85.6, 54)
    code = 34.0 if badge.digits else 0.0
    is_mirrored = paper.starts_right
    column = Column(
        5 + (code + 5 if is_mirrored and code else 0), 75.6 - (code + 5 if code else 0)
    )
    top = 4.5
    for band in bands:
        top = paper.band(band, column, top, 7)
    top = paper.put(badge.event, column, top, 8)
    name = _breakable(badge.name)
    points = paper.fitting_size(name, column, 18, is_bold=True, lines_max=3)
    top = paper.put(name, column, top + 3, points, is_bold=True)
    for line in filter(None, (badge.company, badge.role)):
        top = paper.put(line, column, top + 1, 9)
    if badge.digits:
        paper.put_code(badge.digits, 5 if is_mirrored else 85.6 - 5 - code, 7, code)
    if badge.manual_code:
        paper.put(badge.manual_code, Column(5, 75.6), 45, 9, is_bold=True)


def _breakable(name: str) -> str:
    """Let a double name be broken after its hyphen."""
    return name.replace("-", "-\u200b")
