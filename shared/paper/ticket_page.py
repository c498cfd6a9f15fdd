"""Tickets on pages: A4 to be printed at home, A6 for a pouch, cards. One drawing for all.

Whatever a design chooses, the code is black on white with its quiet zone, of a size that readers
take from an arm's length, and within the upper third of A4, where no fold goes through it.
Pictures give way: where there is no room for one beside all that a ticket must say, it is left
out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shared.manifest.ticket_design import TicketDesign, read_color
from shared.paper.code_sizes import CODE_ON_A4, CODE_ON_CARD, CODE_ON_LARGE_CARD, CODES_ON_A6
from shared.paper.pen import BLACK, POINT, Box, Color, Column, Pen, line_height
from shared.paper.ticket_words import TicketWords, leave_out

A4: Final = (210.0, 297.0)
A6: Final = (105.0, 148.0)
CARD: Final = (85.6, 54.0)
QUIET: Final = 4 / 37
"""Of a code's side: the white around it."""
_ISOLATE: Final = "\u2068"
_END: Final = "\u2069"
_SHARE_MIN: Final = 0.4
"""No letter gets smaller than that share of its size."""
_BAND: Final = 18.0
_FACTS_MIN: Final = 26.0
_NOTE_MAX: Final = 20.0


def put_a4_ticket(pen: Pen, words: TicketWords, design: TicketDesign) -> None:
    """Put a ticket into the upper third of A4: folded twice, the code is outside and whole."""
    words, accent = leave_out(words, design), _accent(design)
    left, top, width, height, code = 15.0, 15.0, 180.0, 92.0, CODE_ON_A4
    inner = top + 6
    # Beside a band of words there is no room for a picture above the fold.
    if design.band is not None and not words.bands:
        place = Box(left + 3, 11.0, width - 6, _BAND)
        if pen.picture(design.band.digest, place, covers=True):
            top, inner = 8.0, 11.0 + _BAND + 2
    for band in words.bands:
        inner = pen.band(band, Column(left + 6, width - 12), inner, 11)
    first = inner
    # What stands above or below keeps out of the white around the code.
    code_top = inner + (2 if top > 8 and not words.bands else code * QUIET - 1)
    code_left = left + 10 if pen.starts_right else left + width - 10 - code
    text_left = code_left + code + 10 if pen.starts_right else left + 8
    column = Column(text_left, width - code - 28)
    pen.put_code(words.digits, code_left, code_top, code)
    below = code_top + code * (1 + QUIET)
    below = _put_manual_code(pen, words, Column(code_left - 6, code + 12), below, 15)
    end = _put_logo(pen, design, column, inner, 13.0)
    end = _put_facts(pen, words, column, end, 24, accent)
    if words.home_gate:
        end = pen.put(words.home_gate, column, end + 2, 12, is_bold=True)
    if words.tail():
        below = max(below, end + 2 + 9 * POINT * 1.36)
        height = max(height, below + 6 - top)
        end = pen.put(_beside(*words.tail()), column, max(end + 2, top + height - 15), 9)
    height = max(height, below + 4 - top, end + 4 - top)
    pen.frame(left, top, width, height)
    if design.accent:
        stripe = left + width - 5 if pen.starts_right else left + 2.5
        _fill(pen, Box(stripe, first + 1, 2.5, top + height - first - 5), accent)
    fold = top + height + 6
    pen.rule(0, fold, 210, is_dashed=True)
    for line in _note_lines(design):
        fold = pen.put(line, Column(left, width), fold + 2, 8.5)


def put_a6_ticket(pen: Pen, words: TicketWords, design: TicketDesign) -> None:
    """Put a ticket on a page of A6, the code in the middle."""
    words, accent = leave_out(words, design), _accent(design)
    column, top, bottom = Column(8, 89), 6.0, 139.0
    for band in words.bands:
        top = pen.band(band, column, top, 10)
    note, note_size = _fit_note(pen, design, column)
    if note:
        bottom = _put_block(pen, note, column, bottom, note_size)
    if words.home_gate:
        bottom = _put_above(pen, words.home_gate, column, bottom, 10)
    if words.serial:
        bottom = _put_above(pen, words.serial, column, bottom, 6, is_bold=False)
    bottom = _put_above(pen, words.manual_code, column, bottom, 14) - 1
    code = CODES_ON_A6[0 if design.band is None and design.logo is None else -1]
    facts = _a6_facts(words)
    room = bottom - top - _code_room(code)
    if design.band is not None and room - _BAND + 2 > _FACTS_MIN:
        place = Box(column.left, top, column.width, _BAND - 4)
        top += (_BAND - 2) * pen.picture(design.band.digest, place, covers=True)
    if design.logo is not None and bottom - top - _code_room(code) - 11 > _FACTS_MIN:
        top = _put_logo(pen, design, column, top, 10.0, is_middle=True)
    fitted = _fitted(pen, facts, column)
    needed = sum(_heights(pen, fitted, column))
    code = next(
        (one for one in CODES_ON_A6 if needed <= bottom - top - _code_room(one)), CODES_ON_A6[-1]
    )
    room = bottom - top - _code_room(code)
    _put_fitting(pen, facts, column, top, room, accent, place="middle")
    pen.put_code(words.digits, (A6[0] - code) / 2, bottom - code * (1 + QUIET), code)
    if design.accent:
        _fill(pen, Box(0, 0, A6[0], 3), accent)
    references = _beside(*words.tail())
    if references:
        size = pen.fitting_size(references, column, 7.5, is_bold=False, lines_max=1)
        pen.put(references, column, 140, size, place="middle")


