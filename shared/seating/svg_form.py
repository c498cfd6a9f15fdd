"""Seat maps as SVG drawings.

A seat is a `circle`, `ellipse` or `rect` with `data-seat`, its number, inside groups that name its
section and row: by `data-section` and `data-row`, or by a label or id such as `section:Stalls` and
`row:12`. `data-category`, `data-kind` and `data-id` may stand on the seat, the first two on a
group as well. What has `data-focus` is what everybody looks at. All else is decoration.

A document type, and with it every entity, is refused before anything of it is read: neither bombs
nor files of the machine come in that way. The parser is expat itself, because it alone tells the
line of each element.
"""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import Final
from xml.parsers import expat

from shared.kernel.errors import BadInput
from shared.kernel.id_types import SeatId
from shared.seating.csv_form import SEAT_FILE_SIZE_MAX
from shared.seating.seat_map import (
    CATEGORY_DEFAULT,
    HUNDREDTHS,
    PITCH,
    POSITION_MAX,
    Seat,
    SeatGatherer,
    SeatKind,
    SeatMap,
    find_focus,
    make_seat_id,
    read_position,
    round_hundredths,
    write_position,
)
from shared.seating.svg_transforms import IDENTITY, Matrix, read_transform

ELEMENTS_MAX: Final = 400_000
DEPTH_MAX: Final = 64
SVG_SIZE_MAX: Final = 2 * SEAT_FILE_SIZE_MAX
"""Characters of a drawing: it says more of each seat than a table."""
_SHAPES: Final = frozenset({"circle", "ellipse", "rect"})
_OTHER_SHAPES: Final = frozenset({"path", "polygon", "polyline", "line", "use", "text", "image"})
_NAMED: Final = re.compile(r"(section|row)[:=_ ]+(.+)", re.IGNORECASE)
_LABELS: Final = ("inkscape:label", "aria-label", "id")
_KINDS: Final = {kind.value: kind for kind in SeatKind}
_RADIUS: Final = PITCH * 2 // 5


def read_svg(text: str) -> SeatMap:
    """Read a map.

    Raises:
        BadInput: naming the lines of the elements that are wrong, and what to change.
    """
    if len(text) > SVG_SIZE_MAX:
        message = f"The drawing has more than {SVG_SIZE_MAX} characters; part it by sections."
        raise BadInput(message)
    return _SvgReader().read(text)


class _Group:
    """What holds within an element."""

    __slots__ = ("category", "kind", "matrix", "row", "section")

    def __init__(self, outer: _Group | None, said: dict[str, str], matrix: Matrix) -> None:
        self.matrix = matrix
        self.section: str = _said(said, "section") or (outer.section if outer else "")
        self.row: str = _said(said, "row") or (outer.row if outer else "")
        self.category: str = said.get(
            "data-category", outer.category if outer else CATEGORY_DEFAULT
        )
        self.kind: str = said.get("data-kind", outer.kind if outer else SeatKind.ORDINARY)


def _said(said: dict[str, str], what: str) -> str:
    """Return the section or row that an element names, or ""."""
    label = said.get(f"data-{what}", "").strip()
    if label:
        return label
    for name in _LABELS:
        found = _NAMED.fullmatch(said.get(name, "").strip())
        if found and found[1].casefold() == what:
            return found[2].strip()
    return ""


