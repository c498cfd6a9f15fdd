"""Whose a claim's id is: it begins with the device that draws it, so that nobody takes another's.

Ids go over the venue's network before the ledger has heard of them. One that begins with no device
is whoever's uses it first: a thin scanner's, or that of a program of before.
"""

from __future__ import annotations

from typing import Final

from shared.admission.evacuation import is_evacuation_exit
from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.ids import DEVICE
from shared.kernel.ports import Entropy

CLAIM_ID_SIZE_MAX: Final = 64
_DRAWN_SIZE: Final = 8
_OWN_PREFIX: Final = "passage:"
_DERIVED_SIZE: Final = 16


def draw_claim_id(device_id: DeviceId, entropy: Entropy) -> ClaimId:
    """Draw an id for one claim of a device."""
    return ClaimId(f"{device_id}.{entropy.random_bytes(_DRAWN_SIZE).hex()}")


def derive_claim_id(entry_hash: bytes) -> ClaimId:
    """Name, for the ledger, what an entry tells under an id that cannot be its own.

    Args:
        entry_hash: SHA-256 of the entry.
    """
    digest = sha256(b"gatekeeper/passage/1\0" + entry_hash)
    return ClaimId(_OWN_PREFIX + digest[:_DERIVED_SIZE].hex())


def is_ledgers_own(claim_id: ClaimId) -> bool:
    """Tell whether an id is a name of the ledger's, which no device draws."""
    return is_evacuation_exit(claim_id) or _OWN_PREFIX in claim_id


def may_use(device_id: DeviceId, claim_id: ClaimId) -> bool:
    """Tell whether a device may use an id: it is no other device's, nor the ledger's own."""
    if not 0 < len(claim_id) <= CLAIM_ID_SIZE_MAX or is_ledgers_own(claim_id):
        return False
    owner, dot, _ = claim_id.partition(".")
    return not dot or not owner.startswith(f"{DEVICE}_") or owner == device_id
