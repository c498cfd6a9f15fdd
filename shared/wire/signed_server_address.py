"""Where a server is now: a word that its own certificate authority has signed.

`GKA1 <word> <signature>`, both in capital hex digits, separated by single spaces: a QR code's
dense letters, and the same under every keyboard's layout. The word is MessagePack; the signature
is ECDSA with SHA-256 over `ADDRESS_CONTEXT` and the word, by the authority whose certificate a
device has pinned. Words are ordered by (epoch, moment); an older one changes nothing. It says
where to ask, and nothing else: what answers there must still prove that it is the server.
"""

from __future__ import annotations

from typing import Final

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.instant import Instant
from shared.kernel.packing import pack, unpack

ADDRESS_PATH: Final = "/sync/v1/address"
ADDRESS_CONTEXT: Final = b"gatekeeper/address/1\0"
ADDRESS_TAG: Final = "GKA1 "
TEXT_MAX: Final = 2_048
URLS_MAX: Final = 4
_PARTS: Final = 3


class AddressWord(msgspec.Struct, frozen=True, array_like=True):
    """What a server says of where it is.

    Attributes:
        epoch: The ledger's: whoever took over is in a higher one.
        at: When it was said, µs.
        urls: Where it is reached, the likeliest first.
    """

    epoch: int
    at: Instant
    urls: tuple[str, ...]

    @property
    def order(self) -> tuple[int, int]:
        """By which a newer word is told from an older one."""
        return self.epoch, self.at


_WORD: Final = msgspec.msgpack.Decoder(AddressWord)


class AddressNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Tells a server that another took over: its word, as `GKA1 …`."""

    word: str


def encode_word(word: AddressWord) -> bytes:
    """Return the word's bytes, as they are signed behind `ADDRESS_CONTEXT`."""
    return pack(word)


def format_address(word: bytes, signature: bytes) -> str:
    """Spell a signed word as a line."""
    return f"{ADDRESS_TAG}{word.hex().upper()} {signature.hex().upper()}"


def open_address(text: str, authority_pem: str) -> AddressWord:
    """Read a line and check it.

    Raises:
        Malformed: if it is none.
        BadSignature: if the authority has not signed it.
    """
    encoded, signature = _split(text)
    try:
        key = x509.load_pem_x509_certificate(authority_pem.encode()).public_key()
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadSignature("this server's authority signs no addresses")
    try:
        key.verify(signature, ADDRESS_CONTEXT + encoded, ec.ECDSA(SHA256()))
    except InvalidSignature:
        message = "this address is not signed by the authority that is trusted here"
        raise BadSignature(message) from None
    word: AddressWord = unpack(encoded, _WORD, "a server's address")
    if not 1 <= len(word.urls) <= URLS_MAX or word.epoch < 0 or word.at < 0:
        raise Malformed("a server's address names no place")
    return word


def _split(text: str) -> tuple[bytes, bytes]:
    parts = text.strip().split(" ")
    if len(text) <= TEXT_MAX and len(parts) == _PARTS and parts[0] == ADDRESS_TAG.strip():
        try:
            return bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
        except ValueError:
            pass
    raise Malformed("not a server's address: it is the whole line that begins with GKA1")
