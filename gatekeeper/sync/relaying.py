"""The uplink that a gate lends its peers: their claims and journals, put to the server."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.sync.server_port import SyncServer
from shared.journal.chain import SignedEntry
from shared.kernel.errors import Malformed, ServerFault
from shared.kernel.trouble import TroubleKind
from shared.lan.messages import Mark
from shared.manifest.document import encode_document
from shared.wire.relay import RELAY_VERSION, RelayedClaim, RelayedEntries


class ServerRelay:
    """One event's peers at the server; fulfils `gatekeeper.lan.ports.Uplink`."""

    def __init__(self, server: SyncServer, event_id: str) -> None:
        """Carry by `server`, for the devices of an event."""
        self._server, self._event_id = server, event_id

    async def claim(
        self, device_id: str, claim_id: str, request: bytes, signature: bytes
    ) -> bytes:
        """Put a peer's claim to the ledger; see `Uplink.claim`.

        Raises:
            ServerFault: if no useful answer came.
            Rejected: if the ledger refused.
        """
        asked = RelayedClaim(RELAY_VERSION, device_id, request, signature)
        try:
            return encode_document(await self._server.relay_claim(asked))
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault

    async def upload(self, entries: Sequence[SignedEntry]) -> Sequence[Mark]:
        """Upload other devices' entries; see `Uplink.upload`.

        Raises:
            ServerFault: if no useful answer came.
            Rejected: if the server refused.
        """
        asked = RelayedEntries(RELAY_VERSION, self._event_id, tuple(entries))
        try:
            told = await self._server.relay_entries(asked)
        except Malformed as fault:
            raise ServerFault(str(fault), kind=TroubleKind.UNREADABLE) from fault
        return [Mark(one.device_id, one.boot, one.dseq) for one in told.marks]
