"""Booking the withdrawals that tills' journals bring: what took tickets' rights away out there.

As a sale, a withdrawal is stored with a note and booked in a transaction of its own; what it
contradicts is found when the ticket is looked at again, right after. It happened, so it is never
refused; but an id proves nothing, so it has an effect only where the ledger had granted it (by its
record, or by its own code of what it has forgotten), a supervisor's badge has signed it, the
ticket's code was read, or the till has minted the ticket.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select, update

from server.db.ledger_state import read_ledger
from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.devices.finding_devices import get_device
from server.devices.rows import sells_at
from server.entries.checking_uploaded_entries import CheckedEntry, corrected_time
from server.entries.journal_reading import JournalEntry
from server.entries.rows import ACCEPTED, UNCONFIRMED
from server.journals.payout_booking import book_checked, is_by_badge
from server.keys.home_ranges import read_home_ranges
from server.keys.organization_keys import find_till_keys
from server.keys.withdrawal_codes import WithdrawalCodes, WithdrawalGrant
from server.ledger.checkins import ClaimMark
from server.ledger.passage_order import known_by
from server.ledger.rows import read_marks
from server.orders.placing_orders import lock_order
from server.plans.event_book import EventBook
from server.reconciliation.conflict_recorder import name_findings
from server.reconciliation.conflicts_and_sides import attach_entries
from server.reconciliation.findings import ConflictKind, Finding, side_of_entry
from server.reconciliation.passage_records import count_typed_codes, read_typed_codes
from server.reconciliation.typed_codes import TypedCodes
from server.ticketing.finding_and_changing_tickets import Ticket, find_order_of, lock_tickets
from server.ticketing.ports import ChangeFeed
from server.ticketing.withdrawals import (
    CLAIMED,
    JOURNALED,
    TicketWithdrawal,
    WantedWithdrawal,
    confirm_withdrawal,
    find_withdrawal,
    free_withdrawal,
    read_withdrawals,
    withdraw,
    withdraw_without_right,
)
from server.tills.till_scope import read_scope
from shared.admission.facts import TicketState
from shared.admission.offline_policy import Rung
from shared.admission.purpose import ENDING, REPLACING, WITHDRAWING, Purpose, purpose_of
from shared.credential.manual_code import MANUAL_BITS
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.journal.claim_ids import derive_claim_id, may_use
from shared.journal.entry import Entry
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import ClaimId, DeviceId, EventId, TicketId
from shared.kernel.ids import TICKET_ID_COUNT, format_ticket_id
from shared.kernel.same_fields import made_of
from shared.manifest.seen_codes import (
    SeenForm,
    form_of,
    is_manual_known,
    read_signed,
    seen_word,
)

RELEASED = "released"
RELEASED_AT_ONCE = 200


async def book_withdrawal(
    unit: Unit,
    changes: ChangeFeed,
    book: EventBook,
    codes: WithdrawalCodes,
    device_id: DeviceId,
    checked: CheckedEntry,
) -> Collection[TicketId]:
    """Book a withdrawal that is noted; returns the tickets of which more is known now.

    Args:
        unit: A writing one.
        changes: Tells the gates.
        book: Of its event, from before the transaction: it is read in one of its own.
        codes: By which the ledger knows again what it had granted, and has forgotten.
        device_id: Whose journal.
        checked: The entry.
    """
    entry, body = checked.as_entry, checked.body
    assert isinstance(body, WithdrawalBody)
    purpose = purpose_of(body.purpose)
    if purpose not in WITHDRAWING or not 0 <= body.ticket_id < TICKET_ID_COUNT:
        return ()  # of a later version: kept, without effect
    device = await get_device(unit, device_id)
    if not book.counts(device.profile):
        return ()  # a rehearsal ends no real ticket
    booking = WithdrawalBooking(unit, changes, book, checked, entry, body)
    place = (unit.organization_id, device_id, entry.event_id)
    is_till = await sells_at(SessionTransaction(unit.session), *place)
    return await booking.run(purpose, codes, is_till=is_till)


async def find_released(
    unit: Unit, claim_ids: Sequence[ClaimId] | None = None
) -> Sequence[tuple[str, str, str]]:
    """Return (organization, event, claim) of grants that their tills have signed away.

    Args:
        unit: Any; the system's for all organizations.
        claim_ids: Among which; None for all.
    """
    query = (
        select(
            TicketWithdrawal.organization_id, TicketWithdrawal.event_id, TicketWithdrawal.claim_id
        )
        .join(
            ClaimMark,
            (ClaimMark.event_id == TicketWithdrawal.event_id)
            & (ClaimMark.claim_id == TicketWithdrawal.claim_id)
            & (ClaimMark.device_id == TicketWithdrawal.device_id),
        )
        .where(
            ~TicketWithdrawal.is_confirmed,
            ~TicketWithdrawal.is_annulled,
            ClaimMark.why == RELEASED,
        )
        .limit(RELEASED_AT_ONCE)
    )
    if claim_ids is not None:
        query = query.where(TicketWithdrawal.claim_id.in_(claim_ids))
    return [(row[0], row[1], row[2]) for row in (await unit.session.execute(query)).all()]


async def free_released(
    unit: Unit, changes: ChangeFeed, event_id: EventId, claim_id: ClaimId
) -> tuple[DeviceId, TicketId] | None:
    """Take one of them back; returns whose it was and of which ticket, None if it stands."""
    made = await find_withdrawal(unit, event_id, claim_id)
    freed = None if made is None else await free_withdrawal(unit, changes, made)
    return None if freed is None else (freed.device_id, freed.ticket_id)


class WithdrawalBooking:
    """One withdrawal on its way into the books."""

    def __init__(
        self,
        unit: Unit,
        changes: ChangeFeed,
        book: EventBook,
        checked: CheckedEntry,
        entry: Entry,
        body: WithdrawalBody,
    ) -> None:
        self._unit = unit
        self._changes = changes
        self._book = book
        self._checked = checked
        self._entry = entry
        self._body = body
        self._event_id: EventId = entry.event_id
        self._at, self._at_error = corrected_time(entry, unit.now)
        self._typed = TypedCodes(book.event_id, unit.now)

    async def run(
        self, purpose: Purpose, codes: WithdrawalCodes, *, is_till: bool
    ) -> Collection[TicketId]:
        """Confirm what the ledger had granted, or record what nobody was asked for."""
        entry, body, unit = self._entry, self._body, self._unit
        # An order's row is the first lock of whatever touches its tickets and its money.
        order_id = await find_order_of(unit, self._event_id, body.ticket_id)
        if order_id is not None:
            await lock_order(unit, self._event_id, order_id)
        rows = await lock_tickets(unit, self._event_id, [body.ticket_id])
        row = rows[0] if rows else None
        claim_id = body.claim_id
        known = await find_withdrawal(unit, self._event_id, claim_id)
        if known is not None and self._is_same(known):
            await self._confirm(known, row)
            await book_checked(unit, self._checked, known.claim_id)
            return [body.ticket_id]
        if known is not None or not may_use(entry.device_id, claim_id):
            claim_id = derive_claim_id(self._checked.hash)
            if await find_withdrawal(unit, self._event_id, claim_id) is not None:
                return [body.ticket_id]
        is_signed = await is_by_badge(unit, self._entry, body)
        is_mine = known is not None and known.device_id == self._entry.device_id
        is_granted = not is_mine and await self._was_granted(codes)
        is_allowed = is_signed or is_granted
        is_proven = is_allowed or (
            purpose in ENDING and await self._was_theirs(row, is_till=is_till)
        )
        if not is_proven and not await self._is_accepted():
            await self._keep()
            return ()
        wanted = await self._wanted(purpose, claim_id, row, is_granted=is_granted)
        if row is not None and row.state == TicketState.PAID:
            await withdraw(unit, self._changes, self._event_id, [row], wanted)
        else:
            place = (self._event_id, body.ticket_id)
            await withdraw_without_right(unit, self._changes, *place, row, wanted)
        await book_checked(unit, self._checked, claim_id)
        if not is_allowed:
            await self._name(
                ConflictKind.WITHDRAWAL_UNSIGNED,
                (
                    "a ticket was made invalid, and neither the ledger nor a supervisor's"
                    " badge approved it"
                ),
            )
        await count_typed_codes(SessionTransaction(unit.session), self._typed)
        return [body.ticket_id]

    def _is_same(self, known: TicketWithdrawal) -> bool:
        """Whether a withdrawal on record is this one: granted to this device, or booked before."""
        entry, body = self._entry, self._body
        is_mine = (known.device_id, known.ticket_id, known.purpose) == (
            entry.device_id,
            body.ticket_id,
            body.purpose,
        )
        is_first = known.boot is None or (known.boot, known.dseq) == (entry.boot, entry.dseq)
        return is_mine and is_first and not known.is_annulled

    async def _confirm(self, known: TicketWithdrawal, row: Ticket | None) -> None:
        entry, body, signed = self._entry, self._body, self._checked.signed
        if known.source == CLAIMED:  # what was paid out is known when it was
            known.amount_minor, known.currency = body.amount_minor, body.currency
            known.tender = body.tender
            if body.mode != Rung.ONLINE.value:  # the grant was never heard, nor what it rests on
                known.mode, known.knew = body.mode, min(known.knew, await self._read_knowledge())
                known.at_error = None  # the claim hung on its way, nobody knows for how long
        await confirm_withdrawal(self._unit, known, row, entry.boot, entry.dseq)
        place = (known.claim_id, entry.boot, entry.dseq, signed.entry, signed.signature)
        transaction = SessionTransaction(self._unit.session)
        org = self._unit.organization_id
        await attach_entries(transaction, org, self._event_id, [place])

    async def _wanted(
        self, purpose: Purpose, claim_id: ClaimId, row: Ticket | None, *, is_granted: bool
    ) -> WantedWithdrawal:
        """Say what is to be recorded.

        The ledger alone gives credentials out: whatever it has not granted makes the next
        generation, and a code that is drawn here.
        """
        entry, body = self._entry, self._body
        becomes = code = None
        if purpose in REPLACING:
            becomes = body.generation + 1
            if row is not None:
                becomes = min(becomes, row.generation + 1)
        if purpose in REPLACING and is_granted:
            becomes = max(body.generation + 1, body.new_generation or 0)
            code = body.new_manual_code
        has_code = code is not None and 0 <= code < 1 << MANUAL_BITS
        return made_of(
            WantedWithdrawal,
            body,
            purpose=purpose,
            claim_id=claim_id,
            actor=body.cashier,
            device_id=entry.device_id,
            person=body.authorized_by,
            source=JOURNALED,
            reference=body.sale_id,
            at=self._at,
            at_error=self._at_error,
            becomes=None if becomes is None else min(becomes, GENERATION_MAX),
            manual_code=code if has_code and await self._is_free(code) else None,
            knew=await self._read_knowledge(),
            boot=entry.boot,
            dseq=entry.dseq,
        )

    async def _read_knowledge(self) -> int:
        """Return up to which change of the feed the device knew what the ledger did."""
        return known_by(self._entry, (await read_ledger(self._unit.session)).epoch)

    async def _is_free(self, code: int | None) -> bool:
        query = select(Ticket.ticket_id).where(
            Ticket.event_id == self._event_id, Ticket.manual_code == code
        )
        return (await self._unit.session.execute(query)).first() is None

    async def _was_granted(self, codes: WithdrawalCodes) -> bool:
        """Tell whether the entry bears the ledger's own word, which it has forgotten since.

        What the till has signed away, or acted on before, is no word any more. What other devices
        did under its claim's id, which they may have heard at the venue, takes nothing from it.
        """
        entry, body = self._entry, self._body
        grant = made_of(
            WithdrawalGrant,
            body,
            organization_id=self._book.organization_id,
            event_id=self._event_id,
            device_id=entry.device_id,
        )
        if not codes.proves(grant, body.grant_code):
            return False
        transaction, org = SessionTransaction(self._unit.session), self._unit.organization_id
        marks = await read_marks(transaction, org, self._event_id, [body.claim_id])
        if any(one.device_id == entry.device_id for one in marks.values()):
            return False
        found = await read_withdrawals(transaction, org, self._event_id, [body.ticket_id])
        mine = (entry.device_id, body.purpose, body.generation)
        return not any(
            (one.device_id, one.purpose, one.generation) == mine and one.boot is not None
            for one in found.get(body.ticket_id, ())
        )

    async def _was_theirs(self, row: Ticket | None, *, is_till: bool) -> bool:
        """Tell whether the device is a till that had the ticket before it, or has minted it."""
        return await self._is_own() or (is_till and await self._has_seen(row))

    async def _is_own(self) -> bool:
        """Tell whether the device's own key may have minted the ticket."""
        scope = read_scope(
            await find_till_keys(self._unit, self._event_id),
            await read_home_ranges(self._unit, self._event_id),
            self._entry.device_id,
        )
        return any(
            one.key.ids.contains(self._body.ticket_id) and one.is_granted(self._body.ticket_id)
            for one in scope.own
        )

    async def _has_seen(self, row: Ticket | None) -> bool:
        """Tell whether the entry proves that the device has read the ticket's code of now.

        Who has had one before takes nothing from its present holder. Of manual ones, which each
        device's list holds, no more than a person types.
        """
        body = self._body
        word = seen_word(self._event_id, self._entry.device_id, body.claim_id)
        form = form_of(body.seen)
        if form in {SeenForm.PRINT, SeenForm.TAG}:
            found = read_signed(body.seen, self._book.keyring, self._event_id, word)
            newest = 0 if row is None else row.generation
            return (
                found is not None
                and found[0].ticket_id == body.ticket_id
                and found[0].generation >= newest
            )
        code = None if row is None else row.manual_code
        if form is not SeenForm.MANUAL or code is None:
            return False
        if not is_manual_known(body.seen, word, code):
            return False
        transaction, device_id = SessionTransaction(self._unit.session), self._entry.device_id
        await read_typed_codes(transaction, self._book, self._typed, device_id, [self._checked])
        return self._typed.may_take(device_id)

    async def _is_accepted(self) -> bool:
        """Tell whether a person has taken the entry over."""
        query = select(JournalEntry.status).where(*self._place())
        return (await self._unit.session.execute(query)).scalar_one_or_none() == ACCEPTED

    async def _keep(self) -> None:
        """Let the entry wait for a person, and name it."""
        await self._unit.session.execute(
            update(JournalEntry).where(*self._place()).values(status=UNCONFIRMED)
        )
        await self._name(
            ConflictKind.WITHDRAWAL_UNPROVEN,
            (
                "neither the ledger nor a badge approved it, and nothing proves that the"
                " ticket was presented to the device, or it would replace the ticket: it has"
                " no effect until someone accepts it"
            ),
        )

    def _place(self) -> tuple[ColumnElement[bool], ...]:
        entry = self._entry
        return (
            JournalEntry.device_id == entry.device_id,
            JournalEntry.boot == entry.boot,
            JournalEntry.dseq == entry.dseq,
        )

    async def _name(self, kind: ConflictKind, detail: str) -> None:
        entry, body, signed = self._entry, self._body, self._checked.signed
        side = side_of_entry(
            entry, signed, self._unit.now, body.claim_id, body.purpose, mode=body.mode
        )
        # What proves nothing is about its device: it may name every ticket that there is.
        is_of_ticket = kind is not ConflictKind.WITHDRAWAL_UNPROVEN
        name = f"{format_ticket_id(body.ticket_id)}/{entry.device_id}"
        finding = Finding(
            kind=kind,
            subject=name if is_of_ticket else entry.device_id,
            sides=[side],
            ticket_id=body.ticket_id if is_of_ticket else None,
            device_id=entry.device_id,
            detail=detail,
        )
        transaction, org = SessionTransaction(self._unit.session), self._unit.organization_id
        unit = self._unit
        await name_findings(
            transaction, org, self._event_id, [finding], now=unit.now, entropy=unit.entropy
        )
