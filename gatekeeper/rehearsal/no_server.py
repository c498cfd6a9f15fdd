"""The server of a world that has none: nothing is ever sent, to anybody."""

from __future__ import annotations

from typing import NoReturn

from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.manifest.header import ChunkRef
from shared.manifest.signed_document import SignedDocument


class NoServer:
    """Fulfils `sync.server_port.SyncServer`; each request fails as with the cable cut."""

    async def _fail(self, *_asked: object, **_named: object) -> NoReturn:
        raise ServerFault("this is practice: there is no server")

    exchange = claim = greet = wait_for_push = _fail
    fetch_manifest = fetch_chunk = fetch_buyers = fetch_seats = fetch_roster = fetch_feed = _fail
    request_till_key = request_stock = note_buyer = relay_claim = relay_entries = _fail
    pay_by_voucher = find_voucher_payment = reverse_voucher_payment = _fail

    async def close(self) -> None:
        """Let nothing go."""


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
