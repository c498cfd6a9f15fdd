"""Seat maps as CSV: one line a seat, as spreadsheets write it.

The first line names the columns, in any order: `section`, `row` and `seat` are needed, `x` and `y`
(both or none), `category`, `kind` and `id` may be left out. What other programs and languages call
them is taken for them. A line `#focus,X,Y` before the columns says what everybody looks at.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import normalize

from shared.kernel.errors import BadInput
from shared.kernel.id_types import SeatId
from shared.seating.seat_map import (
    CATEGORY_DEFAULT,
    PITCH,
    Seat,
    SeatGatherer,
    SeatKind,
    SeatMap,
    make_seat_id,
    read_position,
    write_position,
)

SEAT_FILE_SIZE_MAX: Final = 16_000_000
"""Characters of a file: a hundred thousand seats with long labels."""
COLUMNS: Final = ("section", "row", "seat", "x", "y", "category", "kind", "id")
_NEEDED: Final = COLUMNS[:3]
OTHER_NAMES: Final = {
    "section": ("area", "bereich", "block", "bloc", "sektor", "sección", "sector", "secteur",
                "settore", "โซน", "القسم"),
    "row": ("reihe", "rangée", "fila", "แถว", "الصف"),
    "seat": ("number", "platz", "sitz", "sitzplatz", "place", "siège", "asiento", "butaca",
             "posto", "ที่นั่ง", "المقعد"),
    "category": ("kategorie", "catégorie", "categoría", "categoria", "ประเภท", "الفئة"),
    "kind": ("attributes",),
    "id": ("guid",),
}  # fmt: skip
"""What other programs, and the spreadsheets of several languages, call our columns.

Not `rang`: a balcony in German halls, a row in French ones.
"""
_OURS: Final = {other: ours for ours, others in OTHER_NAMES.items() for other in others}
_FOCUS: Final = "#focus"
_DELIMITERS: Final = ",;\t"
_KINDS: Final = {"": SeatKind.ORDINARY} | {kind.value: kind for kind in SeatKind}


def read_csv(text: str) -> SeatMap:
    """Read a map.

    Raises:
        BadInput: naming the lines that are wrong, and what to change.
    """
    if len(text) > SEAT_FILE_SIZE_MAX:
        raise BadInput(
            f"The file has more than {SEAT_FILE_SIZE_MAX} characters; part it by sections."
        )
    text = text.removeprefix("\ufeff")
    delimiter = _find_delimiter(text)
    lines = _read_lines(text, delimiter)
    positions = _Positions(delimiter)
    focus, columns = _read_head(lines, positions, delimiter)
    reader = _LineReader(columns, positions)
    for number, cells in lines:
        if any(cell.strip() for cell in cells):
            reader.take(number, cells)
    return reader.gatherer.finish(focus)


def write_csv(seat_map: SeatMap) -> str:
    """Write a map; `read_csv` gives it back as it is."""
    rows: list[Sequence[str]] = []
    if seat_map.focus_x is not None and seat_map.focus_y is not None:
        focus = (write_position(seat_map.focus_x), write_position(seat_map.focus_y))
        rows.append((_FOCUS, *focus))
    rows.append(COLUMNS)
    rows += [
        (
            *(seat.section, seat.row, seat.number),
            *(write_position(seat.x), write_position(seat.y)),
            *(seat.category, seat.kind.value, seat.id),
        )
        for seat in seat_map.seats
    ]
    # Labels begin with a letter or digit: no spreadsheet takes one for a formula.
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(one in cell for one in ',;"') else cell


def _find_delimiter(text: str) -> str:
    head = next(
        (line for line in text.splitlines() if line.strip() and not line.startswith("#")), ""
    )
    return max(_DELIMITERS, key=head.count)


def _read_lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines' cells with their numbers.

    Raises:
        BadInput: if the text is no table.
    """
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error as fault:
        raise BadInput(
            f"Line {reader.line_num}: the cells cannot be told apart ({fault}); save the file"
            " again as CSV in UTF-8."
        ) from None


class _Positions:
    """Reads a table's positions, all by one decimal mark.

    Who parts cells by semicolons writes 12,5 for a half, and may write 1.234 for a thousand.
    """

    def __init__(self, delimiter: str) -> None:
        self._marks = "." if delimiter == "," else ".,"
        self._mark = ""

    def read(self, cell: str) -> int | None:
        """Read one; None if it is no number, or written with another mark than those before."""
        text = cell.strip()
        mark = next((one for one in ".," if one in text), "")
        if mark not in self._marks or (mark and self._mark not in {"", mark}):
            return None
        position = read_position(text.replace(",", "."))
        if position is not None:
            self._mark = self._mark or mark
        return position


