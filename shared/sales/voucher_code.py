"""The code of a voucher, as its holder says it, and the hash that stands for it everywhere else.

A code is worth money to whoever reads it. So nothing keeps or sends it: the table of vouchers and
a till's request hold its hash, which says nothing to whoever has no proof of being that till.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import OrganizationId

_CONTEXT: Final = b"gatekeeper/voucher/1\x00"
_ALIKE: Final = str.maketrans("OIL", "011")


def hash_voucher_code(organization_id: OrganizationId, code: str) -> bytes:
    """Hash a code as the table keeps it; case, blanks and hyphens do not matter, nor O for 0."""
    plain = "".join(mark for mark in code.upper() if mark.isalnum()).translate(_ALIKE)
    return sha256(_CONTEXT + organization_id.encode() + b"\x00" + plain.encode())
