"""What a till's journal says of its drawer: where its shifts stand, and the open one, folded.

Nothing is kept beside the journal but one row. What was read once is not read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from gatekeeper.store.shift_state import ShiftState
from gatekeeper.store.store import Store
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import EntryKind
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from shared.sales.shift_totals import PAYOUTS, DrawerEntry, ShiftFold

_KINDS: Final = frozenset({EntryKind.SHIFT, EntryKind.SALE, EntryKind.WITHDRAWAL})


class DrawerJournal:
    """Reads one till's own entries; it writes nothing."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet."""
        self._store = store
        self._known: ShiftState | None = None
        self._fold: ShiftFold | None = None
        self._folded_to = 0

    @property
    def state(self) -> ShiftState:
        """Where the till's shifts stand."""
        if self._known is None:
            self._known = self._store.shifts.get() or self._recover()
        return self._known

    def _recover(self) -> ShiftState:
        """Read off the entries where the shifts stand: nothing was kept, or it was lost."""
        state = ShiftState()
        for seq, body in self._acts():
            state = state_after(state, body, seq)
        return state

    def _acts(self) -> Iterator[tuple[int, ShiftBody]]:
        """Yield every act of the till's shifts, among however many scans."""
        for entry in _decoded(self._store.journal.read_naming(EntryKind.SHIFT.encode())):
            if isinstance(entry.body, ShiftBody):
                yield entry.seq, entry.body

    def entries(self, first_seq: int) -> Iterator[DrawerEntry]:
        """Give what concerns the drawer, from a number on."""
        return self.between(first_seq, self._store.journal.last_seq)

    def between(self, first_seq: int, last_seq: int) -> Iterator[DrawerEntry]:
        """Give what concerns the drawer, both ends included."""
        return _decoded(self._store.journal.read(first_seq, last_seq))

    def number_of(self, shift_id: str) -> int:
        """Return which shift of this till one is, from 1; 0 for none that it has opened."""
        opened = (body.shift_id for _, body in self._acts() if body.act == ShiftAct.OPEN)
        numbered = {name: number for number, name in enumerate(opened, start=1)}
        return numbered.get(shift_id, 0)

    def sales(self) -> Iterator[SaleBody]:
        """Give every sale of the till's, in order, among however many scans."""
        for entry in _decoded(self._store.journal.read_naming(EntryKind.SALE.encode())):
            if isinstance(entry.body, SaleBody):
                yield entry.body

    def withdrawals(self) -> Iterator[WithdrawalBody]:
        """Give every withdrawal of the till's, in order."""
        for entry in _decoded(self._store.journal.read_naming(EntryKind.WITHDRAWAL.encode())):
            if isinstance(entry.body, WithdrawalBody):
                yield entry.body

    def moves(self) -> Iterator[ShiftBody]:
        """Give every part of a sale that was booked under another tender afterwards, in order."""
        return (body for _, body in self._acts() if body.act == ShiftAct.TENDER_MOVED)

    def fold(self) -> ShiftFold | None:
        """Return the open shift as of the last entry; what was read before is not read again."""
        state = self.state
        if not state.shift_id:
            self._fold = None
            return None
        if self._fold is None or self._fold.shift_id != state.shift_id:
            self._fold, self._folded_to = None, state.opened_seq - 1
        for entry in self.entries(self._folded_to + 1):
            if self._fold is not None:
                self._fold.add(entry)
            elif isinstance(entry.body, ShiftBody) and entry.seq == state.opened_seq:
                self._fold = ShiftFold(entry.seq, entry.body)
        self._folded_to = self._store.journal.last_seq
        return self._fold

    def forget_state(self) -> None:
        """Read again where the shifts stand: an act was recorded."""
        self._known = None

    def forget(self) -> None:
        """Read everything again: a transaction has failed."""
        self._known = self._fold = None

    def find_booked(self, fold: ShiftFold, sale_id: str, tender: str) -> int | None:
        """Return what of a sale of this shift stands under a tender; None for no such sale.

        What has gone back by it stands there no more.
        """
        found: int | None = None
        tickets: set[TicketId] = set()
        for entry in self.entries(fold.opened_seq):
            body = entry.body
            if isinstance(body, SaleBody) and sale_id and body.sale_id == sale_id:
                found = (found or 0) + _paid_by(body, tender)
                tickets |= {one.ticket_id for one in body.tickets}
            elif isinstance(body, WithdrawalBody) and body.ticket_id in tickets:
                parts = body.paid_out_by() if body.purpose in PAYOUTS else ()
                back = sum(one.amount_minor for one in parts if one.tender == tender)
                found = (found or 0) - back
            elif isinstance(body, ShiftBody) and body.sale_id == sale_id and found is not None:
                moved = body.amount_minor
                found += moved * ((body.tender_to == tender) - (body.tender == tender))
        return found

    def left_before(self, currency: str) -> int | None:
        """Return what the last close in a currency left in the drawer; None before the first."""
        left = None
        for _, body in self._acts():
            if body.act == ShiftAct.CLOSE and body.currency == currency:
                left = body.left_minor
        return left

    def find_close(self, z_number: int) -> ShiftBody | None:
        """Return the close with a Z report's number; None where it cannot be read."""
        for _, body in self._acts():
            if body.act == ShiftAct.CLOSE and body.z_number == z_number:
                return body
        return None


def _decoded(entries: Iterable[tuple[int, SignedEntry]]) -> Iterator[DrawerEntry]:
    for seq, signed in entries:
        try:
            entry = decode_entry(signed.entry)
            if entry.kind in _KINDS:
                yield DrawerEntry(seq, entry.event_id, decode_body(entry))
        except Malformed:
            continue  # damaged: the journal has said so, and the server names what is missing


def state_after(state: ShiftState, body: ShiftBody, seq: int) -> ShiftState:
    """Return where the shifts stand after an act."""
    state = msgspec.structs.replace(state, number=max(state.number, body.number))
    if body.act == ShiftAct.OPEN:
        return msgspec.structs.replace(state, shift_id=body.shift_id, opened_seq=seq)
    if body.act == ShiftAct.CLOSE:
        return msgspec.structs.replace(
            state,
            shift_id="",
            opened_seq=0,
            z_number=max(state.z_number, body.z_number),
        )
    return state


def _paid_by(sale: SaleBody, tender: str) -> int:
    if not sale.payments:
        return sale.total_minor if sale.tender == tender else 0
    return sum(
        part.amount_minor for part in sale.payments if part.kind == tender and part.state == "paid"
    )
