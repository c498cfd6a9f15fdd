"""Pages of a feed: read from the ledger and signed, for exchanges and for the push channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from server.db.hot_path_connections import Driver
from server.db.hot_path_statements import Statement, statement
from server.db.unit import Context
from server.feed.rows import READ_STATUS, STATUS_SIZE, Status, status_of
from shared.kernel.id_types import EventId, OrganizationId
from shared.manifest.signed_document import DocumentKind, DocumentSigner, encode_document
from shared.wire.feed import FEED_VERSION, FeedItem, FeedPage

PAGE_BYTES_AIM: Final = 1_000_000
PUSHED_ITEMS_MAX: Final = 400
"""Whoever is further behind than that fetches its pages itself."""

_STATUS, _WHERE = READ_STATUS.postgres.split(" FROM ledger l")
_ITEM_SIZE: Final = 4


def page_reading(besides: str = "0") -> Statement:
    """Make the one statement that reads a page, with where its event stands in that moment.

    Its parameters are those of `READ_STATUS`, then the cursor, and how many items at most. Each
    row has an item behind that; the only one of a page without items has none.

    Args:
        besides: A query of one number, by the first two parameters: read in the same moment.
    """
    own = "event_id = $1 AND organization_id = $2"
    lots = ", ".join(f"(SELECT lot FROM feed WHERE {own} AND seq = {n})" for n in ("$4", "f.seq"))  # noqa: S608 - our own words
    return statement(
        f"SELECT stood.*, item.* FROM ({_STATUS}, ({besides}), {lots} FROM ledger l{_WHERE}"  # noqa: S608 - as above
        f" LIMIT 1) stood LEFT JOIN (SELECT seq, kind, body, lot FROM feed WHERE {own}"
        " AND seq > $4 ORDER BY seq LIMIT $5) item ON true ORDER BY item.seq"
    )


_READING: Final = page_reading()


class PushedPage(msgspec.Struct, frozen=True):
    """A signed page as it travels to all who have the feed up to `after`, or further.

    Attributes:
        head: The number of its last item, which was the feed's newest.
    """

    epoch: int
    after: int
    head: int
    encoded: bytes


class ReadPage(msgspec.Struct, frozen=True):
    """A page, where its event stood, and what was read besides."""

    page: FeedPage
    status: Status
    besides: int


async def read_page(
    driver: Driver,
    org: OrganizationId,
    event_id: EventId,
    *,
    epoch: int = 0,
    after: int,
    limit: int,
    reading: Statement = _READING,
) -> ReadPage | None:
    """Read what comes after a cursor; whole pages only, as many items as there is room for.

    Args:
        driver: Of the database.
        org: Whose.
        event_id: Whose feed; None is returned where the organization has no such event.
        epoch: The cursor's: one of another than the ledger's begins anew, and is given no items.
        after: The cursor.
        limit: How many items at most.
        reading: See `page_reading`.
    """
    rows = await driver.run_alone(org, reading, event_id, org, [], after, limit)
    if not rows:
        return None
    status = status_of(rows[0])
    besides, after_lot, head_lot, *first = rows[0][STATUS_SIZE:]
    is_empty = first[0] is None or epoch not in {0, status.epoch}
    page = FeedPage(
        v=FEED_VERSION,
        event_id=event_id,
        epoch=status.epoch,
        after=after,
        items=() if is_empty else _as_fit([FeedItem(*row[-_ITEM_SIZE:]) for row in rows]),
        head=status.seq,
        manifest_sequence=status.manifest_sequence,
        after_lot=after_lot or 0,
        head_lot=head_lot or 0,
    )
    return ReadPage(page, status, besides)


def _as_fit(items: Sequence[FeedItem]) -> tuple[FeedItem, ...]:
    size = 0
    for count, item in enumerate(items, 1):
        size += len(item.body)
        if size > PAGE_BYTES_AIM:
            return tuple(items[:count])
    return tuple(items)


class DocumentSigners(Protocol):
    """Signs documents of any organization."""

    async def of(self, organization_id: OrganizationId) -> DocumentSigner:
        """Return an organization's signer."""


class FeedPages:
    """Makes the pages that one worker pushes."""

    def __init__(self, context: Context, driver: Driver, signers: DocumentSigners) -> None:
        self._context = context
        self._driver = driver
        self._signers = signers

    async def make(self, org: OrganizationId, event_id: EventId, after: int) -> PushedPage | None:
        """Make the page from `after` to the feed's newest item.

        Returns:
            None where there is nothing to push, too much of it, or the ledger gives no word now.

        Raises:
            StoreFault: if the database is away.
        """
        signer = await self._signers.of(org)
        limit = PUSHED_ITEMS_MAX
        found = await read_page(self._driver, org, event_id, after=after, limit=limit)
        if found is None or not found.status.is_open:
            return None
        page = found.page
        if page.head == after or after + len(page.items) != page.head:
            return None
        document = signer.sign(DocumentKind.FEED, page, self._context.clock.wall())
        return PushedPage(page.epoch, after, page.head, encode_document(document))
