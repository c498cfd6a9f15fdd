"""Installing manifests: verified from the root down, fetched by hash, swapped in as a whole.

A manifest is refused unless its signature leads to the pinned root, and unless it is at least as
new as the newest that was ever accepted. Until the last piece is loaded and on disk, the gate
goes on with the one that it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec

from gatekeeper.blocking import RunBlocking
from gatekeeper.gate.answer import SyncProgress
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.chunk_store import chunk_refs
from gatekeeper.store.feed_state import FeedState
from gatekeeper.store.manifest_file import build_manifest_file, is_manifest_name
from gatekeeper.store.store import Store
from gatekeeper.sync.applying_feed_pages import begin_epoch
from gatekeeper.sync.saying_evacuations_again import say_evacuations_again
from shared.kernel.errors import BadSignature
from shared.kernel.id_types import EventId
from shared.kernel.trouble import TroubleKind
from shared.manifest.header import ChunkRef, ManifestHeader
from shared.manifest.signed_document import DocumentKind, SignedDocument, open_document

FETCHES_AT_ONCE = 4


class RolledBack(BadSignature):
    """A manifest that is genuine, and older than one that was accepted before."""


Report = Callable[[SyncProgress], None]


def no_report(_progress: SyncProgress) -> None:
    """Tell nobody."""


class ManifestSource(Protocol):
    """Fetches an event's manifests and their pieces."""

    async def fetch_manifest(self, event_id: EventId) -> SignedDocument:
        """Return the newest manifest's signed header.

        Raises:
            ServerFault: if the server cannot be reached.
            Rejected: if there is none.
        """

    async def fetch_chunk(self, event_id: EventId, ref: ChunkRef) -> bytes:
        """Return a piece's bytes, not yet verified.

        Raises:
            ServerFault: if the server cannot be reached.
            Rejected: if it has no such piece.
        """


