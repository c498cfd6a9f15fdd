"""Which of two claims goes first: the one order of claims, which every gate computes alike."""

from __future__ import annotations

from shared.kernel.ed25519 import sha256
from shared.lan.claims import Claim


def precedes(first: Claim, second: Claim) -> bool:
    """Tell whether `first` goes before `second` in the order that every gate computes alike.

    The order of stamps agrees with "had heard of": a claim made in knowledge of another one
    comes after it. Ties are broken by the hash of the claim id, which nobody can steer for a
    ticket that he does not know, and at last by the device.
    """
    if first.stamp != second.stamp:
        return first.stamp < second.stamp
    return _tie(first) < _tie(second)


def _tie(claim: Claim) -> tuple[bytes, str]:
    return sha256(claim.claim_id.encode()), claim.device_id
