"""Holders' names as a part of their own of the manifest: sorted for search, sealed piece by piece.

A row stands for a name under each of its words, folded, so that any of them can be looked up. The
rows are sorted and cut; a search opens the index and the few pieces that can hold an answer, so a
million names need no index in memory. Every publication has a key of its own, sealed for each
supervisor to a key that only their badge gives (`docs/specs/manifest.md`, section 10).
"""

from __future__ import annotations

import bisect
import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import BadSignature
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.packing import unpack
from shared.kernel.ports import Entropy
from shared.manifest.header import ChunkRef, NameSeal
from shared.manifest.sealed_pieces import KEY_SIZE, PieceSealer, SealedPieces, seal, unseal

CHUNK_ROWS: Final = 2_048
NAME_SIZE_MAX: Final = 120
WORDS_MAX: Final = 4
_CHUNKS_READ_MAX: Final = 64
_WORDS_KNOWN_MAX: Final = 100_000
_BUCKET_LETTERS: Final = 3
_EXPANDED_MAX: Final = 4_000_000
_CONTEXT: Final = b"gatekeeper/names/1\0"
_BADGE_CONTEXT: Final = b"gatekeeper/names/badge/1\0"
_MARK: Final = "Mn"
_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
    | {"ى": "ي", "ة": "ه", "ء": None, "ـ": None}
)

_ASCII: Final = {code: " " for code in range(128) if not chr(code).isalnum()}


class NameRow(msgspec.Struct, frozen=True, array_like=True):
    """A name under one of its words.

    Attributes:
        key: Folded, that word first.
        ticket_id: Whose ticket.
        name: As the holder wrote it.
    """

    key: str
    ticket_id: TicketId
    name: str


_PlainRow: TypeAlias = tuple[str, int, str]


class SealedNames(msgspec.Struct, frozen=True):
    """A sealed part, to be published.

    Attributes:
        refs: The index first, then the rows in order.
        chunks: Their bytes by hash.
        seals: The key, once for each supervisor.
        key: The key, for what else of the publication the same badges open.
    """

    refs: tuple[ChunkRef, ...]
    chunks: dict[bytes, bytes]
    seals: tuple[NameSeal, ...]
    key: bytes


_ROWS: Final = msgspec.msgpack.Decoder(list[NameRow])
_INDEX: Final = msgspec.msgpack.Decoder(list[str])


def fold_name(text: str) -> str:
    """Fold a name for comparison: no accents, no case, words of letters and digits only."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII).split())
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    kept = (
        character if character.isalnum() else " "
        for character in unicodedata.normalize("NFKD", plain)
        # Not all marks combine: those of Thai stand for vowels, and part no words either.
        if unicodedata.category(character) != _MARK
    )
    return " ".join("".join(kept).split())


def rows_of(ticket_id: TicketId, name: str) -> list[NameRow]:
    """Return the rows of a name: one for each of its first words."""
    return [NameRow(key, ticket_id, name) for key, _, name in _plain_rows(ticket_id, name)]


def _plain_rows(
    ticket_id: TicketId, name: str, fold: Callable[[str], str] = fold_name
) -> list[_PlainRow]:
    """Return them as tuples, which are quicker to sort."""
    shown = name.strip()[:NAME_SIZE_MAX]
    words = fold(shown).split()
    keys = {" ".join(words[place:] + words[:place]) for place in range(min(len(words), WORDS_MAX))}
    return [(key, ticket_id, shown) for key in sorted(keys)]


# ---- keys


def badge_seed(code: str, organization_id: OrganizationId) -> bytes:
    """Return the private key that a badge's code gives, 32 bytes; never stored."""
    salted = organization_id.encode() + b"\0" + code.strip().encode("utf-8", "surrogatepass")
    return sha256(_BADGE_CONTEXT + salted)


def badge_public_key(seed: bytes) -> bytes:
    """Return the public half, which the server keeps."""
    return bytes(bindings.crypto_scalarmult_base(seed))


def _wrapping_key(secret: bytes, mine: bytes, theirs: bytes) -> bytes:
    shared = bytes(bindings.crypto_scalarmult(secret, theirs))
    both = b"".join(sorted((mine, theirs)))
    return hashlib.blake2b(shared + both, digest_size=KEY_SIZE, person=b"gk names").digest()


def seal_key(key: bytes, person: str, public_key: bytes, entropy: Entropy) -> NameSeal:
    """Seal a publication's key for one supervisor."""
    once = entropy.random_bytes(KEY_SIZE)
    public = badge_public_key(once)
    wrapping = _wrapping_key(once, public, public_key)
    return NameSeal(person, public, seal(wrapping, 0, _CONTEXT + person.encode(), key))


