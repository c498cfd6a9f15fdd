"""How far an event's feed and manifest have come on this device."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.store.kept_table import KeptTable
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.manifest.signed_document import (
    SignedDocument,
    decode_document,
    encode_document,
    withdrawn_by,
)
from shared.wire.claim import SeenItem
from shared.wire.feed import ConfigChange, ConflictNotice, FeedPage

_ENCODER: Final = msgspec.msgpack.Encoder()
_CHANGE_DECODER: Final = msgspec.msgpack.Decoder(ConfigChange)
_PAGE_DECODER: Final = msgspec.msgpack.Decoder(FeedPage)


class FeedState(msgspec.Struct, frozen=True, kw_only=True):
    """How far this device has taken in the feed of one event.

    Attributes:
        epoch: Ledger epoch of the cursor; 0 before the first page.
        cursor: Applied up to and including this sequence.
        head: The highest sequence that the server has signed in this epoch.
        page: The newest signed page as it came, or None.
        lot: Drawn by the ledger with the item at `head`, as that page tells; 0 if it does not.
        knowledge_at: Server time up to which this device knows all, or None.
        manifest: Name of the manifest's file, or None.
        manifest_epoch: Epoch of the newest manifest ever accepted.
        manifest_sequence: Its sequence.
        manifest_cursor: The feed's sequence, in that epoch, that it includes.
        change: Configuration and keys newer than the manifest's, or None.
    """

    epoch: int = 0
    cursor: int = 0
    head: int = 0
    page: SignedDocument | None = None
    lot: int = 0
    knowledge_at: Instant | None = None
    manifest: str | None = None
    manifest_epoch: int = 0
    manifest_sequence: int = 0
    manifest_cursor: int = 0
    change: ConfigChange | None = None

    @property
    def is_erased(self) -> bool:
        """Whether the event was on this disk, and was erased: the device has been revoked."""
        return self.manifest is None and self.manifest_sequence > 0

    @property
    def withdrawn(self) -> frozenset[bytes]:
        """Fingerprints of keys that sign no more, as the newest page's certificate names them."""
        return frozenset() if self.page is None else withdrawn_by(self.page)

    @property
    def seen(self) -> SeenItem | None:
        """What the ledger holds if it has forgotten nothing; None where no page says it."""
        return SeenItem(self.epoch, self.head, self.lot) if self.lot else None


class FeedStates(KeptTable):
    """The feed's table and the conflicts'; writes belong inside a transaction of the store."""

    def get(self, event_id: EventId) -> FeedState:
        """Return an event's state; that of a new one if nothing is kept."""
        row = self._connection.execute(
            "SELECT epoch, cursor, head, page, knowledge_at, manifest, manifest_epoch,"
            " manifest_sequence, manifest_cursor, change FROM feed WHERE event_id=?",
            (event_id,),
        ).fetchone()
        if row is None:
            return FeedState()
        epoch, cursor, head, page, known, manifest, m_epoch, m_sequence, m_cursor, change = row
        document = None if page is None else decode_document(page)
        return FeedState(
            epoch=epoch,
            cursor=cursor,
            head=head,
            page=document,
            lot=0 if document is None else _PAGE_DECODER.decode(document.body).head_lot,
            knowledge_at=known,
            manifest=manifest,
            manifest_epoch=m_epoch,
            manifest_sequence=m_sequence,
            manifest_cursor=m_cursor,
            change=None if change is None else _CHANGE_DECODER.decode(change),
        )

    def put(self, event_id: EventId, state: FeedState) -> None:
        """Keep an event's state."""
        self._connection.execute(
            "INSERT OR REPLACE INTO feed VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                event_id,
                state.epoch,
                state.cursor,
                state.head,
                None if state.page is None else encode_document(state.page),
                state.knowledge_at,
                state.manifest,
                state.manifest_epoch,
                state.manifest_sequence,
                state.manifest_cursor,
                None if state.change is None else _ENCODER.encode(state.change),
            ),
        )

    def manifests_in_use(self) -> set[str]:
        """Return the names of all manifest files that some event points at."""
        rows = self._connection.execute("SELECT manifest FROM feed WHERE manifest IS NOT NULL")
        return {str(name) for (name,) in rows}

    def put_conflict(self, event_id: EventId, notice: ConflictNotice) -> None:
        """Keep the newest word on a conflict."""
        self._connection.execute(
            "INSERT OR REPLACE INTO conflict VALUES (?, ?, ?, ?)",
            (notice.conflict_id, event_id, int(not notice.disposition), _ENCODER.encode(notice)),
        )

    def open_conflicts(self, event_id: EventId) -> list[ConflictNotice]:
        """Return the conflicts that nobody has settled."""
        rows = self._connection.execute(
            "SELECT notice FROM conflict WHERE event_id=? AND is_open=1 ORDER BY conflict_id",
            (event_id,),
        )
        return [msgspec.msgpack.decode(notice, type=ConflictNotice) for (notice,) in rows]

    def drop_conflicts(self, event_id: EventId) -> None:
        """Forget the conflicts of an earlier epoch."""
        self._connection.execute("DELETE FROM conflict WHERE event_id=?", (event_id,))