class ManifestInstaller:
    """Brings the newest manifest of an event onto this device."""

    def __init__(
        self, store: Store, recorder: Recorder, source: ManifestSource, run_blocking: RunBlocking
    ) -> None:
        """Fetch from `source` and install into `store`; what it has to say is stamped."""
        self._store = store
        self._knowledge, self._stamp = recorder.knowledge, recorder.stamp
        self._source = source
        self._run_blocking = run_blocking
        self._chunks = store.chunks

    async def install_newest(self, event_id: EventId, report: Report = no_report) -> bool:
        """Fetch and install the newest manifest, unless it is here already, or what it lacks.

        Returns:
            Whether a new one was installed.

        Raises:
            BadSignature: if it is not the organization's, was altered, or is an older one.
            Malformed: if its content is not of its form.
            ServerFault: if the server cannot be reached; verified pieces are kept.
            Rejected: if the event has none yet.
            StoreFault: if the disk refuses.
        """
        report(SyncProgress("Asking for the event", 0, 1))
        document = await self._source.fetch_manifest(event_id)
        header = self._verify(document, event_id)
        state = self._store.feeds.get(event_id)
        newest = (state.manifest_epoch, state.manifest_sequence)
        is_here = (header.epoch, header.sequence) == newest and self._is_usable(event_id, header)
        if is_here and not self._chunks.has_lost:
            return False
        await self._fetch_chunks(event_id, header, report)
        self._chunks.has_lost = False
        if is_here:
            return False
        await self._load(event_id, document, header, report)
        return True

    @property
    def has_lost_pieces(self) -> bool:
        """Whether names could not be read from the disk: a power cut, or rot, has taken them."""
        return self._chunks.has_lost

    def _is_usable(self, event_id: EventId, header: ManifestHeader) -> bool:
        event = self._knowledge.event
        return (
            event is not None
            and event.event_id == event_id
            and (event.header.epoch, event.header.sequence) == (header.epoch, header.sequence)
        )

    def _verify(self, document: SignedDocument, event_id: EventId) -> ManifestHeader:
        trust = self._knowledge.trust
        header = open_document(
            document,
            DocumentKind.MANIFEST,
            ManifestHeader,
            root_public_key=trust.root_public_key,
            organization_id=trust.organization_id,
            withdrawn=self._knowledge.state.withdrawn,
        )
        if header.config.event_id != event_id:
            message = "the server sent another event’s manifest; it was not used"
            raise BadSignature(message)
        state = self._store.feeds.get(event_id)
        newest = (state.manifest_epoch, state.manifest_sequence)
        if (header.epoch, header.sequence) < newest:
            message = (
                "the server offered an older manifest than this device already has; it was"
                " refused. If the server was restored from an older copy, hand the event to"
                " gates again; until then this device keeps using what it has"
            )
            raise RolledBack(message, kind=TroubleKind.PUT_BACK)
        return header

    async def _fetch_chunks(
        self, event_id: EventId, header: ManifestHeader, report: Report
    ) -> None:
        refs = chunk_refs(header)
        missing = self._chunks.missing(refs)
        done = len(refs) - len(missing)
        report(SyncProgress("Fetching tickets", done, len(refs)))
        gate = asyncio.Semaphore(FETCHES_AT_ONCE)

        async def fetch(ref: ChunkRef) -> None:
            nonlocal done
            async with gate:
                self._chunks.put(ref, await self._source.fetch_chunk(event_id, ref))
            done += 1
            report(SyncProgress("Fetching tickets", done, len(refs)))

        tasks = [asyncio.ensure_future(fetch(ref)) for ref in missing]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _load(
        self, event_id: EventId, document: SignedDocument, header: ManifestHeader, report: Report
    ) -> None:
        total = header.ticket_count
        report(SyncProgress("Loading tickets", 0, total))

        def load() -> str:
            return build_manifest_file(
                self._store.disk, document, header, self._chunks.read, lambda _count: None
            )

        name = await self._run_blocking(load)
        report(SyncProgress("Loading tickets", total, total))
        self._activate(event_id, document, header, name)

    def _activate(
        self, event_id: EventId, document: SignedDocument, header: ManifestHeader, name: str
    ) -> None:
        """Point the journal database at the new file: from this commit on it is the manifest."""
        feeds = self._store.feeds
        state = feeds.get(event_id)
        with self._store.transaction("manifest"):
            if header.epoch > state.epoch:
                if state.epoch > 0:
                    self._store.journal.offer_all_again()
                    say_evacuations_again(self._store, event_id, self._stamp())
                state = begin_epoch(state, header.epoch)
            change = state.change
            if change is not None and change.config.sequence < header.config.sequence:
                change = None
            feeds.put(
                event_id,
                msgspec.structs.replace(
                    state,
                    manifest=name,
                    manifest_epoch=header.epoch,
                    manifest_sequence=header.sequence,
                    manifest_cursor=header.cursor,
                    cursor=_cursor_after(state, header),
                    change=change,
                    # It says nothing of who is inside: that the feed tells.
                    knowledge_at=state.knowledge_at or document.issued_at - 1,
                ),
            )
            if header.epoch == state.epoch:  # a former epoch's list takes nothing from this one's
                self._store.changes.drop_included(event_id, header.epoch, _listed_up_to(header))
        self._knowledge.reload()
        self._chunks.keep_only(chunk_refs(header))
        in_use = feeds.manifests_in_use()
        for other in self._store.disk.names(""):
            if is_manifest_name(other) and other not in in_use:
                self._store.disk.remove(other)


def _listed_up_to(header: ManifestHeader) -> int:
    """Return the number up to which a list holds the tickets that the feed has told.

    Passages it holds none of, so that a device reads on from before the first one.
    """
    return header.cursor if header.head is None else header.head


def _cursor_after(state: FeedState, header: ManifestHeader) -> int:
    """Read the feed on from where the manifest ends, unless this device is further already.

    What followed an epoch's first list is read again as it was told, without the rights that a
    former ledger had ended: see `apply_page`.
    """
    if header.epoch != state.epoch:
        return state.cursor
    is_first = header.epoch > state.manifest_epoch
    done = min(state.cursor, _listed_up_to(header)) if is_first else state.cursor
    return max(done, header.cursor)
