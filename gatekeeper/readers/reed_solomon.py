"""Reed–Solomon over GF(256) as QR codes use it, with erasures.

A decoder that is told which codewords are doubtful (under glare, under a stain) can mend twice
as many of them. zxing-cpp is told nothing, so this is done here for symbols that it found but
could not mend.

Field polynomial 0x11D, generator roots α⁰ … α^(ec−1) (ISO/IEC 18004, section 7.5). The decoder is
Berlekamp–Massey started from the erasure locator, with Forney's formula for the magnitudes
(Blahut, Algebraic Codes for Data Transmission, chapter 7).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

_FIELD: Final = 0x11D


def _tables() -> tuple[list[int], list[int]]:
    powers, logs = [0] * 512, [0] * 256
    value = 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value = value << 1 ^ (_FIELD if value & 0x80 else 0)
    return powers, logs


_EXP, _LOG = _tables()
_EXP_ARRAY = np.array(_EXP, dtype=np.uint8)
_LOG_ARRAY = np.array(_LOG, dtype=np.int64)


def _times(a: int, b: int) -> int:
    return _EXP[_LOG[a] + _LOG[b]] if a and b else 0


def _evaluate(coefficients: Sequence[int], exponents: Sequence[int]) -> list[int]:
    """Evaluate a polynomial, lowest degree first, at α^e for each e."""
    terms = np.asarray(coefficients, dtype=np.int64)
    degrees = np.nonzero(terms)[0]
    if degrees.size == 0:
        return [0] * len(exponents)
    at = np.outer(np.asarray(exponents, dtype=np.int64), degrees) + _LOG_ARRAY[terms[degrees]]
    values: list[int] = np.bitwise_xor.reduce(_EXP_ARRAY[at % 255], axis=1).tolist()
    return values


def _product(a: Sequence[int], b: Sequence[int], size: int) -> list[int]:
    out = [0] * size
    for i, x in enumerate(a[:size]):
        if x:
            for j, y in enumerate(b[: size - i]):
                out[i + j] ^= _times(x, y)
    return out


def _locator(syndromes: Sequence[int], erased: Sequence[int]) -> tuple[list[int], int]:
    """Find the polynomial whose roots name erasures and errors, and its expected degree."""
    size = len(syndromes) + 1
    found = [1] + [0] * (size - 1)
    for exponent in erased:
        for degree in range(size - 1, 0, -1):
            found[degree] ^= _times(found[degree - 1], _EXP[exponent])
    before = found[:]
    length = len(erased)
    for step in range(len(erased), len(syndromes)):
        gap = 0
        for degree in range(min(step, length) + 1):
            gap ^= _times(found[degree], syndromes[step - degree])
        before = [0, *before[:-1]]
        if not gap:
            continue
        after = [x ^ _times(gap, y) for x, y in zip(found, before, strict=True)]
        if 2 * length <= step + len(erased):
            length = step + 1 + len(erased) - length
            inverse = _EXP[255 - _LOG[gap]]
            before = [_times(inverse, x) for x in found]
        found = after
    return found, length


def mend(
    codewords: Sequence[int], check_size: int, erasures: Sequence[int], *, spare: int
) -> list[int] | None:
    """Correct one block.

    Args:
        codewords: Data then check codewords, each 0 to 255.
        check_size: How many of them are check codewords.
        erasures: Indices whose values are not to be trusted.
        spare: Check codewords that must stay unused. Each one divides the chance that noise is
            taken for a block by 256; a block that needs them is refused.

    Returns:
        All codewords, corrected, or None if the block cannot be mended within bounds.
    """
    size = len(codewords)
    if len(erasures) > check_size - spare:
        return None
    roots = list(range(check_size))
    lowest_first = list(codewords[::-1])
    syndromes = _evaluate(lowest_first, roots)
    if not any(syndromes):
        return list(codewords)
    erased = [size - 1 - index for index in erasures]
    locator, degree = _locator(syndromes, erased)
    errors = degree - len(erased)
    if errors < 0 or 2 * errors + len(erased) > check_size - spare or any(locator[degree + 1 :]):
        return None
    inverses = [(255 - exponent) % 255 for exponent in range(size)]
    hits = [at for at, value in enumerate(_evaluate(locator, inverses)) if value == 0]
    if len(hits) != degree:
        return None
    evaluator = _product(syndromes, locator, check_size)
    slope = [value if degree % 2 == 0 else 0 for degree, value in enumerate(locator[1:])]
    at = [inverses[hit] for hit in hits]
    for hit, over, under in zip(hits, _evaluate(evaluator, at), _evaluate(slope, at), strict=True):
        if under == 0:
            return None
        if over:
            lowest_first[hit] ^= _EXP[(hit + _LOG[over] - _LOG[under]) % 255]
    if any(_evaluate(lowest_first, roots)):
        return None
    return lowest_first[::-1]
