"""The ledger for peers that do not reach it: their claims, and other gates' journals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Final, Protocol

from gatekeeper.lan.forked_journals import BootName, OtherVersions
from gatekeeper.lan.ports import LedgerCarrier
from gatekeeper.restarting_work import Watch
from shared.journal.chain import SignedEntry
from shared.kernel.errors import Rejected, ServerFault, StoreFault
from shared.kernel.id_types import DeviceId
from shared.lan.actions import Action, Keep, PutToLedger, Save
from shared.lan.entries_of_peers import find_missing
from shared.lan.messages import Mark
from shared.lan.peer import LanPeer
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX, is_full

PAGE_SECONDS: Final = 1.0
PAGE_SPACING: Final = 0.1
PAGE_PATIENCE: Final = 3.0
"""In seconds: how long a page serves all peers at one place, how far apart pages are fetched for
them, and how long one is waited for."""
SOON: Final = 0.25
"""In seconds: how long more is waited for before what was just heard of others is carried."""
SLOTS_MAX: Final = 4
"""Of many gates with an uplink a quarter carries at each turn: so one of them that suppresses what
it should carry delays it by a turn, and a venue of 200 does not carry everything 200 times."""


class Holdings(Protocol):
    """What the relay needs of the rung."""

    peer: LanPeer

    def marks(self) -> Sequence[Mark]:
        """Tell how far this gate holds each boot."""

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return entries of a boot."""

    def live_peers(self) -> list[str]:
        """List the device ids of the live peers."""

    def pass_on(self, actions: list[Action]) -> None:
        """Perform actions."""


