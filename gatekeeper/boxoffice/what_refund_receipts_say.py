"""The receipt of what was paid back: a refund's, a void's, or what an exchange has left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from gatekeeper.boxoffice.name_and_tax_number_on_papers import PaperIssuer, taxed
from gatekeeper.boxoffice.what_receipts_and_reports_say import said_by_signer
from gatekeeper.fiscal.ports import Facts, Outcome, PaidPart
from gatekeeper.gate.knowledge import EventKnowledge
from shared.journal.entry import Entry
from shared.journal.sale_body import SaleBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.kernel.id_types import SeatId
from shared.sales.dividing_money import half_up
from shared.sales.receipt import Receipt, ReceiptKind, ReceiptLine, ReceiptPayment, sum_taxes
from shared.sales.shift_totals import PAYOUTS, VOID
from shared.sales.tenders import CASH


def is_payback(body: object) -> bool:
    """Tell whether an entry says that money went back to a guest."""
    return isinstance(body, WithdrawalBody) and body.purpose in PAYOUTS and body.paid_out_minor > 0


class Payback(msgspec.Struct, frozen=True):
    """What went back of one sale's tickets in one act.

    Attributes:
        entry: The last of its entries; the receipt bears its number and its time.
        bodies: What they say.
        sale: Of which sale; None where the till cannot read it any more.
    """

    entry: Entry
    bodies: Sequence[WithdrawalBody]
    sale: SaleBody | None

    @property
    def first(self) -> WithdrawalBody:
        """What all of them say alike: cashier, shift, currency and purpose."""
        return self.bodies[0]

    @property
    def kind(self) -> ReceiptKind:
        """Whether the sale was voided; what else goes back is a refund."""
        return ReceiptKind.VOID if self.first.purpose == VOID else ReceiptKind.REFUND

    @property
    def numbers(self) -> tuple[int, int]:
        """Its number, and that of the receipt which it takes back.

        A void keeps its sale's number.
        """
        of_number = 0 if self.sale is None else self.sale.receipt_number
        if self.kind is ReceiptKind.VOID and of_number:
            return of_number, 0
        return self.entry.seq, of_number

    def payments(self) -> Iterator[ReceiptPayment]:
        """Give what went back by each tender."""
        sums = Counter[str]()
        for part in chain.from_iterable(one.paid_out_by() for one in self.bodies):
            sums[part.tender] += part.amount_minor
        for tender, amount in sums.items():
            yield ReceiptPayment(tender, -amount)

    def lines(self, event: EventKnowledge) -> tuple[ReceiptLine, ...]:
        """Give what went back of each type; at several prices, a line for each."""
        alike: dict[tuple[int, int, int], list[WithdrawalBody]] = {}
        for one in self.bodies:
            key = (one.ticket_type_code, one.tax_basis_points, one.paid_out_minor)
            alike.setdefault(key, []).append(one)
        return tuple(
            ReceiptLine(
                text=_type_name(code, event),
                count=len(found),
                unit_minor=-amount,
                tax_basis_points=rate,
                tax_minor=-sum(map(_tax_of, found)),
                note=", ".join(self._seats(found, event)),
            )
            for (code, rate, amount), found in alike.items()
        )

    def _seats(self, bodies: Iterable[WithdrawalBody], event: EventKnowledge) -> list[str]:
        sold = () if self.sale is None else self.sale.tickets
        seats = {one.ticket_id: one.seat for one in sold}
        named = [seats.get(one.ticket_id, "") for one in bodies]
        return [event.seats.spell_seat(SeatId(seat)) for seat in named if seat]


def make_payback(
    payback: Payback, event: EventKnowledge, issuer: PaperIssuer, outcome: Outcome
) -> Receipt:
    """Return the receipt of what was paid back, with what the signer said."""
    issuer = taxed(event, issuer)
    lines, payments = payback.lines(event), tuple(payback.payments())
    number, of_number = payback.numbers
    said, code = said_by_signer(outcome, issuer)
    return Receipt(
        organization=issuer.organization,
        address=issuer.address,
        event=event.config.name,
        till=issuer.till,
        number=number,
        kind=payback.kind,
        of_number=of_number,
        at=payback.entry.corrected,
        time_zone=event.config.timezone,
        currency=payback.first.currency,
        lines=lines,
        taxes=sum_taxes(lines),
        payments=payments,
        total_minor=sum(one.amount_minor for one in payments),
        cashier=payback.first.cashier,
        fiscal_lines=said,
        fiscal_code=code,
        is_practice=issuer.is_practice,
    )


def facts_of_payback(payback: Payback, event: EventKnowledge) -> Facts:
    """Return what a signer is told of it: negative amounts."""
    first, at = payback.first, payback.entry.corrected
    number, of_number = payback.numbers
    return Facts(
        series=payback.entry.device_id,
        number=number,
        kind=payback.kind.value,
        rates=sum_taxes(payback.lines(event)),
        parts=tuple(
            PaidPart(one.kind == CASH, one.amount_minor, first.currency)
            for one in payback.payments()
        ),
        operator=first.cashier,
        started_at=at,
        ended_at=at,
        of_number=of_number or number,
    )


def _type_name(code: int, event: EventKnowledge) -> str:
    kind = event.index.types_by_code.get(code)
    return f"#{code}" if kind is None else kind.name


def _tax_of(body: WithdrawalBody) -> int:
    """Return the tax in what went back; the rest stands on the receipt of what it paid for."""
    return half_up(body.tax_minor * body.paid_out_minor, body.amount_minor)
