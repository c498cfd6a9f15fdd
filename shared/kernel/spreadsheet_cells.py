"""Cells of files that spreadsheets open. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_FORMULAS: Final = frozenset("=+-@\t\r")
_NO_XML: Final = frozenset({"\ufffe", "\uffff"})
_NEXT_CELL: Final = re.compile(r"[;\t\r\n\v\f\x85\u2028\u2029]+")
"""Where a cell of its own begins for whoever does not read the file as it is written: many
countries' spreadsheets part lines at semicolons, and know no quotes within such a part."""


def plain_cell(text: str) -> str:
    """Keep a text from being a spreadsheet's formula: whoever names a ticket may write one.

    Some take wide letters as well, and pass over what nobody sees before them. Nor may a part of
    it be one that stands behind what another country's spreadsheets part cells or lines at.
    """
    begins = len(text) - len(text.lstrip())
    rest = text[begins:]
    rest = _NEXT_CELL.sub(lambda end: end[0] + _mark_of(rest[end.end() :]), rest)
    return _mark_of(text) + text[:begins] + rest


def spelt_in_xml(text: str) -> str:
    """Leave out of a text what an XLSX cannot hold: with one such letter no program opens it.

    XML 1.0, section 2.2.
    """
    return "".join(
        letter
        for letter in text
        if (letter >= " " or letter in "\t\n\r") and letter not in _NO_XML
    )


def _mark_of(text: str) -> str:
    """Return what makes a cell's text plain: a mark where it would be a formula, else nothing."""
    first = next((sign for sign in text if sign in _FORMULAS or not _is_unseen(sign)), "")
    return "'" if unicodedata.normalize("NFKC", first) in _FORMULAS else ""


def _is_unseen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"
