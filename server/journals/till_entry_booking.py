"""Booking what tills' journals bring beside passages: sales, withdrawals, what was given back.

Such an entry is stored with a note that it is yet to be booked, in the same transaction as the
rest of its upload; here it is booked in one more, which is held apart from others of the same
entry. The note is taken away when gates' passages have been looked at again, of some entries
together. So a sale is never lost and never booked twice, and no double use overlooked, whatever
dies in between.

What speaks of a sale that is not on record yet waits for it, and is booked with it.

A ledger that was put back has forgotten what it gave tills since. What others bring of a till's
sales, while it still waits for the till itself, is booked once the till has shown its grant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Exists, and_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from server.db.ledger_state import LedgerRow, Reoffer
from server.db.session_transaction import SessionTransaction
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.devices.device_of_request import DeviceIdentity
from server.devices.finding_devices import Device, get_device
from server.entries.checking_uploaded_entries import CheckedEntry, check_entry
from server.entries.journal_reading import PENDING, JournalEntry, JournalFork
from server.entries.rows import JournalOwner, lock_journal
from server.http.logs import log
from server.journals.sale_booking import book_sale
from server.journals.withdrawal_booking import book_withdrawal, find_released, free_released
from server.keys.voucher_codes import VoucherCodes
from server.keys.withdrawal_codes import WithdrawalCodes
from server.payments.tender_moves import book_tender_move
from server.payments.till_vouchers import put_given_up_back
from server.plans.event_book import EventBook, EventBooks
from server.problem_answers import Problem
from server.ticketing.ports import ChangeFeed
from server.tills.allotments import take_back
from server.tills.till_seats import take_seats_back
from shared.journal.chain import SignedEntry, decode_body, decode_entry, is_signed_by
from shared.journal.entry import EntryKind, NoteBody
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.stock_return_body import StockReturnBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    EventId,
    OrganizationId,
    SeatId,
    TicketId,
)

BOOKED_AT_ONCE_MAX: Final = 200
"""Entries of tills that could not be booked when they came, caught up on in one go."""
REVIEWED_AT_ONCE: Final = 100
"""Tickets sold by tills of which gates' passages are looked at again together, once they are
booked: that takes as many statements for one as for all, and claims of the event wait for it."""

WAITING: Final = "waiting"
"""For the sale that it speaks of."""
DONE: Final = "done"
_OPEN_MOVES_MAX: Final = 200
"""So many of a till's moves to other tenders may wait for their sales; any beyond are kept."""

_OF_GRANT: Final = (EntryKind.SALE, EntryKind.STOCK_RETURN)
"""What is judged by what a till was given."""

_Kept = type[JournalEntry] | type[JournalFork]
"""Where entries are kept: in their journals, or beside them."""

_TURNS: Final[dict[_Kept, tuple[str, ...]]] = {
    JournalEntry: ("received_at", "device_id", "seq", "boot", "dseq"),
    JournalFork: ("received_at", "device_id", "boot", "dseq", "hash"),
}


def turn_of(row: JournalEntry | JournalFork) -> tuple[object, ...]:
    """Return by what waiting entries are booked in turn: a device's in the order of its journal.

    Its boots have drawn ids: by these a payout came before the sale of an earlier start.
    """
    return tuple(getattr(row, name) for name in _TURNS[type(row)])


class _Booked(NamedTuple):
    """An entry that is booked, with its note still there.

    Attributes:
        kept: Where it is kept.
        checked: The entry.
        sold: The tickets of which more is known by it.
    """

    kept: _Kept
    checked: CheckedEntry
    sold: Collection[TicketId]


Review = Callable[[OrganizationId, DeviceId, EventId, Collection[TicketId]], Awaitable[None]]
"""Looks at tickets again, named after organization, device and event."""


