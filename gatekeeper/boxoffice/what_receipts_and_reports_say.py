"""What receipts, X and Z reports say, and what signers are told, of what the journal knows."""

from __future__ import annotations

from gatekeeper.boxoffice.name_and_tax_number_on_papers import PaperIssuer, taxed
from gatekeeper.fiscal.ports import Facts, Outcome, PaidPart, Signed
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.printing.documents import DrawerReport, PrintedTenderSum
from gatekeeper.wording.texts import Texts
from shared.journal.entry import Entry
from shared.journal.sale_body import SaleBody, SaleLine
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.id_types import SeatId
from shared.kernel.same_fields import made_of
from shared.sales.receipt import Receipt, ReceiptLine, ReceiptPayment, ReceiptTax, sum_taxes
from shared.sales.tenders import CASH, VOUCHER


def make_receipt(
    sale: SaleBody, entry: Entry, event: EventKnowledge, issuer: PaperIssuer, outcome: Outcome
) -> Receipt:
    """Return a sale's receipt with what the signer said.

    Args:
        sale: As the journal has it.
        entry: Its entry.
        event: What was sold.
        issuer: Whose receipt.
        outcome: The signer's, durable.
    """
    issuer = taxed(event, issuer)
    lines = tuple(_line(line, number, sale, event) for number, line in enumerate(sale.lines))
    lines_of_signer, code = said_by_signer(outcome, issuer)
    return Receipt(
        organization=issuer.organization,
        address=issuer.address,
        event=event.config.name,
        till=issuer.till,
        number=sale.receipt_number,
        at=entry.corrected,
        time_zone=event.config.timezone,
        currency=sale.currency,
        lines=lines,
        taxes=sum_taxes(lines),
        payments=tuple(
            ReceiptPayment(
                part.kind,
                part.amount_minor,
                part.given_minor,
                part.change_minor,
                # Behind a voucher's number stands what only the ledger reads.
                part.reference.partition(".")[0] if part.kind == VOUCHER else part.reference,
                part.state,
            )
            for part in sale.payments
        ),
        total_minor=sale.total_minor,
        rounding_minor=sale.rounding_minor,
        cashier=sale.cashier,
        fiscal_lines=lines_of_signer,
        fiscal_code=code,
        is_practice=issuer.is_practice,
    )


def _line(line: SaleLine, number: int, sale: SaleBody, event: EventKnowledge) -> ReceiptLine:
    kind = event.index.types_by_code.get(line.ticket_type_code)
    # By its id, as the line has it; a cashier's own word for a discount is nobody's but theirs.
    given = set(line.promo.split(","))
    names = [one.name for one in event.config.prices.promotions if one.id in given]
    ids = [SeatId(one.seat) for one in sale.tickets if one.line == number and one.seat]
    seats = [event.seats.spell_seat(one) for one in ids]
    return made_of(
        ReceiptLine,
        line,
        text=f"#{line.ticket_type_code}" if kind is None else kind.name,
        note=", ".join([*names, *seats]),
    )


def said_by_signer(outcome: Outcome, issuer: PaperIssuer) -> tuple[tuple[str, ...], str]:
    """Return the lines that a signer wants on a receipt, and the text of its code."""
    if isinstance(outcome, Signed):
        return outcome.lines, outcome.code
    return (outcome.text or Texts(issuer.language).say("fiscal.unavailable"),), ""


def fiscal_facts(sale: SaleBody, entry: Entry) -> Facts:
    """Return what a signer is told of a sale."""
    return Facts(
        series=entry.device_id,
        number=sale.receipt_number,
        kind="sale",
        rates=sum_taxes(sale.lines),
        parts=tuple(
            PaidPart(one.kind == CASH, one.amount_minor, sale.currency) for one in sale.payments
        ),
        rounding_minor=sale.rounding_minor,
        operator=sale.cashier,
        started_at=entry.corrected,
        ended_at=entry.corrected,
    )


def make_report(
    body: ShiftBody,
    opened: Entry,
    made: Entry,
    event: EventKnowledge | None,
    issuer: PaperIssuer,
) -> DrawerReport:
    """Return an X or Z report of a shift.

    Args:
        body: The close, or the X report; it has sums.
        opened: The entry that opened the shift.
        made: The report's own entry.
        event: In whose zone its times are shown, if the till knows one.
        issuer: Whose report.
    """
    sums = body.sums
    assert sums is not None
    issuer = taxed(event, issuer)
    is_close = body.act == ShiftAct.CLOSE
    return DrawerReport(
        organization=issuer.organization,
        till=issuer.till,
        number=body.z_number if is_close else 0,
        opened_at=opened.corrected,
        made_at=made.corrected,
        time_zone="UTC" if event is None else event.config.timezone,
        currency=body.currency,
        cashier=body.cashier,
        first_receipt=sums.first_receipt,
        last_receipt=sums.last_receipt,
        sales_count=sums.sale_count,
        sales_minor=sums.gross_minor,
        refunds_count=sums.payout_count,
        refunds_minor=sums.payout_minor,
        discounts_minor=sums.discount_minor,
        rounding_minor=sums.rounding_minor,
        tenders=tuple(
            PrintedTenderSum(
                one.kind, one.sale_count, one.net_minor, one.unknown_minor, one.moved_minor
            )
            for one in sums.tenders
        ),
        taxes=tuple(
            ReceiptTax(one.basis_points, one.gross_minor, one.tax_minor) for one in sums.taxes
        ),
        float_minor=sums.float_minor,
        paid_in_minor=sums.paid_in_minor,
        paid_out_minor=sums.paid_out_minor,
        dropped_minor=sums.dropped_minor,
        no_sales=sums.no_sale_count,
        expected_minor=sums.expected_minor,
        counted_minor=body.amount_minor if is_close else None,
        terminal_minor=body.terminal_minor,
        open_sales=len(body.open_sales),
        entry_seq=made.seq,
        is_practice=issuer.is_practice,
    )
