"""Holders' names as a part of their own of the manifest: sorted for search, sealed piece by piece.

A row stands for a name under each of its words, folded, so that any of them can be looked up. The
rows are sorted and cut; a search opens the index and the few pieces that can hold an answer, so a
million names need no index in memory. Every publication has a key of its own, sealed for each
supervisor to a key that only their badge gives (`docs/specs/manifest.md`, section 10).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final, TypeAlias

import msgspec
from nacl import bindings
from nacl.exceptions import CryptoError

from shared.credential.badges_and_pins import derive_from_badge
from shared.kernel.errors import BadSignature
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.ports import Entropy
from shared.manifest.header import ChunkRef, NameSeal
from shared.manifest.name_folding import fold_name
from shared.manifest.sealed_pieces import KEY_SIZE, PieceSealer, seal, unseal

CHUNK_ROWS: Final = 2_048
HOLDER_NAME_SIZE_MAX: Final = 120
WORDS_MAX: Final = 4
_WORDS_KNOWN_MAX: Final = 100_000
_BUCKET_LETTERS: Final = 3
CONTEXT: Final = b"gatekeeper/names/1\0"
_PERSON: Final = b"gk names"
_BADGE_CONTEXT: Final = b"gatekeeper/names/badge/1\0"


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


def rows_of(ticket_id: TicketId, name: str) -> list[NameRow]:
    """Return the rows of a name: one for each of its first words."""
    return [NameRow(key, ticket_id, name) for key, _, name in _plain_rows(ticket_id, name)]


def _plain_rows(
    ticket_id: TicketId, name: str, fold: Callable[[str], str] = fold_name
) -> list[_PlainRow]:
    """Return them as tuples, which are quicker to sort."""
    shown = name.strip()[:HOLDER_NAME_SIZE_MAX]
    words = fold(shown).split()
    keys = {" ".join(words[place:] + words[:place]) for place in range(min(len(words), WORDS_MAX))}
    return [(key, ticket_id, shown) for key in sorted(keys)]


# ---- keys


def badge_seed(code: str, organization_id: OrganizationId) -> bytes:
    """Return the private key that a badge's code gives, 32 bytes; never stored."""
    return derive_from_badge(_BADGE_CONTEXT, code, organization_id)


def badge_public_key(seed: bytes) -> bytes:
    """Return the public half, which the server keeps."""
    return bytes(bindings.crypto_scalarmult_base(seed))


def wrapping_key(secret: bytes, mine: bytes, theirs: bytes, person: bytes) -> bytes:
    """Agree on a key with a badge for one purpose, which `person` names in 16 bytes at most."""
    shared = bytes(bindings.crypto_scalarmult(secret, theirs))
    both = b"".join(sorted((mine, theirs)))
    return hashlib.blake2b(shared + both, digest_size=KEY_SIZE, person=person).digest()


def seal_key(key: bytes, person: str, public_key: bytes, entropy: Entropy) -> NameSeal:
    """Seal a publication's key for one supervisor."""
    once = entropy.random_bytes(KEY_SIZE)
    public = badge_public_key(once)
    wrapping = wrapping_key(once, public, public_key, _PERSON)
    return NameSeal(person, public, seal(wrapping, 0, CONTEXT + person.encode(), key))


def open_key(seals: Iterable[NameSeal], person: str, seed: bytes) -> bytes | None:
    """Return the publication's key by a supervisor's badge; None if it is not sealed for them."""
    for sealed in seals:
        if sealed.person != person:
            continue
        try:
            wrapping = wrapping_key(seed, badge_public_key(seed), sealed.public_key, _PERSON)
            return unseal(wrapping, 0, CONTEXT + person.encode(), sealed.box, what="names")
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
    sealer = PieceSealer(key, CONTEXT, event_id)
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
