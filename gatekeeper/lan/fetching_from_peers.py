"""What a gate fetches from its peers over streams, each thing once at a time."""

from __future__ import annotations

import contextlib
from typing import Protocol

from gatekeeper.lan.peer_addresses import Address, PeerAddresses
from gatekeeper.lan.stream import StreamingGate, exchange_entries, fetch_roster
from gatekeeper.lan.tasks import TaskSet
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration
from shared.lan.peer import LanPeer


class Fetcher(StreamingGate, Protocol):
    """What fetching needs of the gate behind it, besides what a stream does."""

    peer: LanPeer
    addresses: PeerAddresses

    def live_peers(self) -> list[str]:
        """List the device ids of the live peers."""


class Fetches:
    """Fetches in the background; what fails is fetched at another time."""

    def __init__(self, gate: Fetcher, tasks: TaskSet) -> None:
        self._gate, self._tasks = gate, tasks
        self._under_way: set[str] = set()
        self._turns = 0
        self._followed_at: Duration | None = None

    def entries(self, device_id: DeviceId) -> None:
        """Exchange entries with a peer, and learn what the feed said, unless that is going on."""
        address = self._gate.addresses.proven(device_id)
        if address is not None and device_id not in self._under_way:
            self._under_way.add(device_id)
            self._tasks.spawn(self._exchange(device_id, address))

    def roster(self, device_id: DeviceId, source: Address | None) -> None:
        """Fetch the roster that a device has, from where it is known to be or has just spoken."""
        address = self._gate.addresses.proven(device_id) or source
        if address is not None:
            self._tasks.spawn(self._take_roster(address))

    def follow_feed(self, now: Duration) -> None:
        """Fetch what changed from a peer that reaches the ledger, each of them in turn."""
        peer = self._gate.peer
        since, every = self._followed_at, peer.settings.sync_every
        is_early = since is not None and now - since < every
        carriers = [one for one in self._gate.live_peers() if peer.presence.peers[one].has_uplink]
        if is_early or not carriers or self._gate.feed_place() is None:
            return
        self._followed_at = now
        self._turns += 1
        self.entries(DeviceId(carriers[self._turns % len(carriers)]))

    async def _exchange(self, device_id: DeviceId, address: Address) -> None:
        try:
            await exchange_entries(self._gate, device_id, address)
        finally:
            self._under_way.discard(device_id)

    async def _take_roster(self, address: Address) -> None:
        with contextlib.suppress(BadInput):
            await fetch_roster(self._gate, address)
