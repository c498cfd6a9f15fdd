"""SUN messages of an NTAG 424 DNA: made by the chip at each tap, believed once.

Pure arithmetic over bytes that a reader fetched; what the check stops and what it does not stands
in `docs/specs/media.md`.

- **SUN**: a message with the chip's UID, a counter and a CMAC. Source: NXP AN12196, sections 3
  and 4.
- **Keys per tag** from one master key. Source: NXP AN10922, section 2.2 (AES-128).
"""

from __future__ import annotations

import hmac
from enum import StrEnum
from typing import Final

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

from shared.credential.sizes_and_bounds import UID_SIZE
from shared.kernel.errors import Malformed
from shared.kernel.ids import HEX_DIGITS

# ---------------------------------------------------------------- keys per tag

_BLOCK: Final = 16
_AES128_CONSTANT: Final = b"\x01"
_REDUCTION: Final = 0x87
_DIVERSIFICATION_SIZE_MAX: Final = 31


def diversify_key(master_key: bytes, diversification: bytes) -> bytes:
    """Derive one tag's AES-128 key from a master key, as AN10922 says.

    It is the CMAC over `01 ‖ diversification`, except that an input shorter than two blocks is
    padded to two blocks always, where CMAC would stop at one.

    Args:
        master_key: 16 bytes.
        diversification: 1 to 31 bytes: UID ‖ application id ‖ system id.
    """
    assert 1 <= len(diversification) <= _DIVERSIFICATION_SIZE_MAX
    message = _AES128_CONSTANT + diversification
    first, second = _subkeys(master_key)
    is_padded = len(message) < 2 * _BLOCK
    if is_padded:
        message = (message + b"\x80").ljust(2 * _BLOCK, b"\0")
    last = _xor(message[_BLOCK:], second if is_padded else first)
    return _aes_cbc(master_key, message[:_BLOCK] + last)[-_BLOCK:]


def _subkeys(key: bytes) -> tuple[bytes, bytes]:
    """Return CMAC's K1 and K2 (NIST SP 800-38B, section 6.1)."""
    first = _double(_aes_cbc(key, bytes(_BLOCK)))
    return first, _double(first)


def _double(block: bytes) -> bytes:
    value = int.from_bytes(block, "big") << 1
    if value >> (8 * _BLOCK):
        value ^= 1 << (8 * _BLOCK) | _REDUCTION
    return value.to_bytes(_BLOCK, "big")


def _xor(a: bytes, b: bytes) -> bytes:
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def _aes_cbc(key: bytes, blocks: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES128(key), modes.CBC(bytes(_BLOCK))).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def _aes_cbc_open(key: bytes, blocks: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES128(key), modes.CBC(bytes(_BLOCK))).decryptor()
    return decryptor.update(blocks) + decryptor.finalize()


def _cmac(key: bytes, message: bytes) -> bytes:
    cmac = CMAC(algorithms.AES128(key))
    cmac.update(message)
    return cmac.finalize()


# ---------------------------------------------------------------- SUN messages

COUNTER_SIZE: Final = 3
_MAC_SIZE: Final = 8
_PICC_UID_MIRRORED: Final = 0x80
_PICC_COUNTER_MIRRORED: Final = 0x40
_SESSION_MAC: Final = bytes.fromhex("3cc300010080")
SUN_SIZE_MAX: Final = 256
"""A 424's NDEF file holds 256 bytes; nothing longer can have come from one."""


class SunKeys(msgspec.Struct, frozen=True):
    """The AES-128 keys of one make of tags.

    Attributes:
        file_key: SDMFileRead key, 16 bytes; with `system`, the master key of it.
        meta_key: SDMMetaRead key, 16 bytes, where UID and counter travel encrypted; the same for
            all tags, because it is needed before the UID is known.
        system: Follows `UID` in the diversification input (application id ‖ system id), up to 24
            bytes; None where all tags share `file_key`.
    """

    file_key: bytes
    meta_key: bytes | None = None
    system: bytes | None = None

    def file_key_of(self, uid: bytes) -> bytes:
        """Return the SDMFileRead key of one tag."""
        if self.system is None:
            return self.file_key
        return diversify_key(self.file_key, uid + self.system)


class SunFlaw(StrEnum):
    """Why a SUN message proves nothing."""

    MALFORMED = "malformed"
    BAD_MAC = "bad_mac"
    WRONG_TAG = "wrong_tag"
    REPLAYED = "replayed"


class SunVerified(msgspec.Struct, frozen=True):
    """A message that the tag with this UID made, later than any that was seen.

    Attributes:
        uid: 7 bytes.
        counter: The tag's tap counter, 0 to 2^24 − 1.
    """

    uid: bytes
    counter: int


class _Message(msgspec.Struct, frozen=True):
    uid: bytes
    counter: int
    mac: bytes
    mac_input: bytes


