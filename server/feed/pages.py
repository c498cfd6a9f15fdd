"""Pages of a feed: read from the ledger and signed, for exchanges and for the push channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

import msgspec

from server.db.driver import Driver, Row, Transaction
from server.db.statement import statement
from server.db.unit import Context
from server.feed.rows import Status, read_lots, read_status
from shared.kernel.id_types import EventId, OrganizationId
from shared.manifest.signed_document import DocumentKind, DocumentSigner, encode_document
from shared.wire.feed import FEED_VERSION, FeedItem, FeedPage

PAGE_BYTES_AIM: Final = 1_000_000
PUSHED_ITEMS_MAX: Final = 400
"""Whoever is further behind than that fetches its pages itself."""

_PAGE: Final = statement(
    "SELECT seq, kind, body, lot FROM feed WHERE event_id = $1 AND organization_id = $2"
    " AND seq > $3 ORDER BY seq LIMIT $4"
)


class PushedPage(msgspec.Struct, frozen=True):
    """A signed page as it travels to all who have the feed up to `after`, or further.

    Attributes:
        head: The number of its last item, which was the feed's newest.
    """

    epoch: int
    after: int
    head: int
    encoded: bytes


async def read_page(
    transaction: Transaction,
    org: OrganizationId,
    event_id: EventId,
    cursor: int,
    status: Status,
    limit: int,
) -> FeedPage:
    """Read what comes after a cursor; whole pages only, as many items as there is room for."""
    rows: Sequence[Row] = ()
    if cursor < status.seq and limit:
        rows = _as_fit(await transaction.fetch(_PAGE, event_id, org, cursor, limit))
    lots = await read_lots(transaction, org, event_id, {cursor, status.seq})
    return FeedPage(
        v=FEED_VERSION,
        event_id=event_id,
        epoch=status.epoch,
        after=cursor,
        items=tuple(FeedItem(*row) for row in rows),
        head=status.seq,
        manifest_sequence=status.manifest_sequence,
        after_lot=lots.get(cursor, 0),
        head_lot=lots.get(status.seq, 0),
    )


def _as_fit(rows: Sequence[Row]) -> Sequence[Row]:
    size = 0
    for count, row in enumerate(rows, 1):
        size += len(row[2])
        if size > PAGE_BYTES_AIM:
            return rows[:count]
    return rows


class DocumentSigners(Protocol):
    """Signs documents of any organization."""

    async def of(self, organization_id: OrganizationId) -> DocumentSigner:
        """Return an organization's signer."""
        ...


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
        async with self._driver.read(org) as transaction:
            status = await read_status(transaction, org, event_id, ())
            if status is None or not status.is_open:
                return None
            if not 0 < status.seq - after <= PUSHED_ITEMS_MAX:
                return None
            page = await read_page(transaction, org, event_id, after, status, PUSHED_ITEMS_MAX)
        if after + len(page.items) != page.head:
            return None
        document = signer.sign(DocumentKind.FEED, page, self._context.clock.wall())
        return PushedPage(page.epoch, after, page.head, encode_document(document))
