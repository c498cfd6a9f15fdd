"""Holders' names of a publication, opened by a badge, and looked through.

What is opened, and how it was sealed: `shared/manifest/sealed_names_for_search.py`.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from shared.kernel.id_types import EventId
from shared.manifest.header import ChunkRef
from shared.manifest.name_spellings import spellings_of
from shared.manifest.sealed_names_for_search import CONTEXT, NameRow
from shared.manifest.sealed_pieces import SealedPieces

_CHUNKS_READ_MAX: Final = 64
_EXPANDED_MAX: Final = 4_000_000
_ROWS: Final = msgspec.msgpack.Decoder(list[NameRow])
_INDEX: Final = msgspec.msgpack.Decoder(list[str])


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
        context = CONTEXT + event_id.encode()
        self._pieces = SealedPieces(
            refs, read, key=key, context=context, what="names", expanded_max=_EXPANDED_MAX
        )
        self._firsts = self._pieces.open(0, _INDEX) if refs else []

    def search(self, text: str, limit: int) -> list[NameRow]:
        """Find the tickets of whose holders every word asked for begins a word of the name.

        Args:
            text: As typed; accents, case and order do not matter, nor whether ä is spelt ae.
            limit: At most so many tickets.

        Returns:
            In order of the folded name, those spelt otherwise last, each ticket once; none for an
            empty text.

        Raises:
            BadSignature: if a piece was altered.
            Malformed: if one is not of its form.
        """
        words = sorted(spellings_of(text), key=lambda one: len(one[0]), reverse=True)
        found: dict[int, NameRow] = {}
        for first in words[0] if words else ():
            for row in self._beginning(first):
                if all(_begins_one(word, row.key) for word in words[1:]):
                    found.setdefault(row.ticket_id, row)
                    if len(found) == limit:
                        return list(found.values())
        return list(found.values())

    def _beginning(self, word: str) -> Iterator[NameRow]:
        """Yield the rows whose key begins so, in order."""
        start = max(0, bisect.bisect_left(self._firsts, word) - 1)
        for place in range(start, min(len(self._firsts), start + _CHUNKS_READ_MAX)):
            if self._firsts[place] > word and not self._firsts[place].startswith(word):
                return
            rows = self._pieces.open(place + 1, _ROWS)
            begin = bisect.bisect_left(rows, word, key=lambda row: row.key)
            for row in rows[begin:]:
                if not row.key.startswith(word):
                    break
                yield row


def _begins_one(spellings: Sequence[str], key: str) -> bool:
    return any(key.startswith(one) or f" {one}" in key for one in spellings)
