"""Cells of files that spreadsheets open. Pure."""

from __future__ import annotations

from typing import Final

_FORMULAS: Final = frozenset("=+-@\t\r")


def plain_cell(text: str) -> str:
    """Keep a text from being a spreadsheet's formula: whoever names a ticket may write one."""
    return f"'{text}" if text[:1] in _FORMULAS else text
