"""What unlocks a gate for a supervisor: a badge that is scanned, and a PIN that is typed.

Gates check both while they are cut off, so the hashes travel to them in the event's signed
configuration. A badge of ours has 75 random bits; its plain hash cannot be turned round. A PIN has
few, so its hash is slow (Argon2id) and sealed to the badge (`shared.manifest.pin_seal`), guesses
at the gate are limited, and neither is any good without the other.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from shared.credential.password_rules import repeats
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadInput
from shared.kernel.id_types import OrganizationId
from shared.kernel.ids import CROCKFORD
from shared.kernel.ports import Entropy

PIN_LENGTH_MIN: Final = 6
PIN_LENGTH_MAX: Final = 12
PIN_LENGTH_DRAWN: Final = 8
"""Of PINs that nobody chose: where no badge of ours lies over it, a hundred times the guesses."""
BADGE_PREFIX: Final = "GKB1-"
CASHIER_PREFIX: Final = "GKC1-"
"""Begins the badges of cashiers, and of nobody else: no gate's list ever holds one."""
_BADGE_CHARACTERS: Final = 15
_DRAWN: Final = re.compile(r"gk[bc]1(?:-[0-9a-z]{5}){3}", re.IGNORECASE | re.ASCII)
_PASSES: Final = 3
_MEMORY_KIB: Final = 64 * 1024
_SALT_SIZE: Final = 16
_HASH_SIZE: Final = 32
_BADGE_CONTEXT: Final = b"gatekeeper/badge/1\0"
_FORM: Final = re.compile(
    r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=1\$[A-Za-z0-9+/]{1,90}\$[A-Za-z0-9+/]{1,90}"
)
_MEMORY_KIB_MAX: Final = 256 * 1024
_RUNS: Final = "01234567890 98765432109"


def is_badge(text: str) -> bool:
    """Tell whether a text can only be some staff's badge, known or not, and never a ticket."""
    return _as_drawn(text).startswith((BADGE_PREFIX, CASHIER_PREFIX))


def check_pin(pin: str) -> None:
    """See that a new PIN is one that is not guessed at once.

    Raises:
        BadInput: if it is too short, too long, no number, a run, or one piece over and over.
    """
    if not (pin.isascii() and pin.isdecimal() and PIN_LENGTH_MIN <= len(pin) <= PIN_LENGTH_MAX):
        raise BadInput(f"a PIN is {PIN_LENGTH_MIN} to {PIN_LENGTH_MAX} digits")
    if pin in _RUNS or repeats(pin):
        raise BadInput("this PIN is one of the first that anybody tries; choose another")


def new_pin(entropy: Entropy) -> str:
    """Draw a PIN that `check_pin` takes."""
    while True:
        # 2^64 is no multiple of 10^8; what that makes likelier is less than one in 10^11.
        drawn = int.from_bytes(entropy.random_bytes(8), "big") % 10**PIN_LENGTH_DRAWN
        pin = f"{drawn:0{PIN_LENGTH_DRAWN}}"
        try:
            check_pin(pin)
        except BadInput:
            continue
        return pin


def hash_pin(pin: str, entropy: Entropy) -> str:
    """Hash a PIN with Argon2id; takes about 0.15 s and 64 MiB.

    Returns:
        PHC form: `$argon2id$v=19$m=65536,t=3,p=1$salt$hash`.
    """
    salt = entropy.random_bytes(_SALT_SIZE)
    derived = argon2id.kdf(
        _HASH_SIZE, pin.encode(), salt, opslimit=_PASSES, memlimit=_MEMORY_KIB * 1024
    )
    return f"$argon2id$v=19$m={_MEMORY_KIB},t={_PASSES},p=1${_plain(salt)}${_plain(derived)}"


def is_right_pin(pin: str, encoded: str) -> bool:
    """Tell whether a PIN is the one; False also for a hash that is not of our form."""
    form = _FORM.fullmatch(encoded)
    if form is None or int(form[1]) > _MEMORY_KIB_MAX:
        return False
    try:
        return bool(argon2id.verify(encoded.encode(), pin.encode()))
    except (CryptoError, ValueError):
        return False


def new_badge(entropy: Entropy, prefix: str = BADGE_PREFIX) -> str:
    """Draw the code of a badge, to be printed as a QR: its prefix and three groups of five."""
    drawn = entropy.random_bytes(_BADGE_CHARACTERS)
    characters = "".join(CROCKFORD[byte % len(CROCKFORD)] for byte in drawn)
    return prefix + "-".join(characters[i : i + 5] for i in range(0, _BADGE_CHARACTERS, 5))


def is_cashiers(code: str) -> bool:
    """Tell whether a code is of the form of cashiers' badges, which unlock no gate."""
    return _as_drawn(code).startswith(CASHIER_PREFIX)


def hash_badge(code: str, organization_id: OrganizationId) -> str:
    """Hash a badge's code, salted with the organization so that staff do not link across them.

    Returns:
        64 hex digits of SHA-256.
    """
    return derive_from_badge(_BADGE_CONTEXT, code, organization_id).hex()


def derive_from_badge(context: bytes, code: str, organization_id: OrganizationId) -> bytes:
    """Derive 32 bytes from a badge's code for one purpose, which its context names."""
    salted = organization_id.encode() + b"\0" + _as_drawn(code).encode("utf-8", "surrogatepass")
    return sha256(context + salted)


def _as_drawn(code: str) -> str:
    """Return a badge's code as it was drawn: some scanners write each letter small."""
    bare = code.strip()
    return bare.upper() if _DRAWN.fullmatch(bare) else bare


def _plain(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")