class _Walk:
    """Goes through what waits in one place, some at a time, and begins again at its end."""

    def __init__(self, kept: _Kept) -> None:
        self._kept = kept
        self._after: tuple[object, ...] | None = None

    @property
    def is_amid(self) -> bool:
        """Whether more wait behind those that were read last."""
        return self._after is not None

    async def next_rows(self, session: AsyncSession) -> Sequence[JournalEntry | JournalFork]:
        """Read the next that wait."""
        turn = [getattr(self._kept, name) for name in _TURNS[self._kept]]
        query = select(self._kept).where(self._kept.effect == PENDING).order_by(*turn)
        awaited: ColumnElement[bool] = _is_awaited(self._kept.device_id)
        if self._kept is JournalEntry:  # of what is kept beside a journal no row says its kind
            awaited = and_(JournalEntry.kind.in_(_OF_GRANT), awaited)
        query = query.where(~awaited)
        if self._after is not None:
            query = query.where(tuple_(*turn) > self._after)
        found = (await session.execute(query.limit(BOOKED_AT_ONCE_MAX))).scalars()
        rows: Sequence[Any] = found.all()
        self._after = turn_of(rows[-1]) if len(rows) == BOOKED_AT_ONCE_MAX else None
        return rows


class NotedEntries:
    """Books them; one for each worker.

    Attributes:
        on_booked: Called with the tickets of each entry that was booked.
        left: Set where an upload has left some to `catch_up`.
    """

    def __init__(
        self,
        context: Context,
        changes: ChangeFeed,
        codes: WithdrawalCodes,
        vouchers: VoucherCodes,
        event_books: EventBooks | None = None,
    ) -> None:
        """Book in `context`, tell gates by `changes`, and know grants again by their codes."""
        self._context = context
        self._codes, self._vouchers = codes, vouchers
        self._changes = changes
        self._event_books = event_books or EventBooks(context)
        self._turn = asyncio.Lock()
        self._walks = _Walk(JournalEntry), _Walk(JournalFork)
        self._behind: set[DeviceId] = set()
        """Of whom some were left: what comes after these is left as well, and booked in order."""
        self.left = asyncio.Event()
        self.on_booked: Review | None = None

    async def book(
        self,
        device: DeviceIdentity,
        sales: Sequence[CheckedEntry],
        *,
        is_relayed: bool,
        is_late: Callable[[], bool],
    ) -> None:
        """Book a device's stored sales; one that cannot be booked now is tried again later.

        Others come in between: of a till that was cut off for hours there are hundreds. Nor does
        that till wait for all of them: it goes on alone until it is answered, and when its stock
        is used up it sells nothing.

        Args:
            device: Whose.
            sales: The entries.
            is_relayed: Another device has brought them.
            is_late: Whoever brought them has waited for long enough; asked before each but the
                first.
        """
        if is_relayed:
            async with self._context.read(SYSTEM) as unit:
                is_awaited = await unit.find(select(_is_awaited(device.id)))
            if is_awaited:
                sales = [one for one in sales if one.entry and one.entry.kind not in _OF_GRANT]
        org, done = device.organization_id, _Done(self._finish)
        owner = JournalOwner(org, device.id)
        for number, checked in enumerate(sales):
            if device.id in self._behind or (number and is_late()):
                self._behind.add(device.id)
                self.left.set()
                break
            async with self._turn:
                await done.add(owner, await self._book(org, device.id, checked))
        async with self._turn:
            await done.close()

    async def free_released(self, claim_ids: Sequence[ClaimId] | None = None) -> None:
        """Take back what tills were granted of tickets, and have signed away."""
        async with self._context.read(SYSTEM) as unit:
            found = await find_released(unit, claim_ids)
        for org, event_id, claim_id in found:
            place = OrganizationId(org), EventId(event_id)
            async with self._context.write(place[0]) as unit:
                freed = await free_released(unit, self._changes, place[1], ClaimId(claim_id))
            if freed is not None and self.on_booked is not None:
                await self.on_booked(place[0], freed[0], place[1], [freed[1]])

    async def catch_up(self) -> int:
        """Book what was stored and not booked, some at a time; returns how many were tried.

        It is to be called again while `left` is set afterwards. What cannot be booked is tried
        again when all others have had their turn: many such of one till's keep nobody else's money
        from the books.
        """
        self.left.clear()
        try:
            await self.free_released()
        except Exception:  # noqa: BLE001 - whatever it was, no sale waits for it
            log().exception("withdrawal.not_freed")
        async with self._context.database.read(org=SYSTEM) as session:
            waiting = [row for walk in self._walks for row in await walk.next_rows(session)]
        done = _Done(self._finish)
        for row in waiting:
            org, owner = row.organization_id, JournalOwner(row.organization_id, row.device_id)
            async with self._context.read(org) as unit:
                device = await get_device(unit, row.device_id)
            signed = SignedEntry(row.entry, row.signature)
            is_signed = is_signed_by(signed, device.public_key)
            checked = check_entry(signed, device.id, is_signed=is_signed)
            async with self._turn:
                await done.add(owner, await self._book(org, device.id, checked))
        async with self._turn:
            await done.close()
        if any(walk.is_amid for walk in self._walks):
            self.left.set()
        elif not self.left.is_set():
            self._behind.clear()
        return len(waiting)

    async def _book(
        self, organization_id: OrganizationId, device_id: DeviceId, checked: CheckedEntry
    ) -> _Booked | None:
        """Book an entry; None where nothing is left to do of it, or it cannot be booked now."""
        try:
            book = await self._read_book(organization_id, checked)
            async with self._context.write(organization_id) as unit:
                owner = JournalOwner(organization_id, device_id)
                await lock_journal(SessionTransaction(unit.session), owner)
                kept = await _find_note(unit, device_id, checked)
                if kept is None:
                    return None
                sold = await self._run(unit, book, device_id, checked)
                if not sold:
                    await _take_notes_away(unit, kept, device_id, [checked])
                    return None
        except Exception:  # noqa: BLE001 - the entry is stored; no other sale waits for this one
            log().exception("sale.not_booked", device_id=device_id, seq=checked.as_entry.seq)
            return None
        return _Booked(kept, checked, sold)

    async def _finish(self, owner: JournalOwner, booked: Sequence[_Booked]) -> None:
        """Have passages looked at again by what is booked, and take the notes away."""
        organization_id, device_id = owner.organization_id, owner.device_id
        tickets: dict[EventId, set[TicketId]] = {}
        for one in booked:
            tickets.setdefault(one.checked.as_entry.event_id, set()).update(one.sold)
        try:
            if self.on_booked is not None:
                for event_id, sold in tickets.items():
                    await self.on_booked(organization_id, device_id, event_id, sold)
            async with self._context.write(organization_id) as unit:
                for kept in _TURNS:
                    of_it = [one.checked for one in booked if one.kept is kept]
                    await _take_notes_away(unit, kept, device_id, of_it)
        except Exception:  # noqa: BLE001 - the entries are stored, and are gone through once more
            first = booked[0].checked.as_entry.seq
            log().exception("sale.not_booked", device_id=device_id, seq=first)

    async def _read_book(
        self, organization_id: OrganizationId, checked: CheckedEntry
    ) -> EventBook | None:
        """Read what a withdrawal is judged by, before any transaction; None for no event here."""
        if not isinstance(checked.body, WithdrawalBody):
            return None
        try:
            return await self._event_books.of_event(organization_id, checked.as_entry.event_id)
        except Problem:
            return None

    async def _run(
        self, unit: Unit, book: EventBook | None, device_id: DeviceId, checked: CheckedEntry
    ) -> Collection[TicketId]:
        """Book what an entry says; returns the tickets of which more is known now."""
        if isinstance(checked.body, WithdrawalBody):
            if book is None:
                return ()  # no event of this organization: kept, without effect
            return await book_withdrawal(
                unit, self._changes, book, self._codes, device_id, checked
            )
        if isinstance(checked.body, StockReturnBody):
            return await _book_return(unit, device_id, checked)
        if isinstance(checked.body, NoteBody):
            sale_id = checked.body.text.partition(" ")[0]
            await put_given_up_back(unit, device_id, sale_id)
            return ()
        if isinstance(checked.body, ShiftBody):
            await _book_moves(unit, device_id, checked.body.sale_id)
            # Moved twice were moved too far.
            await _take_notes_away(unit, JournalEntry, device_id, [checked])
            return ()
        assert isinstance(checked.body, SaleBody)
        sold = await book_sale(unit, self._changes, self._vouchers, device_id, checked)
        await _book_moves(unit, device_id, checked.body.sale_id)
        return sold


