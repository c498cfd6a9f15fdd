"""A device seals its journal's entries into a chain; readers check each link and signature."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import msgspec

from shared.journal.entry import (
    BODY_TYPES,
    BOOT_SIZE,
    CODE_HASH_SIZE,
    CONTEXT,
    ENTRY_SIZE_MAX,
    HASH_SIZE,
    Body,
    Entry,
)
from shared.journal.storable_texts import has_storable_texts
from shared.kernel.ed25519 import SIGNATURE_SIZE, SigningKey, is_valid, sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId
from shared.kernel.packing import pack, unpack

_DECODER: Final = msgspec.msgpack.Decoder(Entry)
_BODY_DECODERS: Final = {kind: msgspec.msgpack.Decoder(t) for kind, t in BODY_TYPES.items()}
_SCAN_CONTEXT: Final = b"gatekeeper/code/1\0"


class SignedEntry(msgspec.Struct, frozen=True, array_like=True):
    """An entry's exact bytes and the device's signature over them; kept verbatim everywhere."""

    entry: bytes
    signature: bytes

    @property
    def hash(self) -> bytes:
        """SHA-256 of the entry's bytes: what the next entry names as `previous`."""
        return sha256(self.entry)


class LinkFault(StrEnum):
    """Why an entry does not belong at the end of a chain."""

    MALFORMED = "malformed"
    WRONG_DEVICE = "wrong_device"
    BAD_SIGNATURE = "bad_signature"
    GAP = "gap"
    BROKEN_LINK = "broken_link"


class ChainHead(msgspec.Struct, frozen=True):
    """Where a boot's chain stands.

    Attributes:
        boot: Which boot.
        dseq: Number of its last entry, 0 before the first.
        hash: That entry's hash; before the first, the head of the boot before.
    """

    boot: bytes
    dseq: int
    hash: bytes


def encode_body(body: Body) -> bytes:
    """Encode a kind's own struct as MessagePack."""
    return pack(body)


def decode_body(entry: Entry) -> Body | None:
    """Decode an entry's body; None for a kind that this version does not know.

    Raises:
        Malformed: if the kind is known and the body is not of its form, or has a text that no
            database holds: it has no effect for anybody.
    """
    decoder = _BODY_DECODERS.get(entry.kind)
    if decoder is None:
        return None
    body: Body = unpack(entry.body, decoder, f"the body of a {entry.kind} entry")
    if not has_storable_texts(body):
        raise Malformed("a text of its body cannot be stored")
    return body


def encode_entry(entry: Entry) -> bytes:
    """Encode an entry; its device signs these bytes, after `CONTEXT`.

    Raises:
        Malformed: if it is longer than `ENTRY_SIZE_MAX` bytes.
    """
    encoded = pack(entry)
    if len(encoded) > ENTRY_SIZE_MAX:
        raise Malformed(f"a journal entry of {len(encoded)} bytes is longer than {ENTRY_SIZE_MAX}")
    return encoded


def seal_entry(entry: Entry, key: SigningKey) -> SignedEntry:
    """Encode and sign an entry.

    Raises:
        Malformed: if it is longer than `ENTRY_SIZE_MAX` bytes.
    """
    encoded = encode_entry(entry)
    return SignedEntry(encoded, key.sign(CONTEXT, encoded))


def decode_entry(encoded: bytes) -> Entry:
    """Decode an entry's bytes.

    Raises:
        Malformed: if they are not an entry, or too long.
    """
    if len(encoded) > ENTRY_SIZE_MAX:
        raise Malformed(f"a journal entry of {len(encoded)} bytes is longer than {ENTRY_SIZE_MAX}")
    entry = unpack(encoded, _DECODER, "a journal entry")
    if len(entry.boot) != BOOT_SIZE or len(entry.previous) != HASH_SIZE or entry.dseq < 1:
        raise Malformed("not a journal entry: boot, previous or dseq is out of form")
    return entry


def is_signed_by(signed: SignedEntry, public_key: bytes) -> bool:
    """Tell whether the device's key signed these very bytes."""
    return len(signed.signature) == SIGNATURE_SIZE and is_valid(
        public_key, signed.signature, CONTEXT, signed.entry
    )


def find_link_fault(entry: Entry, head: ChainHead) -> LinkFault | None:
    """Tell why a decoded entry does not follow `head` within its boot; None if it does."""
    if entry.boot != head.boot or entry.dseq != head.dseq + 1:
        return LinkFault.GAP
    if entry.previous != head.hash:
        return LinkFault.BROKEN_LINK
    return None


def hash_code(text: str, event_id: EventId) -> bytes:
    """Hash a scanned text for the record, salted with the event so that events do not link.

    Returns:
        The first 16 bytes of SHA-256 over a context, the event id, a zero byte and the text.
    """
    salted = _SCAN_CONTEXT + event_id.encode() + b"\0" + text.encode("utf-8", "surrogatepass")
    return sha256(salted)[:CODE_HASH_SIZE]
