"""A drawer's shift, folded from journal entries: one calculation for X and Z reports everywhere.

The till's engine, its reports, the server's books and its CSV all come from here, so that they can
only differ where the entries do. Which entries a shift has: the acts that name it, sales and
withdrawals that name it, and those that name none while it was open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import msgspec

from shared.journal.entry import Body
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import (
    SUMS_MAX,
    ShiftAct,
    ShiftBody,
    ShiftSums,
    TaxSum,
    TenderSum,
    TypeSum,
)
from shared.journal.withdrawal_body import PaidBack, WithdrawalBody
from shared.kernel.id_types import TicketId
from shared.kernel.same_fields import made_of
from shared.sales.tenders import CASH, EXCHANGE

PAID: Final = "paid"
UNKNOWN: Final = "unknown"
VOID: Final = "void"
PAYOUTS: Final = frozenset({"refund", VOID, EXCHANGE})
"""Purposes of withdrawals by which a ticket ends or is changed for another one."""
TYPES_MAX: Final = 120
"""Types that a report lists; an entry holds as many."""
RATES_MAX: Final = 32
TENDERS_MAX: Final = 16
_CHANGES_NOTHING: Final = frozenset({ShiftAct.COUNT, ShiftAct.X_REPORT})
OTHERS_CODE: Final = 0xFFFF
"""What types or rates beyond those stand under, together."""


class DrawerEntry(msgspec.Struct, frozen=True):
    """A journal entry as a shift needs it: its number, its event, and what it says."""

    seq: int
    event_id: str
    body: Body | None


class Counting(msgspec.Struct, frozen=True):
    """What a cashier counted in a till's drawer, beside what had to be in it.

    Attributes:
        seq: The entry.
        act: `count`, `hand_over` or `close`.
        cashier: Whose drawer it was.
        counted_minor: What was there.
        expected_minor: What the entries before it say.
    """

    seq: int
    act: str
    cashier: str
    counted_minor: int
    expected_minor: int

    @property
    def difference_minor(self) -> int:
        """What is over; negative for what is short."""
        return self.counted_minor - self.expected_minor


class ShiftFold:
    """One shift of a till, summed up as far as its entries were taken.

    Attributes:
        opened: Its first act.
        opened_seq: Where that stands.
        cashier: Whose drawer it is now.
        countings: In order.
        closed: Its last act, or None while it is open.
        closed_seq: Where that stands; 0 while it is open.
        own: What its entries before the close come to; None while it is open.
        receipts: The numbers of its sales, in order.
        others: By `seq`: sales and acts that name another shift while this one was open, or have
            another currency than its float.
    """

    def __init__(self, seq: int, opened: ShiftBody) -> None:
        """Begin with the entry that opened the shift."""
        self.opened, self.opened_seq = opened, seq
        self.cashier = opened.cashier
        self.countings: list[Counting] = []
        self.closed: ShiftBody | None = None
        self.closed_seq = 0
        self.own: ShiftSums | None = None
        self.receipts: list[int] = []
        self.others: list[int] = []
        self._changed_seq = seq
        self._sums = _Sums(first_seq=seq, last_seq=seq, entry_count=1)
        self._sums.float_minor = opened.amount_minor

    @property
    def shift_id(self) -> str:
        """The id of the shift, from its first act on."""
        return self.opened.shift_id

    @property
    def expected_minor(self) -> int:
        """The cash that the drawer must hold now."""
        return self._sums.expected_minor

    def is_far_beyond(self, amount_minor: int) -> bool:
        """Tell whether an amount cannot be taken out: with what is out it is beyond all cash in.

        The bound is rounded up to the next power of two, so that whoever tries amounts does not
        learn what a blind count is to find; no amount that is there is beyond it.
        """
        out = self._sums.taken_out_minor + amount_minor
        return amount_minor > 0 and out.bit_length() > self._sums.came_in_minor.bit_length()

    @property
    def last_count(self) -> Counting | None:
        """The newest count that nothing in the drawer has changed since; else None.

        Whoever has counted sells nothing more before the close, or counts again.
        """
        last = self.countings[-1] if self.countings else None
        is_now = last is not None and last.act == ShiftAct.COUNT and last.seq > self._changed_seq
        return last if is_now else None

    @property
    def hand_overs(self) -> list[Counting]:
        """The counts by which the drawer went from one cashier to the next, in order.

        What a drawer was over or short at the newest of them is not who has taken it's.
        """
        return [one for one in self.countings if one.act == ShiftAct.HAND_OVER]

    def sums(self) -> ShiftSums:
        """Return the figures of a report at this point."""
        return self._sums.freeze()

    def add(self, entry: DrawerEntry) -> bool:
        """Take one entry more, in order of `seq`; tell whether it belongs to this shift.

        Nothing belongs to a shift that is closed.
        """
        body = entry.body
        if self.closed is not None or not isinstance(body, ShiftBody | SaleBody | WithdrawalBody):
            return False
        named = body.shift_id
        if named not in {"", self.shift_id} or body.currency not in {"", self.opened.currency}:
            self.others.append(entry.seq)
            return False
        if isinstance(body, SaleBody):
            self._sums.add_sale(body, entry.event_id)
            self.receipts.append(body.receipt_number)
        elif isinstance(body, WithdrawalBody):
            self._sums.add_payout(body, entry.event_id)
        elif not named or body.act in {ShiftAct.OPEN, ShiftAct.APPROVE}:
            return False  # a second opening is none, and an approval is about what is over
        else:
            self._act(entry.seq, body)
        if self.closed is None:
            if not isinstance(body, ShiftBody) or body.act not in _CHANGES_NOTHING:
                self._changed_seq = entry.seq
            self._sums.last_seq = entry.seq
            self._sums.entry_count += 1
        return True

    def _act(self, seq: int, body: ShiftBody) -> None:
        sums, amount = self._sums, body.amount_minor
        match body.act:
            case ShiftAct.PAID_IN:
                sums.paid_in_minor += amount
            case ShiftAct.PAID_OUT:
                sums.paid_out_minor += amount
            case ShiftAct.DROP:
                sums.dropped_minor += amount
            case ShiftAct.NO_SALE:
                sums.no_sale_count += 1
            case ShiftAct.TENDER_MOVED:
                sums.tender(body.tender).moved_minor -= amount
                sums.tender(body.tender_to).moved_minor += amount
            case ShiftAct.HAND_OVER | ShiftAct.COUNT | ShiftAct.CLOSE:
                expected = sums.expected_minor
                self.countings.append(Counting(seq, body.act, self.cashier, amount, expected))
            case _:
                pass  # an X report, or an act of a later version: nothing moves
        if body.act == ShiftAct.HAND_OVER:
            self.cashier = body.receiver
        if body.act == ShiftAct.CLOSE:
            self.closed, self.closed_seq, self.own = body, seq, sums.freeze()


class _Sold(msgspec.Struct, frozen=True):
    """What a ticket of this shift was sold as: for what is paid out for it."""

    code: int
    rate: int
    price_minor: int
    tax_minor: int


def _sold(sale: SaleBody) -> Iterator[tuple[TicketId, _Sold]]:
    """Yield a sale's tickets, each with its share of its line's tax; the shares sum up exactly."""
    places = [0] * len(sale.lines)
    for one in sale.tickets:
        if not 0 <= one.line < len(sale.lines):
            yield one.ticket_id, _Sold(one.ticket_type_code, 0, one.price_minor, 0)
            continue
        line, place = sale.lines[one.line], places[one.line]
        places[one.line] += 1
        upto = [line.tax_minor * min(n, line.count) // line.count for n in (place, place + 1)]
        rate, tax = line.tax_basis_points, upto[1] - upto[0]
        yield one.ticket_id, _Sold(one.ticket_type_code, rate, one.price_minor, tax)


class _Tender:
    """One tender's running sums."""

    def __init__(self) -> None:
        self.sale_count = self.sale_minor = self.payout_count = self.payout_minor = 0
        self.moved_minor = self.unknown_minor = 0


