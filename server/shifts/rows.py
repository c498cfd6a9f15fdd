"""Shifts as an upload reads and writes them, inside its transaction."""

from __future__ import annotations

from typing import Final

from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import insertion, statement, updating
from server.devices.rows import sells_at
from server.entries.rows import JournalOwner
from server.keys.rows import holds_key
from server.shifts.models import TillShift
from shared.journal.shift_body import ShiftBody
from shared.kernel.id_types import EventId
from shared.kernel.instant import Instant
from shared.sales.shift_totals import ShiftFold

_READ_LAST: Final = statement(
    "SELECT COALESCE(MAX(last_number), 0), COALESCE(MAX(z_number), 0),"
    " COALESCE(MAX(last_receipt), 0) FROM till_shift"
    " WHERE organization_id = $1 AND device_id = $2"
)
_READ_OPEN: Final = statement(
    "SELECT shift_id FROM till_shift WHERE organization_id = $1 AND device_id = $2"
    " AND state = 'open' ORDER BY opened_seq"
)
_READ_ONE: Final = statement(
    "SELECT opened_seq, state, opened_at FROM till_shift"
    " WHERE organization_id = $1 AND device_id = $2 AND shift_id = $3"
)
_INSERT: Final = insertion(
    TillShift,
    "device_id shift_id organization_id event_id state last_number currency cashier opened_at"
    " opened_seq float_minor closed_at closed_seq z_number counted_minor expected_minor left_minor"
    " terminal_minor closed_by why entry_hash is_doubted approved_by",
    "ON CONFLICT DO NOTHING",
)
_CLOSE: Final = updating(
    TillShift,
    "device_id shift_id",
    "state last_number cashier closed_at closed_seq z_number counted_minor expected_minor"
    " left_minor terminal_minor closed_by why entry_hash is_doubted last_receipt",
)
_NUMBER: Final = updating(TillShift, "device_id shift_id", "last_number")
_CASHIER: Final = updating(TillShift, "device_id shift_id", "cashier")
_APPROVE: Final = updating(TillShift, "device_id shift_id", "approved_by")


class ShiftRows:
    """One till's rows."""

    def __init__(self, transaction: Transaction, owner: JournalOwner) -> None:
        """Write within an upload's transaction, which has the till's journal locked."""
        self._transaction = transaction
        self._owner = owner
        self._place = (owner.organization_id, owner.device_id)

    async def has_drawer(self, event_id: EventId) -> bool:
        """Tell whether the device sells at an event, or was delegated a key there: then it did."""
        place = (self._transaction, *self._place, event_id)
        return not event_id or await sells_at(*place) or await holds_key(*place)

    async def read_last(self) -> tuple[int, int, int]:
        """Return the highest number of an act, a Z report, and a receipt in closed shifts."""
        ((number, z_number, receipt),) = await self._transaction.fetch(_READ_LAST, *self._place)
        return int(number), int(z_number), int(receipt)

    async def read_open(self) -> list[str]:
        """Name the shifts that are open; more than one where a till has lost its own."""
        return [row[0] for row in await self._transaction.fetch(_READ_OPEN, *self._place)]

    async def find(self, shift_id: str) -> tuple[int, str, Instant] | None:
        """Return where a shift was opened, its state, and when; None where none was."""
        rows = await self._transaction.fetch(_READ_ONE, *self._place, shift_id)
        return (int(rows[0][0]), rows[0][1], Instant(rows[0][2])) if rows else None

    async def add(self, body: ShiftBody, seq: int, event_id: EventId, at: Instant) -> None:
        """Book an opening."""
        row = (
            self._owner.device_id,
            body.shift_id,
            self._owner.organization_id,
            event_id,
            "open",
            body.number,
            body.currency,
            body.cashier,
            at,
            seq,
            body.amount_minor,
            *(None, 0, 0, 0, 0, 0, None, "", "", "", False, ""),
        )
        await self._transaction.run_many(_INSERT, [row])

    async def close(
        self, fold: ShiftFold, entry_hash: str, at: Instant, *, closed_by: str, is_doubted: bool
    ) -> None:
        """Book a close, with what the entries before it come to, and whose badge allowed it."""
        body, counting = fold.closed, fold.countings[-1]
        assert body is not None
        row = (
            self._owner.device_id,
            body.shift_id,
            "closed",
            body.number,
            body.cashier,
            at,
            fold.closed_seq,
            body.z_number,
            body.amount_minor,
            counting.expected_minor,
            body.left_minor,
            body.terminal_minor,
            closed_by,
            body.why,
            entry_hash,
            is_doubted,
            max(fold.receipts, default=0),
        )
        await self._transaction.run_many(_CLOSE, [row])

    async def note(self, body: ShiftBody) -> None:
        """Book any other act of a shift that is on record; `authorized_by` is proven, or ""."""
        key = (self._owner.device_id, body.shift_id)
        await self._transaction.run_many(_NUMBER, [(*key, body.number)])
        if body.receiver:
            await self._transaction.run_many(_CASHIER, [(*key, body.receiver)])
        if body.act == "approve" and body.authorized_by:
            await self._transaction.run_many(_APPROVE, [(*key, body.authorized_by)])
