"""The recovery code: what a person keeps on paper to open copies of a server, and to reset it.

Six groups of four characters of Crockford's base32. The first three of a group are drawn, 90 bits
in all; the fourth checks them and the group's place, so that whoever types it from paper is told
which group is wrong. Case, hyphens and spaces do not matter; O is 0, I and L are 1.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.errors import Malformed
from shared.kernel.ids import CROCKFORD, CROCKFORD_VALUES
from shared.kernel.ports import Entropy

GROUPS: Final = 6
_DRAWN: Final = 3
_GROUP: Final = _DRAWN + 1
_FIELD: Final = 0b100101


def make_recovery_code(entropy: Entropy) -> str:
    """Draw a code, spelt as it is printed."""
    drawn = [byte & 31 for byte in entropy.random_bytes(GROUPS * _DRAWN)]
    groups = [drawn[at : at + _DRAWN] for at in range(0, len(drawn), _DRAWN)]
    return "-".join(
        "".join(CROCKFORD[value] for value in (*group, _check(group, place)))
        for place, group in enumerate(groups)
    )


def parse_recovery_code(text: str) -> str:
    """Return a typed code as it is printed.

    Raises:
        Malformed: if it is none; the sentence names the wrong group where one is.
    """
    kept = [sign for sign in text.upper() if sign not in "- \t\r\n\u00a0"]
    if len(kept) != GROUPS * _GROUP:
        raise Malformed(f"a recovery code has {GROUPS} groups of {_GROUP} characters")
    groups = []
    for place in range(GROUPS):
        signs = kept[place * _GROUP : (place + 1) * _GROUP]
        values = [CROCKFORD_VALUES.get(sign, -1) for sign in signs]
        if min(values) < 0 or values[-1] != _check(values[:-1], place):
            raise Malformed(f"group {place + 1} of the recovery code is not as it was printed")
        groups.append("".join(CROCKFORD[value] for value in values))
    return "-".join(groups)


def _check(values: list[int], place: int) -> int:
    """Weigh by place, in the field of 32: a wrong character and exchanged ones are found."""
    sum_ = place
    for at, value in enumerate(values):
        weighed = value
        for _ in range(at + 1):
            weighed = (weighed << 1) ^ (_FIELD if weighed & 16 else 0)
        sum_ ^= weighed
    return sum_
