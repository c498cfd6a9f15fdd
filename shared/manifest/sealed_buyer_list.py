"""Who bought what, for an event's tills: sealed to the badges of those who may find.

Gates are never given it, and a till holds it as sealed as it came: names, phones and e-mails are
read while a badge with the right to find is at work, and forgotten with it. Every version has a
key of its own, which each such badge opens (`docs/specs/sync.md`, section 3).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, TicketId
from shared.kernel.packing import pack, unpack
from shared.kernel.ports import Entropy
from shared.manifest.header import NameSeal
from shared.manifest.sealed_names_for_search import open_key, seal_key
from shared.manifest.sealed_pieces import KEY_SIZE, seal, unseal

PIECE_ROWS: Final = 1_000
_CONTEXT: Final = b"gatekeeper/buyers/1\0"
_EXPANDED_MAX: Final = 50_000_000


class BoughtTicket(msgspec.Struct, frozen=True, array_like=True):
    """A ticket of an order.

    Attributes:
        ticket_id: Which.
        ticket_type_code: The event's code of its type.
        price_minor: What it cost, in minor units.
        reissued: The generation of the credential that the server reissued it at last; 0 where it
            never did. A higher one was handed out at a till since.
    """

    ticket_id: TicketId
    ticket_type_code: int
    price_minor: int
    reissued: int = 0


class BuyerRow(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """An order, and who bought it.

    Attributes:
        number: The order's, as people know it.
        state: As the server has it: `pending`, `paid` …
        currency: ISO 4217.
        name, phone, email: The buyer's, or "".
        tickets: By line, and by id within one.
    """

    number: str
    state: str
    currency: str
    name: str = ""
    phone: str = ""
    email: str = ""
    tickets: tuple[BoughtTicket, ...] = ()


class BuyerFile(msgspec.Struct, frozen=True, array_like=True):
    """What a till holds of an event's buyers.

    Attributes:
        version: Names it; another version has another key and replaces it whole.
        seals: The key, once for each badge that may find.
        pieces: Sealed rows.
    """

    version: str
    seals: tuple[NameSeal, ...]
    pieces: tuple[bytes, ...]


_ROWS: Final = msgspec.msgpack.Decoder(list[BuyerRow])
_FILE: Final = msgspec.msgpack.Decoder(BuyerFile)


class BuyerSealer:
    """Seals one version of an event's buyers, piece by piece.

    Args:
        version: Names this state of them.
        event_id: Binds the pieces to the event.
        entropy: Draws the key.
    """

    def __init__(self, version: str, event_id: EventId, entropy: Entropy) -> None:
        self._version, self._entropy = version, entropy
        self._key = entropy.random_bytes(KEY_SIZE)
        self._context = _CONTEXT + event_id.encode()
        self._pieces: list[bytes] = []

    def add(self, rows: Sequence[BuyerRow]) -> None:
        """Seal the next piece: `PIECE_ROWS` at most."""
        packed = zlib.compress(pack(list(rows)), 1)
        self._pieces.append(seal(self._key, len(self._pieces), self._context, packed))

    def finish(self, readers: Iterable[tuple[str, bytes]]) -> BuyerFile:
        """Seal the key for whoever may find: ids and badges' public keys."""
        seals = tuple(seal_key(self._key, person, key, self._entropy) for person, key in readers)
        return BuyerFile(self._version, seals, tuple(self._pieces))


def read_buyer_file(content: bytes) -> BuyerFile:
    """Read a file as it is sent and kept.

    Raises:
        Malformed: if it is none.
    """
    return unpack(content, _FILE, "the file of buyers")


def open_buyers(
    held: BuyerFile, *, event_id: EventId, person: str, seed: bytes
) -> list[BuyerRow] | None:
    """Open a file by a badge; None if it is not sealed for that person.

    Args:
        held: As it came.
        event_id: The event's.
        person: Whose badge.
        seed: What the badge's code gives (`shared.manifest.sealed_names_for_search.badge_seed`).

    Raises:
        BadSignature: if it was altered, or is another event's.
        Malformed: if it is not of its form.
    """
    key = open_key(held.seals, person, seed)
    if key is None:
        return None
    context = _CONTEXT + event_id.encode()
    rows: list[BuyerRow] = []
    for number, piece in enumerate(held.pieces):
        packed = unseal(key, number, context, piece, what="buyers")
        inflate = zlib.decompressobj()
        try:
            content = inflate.decompress(packed, _EXPANDED_MAX)
        except zlib.error:
            content = b""
        if not inflate.eof:
            raise Malformed(f"piece {number} of the buyers is not of its form")
        found: list[BuyerRow] = unpack(content, _ROWS, f"piece {number} of the buyers")
        rows += found
    return rows
