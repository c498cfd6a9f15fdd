"""A voucher's code: how it is drawn and said, and the hash that stands for it everywhere else.

A code is worth money to whoever reads it. So nothing keeps or sends it: the table of vouchers and
a till's request hold its hash, which says nothing to whoever has no proof of being that till.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import OrganizationId
from shared.kernel.ids import CROCKFORD
from shared.kernel.ports import Entropy

_CONTEXT: Final = b"gatekeeper/voucher/1\x00"
_BITS: Final = 5
_GROUPS: Final = 4
_GROUP_SIZE: Final = 4
CODE_SIZE: Final = _GROUPS * _GROUP_SIZE * _BITS // 8
_ALIKE: Final = str.maketrans("OIL", "011")


def draw_code(entropy: Entropy) -> str:
    """Draw a code of 80 random bits, in groups that can be read over the phone."""
    return write_code(entropy.random_bytes(CODE_SIZE))


def write_code(drawn: bytes) -> str:
    """Write the `CODE_SIZE` bytes of a code as people read it."""
    number = int.from_bytes(drawn, "big")
    marks = [
        CROCKFORD[number >> (_BITS * place) & (1 << _BITS) - 1]
        for place in range(_GROUPS * _GROUP_SIZE)
    ]
    groups = ["".join(marks[n : n + _GROUP_SIZE]) for n in range(0, len(marks), _GROUP_SIZE)]
    return "-".join(groups)


def is_voucher_like(code: str) -> bool:
    """Tell whether a code is written as vouchers' codes are; only the server knows of any."""
    groups = code.strip().upper().translate(_ALIKE).split("-")
    return len(groups) == _GROUPS and all(
        len(group) == _GROUP_SIZE and set(group) <= set(CROCKFORD) for group in groups
    )


def plain_code(typed: str) -> str:
    """Return a code as it is hashed: in capitals and digits alone, without letters like digits."""
    return "".join(mark for mark in typed.upper() if mark.isalnum()).translate(_ALIKE)


def hash_voucher_code(organization_id: OrganizationId, code: str) -> bytes:
    """Hash a code as the table keeps it; case, blanks and hyphens do not matter, nor O for 0."""
    return sha256(_CONTEXT + organization_id.encode() + b"\x00" + plain_code(code).encode())