class UplinkRelay:
    """Relays while an uplink is set.

    Attributes:
        watch: Tells of what has died in the background.
    """

    def __init__(self, holdings: Holdings, own_dseq: Callable[[bytes], int]) -> None:
        """Relay for a rung; `own_dseq` is that of its `PromiseStore`."""
        self._holdings, self._own_dseq = holdings, own_dseq
        self._uplink: LedgerCarrier | None = None
        self._held: Sequence[Mark] | None = None
        self._turns = 0
        self._heard = asyncio.Event()
        self._page: tuple[tuple[int, int], float, bytes] | None = None
        self._fetched_at = 0.0
        self._versions = OtherVersions(holdings.entries_after)
        self.watch = Watch()

    def set(self, uplink: LedgerCarrier | None) -> None:
        """Take or lose the uplink."""
        self._uplink = uplink

    def hear(self, action: Save) -> None:
        """Carry soon what came of other gates: the ledger may be asked about it any moment."""
        if self._uplink is not None and any(isinstance(one, Keep) for one in action.changes):
            self._heard.set()

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

    async def page_after(self, place: tuple[int, int]) -> bytes:
        """Fetch the page of the feed after a peer's place; b"" where none is to be had now.

        Of many peers at one place the first is answered by the server, and the others by what it
        said. Whoever is told nothing asks again at its next turn.
        """
        now = asyncio.get_running_loop().time()
        held = self._page
        if held is not None and held[0] == place and now - held[1] < PAGE_SECONDS:
            return held[2]
        if self._uplink is None or now - self._fetched_at < PAGE_SPACING:
            return b""
        self._fetched_at = now
        try:
            async with asyncio.timeout(PAGE_PATIENCE):
                encoded = await self._uplink.page_after(*place)
        except (ServerFault, Rejected, TimeoutError):
            return b""
        self._page = place, now, encoded
        return encoded

    async def work(self, every_seconds: float) -> None:
        """Upload others' journals for ever, as long as the ledger is reached.

        One of the gates that reach it carries at once what it hears, and each at its turns what
        is left: the one may suppress something.
        """
        loop = asyncio.get_running_loop()
        due = loop.time() + every_seconds
        while True:
            is_turn = not await self._is_heard_before(due)
            if not is_turn:
                is_its = self._carriers()[0] == self._holdings.peer.identity.device_id
            else:
                due = loop.time() + every_seconds
                is_its = self._is_its_turn()
            if not is_its:
                continue
            try:
                await self.upload_others()
                if is_turn:
                    await self.look_for_forks()
            except (ServerFault, Rejected, StoreFault):
                continue  # the next turn tries again; the entries stay where they are
            except Exception as fault:  # noqa: BLE001 - it must not end others' uploads for good
                self.watch.note("carrying other gates' entries", fault)

    async def _is_heard_before(self, due: float) -> bool:
        """Wait until something was heard, and a little longer; False where a turn comes first."""
        try:
            async with asyncio.timeout_at(due):
                await self._heard.wait()
        except TimeoutError:
            return False
        await asyncio.sleep(SOON)
        self._heard.clear()
        return True

    def _carriers(self) -> list[DeviceId]:
        """Name the gates that reach the ledger, this one among them, in order."""
        peer = self._holdings.peer
        peers, live = peer.presence.peers, map(DeviceId, self._holdings.live_peers())
        return sorted([peer.identity.device_id, *(one for one in live if peers[one].has_uplink)])

    def _is_its_turn(self) -> bool:
        carriers = self._carriers()
        slots = min(len(carriers), SLOTS_MAX)
        self._turns += 1
        place = carriers.index(self._holdings.peer.identity.device_id)
        return place % slots == self._turns % slots

    async def upload_others(self) -> int:
        """Upload what the ledger lacks of the entries of devices that do not reach it.

        Returns:
            How many entries were sent.

        Raises:
            ServerFault: if the ledger cannot be reached any more.
        """
        sent = 0
        left: set[BootName] = set()
        while self._uplink is not None:
            before = self._held
            lacking = [mark for mark in self._lacking() if (mark.device_id, mark.boot) not in left]
            if not lacking:
                break
            batch, boots = self._read(lacking) if before is not None else ((), ())
            self._held = await self._upload(self._uplink, batch)
            sent += len(batch)
            if before is not None and not find_missing(self._held, before):
                # What it does not take (of a device that it does not know, or after a gap) is
                # left for another turn.
                left.update(boots)
        return sent

    async def bring(self, said: Sequence[Mark]) -> Sequence[Mark]:
        """Upload entries that the ledger lacks, and those before them, whoever else would.

        Args:
            said: The entries.

        Returns:
            How far the ledger holds every boot of the event; nothing where it is not reached.

        Raises:
            ServerFault: if it cannot be reached any more.
            Rejected: if it refuses.
            StoreFault: if the entries cannot be read.
        """
        if self._uplink is None or not said:
            return ()
        # They go themselves, whatever the ledger holds: it may have been told otherwise of them.
        held = await self._upload(self._uplink, self._themselves(said))
        lacks = {(mark.device_id, mark.boot) for mark in find_missing(said, held)}
        mine = [mark for mark in self._holdings.marks() if (mark.device_id, mark.boot) in lacks]
        lacking = find_missing(mine, held)
        if lacking and self._uplink is not None:
            held = await self._upload(self._uplink, self._read(lacking)[0])
        self._held = held
        return held

    async def look_for_forks(self) -> None:
        """Show the ledger what it may have been told otherwise, and bring all that it was.

        Raises:
            ServerFault: if the ledger cannot be reached any more.
            Rejected: if it refuses.
            StoreFault: if the entries cannot be read.
        """
        me = self._holdings.peer.identity.device_id
        theirs = [mark for mark in self._holdings.marks() if mark.device_id != me]
        shown = self._versions.next_shown(theirs)
        try:
            while self._uplink is not None and shown:
                self._held = await self._upload(self._uplink, shown)
                shown = self._versions.next_brought()
        except (ServerFault, Rejected):
            self._versions.begin_anew()  # nobody knows how much of it arrived
            raise

    async def _upload(
        self, uplink: LedgerCarrier, entries: Sequence[SignedEntry]
    ) -> Sequence[Mark]:
        told = await uplink.upload(entries)
        self._versions.note(told.forked)
        self._versions.show_again(told.waiting)
        return told.marks

    def _themselves(self, said: Sequence[Mark]) -> tuple[SignedEntry, ...]:
        """Read entries by where they stand."""
        found: list[SignedEntry] = []
        for one in said[:ENTRIES_AT_ONCE_MAX]:
            before = Mark(one.device_id, one.boot, one.dseq - 1)
            found += self._holdings.entries_after(before, 1)
        return tuple(found)

    def _lacking(self) -> list[Mark]:
        """List the boots of which the ledger lacks the end, and that nobody else brings.

        Those of cut-off devices, and what this device's own journal has lost: its folder was put
        back to an older copy, or is at work twice, and its peers had heard of that.
        """
        peer = self._holdings.peer
        peers, live = peer.presence.peers, set(self._holdings.live_peers())
        cut_off = {
            name for name, state in peers.items() if name not in live or not state.has_uplink
        }
        me = peer.identity.device_id
        theirs = [
            mark
            for mark in self._holdings.marks()
            if mark.device_id in cut_off
            or (mark.device_id == me and mark.dseq > self._own_dseq(mark.boot))
        ]
        return find_missing(theirs, self._held or ())

    def _read(
        self, lacking: Sequence[Mark]
    ) -> tuple[tuple[SignedEntry, ...], Collection[BootName]]:
        """Read a batch of entries; also returns of which boots."""
        batch: list[SignedEntry] = []
        size = 0
        boots: list[BootName] = []
        for mark in lacking:
            boots.append((mark.device_id, mark.boot))
            for signed in self._holdings.entries_after(mark, ENTRIES_AT_ONCE_MAX - len(batch)):
                batch.append(signed)
                size += len(signed.entry)
                if is_full(len(batch), size):
                    return tuple(batch), boots
        return tuple(batch), boots
