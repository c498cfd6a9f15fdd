"""Who a till's guests are: sealed here until the server has heard it, and then held there alone.

A sale's entry names nobody. The name lies beside it, sealed to the badge of whoever wrote it, and
is told while that badge is at work: a till that is taken away says nothing of anybody.
"""

from __future__ import annotations

from typing import Final, Protocol

from gatekeeper.store.guest_file import SealedGuest, keep_guests, read_guests
from gatekeeper.store.store import Store
from shared.kernel.errors import BadInput, BadSignature, Rejected
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ports import Entropy
from shared.manifest.names import badge_public_key, badge_seed, open_key, seal_key
from shared.manifest.sealed_pieces import KEY_SIZE, seal, unseal
from shared.wire.buyer_note import NAME_SIZE_MAX, BuyerNote

GUESTS_MAX: Final = 2_000
"""Guests whose names wait here; the oldest are forgotten first."""
_CONTEXT: Final = b"gatekeeper/guests/1\0"


class GuestSink(Protocol):
    """Where names go; see `SyncServer`."""

    async def note_buyer(self, note: BuyerNote) -> None:
        """Say who a sale was for."""
        ...


class Guests:
    """Keeps who a till's guests are, and tells the server.

    Args:
        store: The till's.
        entropy: Draws keys.
        server: Is told.
    """

    def __init__(self, store: Store, entropy: Entropy, server: GuestSink) -> None:
        self._store, self._entropy, self._server = store, entropy, server
        self._seeds: dict[str, bytes] = {}

    def show_badge(self, person: str, code: str, organization_id: OrganizationId) -> None:
        """Let what somebody has written be read while they are at work."""
        self._seeds[person] = badge_seed(code, organization_id)

    def forget(self) -> None:
        """Put all badges away."""
        self._seeds.clear()

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
            message = "show the badge of whoever is at work: names are sealed to it"
            raise BadInput(message)
        key = self._entropy.random_bytes(KEY_SIZE)
        sealed = SealedGuest(
            event_id=event_id,
            sale_id=sale_id,
            key=seal_key(key, person, badge_public_key(seed), self._entropy),
            box=seal(key, 0, _context(event_id, sale_id), name[:NAME_SIZE_MAX].encode()),
        )
        keep_guests(self._store.disk, [*read_guests(self._store.disk), sealed][-GUESTS_MAX:])

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
            Whether it has taken them all; what it refused stays, and is told again later.

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
                has_refused = True
                continue  # it has not booked the sale yet, or the till is of another event now
            left = [it for it in read_guests(self._store.disk) if it.sale_id != one.sale_id]
            keep_guests(self._store.disk, left)
        return not has_refused

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
