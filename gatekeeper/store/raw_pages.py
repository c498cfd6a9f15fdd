"""Reading journal entries off a database's pages without SQLite, which needs the first page.

The list of tables stands on it; without that list SQLite finds nothing, although each page of
entries says by its own form what it is. Whether an entry is true, its signature says.

Source:
    sqlite.org/fileformat2.html sections 1.6 (b-tree pages), 1.7 (overflow) and 2.1 (records).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from shared.journal.chain import SignedEntry
from shared.journal.entry import ENTRY_SIZE_MAX
from shared.kernel.ed25519 import SIGNATURE_SIZE

PAGE_SIZE: Final = 4_096
"""Bytes; what SQLite takes where nobody asks for another, and we do not."""
_TABLE_LEAF: Final = 0x0D
_PAGE_HEADER: Final = 8
_CELL_FRAME: Final = 35
"""A row of more than a page's bytes less these goes on in further pages."""
_BLOB: Final = 12
"""A value's type is this plus twice its size in bytes."""
_ROW_MAX: Final = ENTRY_SIZE_MAX + SIGNATURE_SIZE + 16
_VARINT_MAX: Final = 9

PageAt = Callable[[int], bytes]
"""Gives a page by its number, from 1; b"" for one that is not there."""


def entries_on(page: bytes, page_at: PageAt) -> Iterator[tuple[int, SignedEntry]]:
    """Yield what has the form of a journal's row, unproven, with its number."""
    for number, size, start in _cells(page):
        row = _whole_row(page, start, size, page_at)
        values = _values_at(row, 0)
        if values is not None and sum(values) == len(row):
            entry, end = values[0], sum(values[:2])
            yield number, SignedEntry(row[entry:end], row[end:])


def numbers_on(page: bytes) -> list[int]:
    """Return the numbers of the rows that have the form of a journal's, as far as it shows."""
    return [number for number, _, start in _cells(page) if _values_at(page, start) is not None]


def _cells(page: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield each row's number, its size, and where on the page it begins."""
    if not page or page[0] != _TABLE_LEAF:
        return
    count = min(int.from_bytes(page[3:5]), (len(page) - _PAGE_HEADER) // 2)
    for place in range(_PAGE_HEADER, _PAGE_HEADER + 2 * count, 2):
        size, at = _varint(page, int.from_bytes(page[place : place + 2]))
        number, at = _varint(page, at)
        if at < len(page) and 0 < size <= _ROW_MAX and 0 < number < 1 << 62:
            yield number, size, at


def _values_at(content: bytes, start: int) -> tuple[int, int, int] | None:
    """Return the sizes of a row's header, entry and signature; None if it is another table's."""
    header, at = _varint(content, start)
    kind, at = _varint(content, at)  # the number itself stands before the row
    entry, at = _varint(content, at)
    signature, at = _varint(content, at)
    is_form = kind == 0 and entry >= _BLOB and entry % 2 == 0 and at == start + header
    if not is_form or signature != _BLOB + 2 * SIGNATURE_SIZE:
        return None
    return header, (entry - _BLOB) // 2, SIGNATURE_SIZE


def _whole_row(page: bytes, start: int, size: int, page_at: PageAt) -> bytes:
    most = len(page) - _CELL_FRAME
    if size <= most:
        return page[start : start + size]
    least = (len(page) - 12) * 32 // 255 - 23
    kept = least + (size - least) % (len(page) - 4)
    here = kept if kept <= most else least
    row, link = page[start : start + here], page[start + here : start + here + 4]
    while len(row) < size and (further := page_at(int.from_bytes(link))):
        row, link = row + further[4:], further[:4]
    return row[:size]


def _varint(content: bytes, start: int) -> tuple[int, int]:
    """Read a number of one to nine bytes; returns it, and where the next begins."""
    value = 0
    for place in range(start, min(start + _VARINT_MAX, len(content))):
        byte = content[place]
        if place == start + _VARINT_MAX - 1:
            return value << 8 | byte, place + 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    return -1, len(content)
