"""The manual fallback: 8 Crockford base32 characters and a check symbol, for voice and keypad.

The eight characters are 40 bits: an issuer's range in the top bits, the rest random, fresh for
each generation. The check symbol is the number modulo 37 (https://www.crockford.com/base32.html).
"""

from __future__ import annotations

from typing import Final

from shared.kernel.errors import BadInput, Malformed
from shared.kernel.ids import CROCKFORD, CROCKFORD_VALUES
from shared.kernel.ports import Entropy

CHARACTER_COUNT: Final = 8
MANUAL_BITS: Final = 40
DRAWN_SIZE: Final = 5
"""Bytes that a code is made of."""
_CHECK_SYMBOLS: Final = CROCKFORD + "*~$=U"
_MODULUS: Final = len(_CHECK_SYMBOLS)
_SPOKEN_COUNT: Final = len(CROCKFORD)
_CHECK_VALUES: Final = CROCKFORD_VALUES | {c: i for i, c in enumerate(_CHECK_SYMBOLS)}
_SEPARATORS: Final = str.maketrans("", "", "- ")
_TEXT_SIZE_MAX: Final = 32


def make_manual_code(entropy: Entropy, *, prefix: int = 0, prefix_bits: int = 0) -> int:
    """Draw a code number (0 to 2^40-1) in an issuer's range, with a check symbol that can be said.

    Raises:
        BadInput: if the range is not one of at most 24 leading bits.
    """
    drawn = entropy.random_bytes(DRAWN_SIZE)
    return manual_code_from(drawn, prefix=prefix, prefix_bits=prefix_bits)


def manual_code_from(drawn: bytes, *, prefix: int, prefix_bits: int) -> int:
    """Make a code number, as `make_manual_code` does, of bytes that were drawn.

    The five symbols that are neither digits nor plain letters stand on no telephone and on no
    number pad. Codes that have one stay good.
    """
    if not (0 <= prefix_bits <= 24 and 0 <= prefix < 1 << prefix_bits):
        raise BadInput(f"not a range of manual codes: {prefix} in {prefix_bits} bits")
    free_bits = MANUAL_BITS - prefix_bits
    free = int.from_bytes(drawn, "big") & ((1 << free_bits) - 1)
    number = prefix << free_bits | free
    while (check := number % _MODULUS) >= _SPOKEN_COUNT:
        # Spread over all that can be said, so that no code is much likelier than another.
        step = _MODULUS - check + number // _MODULUS % _SPOKEN_COUNT
        number = prefix << free_bits | (free := (free + step) & ((1 << free_bits) - 1))
    return number


def format_manual_code(number: int) -> str:
    """Spell a code number for people: `7K2M-9Q4T-H` (four, four, check symbol)."""
    assert 0 <= number < 1 << MANUAL_BITS
    text = "".join(CROCKFORD[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}-{_CHECK_SYMBOLS[number % 37]}"


def parse_manual_code(text: str) -> int:
    """Read a code as people say it: any case, O for 0, I or L for 1, spaces and hyphens.

    Raises:
        Malformed: if it is not eight characters and the right check symbol.
    """
    # Only ASCII: upper() turns some other letters into ours (dotless i, long s) or into two.
    is_readable = len(text) <= _TEXT_SIZE_MAX and text.isascii()
    characters = text.translate(_SEPARATORS).upper() if is_readable else ""
    if len(characters) != CHARACTER_COUNT + 1:
        raise Malformed("a manual code has eight characters and one check symbol")
    number = 0
    for character in characters[:CHARACTER_COUNT]:
        value = CROCKFORD_VALUES.get(character)
        if value is None:
            raise Malformed(f"{character!r} never stands in a manual code")
        number = number << 5 | value
    if _CHECK_VALUES.get(characters[-1]) != number % 37:
        raise Malformed("the check symbol does not fit: one character was misheard or mistyped")
    return number
