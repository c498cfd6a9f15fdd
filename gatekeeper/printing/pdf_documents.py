"""Documents as PDF: tickets and badges laid out for their page, the rest as a slip."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from gatekeeper.printing.copy_and_practice_marks import marks
from gatekeeper.printing.documents import Document, NameBadge, TicketPaper
from gatekeeper.printing.pdf_drawing import PdfPaper
from gatekeeper.printing.pdf_guest_badge import put_badge
from gatekeeper.printing.pictures_as_dots import FindPicture, no_pictures
from gatekeeper.printing.printer_profiles import PageSize
from gatekeeper.printing.slip_items import (
    Band,
    Gap,
    Height,
    Item,
    Logo,
    Pair,
    Rule,
    Slip,
    SlipCode,
    SlipText,
)
from gatekeeper.printing.slips import compose
from gatekeeper.printing.words_of_ticket_pages import word_ticket
from gatekeeper.wording.texts import Texts
from shared.manifest.ticket_design import PLAIN
from shared.paper.code_sizes import CODE_ON_SLIP, SMALL_CODE_ON_SLIP
from shared.paper.pen import Column, line_height
from shared.paper.ticket_page import A4, A6, CARD, put_a4_ticket, put_a6_ticket, put_card_ticket

_SIZES: Final = {Height.SMALL: 7.5, Height.NORMAL: 9.5, Height.LARGE: 15.0}
_SLIP_WIDTH: Final = 80.0
_MARGIN: Final = 5.0
_QUIET: Final = 5.0


def write_pdf(
    document: Document,
    copy: int,
    texts: Texts,
    size: PageSize,
    find_picture: FindPicture = no_pictures,
) -> bytes:
    """Return a document as PDF.

    Args:
        document: The values.
        copy: 0 for the first print.
        texts: The language.
        size: Of a ticket's or badge's page. A receipt or report stands on A4, or on a page of
            80 mm, as long as it needs.
        find_picture: Finds what a ticket's design names.
    """
    paper = PdfPaper(starts_right=texts.is_right_to_left, find_picture=find_picture)
    if isinstance(document, TicketPaper):
        bands = [one.text for one in marks(copy, texts, is_practice=document.is_practice)]
        paper.set_title(f"{document.event} · {document.ticket_type}")
        page, put = {
            PageSize.A4: (A4, put_a4_ticket),
            PageSize.BADGE: (A6, put_a6_ticket),
            PageSize.WALLET: (CARD, put_card_ticket),
        }[size]
        paper.add_page(*page)
        has_hint = size is PageSize.A4
        words = word_ticket(_isolated(document, texts), bands, texts, has_hint=has_hint)
        put(paper, words, document.design or PLAIN)
    elif isinstance(document, NameBadge):
        bands = [one.text for one in marks(copy, texts, is_practice=document.is_practice)]
        paper.set_title(document.event)
        put_badge(paper, _isolated(document, texts), bands, size)
    else:
        paper.set_title(document.organization)
        _put_slip(paper, compose(document, copy, texts), is_a4=size is PageSize.A4)
    return paper.output()


_Named = TypeVar("_Named", TicketPaper, NameBadge)


def _isolated(document: _Named, texts: Texts) -> _Named:
    """Give what others wrote a direction of its own: a full stop stays at its sentence's end."""
    names = ("event", "ticket_type", "venue", "zone", "seat", "organization", "name", "company",
             "role", "holder")  # fmt: skip
    said = {name: texts.isolate(value) for name in names if (value := getattr(document, name, ""))}
    return msgspec.structs.replace(document, **said)


def _put_slip(paper: PdfPaper, slip: Slip, *, is_a4: bool) -> None:
    """Put a slip on a page of its own length, or in the middle of A4, on as many as it needs."""
    width, height = A4 if is_a4 else (_SLIP_WIDTH, 0.0)
    margin = 20.0 if is_a4 else _MARGIN
    column = Column((width - _SLIP_WIDTH) / 2 + _MARGIN, _SLIP_WIDTH - 2 * _MARGIN)
    heights = [_height(paper, item, column) for item in slip]
    if not is_a4:
        height = sum(heights) + 2 * margin
    paper.add_page(width, height)
    top = margin
    for item, needed in zip(slip, heights, strict=True):
        if top + needed > height - margin + 0.01:
            paper.add_page(width, height)
            top = margin
        _put(paper, item, column, top)
        top += needed


def _height(paper: PdfPaper, item: Item, column: Column) -> float:
    """Return the room that an item takes, in millimetres."""
    match item:
        case SlipText():
            size = _SIZES[item.height]
            lines = paper.lines(item.text, column, size, is_bold=item.is_bold)
            return len(lines) * line_height(size)
        case Pair():
            size = _SIZES[item.height]
            return paper.pair_lines(
                item.text, item.amount, column, size, is_bold=item.is_bold
            ) * line_height(size)
        case Band():
            size = _SIZES[Height.NORMAL]
            return (len(paper.lines(item.text, column, size, is_bold=True)) + 0.7) * line_height(
                size
            )
        case SlipCode():
            return (SMALL_CODE_ON_SLIP if item.is_small else CODE_ON_SLIP) + 2 * _QUIET
        case Rule():
            return 3.0
        case Gap():
            return 2.0
        case Logo():
            return 0.0  # of tickets, which have pages of their own


def _put(paper: PdfPaper, item: Item, column: Column, top: float) -> None:
    match item:
        case SlipText():
            place = "middle" if item.is_centred else "start"
            paper.put(
                item.text, column, top, _SIZES[item.height], is_bold=item.is_bold, place=place
            )
        case Pair():
            size = _SIZES[item.height]
            paper.put_pair(item.text, item.amount, column, top, size, is_bold=item.is_bold)
        case Band():
            paper.band(item.text, column, top, _SIZES[Height.NORMAL])
        case SlipCode():
            side = SMALL_CODE_ON_SLIP if item.is_small else CODE_ON_SLIP
            left = column.left + (column.width - side) / 2
            paper.put_code(item.text, left, top + _QUIET, side)
        case Rule():
            paper.rule(column.left, top + 1.5, column.width)
        case Gap() | Logo():
            pass
