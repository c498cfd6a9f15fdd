"""Tables of events' feeds: each one's counter, and its items."""

from __future__ import annotations

from sqlalchemy import FetchedValue, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model, index_where
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId


class EventFeed(Scoped, Model):
    """An event's counter: the last lock that any transaction of the ledger takes.

    Attributes:
        seq: The newest number; the feed holds 1 to `seq` without a gap.
        is_active: A manifest was published, so that ticket changes are told by the feed.
        first_use_seq: The first item that is no ticket or configuration; None before. A device
            that begins from a manifest reads on from the item before it.
        manifest_sequence: The newest publication.
        keyring_version: Raised when a ticket key is added or changed.
        plan_version: The newest plan that the feed has told.
        stopped: Zones that are being evacuated; see `server/feed/evacuated_zones.py`.
        emptied: When everybody had last left a zone; likewise.
    """

    # Half-empty pages let the counter's new versions stay where the old ones were.
    __table_args__ = ({"postgresql_with": {"fillfactor": "20"}},)

    event_id: Mapped[EventId] = mapped_column(ForeignKey("event.id"), primary_key=True)
    seq: Mapped[int]
    is_active: Mapped[bool]
    first_use_seq: Mapped[int | None]
    manifest_sequence: Mapped[int]
    keyring_version: Mapped[int]
    plan_version: Mapped[int]
    stopped: Mapped[str] = mapped_column(server_default="")
    emptied: Mapped[str] = mapped_column(server_default="")


class FeedRow(Scoped, Model):
    """One numbered change, encoded once.

    Attributes:
        kind: A `shared.wire.feed.ItemKind`; `void` where a newer item of the same subject
            has taken its place.
        subject: Signed ticket id (as in SQL) of a ticket item, 0 of a configuration, else None.
        lot: A number that the database draws when it writes the item, and never changes; 0 for
            an item of before there were lots (docs/decisions/0022).
    """

    __tablename__ = "feed"
    __table_args__ = (
        index_where("subject IS NOT NULL", "subject", "event_id"),
        {"sqlite_with_rowid": False},
    )

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    subject: Mapped[int | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    lot: Mapped[int] = mapped_column(server_default=FetchedValue())