def verify_sun(
    message: str | bytes, keys: SunKeys, *, counter_seen: int | None, tag_uid: bytes | None
) -> SunVerified | SunFlaw:
    """Verify a SUN message (AES mode) read from an NTAG 424 DNA.

    Takes the parameters `uid` and `ctr`, or `picc_data` (encrypted), optionally `enc` (encrypted
    file data), and `cmac`, in a URL or as its bytes. The MAC covers the text from the value of
    `enc` up to its own value; without `enc` it covers nothing but UID and counter.

    Args:
        message: The text as it stands in the record.
        keys: Those of this make of tags.
        counter_seen: The highest counter seen of any earlier message of this UID, or None. Whoever
            does not know the UID beforehand asks `read_sun_uid`.
        tag_uid: The UID that the reader saw, or None where the tag answers with a random one.
    """
    try:
        parsed = _parse_sun(message, keys)
    except Malformed:
        return SunFlaw.MALFORMED
    made = sun_mac(keys.file_key_of(parsed.uid), parsed.uid, parsed.counter, parsed.mac_input)
    if not hmac.compare_digest(made, parsed.mac):
        return SunFlaw.BAD_MAC
    if tag_uid is not None and tag_uid != parsed.uid:
        return SunFlaw.WRONG_TAG
    if counter_seen is not None and parsed.counter <= counter_seen:
        return SunFlaw.REPLAYED
    return SunVerified(parsed.uid, parsed.counter)


def read_sun_uid(message: str | bytes, keys: SunKeys) -> bytes:
    """Return the UID that a message claims, unproven, to look its counter up.

    Raises:
        Malformed: if it is no SUN message, or not under this meta key.
    """
    return _parse_sun(message, keys).uid


def sun_mac(file_key: bytes, uid: bytes, counter: int, mac_input: bytes = b"") -> bytes:
    """Return the 8 bytes of the SDM MAC: every second one of the CMAC (AN12196, section 3.4.4)."""
    session = _SESSION_MAC + uid + counter.to_bytes(COUNTER_SIZE, "little")
    return _cmac(_cmac(file_key, session), mac_input)[1::2]


def _parse_sun(message: str | bytes, keys: SunKeys) -> _Message:
    text = message if isinstance(message, str) else message.decode("ascii", "replace")
    if len(text) > SUN_SIZE_MAX:
        raise Malformed("this SUN message is longer than a tag can hold")
    spans = _parameters(text)
    mac = _hex_value(text, spans, "cmac", _MAC_SIZE)
    if "picc_data" in spans:
        uid, counter = _open_picc(_hex_value(text, spans, "picc_data", _BLOCK), keys.meta_key)
    else:
        uid = _hex_value(text, spans, "uid", UID_SIZE)
        counter = int.from_bytes(_hex_value(text, spans, "ctr", COUNTER_SIZE), "big")
    if "enc" not in spans:
        return _Message(uid, counter, mac, b"")
    if spans["cmac"] < spans["enc"]:
        raise Malformed("this SUN message has file data that its MAC does not cover")
    _hex_value(text, spans, "enc", None)  # it must be some, though nobody asks what it says
    mac_input = text[spans["enc"][0] : spans["cmac"][0]].encode("ascii", "replace")
    return _Message(uid, counter, mac, mac_input)


def _parameters(text: str) -> dict[str, tuple[int, int]]:
    """Find where each query parameter's value begins and ends."""
    start = text.find("?") + 1
    spans: dict[str, tuple[int, int]] = {}
    for pair in text[start:].split("&"):
        name, _, value = pair.partition("=")
        if name in spans:
            raise Malformed(f"this SUN message has {name[:20]!r} twice")
        spans[name] = (start + len(name) + 1, start + len(name) + 1 + len(value))
        start += len(pair) + 1
    return spans


def _hex_value(text: str, spans: dict[str, tuple[int, int]], name: str, size: int | None) -> bytes:
    """Read a parameter of `size` bytes, or of whole AES blocks where `size` is None."""
    begin, end = spans.get(name, (0, 0))
    digits = text[begin:end]
    is_sized = len(digits) == 2 * size if size else digits and len(digits) % (2 * _BLOCK) == 0
    if not is_sized or not HEX_DIGITS.issuperset(digits):
        raise Malformed(f"this SUN message has no usable {name!r}")
    return bytes.fromhex(digits)


def _open_picc(encrypted: bytes, meta_key: bytes | None) -> tuple[bytes, int]:
    """Decrypt UID and counter; the first byte says that both are mirrored, the UID of 7 bytes."""
    if meta_key is None:
        raise Malformed("this SUN message is encrypted, and no key is known for it")
    picc = _aes_cbc_open(meta_key, encrypted)
    if picc[0] != _PICC_UID_MIRRORED | _PICC_COUNTER_MIRRORED | UID_SIZE:
        raise Malformed("this SUN message is not under the known key")
    counter = picc[1 + UID_SIZE : 1 + UID_SIZE + COUNTER_SIZE]
    return picc[1 : 1 + UID_SIZE], int.from_bytes(counter, "little")
