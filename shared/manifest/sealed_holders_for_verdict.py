"""Who holds a ticket, for the verdict: name and order by the ticket's id, sealed piece by piece.

The rows lie in the order of the ids, so that a scan opens one small piece. They are sealed with a
key that is made of the publication's key of the names (`shared.manifest.sealed_names_for_search`),
for the same badges (`docs/specs/manifest.md`, section 10).
"""

from __future__ import annotations

import bisect
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from shared.kernel.id_types import EventId, TicketId
from shared.manifest.header import ChunkRef
from shared.manifest.sealed_pieces import KEY_SIZE, PieceSealer, SealedPieces

PIECE_ROWS: Final = 512
"""Of one piece: a scan opens one, in about half a millisecond."""
PIECES_KEPT: Final = 8
_CONTEXT: Final = b"gatekeeper/holders/1\0"
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


def _holders_key(names_key: bytes) -> bytes:
    # Not the names' own: their pieces count their nonces as these do.
    return hashlib.blake2b(names_key, digest_size=KEY_SIZE, person=b"gk holders").digest()


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
    sealer = PieceSealer(_holders_key(names_key), _CONTEXT, event_id)
    firsts, refs = [], []
    for place in range(0, len(rows), PIECE_ROWS):
        piece = rows[place : place + PIECE_ROWS]
        firsts.append(piece[0].ticket_id)
        refs.append(sealer.add(len(firsts), piece))
    return (sealer.add(0, firsts), *refs), sealer.chunks


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
        key, context = _holders_key(names_key), _CONTEXT + event_id.encode()
        self._pieces = SealedPieces(
            refs, read, key=key, context=context, what="holders", expanded_max=_EXPANDED_MAX
        )
        self._opened: OrderedDict[int, list[HolderRow]] = OrderedDict()
        self._firsts = self._pieces.open(0, _INDEX) if refs else []

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
            rows = self._pieces.open(number, _ROWS)
            self._opened[number] = rows
            if len(self._opened) > PIECES_KEPT:
                self._opened.popitem(last=False)
        return rows
