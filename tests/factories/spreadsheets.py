"""Workbooks as their programs save them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from openpyxl import Workbook


def saved(book: Workbook) -> bytes:
    """Return a workbook's file."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(*rows: list[Any], hidden: int = 0) -> bytes:
    """Return the file of one sheet; one row of it may be hidden."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    if hidden:
        book.worksheets[0].row_dimensions[hidden].hidden = True
    return saved(book)
