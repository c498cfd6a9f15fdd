"""Booking a sale that a till's journal brings: its order, tickets, stock and allotments.

What a till sold is valid whatever the books say: what does not fit becomes a conflict, never a
refusal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from server.db.ledger_state import read_ledger
from server.db.session_transaction import SessionTransaction
from server.db.unit import Unit
from server.devices.rows import sells_at
from server.entries.checking_uploaded_entries import CheckedEntry, corrected_time
from server.entries.journal_reading import find_proven_since
from server.events.events_and_dates import get_event
from server.journals.payout_booking import book_earlier_payouts, read_given_for
from server.journals.sale_digest import digest_of
from server.journals.sale_lines import lines_of
from server.journals.sold_hours import SoldHours, find_beyond_hours, read_sold_hours
from server.keys.home_ranges import read_home_ranges
from server.keys.organization_keys import find_till_keys
from server.keys.voucher_codes import VoucherCodes
from server.orders.till_sales import TillSale, book_till_sale, find_till_sale
from server.payments.till_payments import book_till_payments
from server.plans.sale_plans import read_sale_plans
from server.problem_answers import Problem
from server.reconciliation.conflict_recorder import name_findings
from server.reconciliation.entered_before_sale import find_sales
from server.reconciliation.findings import ConflictKind, Finding, FindingSide, side_of_sale
from server.ticketing.adopting_till_tickets import SoldAlone, adopt_tickets, count_adopted
from server.ticketing.finding_and_changing_tickets import TicketType
from server.ticketing.ports import ChangeFeed
from server.ticketing.ticket_types import list_ticket_types
from server.ticketing.withdrawals import apply_earlier
from server.tills.allotments import count_sold
from server.tills.feed_heard_by_tills import note_knowledge
from server.tills.price_allotments import count_used
from server.tills.till_scope import TillScope, read_scope
from server.tills.till_seats import book_seats
from shared.credential.keyring import HomeRange
from shared.credential.manual_code import MANUAL_BITS
from shared.credential.sizes_and_bounds import GENERATION_MAX
from shared.journal.sale_body import SaleBody, SoldTicket
from shared.kernel.id_types import (
    DeviceId,
    OrderId,
    SeatId,
    TicketId,
)
from shared.kernel.ids import TICKET_ID_COUNT, format_ticket_id
from shared.kernel.instant import INSTANT_MAX, Duration, Instant
from shared.manifest.price_plan import PricePlan
from shared.sales.price_check import REVERSED, Mismatch, check_prices, check_sums
from shared.sales.tenders import EXCHANGE

_OUT_OF_TIME: Final = (
    "sold at a price that had ended or not yet begun: the till's clock was set back or"
    " unknown, and its journal shows when the sale was"
)


async def book_sale(
    unit: Unit,
    changes: ChangeFeed,
    vouchers: VoucherCodes,
    device_id: DeviceId,
    checked: CheckedEntry,
) -> Collection[TicketId]:
    """Book a sale that is noted, and what was done with its tickets before it came.

    Args:
        unit: A writing one.
        changes: Tells gates.
        vouchers: By which the ledger knows again what vouchers had paid, and it has forgotten.
        device_id: Whose entry.
        checked: The entry.

    Returns:
        The tickets of which more is known now.
    """
    sold = await _Booking(unit, changes, device_id, checked).run(vouchers)
    if await apply_earlier(unit, changes, checked.as_entry.event_id, sold):
        await book_earlier_payouts(unit, checked.as_entry.event_id, sold)
    return sold


class _Booking:
    """One sale on its way into the books."""

    def __init__(
        self, unit: Unit, changes: ChangeFeed, device_id: DeviceId, checked: CheckedEntry
    ) -> None:
        assert isinstance(checked.body, SaleBody)
        self._unit = unit
        self._changes = changes
        self._device_id = device_id
        self._checked = checked
        self._entry, self._sale = checked.as_entry, checked.body
        self._event_id = self._entry.event_id
        self._findings: list[Finding] = []
        self._beyond: set[int] = set()
        self._homes: Mapping[int, Sequence[HomeRange]] = {}

    async def run(self, vouchers: VoucherCodes) -> Collection[TicketId]:
        """Book the sale, its tickets and stock; record what does not fit.

        Returns:
            The tickets of which more is known now.
        """
        known = {one.ticket_id for one in self._sale.tickets if _is_storable(one)}
        digest = digest_of(self._sale)
        sale_id = self._sale.sale_id
        booked = await find_till_sale(self._unit, self._device_id, sale_id, digest)
        if booked.is_booked:
            return known
        types = {kind.code: kind for kind in await list_ticket_types(self._unit, self._event_id)}
        if not types and not await self._is_known_event():
            return ()  # the entry is kept and has no effect
        scope = await self._scope()
        if not scope.own and not await self._is_till():
            return await self._refuse_all()
        lines = lines_of(self._sale, self._bookable(types), types)
        self._check_bounds(scope, types)
        await self._check_hours(types)
        await self._check_price(types)
        await self._check_given()
        if booked.is_reused:
            detail = "the till had already used this sale id for another sale"
            self._find(ConflictKind.SALE_ID_REUSED, self._sale.tickets[0], detail)
        if lines:
            order = await book_till_sale(
                self._unit,
                self._event_id,
                TillSale(
                    sale_id=sale_id,
                    device_id=self._device_id,
                    digest=digest,
                    is_second=booked.is_reused,
                    currency=self._sale.currency,
                    price_uses={one.id: one.count for one in self._sale.uses},
                    lines=[one.line for one in lines],
                ),
            )
            own = [
                (one.kind, [sold for sold in one.sold if not scope.is_others(sold.ticket_id)])
                for one in lines
            ]
            wrong = await book_till_payments(self._unit, order, self._sale, vouchers)
            if wrong:
                self._find(ConflictKind.PRICE_MISMATCH, self._sale.tickets[0], wrong)
            await self._take_stock(own)
            await self._take_seats([one for _, sold in own for one in sold], order.id)
            await self._take_prices()
            hours = await read_sold_hours(self._unit, self._event_id, self._sale.plan)
            for number, (kind, sold) in enumerate(own, start=1):
                await self._adopt(kind, sold, scope, hours, order.id, number)
        await self._record()
        return known

    async def _is_known_event(self) -> bool:
        """Tell whether the event is the organization's; a restored copy may have no type of it."""
        try:
            await get_event(self._unit, self._event_id)
        except Problem:
            return False
        return True

    def _bookable(self, types: Collection[int]) -> list[SoldTicket]:
        """Return the tickets that can be booked; the others are named."""
        bookable = []
        for sold in self._sale.tickets:
            if sold.ticket_type_code not in types or not _is_storable(sold):
                detail = "the ticket's type does not exist in this event"
                self._find(ConflictKind.SOLD_UNKNOWN_TYPE, sold, detail)
                continue
            bookable.append(sold)
        return bookable

    async def _scope(self) -> TillScope:
        """Return what the keys may sign that were ever delegated to the device, and others'."""
        keys = await find_till_keys(self._unit, self._event_id)
        self._homes = await read_home_ranges(self._unit, self._event_id)
        return read_scope(keys, self._homes, self._device_id)

    async def _is_till(self) -> bool:
        place = (self._unit.organization_id, self._device_id, self._event_id)
        return await sells_at(SessionTransaction(self._unit.session), *place)

    async def _refuse_all(self) -> Collection[TicketId]:
        """Name a sale of a device that never could sell here; nothing of it is booked."""
        for sold in self._sale.tickets:
            detail = (
                "the device is not a till of this event and never had a signing key for it:"
                " not booked"
            )
            self._find(ConflictKind.SOLD_OUT_OF_RANGE, sold, detail)
        await self._record()
        return ()

    def _check_bounds(self, scope: TillScope, types: Collection[int]) -> None:
        """Name what the till had no right to sell; it is booked, and lets nobody in by itself."""
        for sold in self._sale.tickets:
            why = scope.find_excess(sold)
            if why and sold.ticket_type_code in types:
                self._find(ConflictKind.SOLD_OUT_OF_RANGE, sold, why)
                self._beyond.add(sold.ticket_id)

    async def _check_hours(self, types: Mapping[int, TicketType]) -> None:
        """Name tickets of hours that their type never had, as far as the ledger surely knows."""
        if 0 < self._entry.epoch < (await read_ledger(self._unit.session)).epoch:
            return
        storable = [one for one in self._sale.tickets if _is_storable(one)]
        beyond = await find_beyond_hours(self._unit, self._event_id, types, storable)
        for sold in storable:
            if sold.ticket_id in beyond and sold.ticket_id not in self._beyond:
                detail = "the ticket is valid at a time when no ticket of its type ever was"
                self._find(ConflictKind.SOLD_OUT_OF_RANGE, sold, detail)
        self._beyond |= beyond

    async def _check_price(self, types: Collection[int]) -> None:
        """Name what does not add up, and prices that no plan of the sale's instant has."""
        at, error = corrected_time(self._entry, self._unit.now)
        knew = await note_knowledge(self._unit, self._entry)
        priced = self._sale.priced
        if priced is not None:  # it waited for a terminal: its prices are of the first question
            at, error = min(priced.at, at), priced.error
            knew = min(priced.cursor, knew) if priced.epoch == self._entry.epoch else 0
        sold = {one.ticket_type_code for one in self._sale.tickets}.intersection(types)
        plans = await read_sale_plans(
            self._unit, self._event_id, sold, self._sale.plan, knew, at, error
        )
        wrong = check_sums(self._sale, [plan.cash_step_minor for plan in plans])
        wrong = wrong or check_prices(plans, self._sale, at, error)
        if not wrong and priced is None and error is None:
            wrong = await self._check_proven(plans)
        for one in wrong:
            ticket = self._sale.tickets[one.ticket]
            self._find(ConflictKind.PRICE_MISMATCH, ticket, one.detail)

    async def _check_proven(self, plans: Sequence[PricePlan]) -> list[Mismatch]:
        """Name prices that held at no instant at which a till of an unknown clock can have sold.

        It was after what the till's journal holds before it, and before it came.
        """
        now = self._unit.now
        since = min(now, await find_proven_since(self._unit, self._entry))
        middle = Instant(since + (now - since) // 2)
        found = check_prices(plans, self._sale, middle, Duration(now - middle))
        return [msgspec.structs.replace(one, detail=_OUT_OF_TIME) for one in found]

    async def _check_given(self) -> None:
        """Name a sale that was paid by tickets in exchange, where fewer were given for it."""
        sale = self._sale
        parts = [(one.kind, one.amount_minor) for one in sale.payments if one.state != REVERSED]
        parts = parts if sale.payments else [(sale.tender, sale.total_minor)]
        paid = sum(amount for kind, amount in parts if kind == EXCHANGE)
        given = await read_given_for(self._unit, self._entry, sale.sale_id) if paid else 0
        if paid > given:
            detail = f"{paid} was paid with exchanged tickets, which are worth {given}"
            self._find(ConflictKind.PRICE_MISMATCH, sale.tickets[0], detail)

    async def _take_prices(self) -> None:
        """Count what the sale used of counted prices, and name what its till had not of it."""
        uses = {one.id: one.count for one in self._sale.uses}
        beyond = await count_used(self._unit, self._event_id, self._device_id, uses)
        if beyond.never_given:
            self._find(
                ConflictKind.PRICE_MISMATCH,
                self._sale.tickets[0],
                "a price with limited uses was used more often than this till was allowed",
            )
        if beyond.missing:
            self._find(
                ConflictKind.OVERSOLD,
                self._sale.tickets[0],
                f"{beyond.missing} uses of a price beyond the number that was left",
            )

    async def _take_stock(self, lines: Sequence[tuple[TicketType, Sequence[SoldTicket]]]) -> None:
        counts, disputed = Counter[int](), Counter[int]()
        types = {kind.code: kind for kind, _ in lines}
        for kind, sold in lines:
            counts[kind.code] += len(sold)
            disputed[kind.code] += sum(one.ticket_id in self._beyond for one in sold)
        # In order of id, as whoever else takes of several types does.
        for kind in sorted(types.values(), key=lambda kind: kind.id):
            code, count = kind.code, counts[kind.code]
            place = self._event_id, self._device_id, kind.id
            beyond = await count_sold(self._unit, *place, count, disputed=disputed[code])
            missing = await count_adopted(self._unit, kind, covered=count - beyond, beyond=beyond)
            if missing:
                last = next(s for s in self._sale.tickets if s.ticket_type_code == code)
                self._find(
                    ConflictKind.OVERSOLD,
                    last,
                    f"{missing} more tickets were sold than were left of the type",
                )

    async def _take_seats(self, sold: Sequence[SoldTicket], order_id: OrderId) -> None:
        """Book the seats, and name those that were not the till's to sell, or sold twice."""
        seated = [one for one in sold if one.seat]
        if not seated:
            return
        epoch = (await read_ledger(self._unit.session)).epoch
        others = await book_seats(
            self._unit,
            self._event_id,
            self._device_id,
            [SeatId(one.seat) for one in seated],
            order_id,
            is_forgotten=not self._beyond and 0 < self._entry.epoch < epoch,
        )
        seen: set[str] = set()
        for one in seated:
            if one.seat in others or one.seat in seen:
                detail = f"seat {one.seat} was not assigned to this till, or another guest has it"
                self._find(ConflictKind.SEAT_TWICE, one, detail)
                self._beyond.add(one.ticket_id)
            seen.add(one.seat)

    async def _adopt(
        self,
        kind: TicketType,
        sold: Sequence[SoldTicket],
        scope: TillScope,
        hours: SoldHours,
        order_id: OrderId,
        order_line: int,
    ) -> None:
        taken = await adopt_tickets(
            self._unit,
            self._changes,
            kind,
            [
                SoldAlone(
                    ticket_id=one.ticket_id,
                    generation=one.generation,
                    manual_code=scope.manual_code_of(one),
                    window=hours.of(kind, one),
                    is_disputed=one.ticket_id in self._beyond,
                    seat_id=SeatId(one.seat) if one.seat else None,
                    price_minor=one.price_minor,
                    entry=(self._entry.boot, self._entry.dseq),
                )
                for one in sold
            ],
            [part for found in self._homes.values() for part in found],
            order_id=order_id,
            order_line=order_line,
        )
        before = await find_sales(
            SessionTransaction(self._unit.session),
            self._unit.organization_id,
            self._event_id,
            [TicketId(one) for one in taken],
        )
        for one in sold:
            if one.ticket_id in taken:
                detail = "a ticket with this id had already been sold"
                self._find(ConflictKind.SOLD_TWICE, one, detail, before.get(one.ticket_id))

    def _find(
        self, kind: ConflictKind, sold: SoldTicket, detail: str, before: FindingSide | None = None
    ) -> None:
        side = side_of_sale(self._entry, self._checked.signed, self._unit.now, self._sale.sale_id)
        is_storable = 0 <= sold.ticket_id < TICKET_ID_COUNT
        shown = format_ticket_id(sold.ticket_id) if is_storable else "?"
        self._findings.append(
            Finding(
                kind=kind,
                subject=f"{shown}/{self._sale.sale_id}",
                sides=[side] if before is None or before.side == side.side else [before, side],
                ticket_id=sold.ticket_id if is_storable else None,
                device_id=self._device_id,
                detail=detail,
            )
        )

    async def _record(self) -> None:
        """Record what does not fit, and tell it by the feed."""
        if not self._findings:
            return
        transaction = SessionTransaction(self._unit.session)
        org = self._unit.organization_id
        unit = self._unit
        await name_findings(
            transaction, org, self._event_id, self._findings, now=unit.now, entropy=unit.entropy
        )


def _is_storable(sold: SoldTicket) -> bool:
    """Tell whether a ticket's numbers are of their kinds."""
    return (
        0 <= sold.ticket_id < TICKET_ID_COUNT
        and 0 <= sold.generation <= GENERATION_MAX
        and 0 <= sold.manual_code < 1 << MANUAL_BITS
        and 0 <= sold.price_minor < 1 << 40
        and all(0 <= at <= INSTANT_MAX for at in (sold.valid_from or 0, sold.valid_until or 0))
    )
