"""What tills' withdrawals say of money, on its way to the orders that the tickets are of."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.entries.check import CheckedEntry, corrected_time
from server.entries.reading import read_entries
from server.feed.rows import take_numbers, tell
from server.ledger.evacuation_words import Floor, read_terms
from server.orders.settling import read_price_of
from server.payments.till_payouts import TillPayout, book_till_payout
from server.plans.sale_plans import read_sale_plans
from server.reconciliation.findings import ConflictKind, Finding, FindingSide
from server.reconciliation.recording import record_findings
from server.ticketing.service import find_order_of
from server.ticketing.withdrawals import TicketWithdrawal, is_ending
from shared.admission.purpose import Purpose
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import Entry
from shared.journal.withdrawal import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import EventId, GateId, OrderId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.manifest.badge_words import BadgeScope, is_supervisors_word, withdrawal_word
from shared.sales.refund_terms import most_back


async def is_by_badge(unit: Unit, entry: Entry, body: WithdrawalBody) -> bool:
    """Tell whether the badge of a supervisor of that moment has signed a withdrawal."""
    if not body.signature:
        return False
    terms = await read_terms(SessionTransaction(unit.session), unit.organization_id)
    speaker = BadgeScope(unit.organization_id, entry.event_id, entry.device_id, body.authorized_by)
    word = withdrawal_word(
        speaker,
        claim_id=body.claim_id,
        ticket_id=body.ticket_id,
        purpose=body.purpose,
        generation=body.generation,
        amount_minor=body.amount_minor,
        currency=body.currency,
    )
    people = Floor(terms=terms).supervisors_at(*corrected_time(entry, unit.now))
    return is_supervisors_word(word, body.signature, people)


async def book_payout(unit: Unit, entry: Entry, body: WithdrawalBody, signed: SignedEntry) -> None:
    """Book the money of a withdrawal that counts, if its ticket's order is on record; once."""
    if not is_ending(body.purpose):
        return
    order_id = await find_order_of(unit, entry.event_id, body.ticket_id)
    if order_id is None:
        return  # its sale comes later, and looks for it; or it was imported, and nothing is known
    is_signed = await is_by_badge(unit, entry, body)
    said = TillPayout(
        key=body.claim_id,
        ticket_id=body.ticket_id,
        device_id=entry.device_id,
        currency=body.currency,
        amount_minor=body.amount_minor,
        tender=body.tender,
        credited_minor=body.credited_minor,
        credited_to=body.credited_to,
        reason=body.reason,
        authorized_by=body.authorized_by,
        is_allowed=is_signed and bool(body.reason),
    )
    wrong = await book_till_payout(unit, entry.event_id, order_id, said)
    if not wrong and body.purpose == Purpose.REFUND and not said.is_allowed:
        wrong = await _beyond_terms(unit, entry, body, order_id)
    if wrong:
        await _name(unit, entry, body, signed, wrong)


async def _beyond_terms(unit: Unit, entry: Entry, body: WithdrawalBody, order_id: OrderId) -> str:
    """Say by how much a refund is above what the event's terms give; "" if it is not."""
    place = corrected_time(entry, unit.now)
    plans = await read_sale_plans(unit, entry.event_id, 0, entry.cursor, *place)
    if not any(plan.refunds for plan in plans):
        return ""
    price = await read_price_of(unit, entry.event_id, order_id, body.ticket_id)
    most = most_back(plans, price, *place)
    if body.amount_minor <= most:
        return ""
    return (
        f"{body.amount_minor} were paid out where the event's refund terms give {most}, and no"
        " supervisor's badge has allowed that with a reason"
    )


async def book_earlier_payouts(
    unit: Unit, event_id: EventId, ticket_ids: Iterable[TicketId]
) -> None:
    """Book the money of withdrawals that came before the sales of their tickets did."""
    query = select(TicketWithdrawal).where(
        TicketWithdrawal.event_id == event_id,
        TicketWithdrawal.ticket_id.in_(list(ticket_ids)),
        TicketWithdrawal.is_annulled.is_(False),
        TicketWithdrawal.is_confirmed.is_(True),
        TicketWithdrawal.boot.is_not(None),
    )
    found = (await unit.session.execute(query)).scalars().all()
    places = [(one.device_id, one.boot or b"", one.dseq or 0) for one in found]
    for row in await read_entries(unit, places):
        try:
            entry = decode_entry(row.entry)
            body = decode_body(entry)
        except Malformed:
            continue
        if isinstance(body, WithdrawalBody):
            await book_payout(unit, entry, body, SignedEntry(row.entry, row.signature))


async def book_checked(unit: Unit, checked: CheckedEntry) -> None:
    """Book the money of a withdrawal that was booked just now."""
    assert checked.entry is not None
    assert isinstance(checked.body, WithdrawalBody)
    await book_payout(unit, checked.entry, checked.body, checked.signed)


async def _name(
    unit: Unit, entry: Entry, body: WithdrawalBody, signed: SignedEntry, detail: str
) -> None:
    at, at_error = corrected_time(entry, unit.now)
    side = FindingSide(
        body.claim_id,
        entry.device_id,
        GateId(""),
        at,
        at_error,
        1,
        body.mode,
        body.purpose,
        entry.boot,
        entry.dseq,
        signed.entry,
        signed.signature,
    )
    finding = Finding(
        kind=ConflictKind.PAYOUT_MISMATCH,
        subject=f"{format_ticket_id(body.ticket_id)}/{body.claim_id}",
        sides=[side],
        ticket_id=body.ticket_id,
        device_id=entry.device_id,
        detail=detail,
    )
    transaction, org = SessionTransaction(unit.session), unit.organization_id
    await take_numbers(transaction, org, entry.event_id, 0)
    notices = await record_findings(
        transaction, org, entry.event_id, [finding], now=unit.now, entropy=unit.entropy
    )
    await tell(transaction, org, entry.event_id, notices)