def open_key(seals: Iterable[NameSeal], person: str, seed: bytes) -> bytes | None:
    """Return the publication's key by a supervisor's badge; None if it is not sealed for them."""
    for sealed in seals:
        if sealed.person != person:
            continue
        try:
            wrapping = _wrapping_key(seed, badge_public_key(seed), sealed.public_key)
            return unseal(wrapping, 0, _CONTEXT + person.encode(), sealed.box, what="names")
        except (CryptoError, BadSignature):
            return None
    return None


# ---- writing


def seal_names(
    names: Iterable[tuple[int, str]],
    *,
    event_id: EventId,
    supervisors: Iterable[tuple[str, bytes]],
    entropy: Entropy,
) -> SealedNames:
    """Seal names for an event's supervisors.

    Args:
        names: Ticket ids and names.
        event_id: Binds the pieces to the event.
        supervisors: Ids and badge's public keys.
        entropy: Draws the publication's key.
    """
    key = entropy.random_bytes(KEY_SIZE)
    sealer = PieceSealer(key, _CONTEXT, event_id)
    firsts: list[str] = []
    refs: list[ChunkRef] = []
    rows = _in_order(names)
    while group := list(islice(rows, CHUNK_ROWS)):
        firsts.append(group[0][0])
        refs.append(sealer.add(len(firsts), group))
    refs.insert(0, sealer.add(0, firsts))
    seals = tuple(seal_key(key, person, public, entropy) for person, public in supervisors)
    return SealedNames(tuple(refs), sealer.chunks, seals, key)


def _in_order(names: Iterable[tuple[int, str]]) -> Iterator[_PlainRow]:
    """Yield all names' rows in order.

    They are sorted in many small parts: while one large list is sorted nothing else in this
    process runs, and a server has gates to answer.
    """
    buckets: dict[str, list[_PlainRow]] = {}
    fold = _remembering_fold()
    for ticket_id, name in names:
        for row in _plain_rows(TicketId(ticket_id), name, fold):
            buckets.setdefault(row[0][:_BUCKET_LETTERS], []).append(row)
    for letters in sorted(buckets):
        yield from sorted(buckets.pop(letters))


def _remembering_fold() -> Callable[[str], str]:
    """Return a `fold_name` that folds what is not plain ASCII word by word, each word once.

    Names share their words. What was folded is forgotten with the function.
    """
    known: dict[str, str] = {}

    def fold(text: str) -> str:
        if text.isascii():
            return fold_name(text)
        words = []
        for word in text.split():
            folded = known.get(word)
            if folded is None:
                folded = fold_name(word)
                if len(known) < _WORDS_KNOWN_MAX:
                    known[word] = folded
            words.append(folded)
        return " ".join(words)

    return fold


# ---- reading


class NameBook:
    """Opened names; forget it, and they are sealed again.

    Args:
        refs: Of the manifest's header.
        read: Gives a piece's sealed bytes, verified by its hash.
        event_id: The event.
        key: The publication's.

    Raises:
        BadSignature: if the key is another publication's.
        Malformed: if the index is not of its form.
    """

    def __init__(
        self,
        refs: Sequence[ChunkRef],
        read: Callable[[ChunkRef], bytes],
        event_id: EventId,
        key: bytes,
    ) -> None:
        self._pieces = SealedPieces(
            refs,
            read,
            key=key,
            context=_CONTEXT + event_id.encode(),
            what="names",
            expanded_max=_EXPANDED_MAX,
        )
        self._firsts = unpack(self._pieces.open(0), _INDEX, "the index of names") if refs else []

    def search(self, text: str, limit: int) -> list[NameRow]:
        """Find the tickets of whose holders every word asked for begins a word of the name.

        Args:
            text: As typed; accents, case and order do not matter.
            limit: At most so many tickets.

        Returns:
            In order of the folded name, each ticket once; none for an empty text.

        Raises:
            BadSignature: if a piece was altered.
            Malformed: if one is not of its form.
        """
        words = sorted(fold_name(text).split(), key=len, reverse=True)
        if not words or not self._firsts:
            return []
        found: dict[int, NameRow] = {}
        start = max(0, bisect.bisect_left(self._firsts, words[0]) - 1)
        for place in range(start, min(len(self._firsts), start + _CHUNKS_READ_MAX)):
            if self._firsts[place] > words[0] and not self._firsts[place].startswith(words[0]):
                break
            rows = unpack(self._pieces.open(place + 1), _ROWS, f"piece {place} of the names")
            begin = bisect.bisect_left(rows, words[0], key=lambda row: row.key)
            for row in rows[begin:]:
                if not row.key.startswith(words[0]):
                    break
                if all(_begins_one(word, row.key) for word in words[1:]):
                    found.setdefault(row.ticket_id, row)
                    if len(found) == limit:
                        return list(found.values())
        return list(found.values())


def _begins_one(word: str, key: str) -> bool:
    return key.startswith(word) or f" {word}" in key
