"""A document as a slip: the ticket, receipt, report or badge, and what nobody must overlook."""

from __future__ import annotations

from gatekeeper.printing.common_slip_lines import centred
from gatekeeper.printing.copy_and_practice_marks import marks
from gatekeeper.printing.documents import Document, DrawerReport, NameBadge, TicketPaper
from gatekeeper.printing.receipt_and_refund_slips import compose_receipt
from gatekeeper.printing.report_slip import compose_report
from gatekeeper.printing.roll_ticket import compose_ticket
from gatekeeper.printing.slip_items import Gap, Height, Item, Slip, SlipCode
from gatekeeper.wording.texts import Texts
from shared.sales.receipt import Receipt


def compose(document: Document, copy: int, texts: Texts) -> Slip:
    """Return what a document says.

    Args:
        document: The values.
        copy: 0 for the first print; else it is marked as such a copy.
        texts: The language.
    """
    said: list[Item]
    match document:
        case TicketPaper():
            said = compose_ticket(document, texts)
        case Receipt():
            said = compose_receipt(document, texts)
        case DrawerReport():
            said = compose_report(document, texts)
        case NameBadge():
            said = _badge(document, texts)
    bands = marks(copy, texts, is_practice=document.is_practice)
    return (*bands, *([Gap()] if bands else []), *said)


def _badge(badge: NameBadge, texts: Texts) -> list[Item]:
    items: list[Item] = [
        *centred(texts.isolate(badge.event)),
        Gap(),
        *centred(texts.isolate(badge.name), height=Height.LARGE, is_bold=True),
        *centred(texts.isolate(badge.company)),
        *centred(texts.isolate(badge.role), is_bold=True),
    ]
    if badge.digits:
        items.append(SlipCode(badge.digits))
    items += centred(badge.manual_code)
    return items
