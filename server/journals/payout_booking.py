"""What tills' withdrawals say of money, on its way to the orders that the tickets are of."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.devices.finding_devices import list_awaited
from server.entries.checking_uploaded_entries import CheckedEntry, corrected_time
from server.entries.journal_reading import (
    read_boot_entries,
    read_drawer_entries,
    read_entries,
    read_shift_acts,
    read_unbooked_sales,
)
from server.entries.rows import JournalOwner
from server.ledger.evacuations_on_record import WordKnowledge, read_terms
from server.orders.paying_and_refunding import count_given_back, read_price_of
from server.payments.till_payouts_on_payments import TillPayout, book_till_payout
from server.plans.sale_plans import read_sale_plans
from server.reconciliation.conflict_recorder import name_findings, withdraw_finding
from server.reconciliation.findings import ConflictKind, Finding, side_of_entry
from server.shifts.rows import ShiftRows
from server.ticketing.finding_and_changing_tickets import count_within, find_order_of
from server.ticketing.withdrawals import TicketWithdrawal, is_ending
from shared.admission.purpose import Purpose
from shared.journal import withdrawal_proof
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import Entry
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, EventId, OrderId, TicketId
from shared.kernel.ids import format_ticket_id
from shared.kernel.same_fields import made_of
from shared.manifest.badge_signatures import BadgeScope
from shared.sales.refund_terms import most_back
from shared.sales.tenders import EXCHANGE

UNBOOKED_SALES_SEARCHED: Final = 1_000
"""Newest sales of tills that a ledger waits for, among which that of a ticket paid back is."""

_PAGE: Final = 100
_OFF_RECORD: Final = (
    "paid out or exchanged for a ticket with no sale or list on record when the till"
    " reported it: no order received that money, and it is missing from the drawer"
)


async def is_by_badge(unit: Unit, entry: Entry, body: WithdrawalBody) -> bool:
    """Tell whether the badge of a supervisor of that moment has signed a withdrawal."""
    if not body.signature:
        return False
    terms = await read_terms(SessionTransaction(unit.session), unit.organization_id)
    speaker = BadgeScope(unit.organization_id, entry.event_id, entry.device_id, body.authorized_by)
    people = WordKnowledge(terms=terms).supervisors_at(*corrected_time(entry, unit.now))
    return withdrawal_proof.is_by_badge(body, speaker, people)


async def book_payout(
    unit: Unit, entry: Entry, body: WithdrawalBody, signed: SignedEntry, claim_id: ClaimId
) -> None:
    """Book the money of a withdrawal that counts, if its ticket's order is on record; once.

    Args:
        unit: A writing one.
        entry: Of the till's journal.
        body: What it says.
        signed: Its bytes.
        claim_id: Under which the withdrawal is on record; the till may have used its own twice.
    """
    if not is_ending(body.purpose):
        return
    order_id = await find_order_of(unit, entry.event_id, body.ticket_id)
    if order_id is None:
        # Its sale may come later, and looks for it; of one that was imported nothing is known.
        number = body.ticket_id
        if not body.amount_minor or await count_within(unit, entry.event_id, number, number):
            return
        if not await _is_sale_here(unit, entry.event_id, number):
            await _name(unit, entry.event_id, _off_record(unit, entry, body, signed))
        return
    is_signed = await is_by_badge(unit, entry, body)
    said = made_of(
        TillPayout,
        body,
        key=claim_id,
        device_id=entry.device_id,
        paid_out_by=tuple(body.paid_out_by()),
        credited_minor=body.given_minor,
        authorized_by=body.authorized_by if is_signed else "",
        is_allowed=is_signed and bool(body.reason),
        tax_said=(body.tax_basis_points, body.tax_minor),
    )
    wrong = await book_till_payout(
        unit, entry.event_id, order_id, said, partial(_moves_of, unit, entry.device_id)
    )
    if not wrong and body.amount_minor:
        wrong = await _too_much(unit, entry, body, order_id, is_allowed=said.is_allowed)
    if wrong:
        await _name(unit, entry.event_id, _mismatch(unit, entry, body, signed, wrong))


async def _is_sale_here(unit: Unit, event_id: EventId, ticket_id: TicketId) -> bool:
    """Tell whether a ticket's sale is here, and is booked once its till has come.

    A ledger that was put back waits for tills; a payout that others have brought is no wrong of
    theirs meanwhile.
    """
    awaited = [device.id for device in await list_awaited(unit, event_id)]
    if not awaited:
        return False
    rows = await read_unbooked_sales(unit, awaited, event_id, UNBOOKED_SALES_SEARCHED)
    sales = [body for body in map(_read, rows) if isinstance(body, SaleBody)]
    return any(one.ticket_id == ticket_id for sale in sales for one in sale.tickets)


async def _moves_of(unit: Unit, device_id: DeviceId, sales: Collection[str]) -> list[ShiftBody]:
    """Return the acts by which parts of a till's sales were moved to another tender."""
    acts = map(_read, await read_shift_acts(unit, device_id))
    return [
        act
        for act in acts
        if isinstance(act, ShiftBody)
        and act.act == ShiftAct.TENDER_MOVED
        and act.sale_id
        and act.sale_id in sales
    ]


