"""Tickets on pages of PDF: A4 to be printed at home, A6 for a pouch, a card for a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.printing.documents import Ticket
from gatekeeper.printing.pdf_paper import POINT, Column, PdfPaper, line_height
from gatekeeper.printing.slips import ticket_moment, ticket_price, ticket_references
from gatekeeper.wording.texts import Texts

_SHARE_MIN: Final = 0.4
"""No letter gets smaller than that share of its size."""


def put_a4_ticket(paper: PdfPaper, ticket: Ticket, bands: Sequence[str], texts: Texts) -> None:
    """Put a ticket into the upper third of A4: folded twice, the code is outside and whole."""
    paper.add_page(210, 297)
    left, top, width, height, code = 15.0, 15.0, 180.0, 92.0, 56.0
    inner = top + 6
    for band in bands:
        inner = paper.band(band, Column(left + 6, width - 12), inner, 11)
    is_mirrored = paper.starts_right
    code_left = left + 10 if is_mirrored else left + width - 10 - code
    text_left = code_left + code + 10 if is_mirrored else left + 8
    column = Column(text_left, width - code - 28)
    paper.put_code(ticket.digits, code_left, inner + 2, code)
    under = Column(code_left - 6, code + 12)
    below = inner + code + 5
    below = _put_manual_code(paper, ticket, texts, under, below, 15)
    end = _put_facts(paper, ticket, texts, column, inner, 24)
    if ticket.home_gate:
        said = texts.say("paper.home_gate", gate=ticket.home_gate)
        end = paper.put(said, column, end + 2, 12, is_bold=True)
    price = ticket_price(ticket, texts)
    references = [*([price] if price else []), *ticket_references(ticket, texts)]
    if references:
        below = max(below, end + 2 + 9 * POINT * 1.36)
        height = max(height, below + 6 - top)
        end = paper.put(" · ".join(references), column, max(end + 2, top + height - 15), 9)
    height = max(height, below + 4 - top, end + 4 - top)
    paper.frame(left, top, width, height)
    fold = top + height + 6
    paper.rule(0, fold, 210, is_dashed=True)
    for hint in ticket.hints:
        fold = paper.put(hint, Column(left, width), fold + 2, 9)


def put_badge_ticket(paper: PdfPaper, ticket: Ticket, bands: Sequence[str], texts: Texts) -> None:
    """Put a ticket on a page of A6, the code in the middle."""
    paper.add_page(105, 148)
    column = Column(8, 89)
    top = 6.0
    for band in bands:
        top = paper.band(band, column, top, 10)
    if ticket.organization:
        top = paper.put(ticket.organization, column, top, 8, place="middle")
    size = paper.fitting_size(ticket.event, column, 20, is_bold=True)
    top = paper.put(ticket.event, column, top, size, is_bold=True, place="middle")
    lines = [ticket_moment(ticket, texts), ticket.venue]
    for line in filter(None, lines):
        top = paper.put(line, column, top, 10, place="middle")
    size = paper.fitting_size(ticket.ticket_type, column, 15, is_bold=True, lines_max=1)
    top = paper.put(ticket.ticket_type, column, top + 1, size, is_bold=True, place="middle")
    places = texts.beside(ticket.zone, ticket.seat)
    if places:
        top = paper.put(places, column, top, 11, place="middle")
    code = min(56.0, 130 - top)
    paper.put_code(ticket.digits, (105 - code) / 2, top + 4, code)
    top = _put_manual_code(paper, ticket, texts, column, top + code + 6, 14, has_hint=False)
    if ticket.home_gate:
        said = texts.say("paper.home_gate", gate=ticket.home_gate)
        top = paper.put(said, column, top, 10, is_bold=True, place="middle")
    references = " · ".join(ticket_references(ticket, texts))
    if references:
        paper.put(references, column, 140, 7.5, place="middle")


def put_wallet_ticket(paper: PdfPaper, ticket: Ticket, bands: Sequence[str], texts: Texts) -> None:
    """Put a ticket on a page of a bank card's size."""
    paper.add_page(85.6, 54)
    whole = Column(5, 75.6)
    top = paper.band(" · ".join(bands), whole, 4, 7) if bands else 5.0
    code = 42.0 - top
    is_mirrored = paper.starts_right
    code_left = 5.0 if is_mirrored else 80.6 - code
    column = Column(code_left + code + 4 if is_mirrored else 5, 71.6 - code)
    paper.put_code(ticket.digits, code_left, top, code)
    gate = texts.say("paper.home_gate", gate=ticket.home_gate) if ticket.home_gate else ""
    facts = [
        (ticket.event, 12.0, True),
        (ticket_moment(ticket, texts), 7.0, False),
        (ticket.venue, 7.0, False),
        (ticket.ticket_type, 10.0, True),
        (ticket.zone, 7.5, False),
        (ticket.seat, 7.5, False),
        (gate, 7.5, True),
    ]
    _put_fitting(paper, [one for one in facts if one[0]], column, top, 44 - top)
    paper.put(texts.isolate(ticket.manual_code), whole, 44.2, 11, is_bold=True,
              place="start" if is_mirrored else "end")  # fmt: skip
    references = " · ".join(ticket_references(ticket, texts))
    if references:
        size = paper.fitting_size(references, whole, 6, is_bold=False, lines_max=1)
        paper.put(references, whole, 49.4, size)


def _put_fitting(
    paper: PdfPaper,
    facts: Sequence[tuple[str, float, bool]],
    column: Column,
    top: float,
    room: float,
) -> None:
    """Put texts of a size under each other, all of them smaller where they need more room."""
    facts = [
        (text, paper.fitting_size(text, column, size, is_bold=is_bold), is_bold)
        for text, size, is_bold in facts
    ]
    share = 1.0
    while share > _SHARE_MIN:
        lines = (
            len(paper.lines(text, column, size * share, is_bold=is_bold)) * line_height(size)
            for text, size, is_bold in facts
        )
        if sum(lines) * share <= room:
            break
        share *= 0.94
    for text, size, is_bold in facts:
        top = paper.put(text, column, top, size * share, is_bold=is_bold)


def _put_facts(
    paper: PdfPaper, ticket: Ticket, texts: Texts, column: Column, top: float, title: float
) -> float:
    """Put event, day, venue, type, zone and seat under each other."""
    if ticket.organization:
        top = paper.put(ticket.organization, column, top, 9)
    size = paper.fitting_size(ticket.event, column, title, is_bold=True)
    top = paper.put(ticket.event, column, top, size, is_bold=True) + 1
    for line in filter(None, (ticket_moment(ticket, texts), ticket.venue)):
        top = paper.put(line, column, top, 12)
    size = paper.fitting_size(ticket.ticket_type, column, title * 0.75, is_bold=True)
    top = paper.put(ticket.ticket_type, column, top + 3, size, is_bold=True)
    for line in filter(None, (ticket.zone, ticket.seat)):
        top = paper.put(line, column, top, 12)
    return top


def _put_manual_code(
    paper: PdfPaper,
    ticket: Ticket,
    texts: Texts,
    column: Column,
    top: float,
    size: float,
    *,
    has_hint: bool = True,
) -> float:
    if has_hint:
        top = paper.put(texts.say("paper.type_code"), column, top, 8, place="middle")
    code = texts.isolate(ticket.manual_code)
    return paper.put(code, column, top, size, is_bold=True, place="middle")
