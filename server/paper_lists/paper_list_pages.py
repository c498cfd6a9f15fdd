"""How the list on paper looks: pages that are drawn one after the other.

First all who have a name, in its order, then all manual codes. Each line has a box for each
person, room for the time, and all that is needed to know the ticket; each page says when it was
made and from which plan, and is signed with when it was begun and when it was full: between these
two came in who was let in without a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from server.paper.lettering import runs_right, shape, wrap
from server.paper.pdf_stream import PAGE, POINT, PdfSheet, PdfStream
from server.paper_lists.paper_list_texts import ListWording
from server.paper_lists.sorted_lines import SortedLine, SortedLines
from server.paper_lists.who_is_listed import Counted, Heading
from shared.admission.offline_policy import OfflinePolicy
from shared.credential.manual_code import format_manual_code

_LEFT: Final = 12.0
_RIGHT: Final = PAGE[0] - 12.0
_TOP: Final = 12.0
_BOTTOM: Final = PAGE[1] - 21.0
"""Rows end here; below it the page is signed and numbered."""
_ROW_SIZE: Final = 9.0
_LEADING: Final = 4.3
_PADDING: Final = 1.5
_BOX: Final = 3.2
_BOXES_MAX: Final = 3
_DOUBTFUL: Final = "†"
_LINES_MAX: Final = 24
"""Of one row: long questions must not make it higher than a page."""


class _Column(NamedTuple):
    """Where a column begins, if lines run from left to right, and how wide it is."""

    key: str
    left: float
    width: float


_BY_NAME: Final = (
    _Column("in", 12, 13),
    _Column("time", 26, 14),
    _Column("name", 42, 62),
    _Column("kind", 106, 34),
    _Column("seat", 142, 28),
    _Column("code", 172, 26),
)
_BY_CODE: Final = (
    _Column("in", 12, 13),
    _Column("time", 26, 14),
    _Column("code", 42, 26),
    _Column("name", 70, 62),
    _Column("kind", 134, 34),
    _Column("seat", 170, 28),
)


def _leading(columns: Sequence[_Column]) -> str:
    """Return the column by which somebody is looked up."""
    return columns[2].key


def _is_code(text: str) -> bool:
    """Tell whether a text is a manual code: some have no letter that says how it runs."""
    return text[:1].isdecimal() and "-" in text


class ListPages:
    """Draws one list.

    Args:
        heading: What stands over the pages.
        counted: What the list comes to.
        wording: The language.
    """

    def __init__(self, heading: Heading, counted: Counted, wording: ListWording) -> None:
        self._heading, self._counted, self._words = heading, counted, wording
        self._zone = ZoneInfo(heading.timezone)
        self._pdf = PdfStream(f"{heading.event} – {heading.gate}", wording.language)
        self._made = wording.say(
            "made", time=wording.moment(heading.made_at, self._zone), plan=heading.plan
        )
        self._lines_done = 0
        self._doubtful = OfflinePolicy.OPEN in heading.policies
        self._mixed = len(heading.policies) > 1

    def draw(self, sorted_lines: SortedLines) -> Iterator[bytes]:
        """Return the file's bytes, page by page; a comment after each counts the lines so far."""
        yield self._pdf.begin()
        yield from self._section("by_name", _BY_NAME, sorted_lines.by_name())
        yield from self._section("by_code", _BY_CODE, sorted_lines.by_code())
        yield self._pdf.end()

    def _section(
        self, key: str, columns: Sequence[_Column], lines: Iterator[SortedLine]
    ) -> Iterator[bytes]:
        sheet, top = self._open(key, columns)
        is_empty = True
        for line in lines:
            cells = self._cells(line, columns)
            height = _LEADING * max(len(one) for one in cells.values()) + _PADDING
            if top + height > _BOTTOM:
                yield self._close(sheet)
                sheet, top = self._open(key, columns)
            self._row(sheet, line, cells, columns, top)
            top += height
            sheet.rule(_LEFT, top, _RIGHT - _LEFT, thickness=0.08)
            self._lines_done += 1
            is_empty = False
        if is_empty:
            self._put(sheet, self._words.say("nothing"), _LEFT, _RIGHT - _LEFT, top + 4, 11)
        yield self._close(sheet)

    def _cells(self, line: SortedLine, columns: Sequence[_Column]) -> dict[str, list[str]]:
        """Return each column's text, broken into lines."""
        kind = f"{line.kind} {_DOUBTFUL}" if self._mixed and line.is_doubtful else line.kind
        if line.is_unpaid:
            kind = f"\u2068{self._words.say('unpaid')}\u2069 · {kind}"
        if line.checks_id:
            kind = f"{kind} · \u2068{self._words.say('check')}\u2069"
        for question in line.questions:
            kind = f"{kind} · \u2068{self._words.say('ask', question=question)}\u2069"
        for key, at in (("valid_from", line.valid_from), ("valid_until", line.valid_until)):
            if at is not None:
                time = self._words.moment_from(at, self._heading.made_at, self._zone)
                kind = f"{kind} · \u2068{self._words.say(key, time=time)}\u2069"
        texts = {
            "name": line.name or "–",
            "kind": kind,
            "seat": line.seat,
            "code": "–" if line.code is None else format_manual_code(line.code),
        }
        widths = {one.key: one.width for one in columns}
        return {
            key: wrap(
                text,
                widths[key] * POINT / _ROW_SIZE,
                is_bold=key == _leading(columns),
                lines_max=_LINES_MAX,
            )
            for key, text in texts.items()
        }

    def _row(
        self,
        sheet: PdfSheet,
        line: SortedLine,
        cells: dict[str, list[str]],
        columns: Sequence[_Column],
        top: float,
    ) -> None:
        for column in columns:
            if column.key == "in":
                self._boxes(sheet, line, column, top)
            elif column.key == "time":
                x = self._mirrored(column.left, column.width)
                sheet.rule(x, top + _LEADING + 0.2, column.width, thickness=0.12)
            else:
                for number, text in enumerate(cells[column.key]):
                    baseline = top + _LEADING * (number + 1) - 0.6
                    is_bold = column.key == _leading(columns)
                    self._put_line(sheet, text, column.left, baseline, _ROW_SIZE, is_bold=is_bold)

    def _boxes(self, sheet: PdfSheet, line: SortedLine, column: _Column, top: float) -> None:
        """Draw a box for each person; for a group one, with how many came in and it is for."""
        is_group = line.persons > _BOXES_MAX
        filled = line.came_in // line.persons if is_group else line.came_in
        for number in range(1 if is_group else line.persons):
            left = column.left + number * (_BOX + 0.9)
            is_filled = number < filled
            sheet.box(self._mirrored(left, _BOX), top + 0.9, _BOX, _BOX, is_filled=is_filled)
        if is_group:
            beside = column.left + _BOX + 1
            text = f"{line.came_in or ' '}/{line.persons}"
            self._put_line(sheet, text, beside, top + _LEADING - 0.6, _ROW_SIZE)

    def _open(self, key: str, columns: Sequence[_Column]) -> tuple[PdfSheet, float]:
        """Begin a page; return it and where its first row begins."""
        say, heading = self._words.say, self._heading
        sheet = self._pdf.new_sheet()
        wide = _RIGHT - _LEFT
        top = self._put(sheet, heading.event, _LEFT, wide, _TOP, 11, lines_max=1)
        title = say(key, gate=heading.gate)
        top = self._put(sheet, title, _LEFT, wide, top, 15, is_bold=True, lines_max=2)
        date = heading.occurrence
        if date is not None:
            when = self._words.moment(date.starts_at, self._zone)
            top = self._put(sheet, say("date", name=date.name, time=when), _LEFT, wide, top, 9)
        top = self._put(sheet, self._made, _LEFT, wide, top, 9)
        top = self._warning(sheet, top + 1)
        if self._pdf.page_count == 0:
            top = self._summary(sheet, top + 1)
        for column in columns:
            text = say(f"column_{column.key}")
            self._put_line(sheet, text, column.left, top + 4, 7.5)
        top += 5.2
        sheet.rule(_LEFT, top, wide, thickness=0.3)
        return sheet, top + 0.4

    def _warning(self, sheet: PdfSheet, top: float) -> float:
        """Say whether another gate may let the same tickets in, and what the list cannot know."""
        key = "mixed" if self._mixed else "doubles" if self._doubtful else "home"
        inner = _LEFT + 2
        text = self._words.say(key, sign=_DOUBTFUL)
        if self._counted.ruled:
            text = f"{text} {self._words.say('ruled')}"
        below = self._put(sheet, text, inner, _RIGHT - _LEFT - 4, top + 1, 10, is_bold=True)
        sheet.box(_LEFT, top, _RIGHT - _LEFT, below - top + 0.8)
        return below + 1.6

    def _summary(self, sheet: PdfSheet, top: float) -> float:
        """Say on the first page how to use the list, and what is not on it."""
        counted = self._counted
        said = [
            self._words.say("tickets", count=counted.tickets),
            self._words.say("how"),
        ]
        said += [
            self._words.say(key, count=count)
            for key, count in (
                ("used", counted.used),
                ("nowhere", counted.nowhere),
                ("homeless", counted.homeless),
                ("unreadable", counted.unreadable),
            )
            if count
        ]
        for text in said:
            top = self._put(sheet, text, _LEFT, _RIGHT - _LEFT, top, 9)
        return top + 1

    def _close(self, sheet: PdfSheet) -> bytes:
        """Sign and number a page, and write it."""
        sheet.rule(_LEFT, _BOTTOM + 1, _RIGHT - _LEFT, thickness=0.3)
        self._put_line(sheet, self._words.say("signed"), _LEFT, _BOTTOM + 7, 9)
        number = shape(f"{self._pdf.page_count + 1} / ")
        end = _LEFT + 12 if self._words.runs_left else _RIGHT - 12
        baseline = PAGE[1] - 8
        sheet.put(number, end - number.width * 8 / POINT, baseline, 8)
        sheet.put_total(end, baseline)
        self._put_line(sheet, self._made, _LEFT, baseline, 7)
        return self._pdf.page(sheet) + self._pdf.comment(f"lines {self._lines_done}")

    def _put(
        self,
        sheet: PdfSheet,
        text: str,
        left: float,
        width: float,
        top: float,
        size: float,
        *,
        is_bold: bool = False,
        lines_max: int = 0,
    ) -> float:
        """Draw a text in lines; return where the next one begins."""
        leading = size / POINT * 1.36
        for line in wrap(text, width * POINT / size, is_bold=is_bold, lines_max=lines_max):
            self._put_line(sheet, line, left, top + leading * 0.78, size, is_bold=is_bold)
            top += leading
        return top

    def _put_line(
        self,
        sheet: PdfSheet,
        text: str,
        left: float,
        baseline: float,
        size: float,
        *,
        is_bold: bool = False,
    ) -> None:
        """Draw one line where the language's lines begin, in the direction of its own letters."""
        is_right = self._words.runs_left
        own = runs_right(text, otherwise=is_right and not _is_code(text))
        line = shape(text, is_bold=is_bold, starts_right=own)
        drawn = line.width * size / POINT
        x = PAGE[0] - left - drawn if is_right else left
        sheet.put(line, x, baseline, size)

    def _mirrored(self, left: float, width: float) -> float:
        return PAGE[0] - left - width if self._words.runs_left else left
