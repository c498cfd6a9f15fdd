"""Who a till's guests are: sealed here until the server has heard it, and then held there alone.

A sale's entry names nobody. The name lies beside it, sealed to the badge of whoever wrote it, and
is told while that badge is at work: a till that is taken away says nothing of anybody.
"""

from __future__ import annotations

import contextlib
from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import TillAnswer
from gatekeeper.boxoffice.selling import Till
from gatekeeper.boxoffice.till_requests import SellRequest
from gatekeeper.store.store import Store
from gatekeeper.store.unheard_guests import SealedGuest, keep_guests, read_guests
from gatekeeper.sync.server_port import SyncServer
from shared.journal.entry import CLAIM_ID_SIZE
from shared.kernel.errors import BadInput, BadSignature, Rejected
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ports import Entropy
from shared.manifest.sealed_names_for_search import (
    HOLDER_NAME_SIZE_MAX,
    badge_public_key,
    badge_seed,
    open_key,
    seal_key,
)
from shared.manifest.sealed_pieces import KEY_SIZE, seal, unseal
from shared.wire.buyer_note import BuyerNote

GUESTS_MAX: Final = 2_000
"""Guests whose names wait at a till until the server has heard them; the oldest are forgotten
first."""

_CONTEXT: Final = b"gatekeeper/guests/1\0"


class Guests:
    """Keeps who a till's guests are, and tells the server.

    Args:
        store: The till's.
        entropy: Draws keys.
        server: Is told.
    """

    def __init__(self, store: Store, entropy: Entropy, server: SyncServer) -> None:
        self._store, self._entropy, self._server = store, entropy, server
        self._seeds: dict[str, bytes] = {}
        self._in_hand: set[str] = set()

    def show_badge(self, person: str, code: str, organization_id: OrganizationId) -> None:
        """Let what somebody has written be read while they are at work."""
        self._seeds[person] = badge_seed(code, organization_id)

    def forget(self) -> None:
        """Put all badges away."""
        self._seeds.clear()

    async def add(
        self, till: Till, event_id: EventId, request: SellRequest, name: str
    ) -> TillAnswer:
        """Give a guest their places, under a name that is written down before they are sold.

        Whatever dies on the way, there is no sale whose name is lost; a name whose sale was never
        made is forgotten. Nobody's badge at work means that no name is kept.

        Args:
            till: Sells.
            event_id: Of which event.
            request: The places; its cashier's badge is at work.
            name: The guest's.

        Raises:
            StoreFault: if the disk refuses.
        """
        sale_id = self._entropy.random_bytes(CLAIM_ID_SIZE).hex()
        self._in_hand.add(sale_id)
        try:
            with contextlib.suppress(BadInput):
                self.keep(event_id, sale_id, request.cashier, name)
            answer = await till.sell(msgspec.structs.replace(request, sale_id=sale_id))
            if answer.sale is None and answer.open_sale is None:
                self._forget(sale_id)
        finally:
            self._in_hand.discard(sale_id)
        return answer

    def keep(self, event_id: EventId, sale_id: str, person: str, name: str) -> None:
        """Hold who a sale was for, until the server has heard it.

        Args:
            event_id: Of the sale.
            sale_id: Which.
            person: Whose badge is at work.
            name: The guest's.

        Raises:
            BadInput: if that badge was not shown here since the program began.
            StoreFault: if the disk refuses.
        """
        seed = self._seeds.get(person)
        if seed is None:
            raise BadInput("scan the badge of the person on duty: names are sealed to it")
        key = self._entropy.random_bytes(KEY_SIZE)
        sealed = SealedGuest(
            event_id=event_id,
            sale_id=sale_id,
            key=seal_key(key, person, badge_public_key(seed), self._entropy),
            box=seal(key, 0, _context(event_id, sale_id), name[:HOLDER_NAME_SIZE_MAX].encode()),
        )
        keep_guests(self._store.disk, [*read_guests(self._store.disk), sealed][-GUESTS_MAX:])
        self._store.crash_point("guest.kept")

    def has_waiting(self) -> bool:
        """Tell whether a name waits that a badge at work opens.

        Raises:
            StoreFault: if the disk cannot be read.
        """
        return bool(self._seeds) and any(
            one.key.person in self._seeds for one in read_guests(self._store.disk)
        )

    async def tell(self) -> bool:
        """Tell the server of those that badges at work open; what it has heard is forgotten.

        Returns:
            Whether it has taken them all; what it refused stays, and is told again later, but for
            the name of a sale that was never made.

        Raises:
            ServerFault: if it cannot be reached; the rest stays.
            StoreFault: if the disk refuses.
        """
        has_refused = False
        for one in read_guests(self._store.disk):
            name = self._open(one)
            if name is None:
                continue
            note = BuyerNote(event_id=one.event_id, sale_id=one.sale_id, name=name)
            try:
                await self._server.note_buyer(note)
            except Rejected:
                if self._is_sold(one.sale_id):
                    has_refused = True
                    continue  # it has not booked the sale yet, or the till is of another event now
            self._forget(one.sale_id)
        return not has_refused

    def _is_sold(self, sale_id: str) -> bool:
        """Tell whether there is a sale: the program may have ended before it was made."""
        if sale_id in self._in_hand or self._store.open_sales.get(sale_id) is not None:
            return True
        return any(True for _ in self._store.journal.read_naming(sale_id.encode()))

    def _forget(self, sale_id: str) -> None:
        kept = read_guests(self._store.disk)
        left = [one for one in kept if one.sale_id != sale_id]
        if len(left) < len(kept):
            keep_guests(self._store.disk, left)

    def _open(self, guest: SealedGuest) -> str | None:
        """Return a guest's name; None where no badge at work opens it."""
        seed = self._seeds.get(guest.key.person)
        key = None if seed is None else open_key([guest.key], guest.key.person, seed)
        if key is None:
            return None
        context = _context(guest.event_id, guest.sale_id)
        try:
            return unseal(key, 0, context, guest.box, what="guests").decode()
        except (BadSignature, UnicodeDecodeError):
            return None


def _context(event_id: EventId, sale_id: str) -> bytes:
    return _CONTEXT + event_id.encode() + b"\0" + sale_id.encode()