class _Done:
    """Collects what is booked, one after another, and has some finished at once.

    Args:
        finish: Finishes entries of one device.
    """

    def __init__(
        self, finish: Callable[[JournalOwner, Sequence[_Booked]], Awaitable[None]]
    ) -> None:
        self._finish = finish
        self._owner: JournalOwner | None = None
        self._booked: list[_Booked] = []

    async def add(self, owner: JournalOwner, booked: _Booked | None) -> None:
        """Take one more, of the same device or another."""
        if owner != self._owner:
            await self.close()
        self._owner = owner
        if booked is not None:
            self._booked.append(booked)
        if sum(len(one.sold) for one in self._booked) >= REVIEWED_AT_ONCE:
            await self.close()

    async def close(self) -> None:
        """Have all finished that is not."""
        booked, self._booked = self._booked, []
        if booked and self._owner is not None:
            await self._finish(self._owner, booked)


def _is_awaited(device_id: Mapped[DeviceId] | DeviceId) -> Exists:
    """Tell whether the ledger, which was put back, still waits for a device's own word."""
    awaited = select(Reoffer.epoch).join(LedgerRow, LedgerRow.epoch == Reoffer.epoch)
    awaited = awaited.join(Device, Device.id == Reoffer.device_id)
    awaited = awaited.where(Reoffer.done_at.is_(None), Device.revoked_at.is_(None))
    return awaited.where(Reoffer.device_id == device_id).exists()


