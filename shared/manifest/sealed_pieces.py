"""Pieces of a manifest that only badges open: packed, sealed one by one, named by their hash.

What is sealed is bound to a context, to the event and to its place among the pieces
(`docs/specs/manifest.md`, section 10).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import EventId
from shared.kernel.packing import unpack
from shared.manifest.header import ChunkRef

KEY_SIZE: Final = 32
_NONCE_SIZE: Final = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
T = TypeVar("T")
_ENCODE: Final = msgspec.msgpack.Encoder().encode


def seal(key: bytes, number: int, context: bytes, content: bytes) -> bytes:
    """Seal the n-th content of a key, which is used for one publication only."""
    nonce = number.to_bytes(_NONCE_SIZE, "big")
    return bytes(bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(content, context, nonce, key))


def unseal(key: bytes, number: int, context: bytes, sealed: bytes, *, what: str) -> bytes:
    """Undo `seal`.

    Args:
        key: The same.
        number: The same.
        context: The same.
        sealed: What `seal` gave.
        what: Names it in a fault.

    Raises:
        BadSignature: if one of them is another.
    """
    nonce = number.to_bytes(_NONCE_SIZE, "big")
    try:
        return bytes(
            bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, context, nonce, key)
        )
    except CryptoError:
        raise BadSignature(f"a piece of the {what} does not open with this key") from None


class PieceSealer:
    """Seals pieces of one kind.

    Args:
        key: Of this kind and publication alone.
        context: Sets this kind apart from others.
        event_id: The event.

    Attributes:
        chunks: The pieces' bytes by hash.
    """

    def __init__(self, key: bytes, context: bytes, event_id: EventId) -> None:
        self._key, self._context = key, context + event_id.encode()
        self.chunks: dict[bytes, bytes] = {}

    def add(self, number: int, content: Sequence[object]) -> ChunkRef:
        """Seal the n-th piece."""
        chunk = seal(self._key, number, self._context, zlib.compress(_ENCODE(content), 1))
        ref = ChunkRef(number, len(content), len(chunk), sha256(chunk))
        self.chunks[ref.sha256] = chunk
        return ref


class SealedPieces:
    """Opens pieces of one kind.

    Args:
        refs: Of the manifest's header, the index first.
        read: Gives a piece's sealed bytes, verified by its hash.
        key: As they were sealed with.
        context: As they were sealed under, with the event's id.
        what: Names them in faults.
        expanded_max: Bytes of a piece that is no bomb.
    """

    def __init__(
        self,
        refs: Sequence[ChunkRef],
        read: Callable[[ChunkRef], bytes],
        *,
        key: bytes,
        context: bytes,
        what: str,
        expanded_max: int,
    ) -> None:
        self._refs, self._read = refs, read
        self._key, self._context = key, context
        self._what, self._expanded_max = what, expanded_max

    def open(self, number: int, form: msgspec.msgpack.Decoder[T]) -> T:
        """Return what is in the n-th piece.

        Raises:
            BadSignature: if it was altered, or the key is another's.
            Malformed: if it is not of its form.
        """
        sealed = self._read(self._refs[number])
        packed = unseal(self._key, number, self._context, sealed, what=self._what)
        inflate = zlib.decompressobj()
        try:
            content = inflate.decompress(packed, self._expanded_max)
        except zlib.error:
            content = b""
        piece = f"piece {number} of the {self._what}"
        if not inflate.eof:
            raise Malformed(f"{piece} is not of its form")
        return unpack(content, form, piece)
