"""Chunks of a manifest: sorted ticket ids and class numbers as compressed byte columns.

A chunk holds the tickets whose ids share their top bits, so that one more ticket changes one
chunk. The ids' bytes are laid out column by column: the leading columns repeat and compress to
almost nothing, the rest is the ids' own entropy. The bytes of a chunk depend on its rows alone,
so every worker builds the same.

Layout before compression (zlib, RFC 1950): count (4 bytes, big-endian), then 8 columns of
`count` bytes (id bytes, most significant first), then 4 columns (class number, likewise).
A chunk of manual codes has 5 columns of code bytes and 8 of ticket id bytes instead.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from shared.kernel.errors import Malformed

ID_SIZE: Final = 8
CLASS_SIZE: Final = 4
MANUAL_SIZE: Final = 5
CHUNK_ROWS_MAX: Final = 1 << 20
_COUNT_SIZE: Final = 4
_LEVEL: Final = 1
_SIZE_MAX: Final = _COUNT_SIZE + CHUNK_ROWS_MAX * (MANUAL_SIZE + ID_SIZE)


def encode_columns(*tables: tuple[bytes, int]) -> bytes:
    """Compress tables of fixed-width rows column by column.

    Args:
        tables: For each table its rows' bytes, one after the other, and a row's width in bytes;
            all with the same number of rows.
    """
    counts = {len(rows) // width for rows, width in tables}
    assert len(counts) == 1
    count = counts.pop()
    assert count <= CHUNK_ROWS_MAX
    parts = [count.to_bytes(_COUNT_SIZE, "big")]
    parts += [rows[place::width] for rows, width in tables for place in range(width)]
    return zlib.compress(b"".join(parts), _LEVEL)


def decode_columns(chunk: bytes, *widths: int) -> list[bytes]:
    """Expand a chunk back into its tables' rows.

    Args:
        chunk: What `encode_columns` made.
        widths: Each table's row width in bytes.

    Raises:
        Malformed: if the bytes are not such a chunk, or expand beyond `CHUNK_ROWS_MAX` rows.
    """
    expander = zlib.decompressobj()
    try:
        plain = expander.decompress(chunk, _SIZE_MAX)
    except zlib.error as fault:
        raise Malformed(f"a manifest chunk cannot be expanded: {fault}") from None
    count = int.from_bytes(plain[:_COUNT_SIZE], "big")
    if not expander.eof or expander.unused_data or len(plain) != _COUNT_SIZE + count * sum(widths):
        raise Malformed("a manifest chunk is not of its declared size")
    tables = []
    start = _COUNT_SIZE
    for width in widths:
        rows = bytearray(count * width)
        for place in range(width):
            rows[place::width] = plain[start : start + count]
            start += count
        tables.append(bytes(rows))
    return tables


def pack_numbers(numbers: Sequence[int], width: int) -> bytes:
    """Lay unsigned numbers out as big-endian rows of `width` bytes."""
    return b"".join([number.to_bytes(width, "big") for number in numbers])
