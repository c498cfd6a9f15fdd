"""An event's tickets on pages of PDF, in the design that it has. No database here.

A code is black on white with four modules of white around it, whatever stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
import segno

from server.paper.pdf_stream import PAGE, PdfSheet, PdfStream
from server.paper.ticket_pen import MakeCode, TicketPen
from shared.manifest.ticket_design import PLAIN, TicketDesign
from shared.paper.ticket_page import A6, put_a4_ticket, put_a6_ticket, put_card_ticket
from shared.paper.ticket_words import TicketWords

_CELL: Final = (PAGE[0] / 2, PAGE[1] / 4)


class TicketPages(msgspec.Struct, frozen=True, kw_only=True):
    """What all pages have in common.

    Attributes:
        title: Of the file.
        runs_left: Whether the language runs from right to left.
        layout: `page` for one of A4 each, `a6`, or `cut` for eight of a card's size on A4.
        pictures: Of the design, by their digests.
    """

    title: str
    language: str
    runs_left: bool
    layout: str
    design: TicketDesign = PLAIN
    pictures: Mapping[str, bytes] = {}


def make_code(digits: str) -> segno.QRCode:
    """Return the QR code of a credential, as gates expect it."""
    return segno.make(digits, error="m", micro=False, boost_error=False)


def write_pages(
    tickets: Iterable[TicketWords], pages: TicketPages, make: MakeCode = make_code
) -> bytes:
    """Write the tickets on pages of A4 or A6.

    Args:
        tickets: In order.
        pages: What they have in common.
        make: Makes the codes; `make_code`, unless it has made them already.
    """
    paper = PdfStream(pages.title, pages.language)
    parts = [paper.begin()]
    corners = [(0.0, 0.0)]
    if pages.layout == "cut":
        corners = [(column * _CELL[0], row * _CELL[1]) for row in range(4) for column in (0, 1)]
    for some in _batches(tickets, len(corners)):
        sheet = paper.new_sheet(A6 if pages.layout == "a6" else PAGE)
        for words, corner in zip(some, corners, strict=False):
            pen = TicketPen(
                paper,
                sheet,
                pages.pictures,
                make,
                starts_right=pages.runs_left,
                corner=corner,
            )
            _put_ticket(pen, words, pages)
        if pages.layout == "cut":
            _draw_cuts(sheet)
        parts.append(paper.page(sheet))
    parts.append(paper.end())
    return b"".join(parts)


def _put_ticket(pen: TicketPen, words: TicketWords, pages: TicketPages) -> None:
    if pages.layout == "cut":
        put_card_ticket(pen, words, pages.design, _CELL)
    elif pages.layout == "a6":
        put_a6_ticket(pen, words, pages.design)
    else:
        put_a4_ticket(pen, words, pages.design)


def _batches(tickets: Iterable[TicketWords], size: int) -> Iterator[list[TicketWords]]:
    some: list[TicketWords] = []
    for one in tickets:
        some.append(one)
        if len(some) == size:
            yield some
            some = []
    if some:
        yield some


def _draw_cuts(sheet: PdfSheet) -> None:
    for row in range(1, 4):
        sheet.rule(0, row * PAGE[1] / 4, PAGE[0], thickness=0.1)
    sheet.upright(PAGE[0] / 2, 0, PAGE[1], thickness=0.1)
