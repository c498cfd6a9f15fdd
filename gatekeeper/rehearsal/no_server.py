"""The server of a world that has none: nothing is ever sent, to anybody."""

from __future__ import annotations

from typing import NoReturn

from gatekeeper.sync.server_port import SyncServer
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument


class NoServer(SyncServer):
    """Each request fails as with the cable cut."""

    async def send(self, *_asked: object, **_named: object) -> NoReturn:
        """Send nothing."""
        raise ServerFault("this is practice: there is no server")


class OwnManifest:
    """A source of the one manifest that such a world has just signed for itself."""

    def __init__(self, document: SignedDocument, chunks: dict[bytes, bytes]) -> None:
        self._document, self._chunks = document, chunks

    async def fetch_manifest(self, _event_id: EventId) -> SignedDocument:
        """Return it."""
        return self._document

    async def fetch_chunk(self, _event_id: EventId, ref: ChunkRef) -> bytes:
        """Return its chunk."""
        return self._chunks[ref.sha256]