def put_card_ticket(
    pen: Pen, words: TicketWords, design: TicketDesign, size: tuple[float, float] = CARD
) -> None:
    """Put a ticket on a card; pictures and the organizer's words need larger paper."""
    words, accent = leave_out(words, design), _accent(design)
    width, height = size
    whole, is_large = Column(5, width - 10), height > CARD[1]
    code = CODE_ON_LARGE_CARD if is_large else CODE_ON_CARD
    top = code * QUIET + 1.2
    code_left = 5.0 if pen.starts_right else width - 5 - code
    column = Column(
        code_left + code * (1 + QUIET) + 0.5 if pen.starts_right else 5,
        width - 10.5 - code * (1 + QUIET),
    )
    pen.put_code(words.digits, code_left, top, code)
    start = pen.band(_beside(*words.bands), column, top, 7) if words.bands else top
    facts = [
        (words.event, 12.0, True),
        (words.moment, 7.0, False),
        (words.date, 7.0, False),
        (words.validity, 7.0, True),
        (words.venue, 7.0, False),
        (words.ticket_type, 10.0, True),
        (words.persons, 7.5, True),
        (words.zone, 7.5, False),
        (words.seat, 7.5, False),
        (words.holder, 7.5, True),
        (words.home_gate, 7.5, True),
        (words.organization if is_large else "", 6.5, False),
    ]
    if is_large:
        start = _put_logo(pen, design, column, start, 8.0)
    facts = [one for one in facts if one[0]]
    _put_fitting(pen, facts, column, start, height - 10 - start, accent)
    place = "start" if pen.starts_right else "end"
    pen.put(words.manual_code, whole, height - 9.8, 11, is_bold=True, place=place)
    references = _beside(words.order, *words.references, words.serial)
    if references:
        letters = pen.fitting_size(references, whole, 6, is_bold=False, lines_max=1)
        pen.put(references, whole, height - 4.6, letters)
    if design.accent:
        _fill(pen, Box(0, 0, width, 1), accent)


def _accent(design: TicketDesign) -> Color:
    return read_color(design.accent) or BLACK


def _fill(pen: Pen, box: Box, color: Color) -> None:
    pen.ink(color)
    pen.fill(box)
    pen.ink(BLACK)


def _code_room(code: float) -> float:
    return code * (1 + 2 * QUIET)


def _note_lines(design: TicketDesign) -> list[str]:
    """Return the organizer's words, each line in a direction of its own."""
    return [f"{_ISOLATE}{line}{_END}" for line in design.note.splitlines() if line.strip()]


def _fit_note(pen: Pen, design: TicketDesign, column: Column) -> tuple[list[str], float]:
    """Return the organizer's words as lines, in the largest letters that leave room for more."""
    said, size = _note_lines(design), 7.0
    while True:
        lines = [line for one in said for line in pen.lines(one, column, size, is_bold=False)]
        if len(lines) * line_height(size) <= _NOTE_MAX or size < 4:
            return lines, size
        size *= 0.94


def _put_block(
    pen: Pen, lines: Sequence[str], column: Column, bottom: float, size: float
) -> float:
    """Put lines above a place; return where they begin."""
    top = first = bottom - len(lines) * line_height(size)
    for line in lines:
        top = pen.put(line, column, top, size)
    return first - 1


def _put_above(
    pen: Pen, text: str, column: Column, bottom: float, size: float, *, is_bold: bool = True
) -> float:
    """Put a text above a place; return where it begins."""
    count = len(pen.lines(text, column, size, is_bold=is_bold))
    top = bottom - count * line_height(size)
    pen.put(text, column, top, size, is_bold=is_bold, place="middle")
    return top


