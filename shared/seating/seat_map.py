"""A seat map: every seat of a room with its labels, its place in the drawing, its category.

A venue has one as its template; an event has a copy, and the states of its seats beside it.
Positions are whole hundredths of the drawing's unit, so that a map that was written and read again
is the same map.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from shared.kernel.errors import BadInput
from shared.kernel.id_types import SeatId

MAP_VERSION: Final = 1
SEATS_MAX: Final = 100_000
"""Of one map: beyond every stadium."""
LABEL_SIZE_MAX: Final = 24
"""Characters of a section's, row's, seat's or category's label."""
SEAT_ID_SIZE_MAX: Final = 40
POSITION_MAX: Final = 10_000_000
"""Hundredths of the drawing's unit, to each side."""
HUNDREDTHS: Final = 100
PITCH: Final = 24 * HUNDREDTHS
"""From seat to seat and from row to row where a map says no positions."""
CATEGORY_DEFAULT: Final = "standard"
FAULTS_SHOWN_MAX: Final = 5

_SEAT_ID: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:-]{{0,{SEAT_ID_SIZE_MAX - 1}}}")
_ROOM_IN_ID: Final = SEAT_ID_SIZE_MAX // 3 - 1


class SeatKind(StrEnum):
    """What a seat is for."""

    ORDINARY = "ordinary"
    ACCESSIBLE = "accessible"
    """A place for a wheelchair, or one without steps."""
    COMPANION = "companion"
    """Beside an accessible one, for whoever comes along."""
    KILLED = "killed"
    """Not sold: behind a pillar, or under the desk of the sound."""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of a room: where it stands, and what it is called and priced, and what it is for.

    Attributes:
        id: Unique in its map, and kept when labels change.
        section: Label, such as `Stalls`.
        row: Label within the section.
        number: Label within the row.
        x: Hundredths of the drawing's unit, to the right.
        y: Likewise, downwards.
        category: By which it is priced.
        kind: What it is for.
    """

    id: SeatId
    section: str
    row: str
    number: str
    x: int
    y: int
    category: str = CATEGORY_DEFAULT
    kind: SeatKind = SeatKind.ORDINARY


class SeatName(msgspec.Struct, frozen=True):
    """What a seat is called."""

    section: str
    row: str
    number: str


class SeatMap(msgspec.Struct, frozen=True):
    """All seats of a room, as an organizer has drawn or brought them.

    Attributes:
        seats: In the order in which they were given.
        focus_x: The point that everybody looks at, in hundredths; None for the middle of the top.
        focus_y: Likewise.
    """

    seats: tuple[Seat, ...]
    focus_x: int | None = None
    focus_y: int | None = None


class SeatOffer(msgspec.Struct, frozen=True, array_like=True):
    """Which seats tickets of a type are for; a type without an offer has no seats.

    Attributes:
        ticket_type_code: The event's number of the type.
        categories: Of the seats; all where there are none here.
        sections: Of the seats, likewise.
    """

    ticket_type_code: int
    categories: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()


def suits(offer: SeatOffer, seat: Seat) -> bool:
    """Tell whether a ticket of an offer's type may be for a seat."""
    return (not offer.categories or seat.category in offer.categories) and (
        not offer.sections or seat.section in offer.sections
    )


def name_seat(seat: Seat) -> str:
    """Say where a seat is, as tickets and lists do, whatever the language."""
    return spell_name(SeatName(seat.section, seat.row, seat.number))


def spell_name(name: SeatName) -> str:
    """Say what a seat is called, likewise."""
    return f"{name.section} · {name.row} · {name.number}"


def make_seat_id(section: str, row: str, number: str) -> SeatId:
    """Make a seat's id of its labels; letters beyond ASCII give their code points."""
    return SeatId("-".join(_plain(label) for label in (section, row, number)))


def _plain(label: str) -> str:
    kept = "".join(
        one if one.isascii() and (one.isalnum() or one in "._") else f"u{ord(one):x}"
        for one in label.replace(" ", "")
    )
    return kept[:_ROOM_IN_ID].lstrip("._") or "0"


def find_focus(seat_map: SeatMap) -> tuple[int, int]:
    """Return the point that everybody looks at."""
    xs = [seat.x for seat in seat_map.seats] or [0]
    ys = [seat.y for seat in seat_map.seats] or [0]
    x = (min(xs) + max(xs)) // 2 if seat_map.focus_x is None else seat_map.focus_x
    return x, min(ys) if seat_map.focus_y is None else seat_map.focus_y


