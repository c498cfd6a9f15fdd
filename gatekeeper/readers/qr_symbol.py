"""The anatomy of a QR code (model 2), and the mending of one from soft module values.

Facts from ISO/IEC 18004: versions, function patterns, placement, masks, blocks. Used only on
symbols that zxing-cpp found and could not mend; the text itself is always decoded by zxing-cpp,
from the mended modules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gatekeeper.readers import reed_solomon

Modules = NDArray[np.int8]
"""Rows of modules: 1 dark, 0 light, −1 not known beforehand."""
Soft = NDArray[np.float32]
"""Rows of module values: positive dark, negative light; the size says how sure."""

VERSION_MAX: Final = 40
SPARE: Final = 4
"""Check codewords a block must leave unused: noise passes for one with a chance under 1e-9."""

_LEVELS = "LMQH"
# Check codewords of each block, and number of blocks, for versions 1 to 40 (table 9).
_CHECK_SIZES = {
    "L": "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28 30 "
    "30 30 30 30 30 30 30 30 30 30 30 30 30",
    "M": "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26 28 28 28 28 28 28 "
    "28 28 28 28 28 28 28 28 28 28 28 28 28",
    "Q": "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28 30 "
    "30 30 30 30 30 30 30 30 30 30 30 30 30",
    "H": "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24 30 30 30 30 30 "
    "30 30 30 30 30 30 30 30 30 30 30 30 30",
}
_BLOCK_COUNTS = {
    "L": "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 "
    "19 20 21 22 24 25",
    "M": "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 "
    "33 35 37 38 40 43 45 47 49",
    "Q": "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 "
    "43 45 48 51 53 56 59 62 65 68",
    "H": "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 "
    "51 54 57 60 63 66 70 74 77 81",
}
_LEVEL_BITS = {"L": 1, "M": 0, "Q": 3, "H": 2}
_FORMAT_MASK = 0b101010000010010


@dataclass(frozen=True, slots=True)
class Layout:
    """What all symbols of one version share.

    Attributes:
        size: Modules along an edge.
        known: The function patterns; −1 where data, format or version information stands.
        places: Row and column of each data module, in reading order; shape (n, 2).
        format_places: Row and column of each format bit's two copies; shape (2, 15, 2).
    """

    size: int
    known: Modules
    places: NDArray[np.intp]
    format_places: NDArray[np.intp]


def size_of(version: int) -> int:
    """Return the modules along an edge."""
    return 17 + 4 * version


@lru_cache(maxsize=VERSION_MAX)
def layout_of(version: int) -> Layout:
    """Lay out the function patterns and the reading order of a version, 1 to 40."""
    size = size_of(version)
    known = np.full((size, size), -1, dtype=np.int8)
    known[6, :] = known[:, 6] = (np.arange(size) + 1) % 2
    for row in _alignment_centres(version):
        for column in _alignment_centres(version):
            if not _is_in_finder(row, column, size):
                known[row - 2 : row + 3, column - 2 : column + 3] = _rings(5)
    for row, column in ((0, 0), (0, size - 7), (size - 7, 0)):
        top, left = max(row - 1, 0), max(column - 1, 0)
        known[top : row + 8, left : column + 8] = 0
        known[row : row + 7, column : column + 7] = _rings(7)
    known[size - 8, 8] = 1
    reserved = known >= 0
    places = _format_places(size)
    reserved[places[..., 0], places[..., 1]] = True
    if version >= 7:
        reserved[:6, size - 11 : size - 8] = True
        reserved[size - 11 : size - 8, :6] = True
    return Layout(size, known, _reading_order(reserved), places)


def _rings(size: int) -> Modules:
    """Concentric squares: dark outside and in the middle, one light ring between."""
    away = np.abs(np.arange(size) - size // 2)
    ring = np.maximum(away[:, None], away[None, :])
    return np.asarray(ring != size // 2 - 1, dtype=np.int8)


def _is_in_finder(row: int, column: int, size: int) -> bool:
    return (row < 9 and (column < 9 or column > size - 10)) or (row > size - 10 and column < 9)


def _alignment_centres(version: int) -> list[int]:
    if version == 1:
        return []
    count = version // 7 + 2
    step = (version * 8 + count * 3 + 5) // (count * 4 - 4) * 2
    last = size_of(version) - 7
    return [6] + [last - step * index for index in range(count - 2, -1, -1)]


def _format_places(size: int) -> NDArray[np.intp]:
    """Where the format bits stand, the highest (bit 14) first."""
    around = [(8, 0), (8, 1), (8, 2), (8, 3), (8, 4), (8, 5), (8, 7), (8, 8), (7, 8)]
    around += [(row, 8) for row in range(5, -1, -1)]
    apart = [(size - 1 - index, 8) for index in range(7)]
    apart += [(8, size - 8 + index) for index in range(8)]
    return np.array([around, apart], dtype=np.intp)


def _reading_order(reserved: NDArray[np.bool_]) -> NDArray[np.intp]:
    size = reserved.shape[0]
    order: list[tuple[int, int]] = []
    right, up = size - 1, True
    while right > 0:
        if right == 6:
            right -= 1
        rows = range(size - 1, -1, -1) if up else range(size)
        order += [
            (row, column)
            for row in rows
            for column in (right, right - 1)
            if not reserved[row, column]
        ]
        right, up = right - 2, not up
    return np.array(order, dtype=np.intp)


def _format_code(value: int) -> int:
    """Append the BCH(15,5) check bits and apply the fixed mask."""
    rest = value << 10
    for bit in range(14, 9, -1):
        if rest >> bit & 1:
            rest ^= 0b10100110111 << (bit - 10)
    return (value << 10 | rest) ^ _FORMAT_MASK


_FORMATS = [
    (level, mask, _format_code(_LEVEL_BITS[level] << 3 | mask))
    for level in _LEVELS
    for mask in range(8)
]
_FORMAT_SIGNS = np.array(
    [[1.0 if code >> bit & 1 else -1.0 for bit in range(14, -1, -1)] for _, _, code in _FORMATS],
    dtype=np.float32,
)


def format_of(soft: Soft, layout: Layout) -> tuple[str, int, int]:
    """Find the likeliest error correction level and mask.

    Returns:
        Level (L, M, Q, H), mask (0 to 7), and the 15-bit code that says so.
    """
    return _FORMATS[int(np.argmax(_likeness_of_formats(soft, layout)))]


def _likeness_of_formats(soft: Soft, layout: Layout) -> NDArray[np.float32]:
    copies = soft[layout.format_places[..., 0], layout.format_places[..., 1]]
    return np.asarray(_FORMAT_SIGNS @ np.clip(copies, -1, 1).sum(axis=0), dtype=np.float32)


def mask_of(mask: int, places: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Tell for each data module whether the mask flips it (table 10)."""
    i, j = places[:, 0], places[:, 1]
    values = (
        (i + j) % 2,
        i % 2,
        j % 3,
        (i + j) % 3,
        (i // 2 + j // 3) % 2,
        i * j % 2 + i * j % 3,
        (i * j % 2 + i * j % 3) % 2,
        ((i + j) % 2 + i * j % 3) % 2,
    )
    return np.asarray(values[mask] == 0, dtype=np.bool_)


def blocks_of(version: int, level: str, codeword_count: int) -> tuple[list[list[int]], int]:
    """Tell which codewords, by their place in the symbol, form each block.

    Returns:
        For each block its codewords' indices, data first; and the check codewords of a block.
    """
    check = int(_CHECK_SIZES[level].split()[version - 1])
    count = int(_BLOCK_COUNTS[level].split()[version - 1])
    short = codeword_count // count
    short_count = count - codeword_count % count
    data = [short - check + (index >= short_count) for index in range(count)]
    blocks: list[list[int]] = [[] for _ in range(count)]
    at = 0
    for column in range(max(data)):
        for index in range(count):
            if column < data[index]:
                blocks[index].append(at)
                at += 1
    for _ in range(check):
        for block in blocks:
            block.append(at)
            at += 1
    return blocks, check


def mend(soft: Soft, version: int) -> Modules | None:
    """Correct a symbol, the least sure codewords counting as erased where that helps.

    A mirrored one, as some cameras show all, has rows where others have columns.

    Returns:
        All modules, each as the standard would print it, or None if a block cannot be mended.
    """
    mended, layout = _mend_unmirrored(soft, version), layout_of(version)
    if mended is not None:
        return mended
    likeness, mirrored = (_likeness_of_formats(one, layout).max() for one in (soft, soft.T))
    if mirrored <= likeness:
        return None
    mended = _mend_unmirrored(soft.T, version)
    return None if mended is None else mended.T


def _mend_unmirrored(soft: Soft, version: int) -> Modules | None:
    layout = layout_of(version)
    level, mask, code = format_of(soft, layout)
    flips = mask_of(mask, layout.places)
    values = soft[layout.places[:, 0], layout.places[:, 1]]
    count = len(values) // 8
    bits = (values > 0) ^ flips
    codewords = np.packbits(bits[: count * 8]).tolist()
    surety = np.abs(values[: count * 8]).reshape(count, 8).min(axis=1)
    blocks, check = blocks_of(version, level, count)
    for block in blocks:
        mended = _mend_block([codewords[at] for at in block], surety[block], check)
        if mended is None:
            return None
        for at, codeword in zip(block, mended, strict=True):
            codewords[at] = codeword
    out = np.maximum(layout.known, 0)
    bits[: count * 8] = np.unpackbits(np.array(codewords, dtype=np.uint8)).astype(np.bool_)
    bits[count * 8 :] = False
    out[layout.places[:, 0], layout.places[:, 1]] = bits ^ flips
    signs = [code >> bit & 1 for bit in range(14, -1, -1)]
    out[layout.format_places[..., 0], layout.format_places[..., 1]] = signs
    _print_version(out, version)
    return out


def _mend_block(codewords: list[int], surety: NDArray[np.float32], check: int) -> list[int] | None:
    spare = min(SPARE, check // 2)
    doubtful = np.argsort(surety, kind="stable").tolist()
    for erased in range(0, check - spare + 1, 2):
        mended = reed_solomon.mend(codewords, check, doubtful[:erased], spare=spare)
        if mended is not None:
            return mended
    return None


def _print_version(modules: Modules, version: int) -> None:
    """Write both copies of the version information (BCH(18,6), from version 7)."""
    if version < 7:
        return
    rest = version << 12
    for bit in range(17, 11, -1):
        if rest >> bit & 1:
            rest ^= 0b1111100100101 << (bit - 12)
    code = version << 12 | rest
    size = modules.shape[0]
    for bit in range(18):
        row, column = bit // 3, size - 11 + bit % 3
        modules[row, column] = modules[column, row] = code >> bit & 1
