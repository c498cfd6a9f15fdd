"""What this gate tells its peers of tickets and entries, and what of their claims it keeps.

Fulfils `gatekeeper.lan.ports.PromiseStore`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from gatekeeper.store.store import Store
from shared.credential.keyring import Keyring
from shared.journal.bounds import COUNT_MAX, ENTRY_NAME_SIZE_MAX
from shared.journal.chain import SignedEntry, decode_entry
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import INSTANT_MAX
from shared.lan.actions import Change, Forget, Keep, Remember
from shared.lan.claims import ClaimKey, Hold, HoldState
from shared.lan.messages import Mark
from shared.lan.own_identity import LanState
from shared.manifest.signed_document import SignedDocument

_NO_DEVICE: Final = "?"
_ENDED: Final = "withdrawn-"
"""Begins the name of what stands for a ticket's end among its uses; no claim's id has a hyphen."""


class StorePromises:
    """Keeps in this gate's store, and reads from it, what the LAN rung knows of one event."""

    def __init__(
        self,
        store: Store,
        event_id: EventId,
        on_kept: Callable[[SignedEntry], None] | None = None,
        keyring_of: Callable[[], Keyring | None] = lambda: None,
    ) -> None:
        """Keep what belongs to an event in a store.

        Args:
            store: The device's.
            event_id: Which event.
            on_kept: Hears of each entry of another device, inside the transaction that keeps it.
            keyring_of: Returns the event's keys, by which tills count; see `WithdrawnTickets.get`.
        """
        self._store = store
        self._event_id = event_id
        self._on_kept = on_kept
        self._keyring_of = keyring_of

    def load(self) -> LanState:
        """Return what survived; see `PromiseStore`."""
        records = self._store.peers
        marks = {(mark.device_id, mark.boot): mark for mark in records.marks(self._event_id)}
        me = self._store.journal.device_id
        first = self._store.journal.first_of_interest(self._event_id)
        for boot in self._store.journal.boots[first:]:
            whole = records.whole_after(me, boot.boot, boot.sound_dseq)
            if whole:
                marks[me, boot.boot] = Mark(me, boot.boot, whole)
        return LanState(records.claims(self._event_id), records.clock, tuple(marks.values()))

    async def save(self, changes: Sequence[Change]) -> None:
        """Make changes durable in one commit; see `PromiseStore`."""
        records = self._store.peers
        with self._store.transaction("lan"):
            for change in changes:
                match change:
                    case Remember(claim):
                        records.remember(claim, self._event_id)
                    case Forget(ref):
                        records.forget(ref)
                    case Keep(signed, ref, heard_at, was_promised):
                        self._note_own(signed)
                        records.keep(
                            signed,
                            self._event_id,
                            heard_at,
                            was_promised=was_promised,
                            is_believed=ref is not None,
                        )
                        if self._on_kept is not None:
                            self._on_kept(signed)

    def _note_own(self, signed: SignedEntry) -> None:
        """Notice what this device has written itself and does not have: its disk was put back."""
        entry = decode_entry(signed.entry)
        if entry.device_id == self._store.journal.device_id:
            self._store.other_life = f"another gate holds entry {entry.seq} of this device"

    def uses_of(self, key: ClaimKey) -> Sequence[Hold]:
        """Return every use of a key that stands; see `PromiseStore`.

        A ticket is of one occurrence, so ticket and zone say it all. Names that a hostile device
        has made too long for an answer are cut, so that the answer is still one. A ticket whose
        right has ended here is used up for everybody who asks: paid back, it lets nobody in.
        """
        return self._ended(TicketId(key.ticket_id)) + [
            Hold(
                device_id=DeviceId(use.device_id[:ENTRY_NAME_SIZE_MAX] or _NO_DEVICE),
                claim_id=ClaimId(use.claim_id[:ENTRY_NAME_SIZE_MAX]),
                gate_id=GateId(use.gate_id[:ENTRY_NAME_SIZE_MAX]),
                count=max(1, min(use.count, COUNT_MAX)),
                at=max(0, min(use.at, INSTANT_MAX)),
                state=HoldState.USED,
                direction=use.direction,
            )
            for use in self._store.uses.records_of(TicketId(key.ticket_id))
            if use.zone_id == key.zone_id and not use.annulled
        ]

    def _ended(self, ticket_id: TicketId) -> list[Hold]:
        known = self._store.withdrawn.get(self._event_id, ticket_id, self._keyring_of())
        if not known.is_ended:
            return []
        return [
            Hold(
                device_id=self._store.journal.device_id,
                claim_id=ClaimId(f"{_ENDED}{format_ticket_id(ticket_id)}"),
                gate_id=GateId(""),
                count=COUNT_MAX,
                at=max(0, min(known.ended_at, INSTANT_MAX)),
                state=HoldState.USED,
            )
        ]

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return the entries of a boot after a number; see `PromiseStore`."""
        journal = self._store.journal
        found: list[SignedEntry] = []
        if mark.device_id == journal.device_id:
            for boot in journal.boots:
                if boot.boot == mark.boot and mark.dseq < boot.sound_dseq:
                    first = boot.seq_of(mark.dseq + 1)
                    last = min(boot.seq_of(boot.sound_dseq), first + limit - 1)
                    found = [signed for _, signed in journal.read(first, last)]
        if len(found) < limit:
            rest = Mark(mark.device_id, mark.boot, mark.dseq + len(found))
            found += self._store.peers.entries_after(rest, limit - len(found))
        return found

    def own_dseq(self, boot: bytes) -> int:
        """Return how far the own journal has a boot; see `PromiseStore`."""
        return max((b.last_dseq for b in self._store.journal.boots if b.boot == boot), default=0)

    async def keep_roster(self, document: SignedDocument) -> None:
        """Keep a verified roster; see `PromiseStore`."""
        with self._store.transaction("roster"):
            self._store.peers.put_roster(self._event_id, document)
