"""Blocks are mended up to their bound, and refused beyond it."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.readers import reed_solomon

# ISO/IEC 18004, annex I: version 1-M, "01234567".
_DATA = [0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC]
_DATA.append(0x11)
_CHECK = [0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55]
_BLOCK = _DATA + _CHECK


def test_published_block_is_left_as_it_is() -> None:
    """The standard's own example is a block without errors."""
    assert reed_solomon.mend(_BLOCK, 10, [], spare=0) == _BLOCK


@given(st.permutations(range(26)), st.integers(0, 10), st.integers(0, 5), st.randoms())
def test_block_is_mended_within_its_bound(
    places: list[int], erased: int, wrong: int, random: Random
) -> None:
    """Erasures count once, errors twice; up to the number of check codewords all is mended."""
    wrong = min(wrong, (10 - erased) // 2)
    spoilt = list(_BLOCK)
    for place in places[: erased + wrong]:
        spoilt[place] ^= random.randint(1, 255)
    assert reed_solomon.mend(spoilt, 10, places[:erased], spare=0) == _BLOCK


@given(st.lists(st.integers(0, 255), min_size=26, max_size=26))
def test_noise_is_not_taken_for_a_block(noise: list[int]) -> None:
    """What is mended is a block; with four check codewords unused, noise is none."""
    mended = reed_solomon.mend(noise, 10, [], spare=4)
    assert mended is None or reed_solomon.mend(mended, 10, [], spare=10) == mended


def test_more_than_the_bound_is_refused() -> None:
    """Six errors, or spare codewords that would be needed, give nothing rather than a guess."""
    spoilt = [value ^ 0x5A if at < 6 else value for at, value in enumerate(_BLOCK)]
    assert reed_solomon.mend(spoilt, 10, [], spare=0) is None
    spoilt = [value ^ 0x5A if at < 4 else value for at, value in enumerate(_BLOCK)]
    assert reed_solomon.mend(spoilt, 10, [], spare=4) is None
    assert reed_solomon.mend(spoilt, 10, [0, 1, 2, 3], spare=4) == _BLOCK
    assert reed_solomon.mend(spoilt, 10, list(range(7)), spare=4) is None