def _put_logo(
    pen: Pen,
    design: TicketDesign,
    column: Column,
    top: float,
    height: float,
    *,
    is_middle: bool = False,
) -> float:
    """Put the logo where lines begin, or in the middle; return where texts go on."""
    logo = design.logo
    if logo is None or not logo.height:
        return top
    width = min(column.width, height * logo.width / logo.height)
    height = min(height, width * logo.height / max(logo.width, 1))
    free = column.width - width
    left = column.left + (free / 2 if is_middle else free * pen.starts_right)
    if not pen.picture(logo.digest, Box(left, top, width, height), covers=False):
        return top
    return top + height + 2


def _beside(*texts: str) -> str:
    """Put texts on one line, each in a direction of its own; "" is left out."""
    told = [one for one in texts if one]
    if not all(one.isascii() for one in told):
        told = [one if one[0] == _ISOLATE else f"{_ISOLATE}{one}{_END}" for one in told]
    return " · ".join(told)


_Fact = tuple[str, float, bool]


def _a6_facts(words: TicketWords) -> list[_Fact]:
    places = _beside(words.zone, words.seat)
    facts = [
        (words.organization, 8.0, False),
        (words.event, 20.0, True),
        (words.moment, 10.0, False),
        (words.date, 10.0, False),
        (words.validity, 10.0, True),
        (words.venue, 10.0, False),
        (words.ticket_type, 15.0, True),
        (words.persons, 11.0, True),
        (places, 11.0, False),
        (words.holder, 11.0, True),
    ]
    return [one for one in facts if one[0]]


def _fitted(pen: Pen, facts: Sequence[_Fact], column: Column) -> list[_Fact]:
    return [
        (text, pen.fitting_size(text, column, size, is_bold=is_bold), is_bold)
        for text, size, is_bold in facts
    ]


def _heights(pen: Pen, facts: Sequence[_Fact], column: Column, share: float = 1.0) -> list[float]:
    return [
        len(pen.lines(text, column, size * share, is_bold=is_bold)) * line_height(size) * share
        for text, size, is_bold in facts
    ]


def _put_fitting(
    pen: Pen,
    facts: Sequence[_Fact],
    column: Column,
    top: float,
    room: float,
    accent: Color,
    *,
    place: str = "start",
) -> None:
    """Put texts of a size under each other, all of them smaller where they need more room."""
    largest = max((size for _, size, _ in facts), default=0.0)
    titles = [is_bold and size >= largest * 0.75 for _, size, is_bold in facts]
    facts = _fitted(pen, facts, column)
    share = 1.0
    while share > _SHARE_MIN and sum(_heights(pen, facts, column, share)) > room:
        share *= 0.94
    for (text, size, is_bold), is_title in zip(facts, titles, strict=True):
        pen.ink(accent if is_title else BLACK)
        top = pen.put(text, column, top, size * share, is_bold=is_bold, place=place)
    pen.ink(BLACK)


def _put_facts(
    pen: Pen, words: TicketWords, column: Column, top: float, title: float, accent: Color
) -> float:
    """Put event, day, venue, type, zone, seat and holder under each other."""
    if words.organization:
        top = pen.put(words.organization, column, top, 9)
    pen.ink(accent)
    size = pen.fitting_size(words.event, column, title, is_bold=True)
    top = pen.put(words.event, column, top, size, is_bold=True) + 1
    pen.ink(BLACK)
    for line in filter(None, (words.moment, words.date)):
        top = pen.put(line, column, top, 12)
    if words.validity:
        top = pen.put(words.validity, column, top, 12, is_bold=True)
    if words.venue:
        top = pen.put(words.venue, column, top, 12)
    pen.ink(accent)
    size = pen.fitting_size(words.ticket_type, column, title * 0.75, is_bold=True)
    top = pen.put(words.ticket_type, column, top + 3, size, is_bold=True)
    pen.ink(BLACK)
    for line in filter(None, (words.persons, words.zone, words.seat)):
        top = pen.put(line, column, top, 12)
    if words.holder:
        top = pen.put(words.holder, column, top, 12, is_bold=True)
    return top


def _put_manual_code(
    pen: Pen, words: TicketWords, column: Column, top: float, size: float
) -> float:
    if not words.manual_code:
        return top
    if words.code_hint:
        top = pen.put(words.code_hint, column, top, 8, place="middle")
    top = pen.put(words.manual_code, column, top, size, is_bold=True, place="middle")
    return pen.put(words.serial, column, top, 6, place="middle") if words.serial else top
