"""Who holds a ticket, for the verdict: name and order by the ticket's id, sealed piece by piece.

The rows lie in the order of the ids, so that a scan opens one small piece. They are sealed with a
key that is made of the publication's key of the names (`shared.manifest.names`), for the same
badges (`docs/specs/manifest.md`, section 10).
"""

from __future__ import annotations

import bisect
import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.packing import unpack
from shared.manifest.header import ChunkRef

PIECE_ROWS: Final = 512
"""Of one piece: a scan opens one, in about half a millisecond."""
PIECES_KEPT: Final = 8
_CONTEXT: Final = b"gatekeeper/holders/1\0"
_KEY_SIZE: Final = 32
_NONCE_SIZE: Final = bindings.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
_EXPANDED_MAX: Final = 1_000_000


class HolderRow(msgspec.Struct, frozen=True, array_like=True):
    """Who holds a ticket.

    Attributes:
        ticket_id: Whose.
        name: As the holder wrote it.
        order: The order's number as people know it, or "".
    """

    ticket_id: TicketId
    name: str
    order: str = ""


_ROWS: Final = msgspec.msgpack.Decoder(list[HolderRow])
_INDEX: Final = msgspec.msgpack.Decoder(list[int])
_ENCODE: Final = msgspec.msgpack.Encoder().encode


def _holders_key(names_key: bytes) -> bytes:
    # Not the names' own: their pieces count their nonces as these do.
    return hashlib.blake2b(names_key, digest_size=_KEY_SIZE, person=b"gk holders").digest()


def seal_holders(
    rows: Sequence[HolderRow], *, event_id: EventId, names_key: bytes
) -> tuple[tuple[ChunkRef, ...], dict[bytes, bytes]]:
    """Seal holders for whoever opens the names.

    Args:
        rows: In order of ticket id.
        event_id: Binds the pieces to the event.
        names_key: The publication's.

    Returns:
        References, the index first, and the pieces' bytes by hash.
    """
    key, chunks, refs = _holders_key(names_key), dict[bytes, bytes](), list[ChunkRef]()

    def add(number: int, content: Sequence[object]) -> ChunkRef:
        nonce = number.to_bytes(_NONCE_SIZE, "big")  # the key is used for one publication only
        chunk = bytes(
            bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(
                zlib.compress(_ENCODE(content), 1), _CONTEXT + event_id.encode(), nonce, key
            )
        )
        ref = ChunkRef(number, len(content), len(chunk), sha256(chunk))
        chunks[ref.sha256] = chunk
        return ref

    firsts = []
    for place in range(0, len(rows), PIECE_ROWS):
        piece = rows[place : place + PIECE_ROWS]
        firsts.append(piece[0].ticket_id)
        refs.append(add(len(firsts), piece))
    return (add(0, firsts), *refs), chunks


class HolderBook:
    """Opened holders; forget it, and they are sealed again.

    Args:
        refs: Of the manifest's header.
        read: Gives a piece's sealed bytes, verified by its hash.
        event_id: The event.
        names_key: The publication's.

    Raises:
        BadSignature: if the key is another publication's.
        Malformed: if the index is not of its form.
    """

    def __init__(
        self,
        refs: Sequence[ChunkRef],
        read: Callable[[ChunkRef], bytes],
        event_id: EventId,
        names_key: bytes,
    ) -> None:
        self._refs, self._read, self._event_id = refs, read, event_id.encode()
        self._key = _holders_key(names_key)
        self._opened: OrderedDict[int, list[HolderRow]] = OrderedDict()
        self._firsts = unpack(self._open(0), _INDEX, "the index of holders") if refs else []

    def find(self, ticket_id: TicketId) -> HolderRow | None:
        """Return who holds a ticket; None where nobody is named.

        Raises:
            BadSignature: if a piece was altered.
            Malformed: if one is not of its form.
        """
        number = bisect.bisect_right(self._firsts, ticket_id)
        if not number:
            return None
        rows = self._rows(number)
        place = bisect.bisect_left(rows, ticket_id, key=lambda row: row.ticket_id)
        is_there = place < len(rows) and rows[place].ticket_id == ticket_id
        return rows[place] if is_there else None

    def _rows(self, number: int) -> list[HolderRow]:
        rows = self._opened.get(number)
        if rows is None:
            rows = unpack(self._open(number), _ROWS, f"piece {number} of the holders")
            self._opened[number] = rows
            if len(self._opened) > PIECES_KEPT:
                self._opened.popitem(last=False)
        return rows

    def _open(self, number: int) -> bytes:
        nonce = number.to_bytes(_NONCE_SIZE, "big")
        sealed = self._read(self._refs[number])
        try:
            packed = bytes(
                bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                    sealed, _CONTEXT + self._event_id, nonce, self._key
                )
            )
        except CryptoError:
            message = "a piece of the holders does not open with this key"
            raise BadSignature(message) from None
        inflate = zlib.decompressobj()
        try:
            content = inflate.decompress(packed, _EXPANDED_MAX)
        except zlib.error:
            content = b""
        if not inflate.eof:
            message = f"piece {number} of the holders is not of its form"
            raise Malformed(message)
        return content
