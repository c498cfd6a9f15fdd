"""Brings the pictures of an event's tickets to a till, which prints them without a network."""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.store.picture_store import PictureStore, pictures_of
from gatekeeper.store.store import Store
from gatekeeper.sync.manifests import ManifestSource
from shared.kernel.errors import GatekeeperError, Rejected
from shared.manifest.header import ChunkRef

_SIZE_MAX: Final = 2_000_000
"""Bytes of one picture; the server keeps none near it."""
_REST_MAX: Final = 64


class TicketPictures:
    """Fetches what is missing after each sync; without it tickets are printed without.

    What fails is tried again with a later sync, each time after more of them: a picture is never
    why a till would be cut off.

    Args:
        store: The till's.
        knowledge: Its event.
        source: Gives pieces by their hash, as those of manifests.
    """

    def __init__(self, store: Store, knowledge: Knowledge, source: ManifestSource) -> None:
        self._pictures, self._knowledge = PictureStore(store.disk), knowledge
        self._source = source
        self._known: frozenset[str] | None = None
        self._rest = self._wait = 0

    async def fetch_missing(self) -> None:
        """Fetch what the present plan names and this disk has not."""
        event = self._knowledge.event
        if event is None:
            return
        marks = pictures_of(event.config)
        named = frozenset(one.digest for one in marks)
        if named == self._known:
            return
        if self._rest > 0:
            self._rest -= 1
            return
        try:
            for mark in self._pictures.missing(marks):
                if mark.size <= _SIZE_MAX:
                    ref = ChunkRef(0, 1, mark.size, bytes.fromhex(mark.digest))
                    self._pictures.put(mark, await self._source.fetch_chunk(event.event_id, ref))
            self._pictures.keep_only(marks)
        except Rejected:
            # Gone from the server meanwhile: the next plan names others.
            self._known = named
        except GatekeeperError:
            self._wait = min(_REST_MAX, max(1, self._wait * 2))
            self._rest = self._wait
        else:
            self._known, self._wait = named, 0