def _read_head(
    lines: Iterator[tuple[int, list[str]]], positions: _Positions, delimiter: str
) -> tuple[tuple[int, int] | None, dict[str, int]]:
    """Read what stands before the seats.

    Returns:
        The point that everybody looks at, and where each column is.

    Raises:
        BadInput: if columns lack, or are unknown or doubled.
    """
    focus: tuple[int, int] | None = None
    for number, cells in lines:
        first = cells[0].strip().casefold() if cells else ""
        if first == _FOCUS:
            focus = _read_focus(number, cells, positions)
        elif first.startswith(tuple(_FOCUS + one for one in _DELIMITERS)):
            # Written by hand, or by another program than the table.
            own = first.removeprefix(_FOCUS)[0]
            focus = _read_focus(number, delimiter.join(cells).split(own), _Positions(own))
        elif first and not first.startswith("#"):
            return focus, _read_columns(number, cells)
    raise BadInput(f"The file is empty. Its first line names the columns: {','.join(COLUMNS)}.")


def _read_focus(number: int, cells: Sequence[str], positions: _Positions) -> tuple[int, int]:
    places = [positions.read(cell) for cell in cells[1:3]]
    if len(places) != len("xy") or places[0] is None or places[1] is None:
        message = f"Line {number}: write {_FOCUS},X,Y with two numbers, or leave the line out."
        raise BadInput(message)
    return places[0], places[1]


def _read_columns(number: int, cells: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        said = normalize("NFC", cell.strip().casefold())  # some machines part ó into o and ´
        name = _OURS.get(said, said)
        if name not in COLUMNS:
            raise BadInput(
                f"Line {number}: the column {cell.strip()[:40]!r} is unknown; columns are"
                f" {', '.join(COLUMNS)}. Remove the others."
            )
        if name in columns:
            other = cells[columns[name]].strip()
            both = f"{other[:40]!r} and {cell.strip()[:40]!r} are both the column {name}"
            raise BadInput(f"Line {number}: {both}; remove one.")
        columns[name] = place
    missing = [name for name in _NEEDED if name not in columns]
    if missing or ("x" in columns) != ("y" in columns):
        what = ", ".join(missing) or ("y" if "x" in columns else "x")
        message = f"Line {number}: the column {what} is missing; name the columns in this line."
        raise BadInput(message)
    return columns


class _LineReader:
    """Makes a seat of each line."""

    def __init__(self, columns: dict[str, int], positions: _Positions) -> None:
        self.gatherer = SeatGatherer()
        self._columns, self._positions = columns, positions
        self._rows: dict[tuple[str, str], int] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def take(self, number: int, cells: Sequence[str]) -> None:
        """Take a line's seat, or note why not.

        Raises:
            BadInput: if there are too many.
        """
        where, faults = f"Line {number}", self.gatherer.faults
        if len(cells) > len(self._columns) and any(
            cell.strip() for cell in cells[len(self._columns) :]
        ):
            faults.add(where, "it has more cells than there are columns; remove them")
            return
        said = {
            name: cells[place].strip() if place < len(cells) else ""
            for name, place in self._columns.items()
        }
        kind = _KINDS.get(said.get("kind", "").casefold())
        if kind is None:
            known = ", ".join(SeatKind)
            faults.add(where, f"the kind {said['kind'][:40]!r} is unknown; write one of {known}")
            return
        place = self._place(said)
        if place is None:
            text = (
                f"x {said['x'][:20]!r} and y {said['y'][:20]!r} must be plain numbers like 12.5,"
                " all with one decimal mark and none for thousands"
            )
            faults.add(where, text)
            return
        section, row, label = said["section"], said["row"], said["seat"]
        self.gatherer.add(
            where,
            Seat(
                id=SeatId(said.get("id", "") or make_seat_id(section, row, label)),
                section=section,
                row=row,
                number=label,
                x=place[0],
                y=place[1],
                category=said.get("category", "") or CATEGORY_DEFAULT,
                kind=kind,
            ),
        )

    def _place(self, said: dict[str, str]) -> tuple[int, int] | None:
        """Return where a seat is; without columns for it, rows stand below each other."""
        if "x" in self._columns:
            x, y = self._positions.read(said["x"]), self._positions.read(said["y"])
            return None if x is None or y is None else (x, y)
        key = (said["section"], said["row"])
        row = self._rows.setdefault(key, len(self._rows))
        self._counts[key] = count = self._counts.get(key, 0) + 1
        return count * PITCH, (row + 1) * PITCH