class _SvgReader:
    """Reads one drawing."""

    def __init__(self) -> None:
        self._gatherer = SeatGatherer()
        self._groups: list[_Group] = []
        self._focus: tuple[int, int] | None = None
        self._count = 0
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.EntityDeclHandler = self._refuse_doctype

    def read(self, text: str) -> SeatMap:
        """Read all of it.

        Raises:
            BadInput: if it is not a map.
        """
        try:
            self._parser.Parse(text.encode("utf-8", "surrogatepass"), True)
        except expat.ExpatError as fault:
            what = expat.ErrorString(fault.code)
            raise BadInput(
                f"Line {fault.lineno}, column {fault.offset + 1}: this is no SVG ({what});"
                " export the drawing again."
            ) from None
        return self._gatherer.finish(self._focus)

    def _refuse_doctype(self, *_said: object) -> None:
        raise BadInput(
            f"{self._where()}: the drawing has a document type (DTD), which may name other files;"
            " export it as plain SVG, or remove the line <!DOCTYPE …>."
        )

    def _where(self, name: str = "") -> str:
        line = f"Line {self._parser.CurrentLineNumber}"
        return f"{line}, <{name[:40]}>" if name else line

    def _open(self, tag: str, said: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        self._count += 1
        if self._count > ELEMENTS_MAX or len(self._groups) >= DEPTH_MAX:
            raise BadInput(
                f"{self._where(name)}: more than {ELEMENTS_MAX} elements, or {DEPTH_MAX} within"
                " each other; remove the decoration before the import."
            )
        if self._count == 1 and name != "svg":
            raise BadInput(f"{self._where(name)}: the file is no SVG; export the drawing as SVG.")
        outer = self._groups[-1] if self._groups else None
        matrix = outer.matrix if outer else IDENTITY
        moved = read_transform(said.get("transform", ""))
        if moved is None:
            text = "its transform cannot be read; apply transforms before the export"
            self._gatherer.faults.add(self._where(name), text)
            moved = IDENTITY
        group = _Group(outer, said, matrix.then(moved))
        self._groups.append(group)
        if "data-seat" in said:
            self._take_seat(name, said, group)
        elif "data-focus" in said:
            self._focus = self._centre(name, said, group) or self._focus

    def _close(self, _tag: str) -> None:
        self._groups.pop()

    def _take_seat(self, name: str, said: dict[str, str], group: _Group) -> None:
        where, faults = self._where(name), self._gatherer.faults
        number = said["data-seat"].strip()
        if not group.section or not group.row:
            lacking = "section" if not group.section else "row"
            text = (
                f"seat {number[:24]!r} is in no {lacking}; put it in a group with data-{lacking}"
            )
            faults.add(where, text)
            return
        place = self._centre(name, said, group)
        if place is None:
            return
        kind = _KINDS.get(group.kind.strip().casefold())
        if kind is None:
            known = ", ".join(SeatKind)
            faults.add(where, f"data-kind {group.kind[:40]!r} is unknown; write one of {known}")
            return
        seat_id = said.get("data-id", "").strip()
        self._gatherer.add(
            where,
            Seat(
                id=SeatId(seat_id) if seat_id else make_seat_id(group.section, group.row, number),
                section=group.section,
                row=group.row,
                number=number,
                x=place[0],
                y=place[1],
                category=group.category.strip(),
                kind=kind,
            ),
        )

    def _centre(self, name: str, said: dict[str, str], group: _Group) -> tuple[int, int] | None:
        """Return the middle of a shape in the drawing; None if it has none, which is noted."""
        where, faults = self._where(name), self._gatherer.faults
        if name not in _SHAPES:
            what = "this shape" if name in _OTHER_SHAPES else f"<{name[:20]}>"
            faults.add(where, f"{what} cannot be a seat; draw a circle, an ellipse or a rectangle")
            return None
        names = ("x", "y", "width", "height") if name == "rect" else ("cx", "cy")
        places = [read_position(said.get(one, "0").strip().removesuffix("px")) for one in names]
        if any(place is None or abs(place) > POSITION_MAX for place in places):
            shown = ", ".join(f"{one}={said.get(one, '0')[:20]!r}" for one in names)
            faults.add(where, f"{shown} must be plain numbers, within 100000 of the origin")
            return None
        known = [place or 0 for place in places]
        x, y = known[0] / HUNDREDTHS, known[1] / HUNDREDTHS
        if name == "rect":
            x, y = x + known[2] / 2 / HUNDREDTHS, y + known[3] / 2 / HUNDREDTHS
        moved_x, moved_y = group.matrix.move(x, y)
        return round_hundredths(moved_x), round_hundredths(moved_y)


def write_svg(seat_map: SeatMap) -> str:
    """Draw a map; `read_svg` gives it back as it is."""
    focus_x, focus_y = find_focus(seat_map)
    xs = [focus_x, *(seat.x for seat in seat_map.seats)]
    ys = [focus_y, *(seat.y for seat in seat_map.seats)]
    box = (
        *(min(xs) - PITCH, min(ys) - PITCH),
        *(max(xs) - min(xs) + 2 * PITCH, max(ys) - min(ys) + 2 * PITCH),
    )
    radius = write_position(_RADIUS)
    view = " ".join(write_position(one) for one in box)
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">']
    if seat_map.focus_x is not None and seat_map.focus_y is not None:
        place = f'cx="{write_position(focus_x)}" cy="{write_position(focus_y)}"'
        parts.append(f'<circle data-focus="1" {place} r="{radius}" fill="none"/>')
    for (section, row), seats in groupby(seat_map.seats, lambda seat: (seat.section, seat.row)):
        parts.append(f'<g data-section="{_escaped(section)}" data-row="{_escaped(row)}">')
        parts += [
            f'<circle cx="{write_position(seat.x)}" cy="{write_position(seat.y)}" r="{radius}"'
            f' data-seat="{_escaped(seat.number)}" data-category="{_escaped(seat.category)}"'
            f' data-kind="{seat.kind.value}" data-id="{seat.id}"/>'
            for seat in seats
        ]
        parts.append("</g>")
    return "\n".join([*parts, "</svg>"]) + "\n"


def _escaped(label: str) -> str:
    return html.escape(label, quote=True)