class Faults:
    """What is wrong with a map, gathered so that a person can mend several lines at once."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._count = 0

    def add(self, where: str, what: str) -> None:
        """Note one, with where it stands and what to do."""
        self._count += 1
        if self._count <= FAULTS_SHOWN_MAX:
            self._lines.append(f"{where}: {what}")

    def raise_any(self) -> None:
        """Refuse the map if anything is wrong.

        Raises:
            BadInput: naming the first of what is.
        """
        if not self._count:
            return
        more = self._count - len(self._lines)
        rest = f" And {more} more." if more else ""
        text = "The seat map cannot be used. " + " ".join(f"{one}." for one in self._lines) + rest
        raise BadInput(text)


def check_label(label: str) -> str:
    """Say what is wrong with a label; "" for a good one."""
    if not label:
        return "is empty; give it a label"
    if len(label) > LABEL_SIZE_MAX:
        return f"has more than {LABEL_SIZE_MAX} characters; shorten it"
    if not label.isprintable() or not label[0].isalnum() or label != " ".join(label.split()):
        return "must begin with a letter or digit, without line breaks or doubled blanks"
    return ""


def check_seat(seat: Seat) -> str:
    """Say what is wrong with a seat by itself; "" for a good one."""
    labels = (
        ("section", seat.section),
        ("row", seat.row),
        ("seat", seat.number),
        ("category", seat.category),
    )
    for name, label in labels:
        if wrong := check_label(label):
            return f"the {name} {label[:40]!r} {wrong}"
    if not _SEAT_ID.fullmatch(seat.id):
        return (
            f"the id {seat.id[:60]!r} must be 1 to {SEAT_ID_SIZE_MAX} ASCII letters, digits or"
            " . _ : -, a letter or digit first"
        )
    if not all(-POSITION_MAX <= place <= POSITION_MAX for place in (seat.x, seat.y)):
        return f"the position lies beyond {POSITION_MAX // HUNDREDTHS}; scale the drawing down"
    return ""


class SeatGatherer:
    """Takes a map's seats one by one, and notes what is wrong with each where it stands."""

    def __init__(self) -> None:
        self.faults = Faults()
        self._seats: list[Seat] = []
        self._ids: dict[SeatId, str] = {}
        self._labels: dict[tuple[str, str, str], str] = {}

    def add(self, where: str, seat: Seat) -> None:
        """Take a seat, or note why not.

        Raises:
            BadInput: if there are too many, at once: nothing of so large a map is kept.
        """
        if len(self._seats) >= SEATS_MAX:
            raise BadInput(f"{where}: a map holds at most {SEATS_MAX} seats; part it by sections")
        labels = (seat.section, seat.row, seat.number)
        if wrong := check_seat(seat):
            self.faults.add(where, wrong)
        elif labels in self._labels:
            text = f"{name_seat(seat)} stands in {self._labels[labels]} already; remove one"
            self.faults.add(where, text)
        elif seat.id in self._ids:
            text = f"the id {seat.id} has another seat in {self._ids[seat.id]}; give it its own"
            self.faults.add(where, text)
        else:
            self._ids[seat.id] = self._labels[labels] = where
            self._seats.append(seat)

    def finish(self, focus: tuple[int, int] | None) -> SeatMap:
        """Return the map.

        Raises:
            BadInput: if anything is wrong with it, or it has no seat.
        """
        self.faults.raise_any()
        if not self._seats:
            raise BadInput("The seat map has no seat in it. Export it again, seats included.")
        x, y = focus or (None, None)
        return SeatMap(tuple(self._seats), x, y)


def check_map(seat_map: SeatMap) -> None:
    """See that a map that came as values is one.

    Raises:
        BadInput: naming what is wrong with it.
    """
    gatherer = SeatGatherer()
    for place, seat in enumerate(seat_map.seats, start=1):
        gatherer.add(f"seat {place}", seat)
    gatherer.finish(None)


def read_position(text: str) -> int | None:
    """Read a decimal number as hundredths, half up; None if it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    return round_hundredths(float(text))


def round_hundredths(value: float) -> int:
    """Return a position in hundredths, half up; far out, it stands beyond `POSITION_MAX`."""
    bounded = max(-2.0 * POSITION_MAX, min(2.0 * POSITION_MAX, value * HUNDREDTHS))
    return int(bounded + 0.5) if bounded >= 0 else -int(-bounded + 0.5)


def write_position(hundredths: int) -> str:
    """Write a position, exactly, without digits that say nothing."""
    whole, rest = divmod(abs(hundredths), HUNDREDTHS)
    text = f"{whole}.{rest:02}".rstrip("0").rstrip(".")
    return f"-{text}" if hundredths < 0 else text


_NUMBER: Final = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})([eE][+-]?\d{1,2})?")


def list_labels(labels: Iterable[str]) -> Sequence[str]:
    """Return labels, each once, in the order of their first."""
    return list(dict.fromkeys(labels))