async def _too_much(
    unit: Unit, entry: Entry, body: WithdrawalBody, order_id: OrderId, *, is_allowed: bool
) -> str:
    """Say by how much more was paid than the ticket cost, or the terms give; "" if it was not.

    What is not credited to another sale goes back as a refund does: by the event's terms, unless
    a supervisor has said otherwise. A sale of the open shift is voided in full.
    """
    place = corrected_time(entry, unit.now)
    plans = await read_sale_plans(unit, entry.event_id, (), 0, entry.cursor, *place)
    price = await read_price_of(unit, entry.event_id, order_id, body.ticket_id)
    step = max(plan.cash_step_minor for plan in plans)
    coins = await _coins(unit, order_id, step) if step > 1 else 0
    if body.amount_minor > price + coins:
        return f"{body.amount_minor} was paid out for a ticket that cost {price} at most"
    if is_allowed or not any(plan.refunds for plan in plans):
        return ""
    most = most_back(plans, max(0, price - body.credited_minor), *place)
    is_within = body.paid_out_minor <= most + coins
    if is_within or (body.purpose == Purpose.VOID and await _is_of_shift(unit, entry, body)):
        return ""
    return (
        f"{body.paid_out_minor} was paid out where the event's refund terms allow {most},"
        " and no supervisor's badge approved that with a reason"
    )


async def _coins(unit: Unit, order_id: OrderId, step: int) -> int:
    """Return by how much coins may make a ticket's money more, in minor units.

    By half a coin; who gives the last ticket of a sale back has what coins took of the others.
    """
    sold, gone = await count_given_back(unit, order_id)
    return step * (sold + 1 if gone >= sold else 1) // 2


async def _is_of_shift(unit: Unit, entry: Entry, body: WithdrawalBody) -> bool:
    """Tell whether a ticket was sold in the shift of its withdrawal, by the till's journal."""
    owner = JournalOwner(unit.organization_id, entry.device_id)
    found = await ShiftRows(SessionTransaction(unit.session), owner).find(body.shift_id)
    if found is None:
        return False
    for data in await read_drawer_entries(unit, entry.device_id, found[0], entry.seq):
        sale = _read(data)
        if not isinstance(sale, SaleBody) or sale.shift_id != body.shift_id:
            continue
        if any(one.ticket_id == body.ticket_id for one in sale.tickets):
            # What an earlier ticket has paid would buy off what the terms keep of that.
            return all(part.kind != EXCHANGE for part in sale.payments)
    return False


async def read_given_for(unit: Unit, entry: Entry, sale_id: str) -> int:
    """Return what the tickets are worth that a till gave a sale for, in minor units.

    Their withdrawals stand right before the sale, as one transaction wrote them.
    """
    given, until = 0, entry.dseq - 1
    while until > 0:
        after = max(0, until - _PAGE)
        rows = await read_boot_entries(
            unit, entry.device_id, entry.boot, after=after, until=until, limit=_PAGE
        )
        for row in reversed(rows):
            body = _read(row.entry)
            if not isinstance(body, WithdrawalBody) or body.credited_to != sale_id:
                return given
            if is_ending(body.purpose):
                given += body.given_minor
        until = after if rows else 0
    return given


def _read(entry: bytes) -> object:
    """Return what an entry says, or None if it cannot be read."""
    try:
        return decode_body(decode_entry(entry))
    except Malformed:
        return None


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
    found = await unit.all(query)
    claims = {(one.device_id, one.boot or b"", one.dseq or 0): one.claim_id for one in found}
    for row in await read_entries(unit, claims):
        try:
            entry = decode_entry(row.entry)
            body = decode_body(entry)
        except Malformed:
            continue
        if isinstance(body, WithdrawalBody):
            signed = SignedEntry(row.entry, row.signature)
            claim_id = claims[row.device_id, row.boot, row.dseq]
            off_record = _off_record(unit, entry, body, signed)
            transaction = SessionTransaction(unit.session)
            await withdraw_finding(
                transaction, unit.organization_id, event_id, off_record, unit.now
            )
            await book_payout(unit, entry, body, signed, claim_id)


async def book_checked(unit: Unit, checked: CheckedEntry, claim_id: ClaimId) -> None:
    """Book the money of a withdrawal that was booked just now under a claim."""
    assert isinstance(checked.body, WithdrawalBody)
    await book_payout(unit, checked.as_entry, checked.body, checked.signed, claim_id)


def _mismatch(
    unit: Unit, entry: Entry, body: WithdrawalBody, signed: SignedEntry, detail: str
) -> Finding:
    side = side_of_entry(entry, signed, unit.now, body.claim_id, body.purpose, mode=body.mode)
    return Finding(
        kind=ConflictKind.PAYOUT_MISMATCH,
        subject=f"{format_ticket_id(body.ticket_id)}/{body.claim_id}",
        sides=[side],
        ticket_id=body.ticket_id,
        device_id=entry.device_id,
        detail=detail,
    )


def _off_record(unit: Unit, entry: Entry, body: WithdrawalBody, signed: SignedEntry) -> Finding:
    found = _mismatch(unit, entry, body, signed, _OFF_RECORD)
    return msgspec.structs.replace(found, subject=f"{found.subject}/off-record")


async def _name(unit: Unit, event_id: EventId, finding: Finding) -> None:
    transaction, org = SessionTransaction(unit.session), unit.organization_id
    await name_findings(transaction, org, event_id, [finding], now=unit.now, entropy=unit.entropy)
