"""The recovery sheet as a page of PDF: what a person keeps apart from the laptop."""

from __future__ import annotations

from typing import Final

from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.wording.texts import Texts
from shared.paper.code_sizes import CODE_ON_RECOVERY_SHEET
from shared.paper.pen import Column

_COLUMN: Final = Column(22, 166)
_STEPS: Final = ("copy", "laptop", "password")


def write_recovery_sheet(
    texts: Texts, *, organization: str, email: str, code: str, digits: str, made_on: str
) -> bytes:
    """Return the sheet, on A4.

    Args:
        texts: The language.
        organization: Whose server it is.
        email: The owner's, by which they sign in.
        code: The recovery code, in groups.
        digits: By which others know the server.
        made_on: The day, as it is to be read.
    """
    paper = PdfPaper(starts_right=texts.is_right_to_left)
    paper.set_title(texts.say("safe.sheet.title"))
    paper.add_page(210, 297)
    top = paper.put(texts.say("safe.sheet.title"), _COLUMN, 22, 24, is_bold=True)
    top = paper.put(texts.isolate(organization), _COLUMN, top + 3, 14)
    top = paper.put(texts.say("safe.sheet.secret"), _COLUMN, top + 3, 11)
    paper.frame(_COLUMN.left, top + 6, _COLUMN.width, 62)
    groups = code.split("-")
    half = len(groups) // 2
    is_mirrored = paper.starts_right
    words = Column(_COLUMN.left + (54 if is_mirrored else 6), 106)
    line = top + 20
    for part in (groups[:half], groups[half:]):
        line = paper.put("  ".join(part), words, line, 24, is_bold=True, place="middle") + 4
    left = _COLUMN.left + (8 if is_mirrored else 116)
    paper.put_code(code, left, top + 15, CODE_ON_RECOVERY_SHEET)
    top += 76
    for step in _STEPS:
        top = paper.put(texts.say(f"safe.sheet.{step}"), _COLUMN, top + 2, 13, is_bold=True)
        top = paper.put(texts.say(f"safe.sheet.{step}_how"), _COLUMN, top + 1, 11) + 3
    paper.rule(_COLUMN.left, top + 3, _COLUMN.width)
    top += 8
    facts = (("email", email), ("digits", digits), ("made_on", made_on))
    for key, value in facts:
        top = paper.put(
            texts.about(texts.say(f"safe.sheet.{key}"), texts.isolate(value)), _COLUMN, top, 11
        )
    return paper.output()