async def _book_return(
    unit: Unit, device_id: DeviceId, checked: CheckedEntry
) -> Collection[TicketId]:
    """Free what a till gives back; of no ticket anything more is known then."""
    entry, body = checked.as_entry, checked.body
    assert isinstance(body, StockReturnBody)
    totals = {one.ticket_type_code: one.returned for one in body.types}
    prices = {one.id: one.returned for one in body.counts}
    await take_back(unit, entry.event_id, device_id, totals, prices)
    seats = [SeatId(one) for one in body.seats]
    await take_seats_back(unit, entry.event_id, device_id, seats)
    return ()


async def _book_moves(unit: Unit, device_id: DeviceId, sale_id: str) -> None:
    """Book what of a till's sale was moved to another tender, in its order; or let it wait.

    Whoever books anything of a till has locked its journal: no move is told that its sale is not
    on record while another worker books that.
    """
    pending = (JournalEntry.effect == PENDING) & (JournalEntry.kind == EntryKind.SHIFT)
    rows: list[JournalEntry] = []
    for noted in (pending, JournalEntry.effect == WAITING):  # each by an index of its own
        query = select(JournalEntry).where(JournalEntry.device_id == device_id, noted)
        rows += await unit.all(query.order_by(JournalEntry.seq).limit(_OPEN_MOVES_MAX))
    for row in sorted(rows, key=lambda one: one.seq)[:_OPEN_MOVES_MAX]:
        body = decode_body(decode_entry(row.entry))
        if isinstance(body, ShiftBody) and body.sale_id == sale_id:
            row.effect = DONE if await book_tender_move(unit, device_id, body) else WAITING


async def _find_note(unit: Unit, device_id: DeviceId, checked: CheckedEntry) -> _Kept | None:
    """Return where an entry is kept that is still to be booked; None for one that is not."""
    places: tuple[_Kept, ...] = (JournalEntry, JournalFork)
    for kept in places:
        query = select(kept.dseq).where(*_noted(kept, device_id, checked))
        if await unit.find(query) is not None:
            return kept
    return None


async def _take_notes_away(
    unit: Unit, kept: _Kept, device_id: DeviceId, entries: Sequence[CheckedEntry]
) -> None:
    """Mark entries as booked, and all that follows from them as done."""
    if entries:
        named = [(one.as_entry.boot, one.as_entry.dseq, one.hash) for one in entries]
        await unit.session.execute(
            update(kept)
            .where(
                kept.device_id == device_id,
                tuple_(kept.boot, kept.dseq, kept.hash).in_(named),
                kept.effect == PENDING,
            )
            .values(effect=DONE)
        )


def _noted(
    kept: _Kept, device_id: DeviceId, checked: CheckedEntry
) -> tuple[ColumnElement[bool], ...]:
    entry = checked.as_entry
    return (
        kept.device_id == device_id,
        kept.boot == entry.boot,
        kept.dseq == entry.dseq,
        kept.hash == checked.hash,
        kept.effect == PENDING,
    )
