"""What the LAN rung asks of the server: peers' claims and journals go up, the feed comes down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.uplink import Uplink
from gatekeeper.sync.server_port import SyncServer
from shared.journal.chain import SignedEntry
from shared.kernel.errors import Malformed, ServerFault
from shared.kernel.id_types import ClaimId, DeviceId, EventId
from shared.kernel.trouble import TroubleKind
from shared.manifest.signed_document import SignedDocument, encode_document
from shared.wire.relayed_by_gates import (
    RELAY_VERSION,
    RelayedClaim,
    RelayedEntries,
    RelayedMarks,
)

TakePage: TypeAlias = Callable[[SignedDocument], Awaitable[bool]]
"""Applies a page as one that the server has pushed; see `SyncEngine.take`."""


class FeedByPeers:
    """An event's feed at a gate whose peers may bring it; fulfils `FeedReader` of the LAN's ports.

    A page is the organization's word, the same for all of an event's devices: whoever carries it
    can delay it, and nothing else.
    """

    def __init__(
        self, knowledge: Knowledge, uplink: Uplink, take: TakePage, event_id: EventId
    ) -> None:
        """Take pages of an event while `uplink` is down."""
        self._knowledge, self._uplink = knowledge, uplink
        self._take, self._event_id = take, event_id

    def place(self) -> tuple[int, int] | None:
        """See `FeedReader.place`."""
        state = self._knowledge.state
        if self._uplink.is_connected or self._knowledge.event_id != self._event_id:
            return None
        return (state.epoch, state.cursor) if state.epoch else None

    async def take(self, document: SignedDocument) -> None:
        """See `FeedReader.take`."""
        if self.place() is not None:
            await self._take(document)


class ServerRelay:
    """One event's peers at the server; fulfils `gatekeeper.lan.ports.LedgerCarrier`."""

    def __init__(self, server: SyncServer, event_id: EventId, knowledge: Knowledge) -> None:
        """Carry by `server`, for the devices of an event, and show it what is known here of it."""
        self._server, self._event_id, self._knowledge = server, event_id, knowledge

    async def claim(
        self, device_id: DeviceId, claim_id: ClaimId, request: bytes, signature: bytes
    ) -> bytes:
        """Put a peer's claim to the ledger; see `LedgerCarrier.claim`.

        Raises:
            ServerFault: if no useful answer came.
            Rejected: if the ledger refused.
        """
        asked = RelayedClaim(RELAY_VERSION, device_id, request, signature)
        try:
            return encode_document(await self._server.relay_claim(asked))
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault

    async def page_after(self, epoch: int, sequence: int) -> bytes:
        """Fetch a page of the feed for a peer; see `LedgerCarrier.page_after`.

        Raises:
            ServerFault: if no useful answer came.
            Rejected: if the server refused.
        """
        try:
            page = await self._server.fetch_feed(self._event_id, epoch, sequence)
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault
        return encode_document(page)

    async def upload(self, entries: Sequence[SignedEntry]) -> RelayedMarks:
        """Upload other devices' entries; see `LedgerCarrier.upload`.

        Raises:
            ServerFault: if no useful answer came.
            Rejected: if the server refused.
        """
        head = self._knowledge.own_page() if entries else None
        asked = RelayedEntries(RELAY_VERSION, self._event_id, tuple(entries), head)
        try:
            return await self._server.relay_entries(asked)
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault
