"""The code of a discount, as a buyer says it, and the hash that stands for it in a plan.

Nobody reads the codes off a plan; whoever holds one can try short codes against it, so that codes
that are worth much must be long and random.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import EventId
from shared.manifest.price_plan import CODE_HASH_SIZE

_CONTEXT: Final = b"gatekeeper/promotion/1\x00"
_LEFT_OUT: Final = str.maketrans("", "", " -\t")


def hash_promotion_code(event_id: EventId, code: str) -> bytes:
    """Hash a code as a plan carries it; case, blanks and hyphens do not matter."""
    plain = code.upper().translate(_LEFT_OUT).encode()
    return sha256(_CONTEXT + event_id.encode() + b"\x00" + plain)[:CODE_HASH_SIZE]
