"""Cells of files that spreadsheets open. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

_FORMULAS: Final = frozenset("=+-@\t\r")


def plain_cell(text: str) -> str:
    """Keep a text from being a spreadsheet's formula: whoever names a ticket may write one.

    Some take wide letters as well, and pass over what nobody sees before them.
    """
    first = next((sign for sign in text if sign in _FORMULAS or not _is_unseen(sign)), "")
    return f"'{text}" if unicodedata.normalize("NFKC", first) in _FORMULAS else text


def _is_unseen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) == "Cf"
