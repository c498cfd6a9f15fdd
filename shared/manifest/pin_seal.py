"""A PIN's slow hash, sealed to the badge of whoever has the PIN.

A PIN has some million values: whoever carries a gate's folder away tries them all at home, where
nobody counts. Sealed, the hash is opened by the badge's 75 random bits first.

Source:
    docs/specs/manifest.md, section 11
"""

from __future__ import annotations

from typing import Final

from nacl import bindings
from nacl.exceptions import CryptoError

from shared.kernel.ed25519 import sha256
from shared.manifest.event_config import SupervisorConfig
from shared.manifest.sealed_names_for_search import badge_public_key, wrapping_key

_KEY_SIZE: Final = 32
_ONCE_CONTEXT: Final = b"gatekeeper/pin/once/1\0"
_PERSON: Final = b"gk pin"
_NONCE: Final = bytes(bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
"""Of no matter: the key under it is used once."""


def seal_pin(pin_hash: str, person: str, public_key: bytes) -> bytes:
    """Seal a PIN's hash to a badge; the same for the same, so that a plan is told as it was told.

    What would be random follows from the hash, whose salt and outcome nobody else has.

    Args:
        pin_hash: As `shared.credential.badges_and_pins` makes it.
        person: Whose.
        public_key: Of their badge, as for names.

    Returns:
        32 bytes, then the box.
    """
    content = pin_hash.encode()
    once = sha256(_ONCE_CONTEXT + public_key + person.encode() + b"\0" + content)
    public = badge_public_key(once)
    wrapping = wrapping_key(once, public, public_key, _PERSON)
    box = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
        content, person.encode(), _NONCE, wrapping
    )
    return public + bytes(box)


def open_pin(one: SupervisorConfig, seed: bytes) -> str:
    """Return a supervisor's PIN hash by their badge; empty where it does not open.

    Args:
        one: The supervisor; those of older plans, and whose badge the organizer chose, have the
            hash unsealed.
        seed: What the badge that was shown gives, as for names; empty for none.
    """
    if not one.pin_box:
        return one.pin_hash
    public, box = one.pin_box[:_KEY_SIZE], one.pin_box[_KEY_SIZE:]
    if len(seed) != _KEY_SIZE or len(public) != _KEY_SIZE:
        return ""
    try:
        wrapping = wrapping_key(seed, badge_public_key(seed), public, _PERSON)
        return bytes(
            bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                box, one.id.encode(), _NONCE, wrapping
            )
        ).decode()
    except (CryptoError, ValueError):
        return ""
