"""The ledger for peers that do not reach it: their claims, and other gates' journals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from gatekeeper.lan.ports import Uplink
from shared.journal.chain import SignedEntry
from shared.kernel.errors import Rejected, ServerFault, StoreFault
from shared.lan.actions import Action, PutToLedger
from shared.lan.gossip import find_missing
from shared.lan.messages import Mark
from shared.lan.peer import LanPeer

BATCH_MAX: Final = 500


class Holdings(Protocol):
    """What the relay needs of the rung."""

    peer: LanPeer

    def marks(self) -> Sequence[Mark]:
        """Tell how far this gate holds each boot."""
        ...

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return entries of a boot."""
        ...

    def pass_on(self, actions: list[Action]) -> None:
        """Perform actions."""
        ...


class UplinkRelay:
    """Relays while an uplink is set."""

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self._uplink: Uplink | None = None

    def set(self, uplink: Uplink | None) -> None:
        """Take or lose the uplink."""
        self._uplink = uplink

    async def put(self, action: PutToLedger) -> None:
        """Put a peer's claim to the ledger, and tell the peer, of its silence as well."""
        answer = b""
        if self._uplink is not None:
            try:
                answer = await self._uplink.claim(
                    action.device_id, action.claim_id, action.request, action.signature
                )
            except (ServerFault, Rejected):
                answer = b""
        peer = self._holdings.peer
        self._holdings.pass_on(peer.relayed(action.device_id, action.claim_id, answer))

    async def work(self, every_seconds: float) -> None:
        """Upload others' journals for ever, as long as the ledger is reached."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                await self.upload_others()
            except (ServerFault, Rejected, StoreFault):
                continue  # the next turn tries again; the entries stay where they are

    async def upload_others(self) -> int:
        """Upload what the ledger lacks of other devices' entries.

        Returns:
            How many entries were uploaded.

        Raises:
            ServerFault: if the ledger cannot be reached any more.
        """
        uploaded = 0
        uplink = self._uplink
        batch: tuple[SignedEntry, ...] = ()
        while uplink is not None:
            ledger = await uplink.upload(batch)
            uploaded += len(batch)
            batch = self._next_batch(ledger, after=batch)
            if not batch:
                break
        return uploaded

    def _next_batch(
        self, ledger: Sequence[Mark], after: tuple[SignedEntry, ...]
    ) -> tuple[SignedEntry, ...]:
        me = self._holdings.peer.identity.device_id
        others: Iterable[Mark] = [m for m in self._holdings.marks() if m.device_id != me]
        batch: list[SignedEntry] = []
        for mark in find_missing(list(others), ledger):
            batch += self._holdings.entries_after(mark, BATCH_MAX - len(batch))
            if len(batch) >= BATCH_MAX:
                break
        # A ledger that took nothing of it (a device it refuses) is not asked for ever.
        return () if tuple(batch) == after else tuple(batch)
