"""Badges of supervisors, stewards and cashiers on A4, four on a page, each A6 to be cut out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.wording.texts import Texts
from shared.paper.code_sizes import CODE_ON_STAFF_BADGE
from shared.paper.pen import Column

_WIDTH, _HEIGHT = 105.0, 148.5
_EACH_WAY: Final = 2
_EDGE: Final = 8.0


class StaffBadge(msgspec.Struct, frozen=True):
    """What stands on one badge; a PIN never does.

    Attributes:
        name: The holder's.
        role: What they are, in words.
        code: What its QR code holds.
    """

    name: str
    role: str
    code: str


def write_staff_badges(texts: Texts, organization: str, badges: Sequence[StaffBadge]) -> bytes:
    """Return badges as pages of PDF.

    Args:
        texts: The language.
        organization: Whose they are.
        badges: In the order in which they stand, by rows.
    """
    paper = PdfPaper(starts_right=texts.is_right_to_left)
    paper.set_title(organization)
    for number, badge in enumerate(badges):
        row, column = divmod(number % (_EACH_WAY * _EACH_WAY), _EACH_WAY)
        if row == column == 0:
            paper.add_page(_EACH_WAY * _WIDTH, _EACH_WAY * _HEIGHT)
        if paper.starts_right:
            column = _EACH_WAY - 1 - column
        _put_badge(paper, texts, organization, badge, column * _WIDTH, row * _HEIGHT)
    return paper.output()


def _put_badge(
    paper: PdfPaper, texts: Texts, organization: str, badge: StaffBadge, left: float, top: float
) -> None:
    paper.frame(left + 2, top + 2, _WIDTH - 4, _HEIGHT - 4)
    column = Column(left + _EDGE, _WIDTH - 2 * _EDGE)
    whose = texts.isolate(organization)
    points = paper.fitting_size(whose, column, 13, is_bold=False)
    below = paper.put(whose, column, top + _EDGE, points, place="middle")
    paper.rule(column.left, below + 2, column.width)
    name = texts.isolate(badge.name.replace("-", "-\u200b"))
    points = paper.fitting_size(name, column, 30, is_bold=True)
    below = paper.put(name, column, below + 6, points, is_bold=True, place="middle")
    below = paper.band(badge.role, column, below + 3, 14)
    foot = top + _HEIGHT - _EDGE
    found = texts.say("staff.badge.found")
    foot -= len(paper.lines(found, column, 8, is_bold=False)) * 4.0
    paper.put(found, column, foot, 8, place="middle")
    side = min(CODE_ON_STAFF_BADGE, foot - below - 2 * _EDGE)
    paper.put_code(badge.code, left + (_WIDTH - side) / 2, foot - side - _EDGE / 2, side)
