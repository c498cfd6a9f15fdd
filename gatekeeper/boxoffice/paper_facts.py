"""What the journal knows of a sale or a shift, as the values that papers and signers are given."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.boxoffice.answers import PrintedTicket
from gatekeeper.fiscal.ports import Facts, Outcome, PaidPart, Signed
from gatekeeper.gate.knowledge import EventKnowledge
from gatekeeper.printing.documents import DrawerReport, PrintedTenderSum, TicketPaper
from gatekeeper.store.profile import LIVE, Profile
from gatekeeper.wording.texts import ENGLISH, Texts
from shared.journal.entry import Entry
from shared.journal.sale_body import SaleBody, SaleLine, SoldTicket
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.id_types import SeatId
from shared.kernel.instant import Instant
from shared.manifest.event_config import TicketTypeConfig
from shared.manifest.times_of_dates import taking_place
from shared.sales.receipt import Receipt, ReceiptLine, ReceiptPayment, ReceiptTax, sum_taxes
from shared.sales.tenders import VOUCHER

_CASH: Final = "cash"
_ZONES_NAMED_MAX: Final = 2
"""A ticket for more zones names none: it is for everywhere."""


class PaperIssuer(msgspec.Struct, frozen=True, kw_only=True):
    """Whose papers these are.

    Attributes:
        organization: Its name, as it was at enrolment; what the plan says goes before it.
        address: Lines under it on receipts: street, town, tax number.
        till: The till's name.
        language: Of the sentence that stands in place of a signature.
        is_practice: The till rehearses.
    """

    organization: str
    till: str
    address: tuple[str, ...] = ()
    language: str = ENGLISH
    is_practice: bool = False


def issuer_of(profile: Profile, language: str = ENGLISH) -> PaperIssuer:
    """Return whose papers a profile's till prints."""
    return PaperIssuer(
        organization=profile.organization,
        till=profile.name or profile.device_id,
        language=language,
        is_practice=profile.kind != LIVE,
    )


def _named(event: EventKnowledge | None, issuer: PaperIssuer) -> PaperIssuer:
    """Call the organization as the plan does: it may have another name since enrolment."""
    if event is None or not event.config.issuer.name:
        return issuer
    return msgspec.structs.replace(issuer, organization=event.config.issuer.name)


def taxed(event: EventKnowledge | None, issuer: PaperIssuer) -> PaperIssuer:
    """Return whose receipts and reports they are by law: legal name, address, tax number."""
    named = _named(event, issuer)
    if event is None:
        return named
    said = event.config.issuer
    lines = [one.strip() for one in said.address.splitlines() if one.strip()]
    if said.tax_number:
        words = Texts(issuer.language).say("receipt.tax_number", number=said.tax_number)
        lines.append(words)
    return msgspec.structs.replace(
        named,
        organization=said.legal_name or named.organization,
        address=tuple(lines) or named.address,
    )


def make_ticket(
    printed: PrintedTicket,
    sold: SoldTicket,
    sale: SaleBody,
    event: EventKnowledge,
    issuer: PaperIssuer,
) -> TicketPaper:
    """Return a sold ticket as it is printed.

    Args:
        printed: Its digits and codes.
        sold: As the journal has it.
        sale: Its sale.
        event: What it is for.
        issuer: Whose it is.
    """
    kind = event.index.types_by_code.get(sold.ticket_type_code)
    gate = event.index.gates.get(printed.home_gate)
    return msgspec.structs.replace(
        make_replacement(printed.digits, printed.manual_code, kind, event, issuer),
        ticket_type=printed.ticket_type,
        seat=printed.seat_name or printed.seat,
        price_minor=sold.price_minor,
        currency=sale.currency,
        receipt_number=sale.receipt_number,
        home_gate=printed.home_gate if gate is None else gate.name,
    )


def make_replacement(
    digits: str,
    manual_code: str,
    kind: TicketTypeConfig | None,
    event: EventKnowledge,
    issuer: PaperIssuer,
) -> TicketPaper:
    """Return the ticket that takes the place of another one, as it is printed.

    Args:
        digits: The new credential.
        manual_code: And its manual code.
        kind: Its type, where it is known.
        event: What it is for.
        issuer: Whose it is.
    """
    issuer = _named(event, issuer)
    return TicketPaper(
        digits=digits,
        manual_code=manual_code,
        event=event.config.name,
        ticket_type="" if kind is None else kind.name,
        starts_at=_starts_at(event, kind),
        time_zone=event.config.timezone,
        zone=_zones(event, kind),
        organization=issuer.organization,
        till=issuer.till,
        is_practice=issuer.is_practice,
        design=event.config.design,
        persons=1 if kind is None else kind.persons,
        valid_from=None if kind is None else kind.valid_from,
        valid_until=None if kind is None else kind.valid_until,
    )


def _starts_at(event: EventKnowledge, kind: TicketTypeConfig | None) -> Instant | None:
    """Return when its occurrence begins; None where it is for any of several, as at the office.

    One that was called off is no date for any; a type that is for it says it all the same.
    """
    dates = taking_place(event.config.occurrences)
    if kind is not None and kind.occurrence_id is not None:
        every = event.config.occurrences
        dates = tuple(one for one in every if one.id == kind.occurrence_id)
    return dates[0].starts_at if len(dates) == 1 else None


def _zones(event: EventKnowledge, kind: TicketTypeConfig | None) -> str:
    names = [
        zone.name
        for zone in event.config.zones
        if kind is not None
        and (zone.ticket_type_ids is None or kind.id in zone.ticket_type_ids)
        and (kind.occurrence_id is None or zone.occurrence_id in {None, kind.occurrence_id})
    ]
    return " · ".join(names) if len(names) <= _ZONES_NAMED_MAX else ""


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
    ids = [SeatId(one.seat) for one in sale.tickets if one.line == number and one.seat]
    seats = [event.seats.spell_seat(one) for one in ids]
    return ReceiptLine(
        text=f"#{line.ticket_type_code}" if kind is None else kind.name,
        count=line.count,
        unit_minor=line.unit_minor,
        discount_minor=line.discount_minor,
        fee_minor=line.fee_minor,
        tax_basis_points=line.tax_basis_points,
        tax_minor=line.tax_minor,
        note=", ".join([*([line.promo] if line.promo else []), *seats]),
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
            PaidPart(one.kind == _CASH, one.amount_minor, sale.currency) for one in sale.payments
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
            PrintedTenderSum(one.kind, one.sale_count, one.net_minor, one.unknown_minor)
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
        entry_seq=made.seq,
        is_practice=issuer.is_practice,
    )