class _Sums:
    """A shift's running sums."""

    def __init__(self, *, first_seq: int, last_seq: int, entry_count: int) -> None:
        self.first_seq, self.last_seq, self.entry_count = first_seq, last_seq, entry_count
        self.float_minor = self.paid_in_minor = self.paid_out_minor = self.dropped_minor = 0
        self.gross_minor = self.discount_minor = self.fee_minor = self.rounding_minor = 0
        self.payout_minor = self.sale_count = self.ticket_count = 0
        self.payout_count = self.void_count = self.no_sale_count = 0
        self.first_receipt = self.last_receipt = 0
        self._tenders: dict[str, _Tender] = {}
        self._taxes: dict[int, list[int]] = {}
        self._types: dict[tuple[str, int], list[int]] = {}
        self._sold: dict[TicketId, _Sold] = {}

    def tender(self, kind: str) -> _Tender:
        return self._tenders.setdefault(kind, _Tender())

    @property
    def expected_minor(self) -> int:
        cash = self._tenders.get(CASH, _Tender())
        brought = cash.sale_minor - cash.payout_minor + cash.moved_minor
        out = self.paid_out_minor + self.dropped_minor
        return self.float_minor + self.paid_in_minor - out + brought

    @property
    def came_in_minor(self) -> int:
        cash = self._tenders.get(CASH, _Tender())
        brought = cash.sale_minor + max(0, cash.moved_minor)
        return self.float_minor + self.paid_in_minor + brought

    @property
    def taken_out_minor(self) -> int:
        cash = self._tenders.get(CASH, _Tender())
        back = cash.payout_minor + max(0, -cash.moved_minor)
        return self.paid_out_minor + self.dropped_minor + back

    def add_sale(self, sale: SaleBody, event_id: str) -> None:
        self.sale_count += 1
        self.first_receipt = self.first_receipt or sale.receipt_number
        self.last_receipt = sale.receipt_number
        self.gross_minor += sale.total_minor
        self.rounding_minor += sale.rounding_minor
        self._add_lines(sale, event_id)
        if not sale.payments:
            self._add_part(sale.tender, sale.total_minor)
        for part in sale.payments:
            if part.state == PAID:
                self._add_part(part.kind, part.amount_minor)
            elif part.state == UNKNOWN:
                self.tender(part.kind).unknown_minor += part.amount_minor

    def _add_part(self, kind: str, amount: int) -> None:
        tender = self.tender(kind)
        tender.sale_count += 1
        tender.sale_minor += amount

    def _add_lines(self, sale: SaleBody, event_id: str) -> None:
        self._sold.update(_sold(sale))
        if not sale.lines:
            self._add_tax(0, sale.total_minor, 0)
            for sold in sale.tickets:
                self._add_type(event_id, sold.ticket_type_code, 1, sold.price_minor)
        for line in sale.lines:
            self.discount_minor += line.discount_minor
            self.fee_minor += line.fee_minor
            self._add_tax(line.tax_basis_points, line.gross_minor, line.tax_minor)
            self._add_type(event_id, line.ticket_type_code, line.count, line.gross_minor)

    def _add_tax(self, rate: int, gross: int, tax: int) -> None:
        held = self._taxes.setdefault(rate, [0, 0])
        held[0] += gross
        held[1] += tax

    def _add_type(self, event_id: str, code: int, count: int, gross: int) -> None:
        self.ticket_count += count
        held = self._types.setdefault((event_id, code), [0, 0, 0, 0])
        held[0] += count
        held[1] += gross

    def add_payout(self, body: WithdrawalBody, event_id: str) -> None:
        if body.purpose not in PAYOUTS:
            return
        self.payout_count += 1
        self.void_count += body.purpose == VOID
        self.payout_minor += body.amount_minor
        code, rate, tax = self._rate_of(body)
        held = self._types.setdefault((event_id, code), [0, 0, 0, 0])
        held[2] += 1
        held[3] += body.amount_minor
        for part in (*body.paid_out_by(), PaidBack(EXCHANGE, body.given_minor)):
            if part.amount_minor:
                tender = self.tender(part.tender)
                tender.payout_count += 1
                tender.payout_minor += part.amount_minor
        if body.amount_minor:
            self._add_tax(rate, -body.amount_minor, -tax)

    def _rate_of(self, body: WithdrawalBody) -> tuple[int, int, int]:
        """Return type, rate and tax of a payout: as it says, or as its ticket was sold here."""
        said = (body.ticket_type_code, body.tax_basis_points, body.tax_minor)
        sold = self._sold.get(body.ticket_id)
        if any(said) or sold is None:
            return said
        if body.amount_minor == sold.price_minor:
            return sold.code, sold.rate, sold.tax_minor
        tax = sold.tax_minor * body.amount_minor // max(1, sold.price_minor)
        return sold.code, sold.rate, min(tax, body.amount_minor)

    def freeze(self) -> ShiftSums:
        return made_of(
            ShiftSums,
            self,
            float_minor=_bound(self.float_minor),
            paid_in_minor=_bound(self.paid_in_minor),
            paid_out_minor=_bound(self.paid_out_minor),
            dropped_minor=_bound(self.dropped_minor),
            expected_minor=_bound(self.expected_minor),
            gross_minor=_bound(self.gross_minor),
            discount_minor=_bound(self.discount_minor),
            fee_minor=_bound(self.fee_minor),
            rounding_minor=_bound(self.rounding_minor),
            payout_minor=_bound(self.payout_minor),
            tenders=self._freeze_tenders(),
            taxes=self._freeze_taxes(),
            types=self._freeze_types(),
        )

    def _freeze_tenders(self) -> tuple[TenderSum, ...]:
        return tuple(
            TenderSum(
                kind=kind,
                sale_count=one.sale_count,
                sale_minor=_bound(one.sale_minor),
                payout_count=one.payout_count,
                payout_minor=_bound(one.payout_minor),
                moved_minor=_bound(one.moved_minor),
                unknown_minor=_bound(one.unknown_minor),
            )
            for kind, one in sorted(self._tenders.items())
        )[:TENDERS_MAX]

    def _freeze_taxes(self) -> tuple[TaxSum, ...]:
        shown = _listed(self._taxes, RATES_MAX, OTHERS_CODE)
        return tuple(
            TaxSum(basis_points=rate, gross_minor=_bound(gross), tax_minor=_bound(tax))
            for rate, (gross, tax) in shown
        )

    def _freeze_types(self) -> tuple[TypeSum, ...]:
        shown = _listed(self._types, TYPES_MAX, ("", OTHERS_CODE))
        return tuple(
            TypeSum(
                event_id=event_id,
                code=code,
                sold_count=sold,
                sold_minor=_bound(sold_minor),
                returned_count=returned,
                returned_minor=_bound(returned_minor),
            )
            for (event_id, code), (sold, sold_minor, returned, returned_minor) in shown
        )


_K = TypeVar("_K", int, tuple[str, int])


def _listed(held: dict[_K, list[int]], most: int, others: _K) -> list[tuple[_K, list[int]]]:
    """Return sums in order of their keys; what is beyond the most that fit, in one more."""
    listed = sorted(held.items())
    shown, rest = listed[:most], [sums for _, sums in listed[most:]]
    if rest:
        shown.append((others, [sum(column) for column in zip(*rest, strict=True)]))
    return shown


def _bound(amount: int) -> int:
    """Keep a sum to what an entry may say: no real drawer gets there, and none fails to close."""
    return max(-SUMS_MAX, min(SUMS_MAX, amount))


def fold_shift(entries: Iterable[DrawerEntry]) -> ShiftFold | None:
    """Fold the shift that the first entry opened; None if it opened none.

    Args:
        entries: In order of `seq`, from the opening on.
    """
    fold: ShiftFold | None = None
    for entry in entries:
        if fold is not None:
            fold.add(entry)
        elif isinstance(entry.body, ShiftBody) and entry.body.act == ShiftAct.OPEN:
            fold = ShiftFold(entry.seq, entry.body)
        else:
            return None
    return fold
