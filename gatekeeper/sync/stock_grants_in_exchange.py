"""A till's grant on the wire: what is told of it with each exchange, and what comes back."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.store.store import Store
from shared.kernel.errors import BadSignature
from shared.kernel.id_types import DeviceId, EventId
from shared.manifest.signed_document import DocumentKind, SignedDocument, open_document
from shared.wire.till_stock import KnownStock, StockGrant


class TillGrants:
    """Keeps the newest grant of a till.

    Attributes:
        wants: Tells whether the till is at work, so that it is to be refilled.
    """

    def __init__(self, store: Store, knowledge: Knowledge, device_id: DeviceId) -> None:
        """Keep them in `store`; nothing is read yet."""
        self._store, self._knowledge, self._device_id = store, knowledge, device_id
        self.wants: Callable[[], bool] = lambda: True

    def say(
        self, event_id: EventId, epoch: int, *, has_entries: bool
    ) -> tuple[KnownStock, SignedDocument | None]:
        """Return what an exchange says of the stock, and the grant where it is to be proven.

        With entries it always goes: a ledger that was put back meanwhile, of which nobody knows
        yet, judges the sales among them by the keys that it names.

        Args:
            event_id: The present event.
            epoch: Of the ledger, as this till knows it.
            has_entries: Whether entries go up with it.
        """
        known = self._store.till.known(event_id, wants=self.wants())
        held = sum(
            self._store.open_sales.held(event_id, one.ticket_type_code)
            for one in self._store.till.list_stock(event_id)
        )
        known = msgspec.structs.replace(known, held=held)
        is_other = bool(known.epoch) and known.epoch != epoch
        has_to = is_other or has_entries
        return known, self._store.till.get_grant(event_id) if has_to else None

    def open(self, document: SignedDocument, event_id: EventId) -> StockGrant:
        """Verify a grant that came from the server.

        Raises:
            BadSignature: if it is not the organization's, or another till's or event's.
            Malformed: if it is not of its form.
        """
        trust = self._knowledge.trust
        grant = open_document(
            document,
            DocumentKind.GRANT,
            StockGrant,
            root_public_key=trust.root_public_key,
            organization_id=trust.organization_id,
            withdrawn=self._knowledge.state.withdrawn,
        )
        if (grant.event_id, grant.device_id) != (event_id, self._device_id):
            raise BadSignature("the server sent another till's grant; it was not used")
        return grant

    def put(self, document: SignedDocument, grant: StockGrant) -> None:
        """Keep a verified grant; inside a transaction of the store.

        While entries wait to be sent and nothing was kept of the stock, the server cannot know
        yet what was sold of it: a damaged disk was set aside. The next exchange brings it again.
        """
        till, event_id = self._store.till, grant.event_id
        has_sales = any(one.sold for one in grant.types)
        is_known = bool(till.list_stock(event_id))
        if has_sales and self._store.journal.pending and not is_known:
            return
        forgotten = till.put_grant(document, grant)
        if forgotten:
            till.doubt_key(event_id, is_doubtful=True)
            receipts = self._store.receipt_numbers
            # Each sale that is forgotten here was of a ticket at least, and has its receipt. Of a
            # damaged disk the stock alone is forgotten, and the number is kept.
            if is_known or not receipts.has_begun:
                receipts.skip(forgotten)
