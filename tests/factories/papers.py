"""Documents as a till prints them: a ticket with a real credential, receipts, a Z report."""

from __future__ import annotations

from typing import Final

import msgspec

from gatekeeper.printing.documents import DrawerReport, NameBadge, PrintedTenderSum, TicketPaper
from shared.credential.codec import to_digits
from shared.credential.credential_fields import Claims
from shared.credential.manual_code import format_manual_code
from shared.credential.signing import sign_credential
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import TicketId
from shared.kernel.instant import HOUR, Instant, parse_instant
from shared.kernel.languages import LANGUAGE_NAMES
from shared.sales.receipt import Receipt, ReceiptLine, ReceiptPayment, sum_taxes
from tests.factories.strength import sized

KEY: Final = SigningKey(bytes(range(32)))
AT: Final = parse_instant("2026-07-04T16:42:10Z")

LANGUAGES: Final = sized(("de", "th", "ar"), tuple(LANGUAGE_NAMES))
"""In which papers are drawn: of a sample one of each script, of Latin the one of long words."""


def make_digits(number: int = 0xBEEF30A1C2D4E5F6) -> str:
    """Return a credential as digits."""
    claims = Claims(
        key_id=7,
        ticket_id=TicketId(number),
        ticket_type_code=3,
        valid_from=None,
        valid_until=None,
    )
    return to_digits(sign_credential(claims, KEY))


def make_ticket(**changes: object) -> TicketPaper:
    """Return a ticket with all that may stand on one."""
    ticket = TicketPaper(
        digits=make_digits(),
        manual_code=format_manual_code(0x12_3456_789A),
        event="Sommerfest am Fluss",
        ticket_type="Standing",
        starts_at=Instant(AT + HOUR),
        time_zone="Europe/Berlin",
        venue="Uferhalle, Uferstraße 8",
        zone="Main hall",
        seat="Row 12, seat 34",
        organization="Kulturverein Uferhalle e. V.",
        price_minor=2500,
        currency="EUR",
        order="A7K2M",
        receipt_number=17,
        till="Door 1",
        home_gate="Gate North",
        valid_from=Instant(AT + HOUR),
        valid_until=Instant(AT + 6 * HOUR),
    )
    return msgspec.structs.replace(ticket, **changes)


def make_receipt(**changes: object) -> Receipt:
    """Return the receipt of two types, a discount and two payments."""
    lines = (
        ReceiptLine(
            text="Standing", count=2, unit_minor=2500, tax_basis_points=700, tax_minor=327
        ),
        ReceiptLine(
            text="Balcony, reduced",
            count=1,
            unit_minor=1990,
            discount_minor=199,
            fee_minor=100,
            tax_basis_points=1900,
            tax_minor=302,
            note="Row 12, seat 34",
        ),
    )
    receipt = Receipt(
        organization="Kulturverein Uferhalle e. V.",
        address=("Uferstraße 8, 13357 Berlin", "USt-IdNr. DE123456789"),
        event="Sommerfest am Fluss",
        till="Door 1",
        number=17,
        at=AT,
        time_zone="Europe/Berlin",
        currency="EUR",
        lines=lines,
        taxes=sum_taxes(lines),
        payments=(
            ReceiptPayment("card", 4000, reference="Terminal 6881, slip 0042"),
            ReceiptPayment("cash", 2891, given_minor=5000, change_minor=2109),
        ),
        total_minor=6891,
        shift=3,
        cashier="12",
        order="A7K2M",
    )
    return msgspec.structs.replace(receipt, **changes)


def make_report(**changes: object) -> DrawerReport:
    """Return a Z report whose drawer is short."""
    report = DrawerReport(
        organization="Kulturverein Uferhalle e. V.",
        till="Door 1",
        number=42,
        shift=3,
        opened_at=Instant(AT - 5 * HOUR),
        made_at=AT,
        time_zone="Europe/Berlin",
        currency="EUR",
        cashier="12",
        first_receipt=17,
        last_receipt=214,
        sales_count=196,
        sales_minor=512_340,
        refunds_count=2,
        refunds_minor=5_000,
        discounts_minor=1_240,
        rounding_minor=-3,
        tenders=(
            PrintedTenderSum("cash", 120, 301_200),
            PrintedTenderSum("card", 74, 201_140, moved_minor=2_500),
            PrintedTenderSum("comp", 4, 0),
            PrintedTenderSum("voucher", 2, 5_000),
        ),
        taxes=sum_taxes(make_receipt().lines),
        float_minor=20_000,
        paid_in_minor=5_000,
        paid_out_minor=1_250,
        dropped_minor=200_000,
        no_sales=1,
        expected_minor=124_947,
        counted_minor=124_447,
        terminal_minor=201_140,
        open_sales=1,
    )
    return msgspec.structs.replace(report, **changes)


def make_badge(**changes: object) -> NameBadge:
    """Return a badge with a code."""
    badge = NameBadge(
        name="Dr. Wilhelmine Müller-Lüdenscheidt",
        event="Sommerfest am Fluss",
        role="Speaker",
        company="Uferhalle gGmbH",
        digits=make_digits(),
        manual_code=format_manual_code(0x12_3456_789A),
    )
    return msgspec.structs.replace(badge, **changes)
