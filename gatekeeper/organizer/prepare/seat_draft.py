"""A seat map that an organizer draws: rows by pattern and by hand, each step can be undone.

Without window and without network; what it makes is a `SeatMap` like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from shared.kernel.errors import BadInput
from shared.kernel.id_types import SeatId
from shared.seating.seat_map import (
    CATEGORY_DEFAULT,
    PITCH,
    POSITION_MAX,
    SEAT_ID_SIZE_MAX,
    SEATS_MAX,
    Seat,
    SeatKind,
    SeatMap,
    check_label,
    find_focus,
    make_seat_id,
    name_seat,
)

SEAT_UNDO_MAX: Final = 200
"""Steps back of whoever draws a room's seats."""
SEAT_ROWS_MAX: Final = 200
"""Drawn in one go."""
SEATS_IN_ROW_MAX: Final = 500
"""Of a row that is drawn."""

_SKIPPED: Final = "IO"
"""Letters that look like digits: rows are rarely called so."""


class SeatFlaw(StrEnum):
    """Why a step cannot be done."""

    LABEL = "label"
    DOUBLED = "doubled"
    TOO_MANY = "too_many"
    TOO_FAR = "too_far"
    NOTHING = "nothing"


class SeatDraftFault(BadInput):
    """A step that cannot be done; nothing has changed.

    Attributes:
        flaw: Why not.
        detail: Of which seat or label, or "".
    """

    def __init__(self, flaw: SeatFlaw, detail: str = "") -> None:
        super().__init__(f"{flaw.value}: {detail}" if detail else flaw.value)
        self.flaw, self.detail = flaw, detail


class RowPattern(msgspec.Struct, frozen=True, kw_only=True):
    """Rows behind each other.

    Attributes:
        section: What they are part of.
        first_row: What the first is called; the others follow: A, B or 1, 2.
        rows, seats: How many, and seats of each.
        first_number: Of the first seat.
        step: To the next seat's number: 2 for odd or even numbers only.
        is_from_right: Numbers grow from the right to the left.
        aisle_after: A gap of a seat follows after so many; 0 for none.
        curve_percent: How far the ends come forward, of half a row's width.
        category: By which they are priced.
    """

    section: str
    first_row: str
    rows: int
    seats: int
    first_number: int = 1
    step: int = 1
    is_from_right: bool = False
    aisle_after: int = 0
    curve_percent: int = 0
    category: str = CATEGORY_DEFAULT


class DraftSummary(NamedTuple):
    """What a draft holds, to be looked through.

    Attributes:
        seats: How many.
        categories, kinds: How many of each.
        close: Pairs of seats that stand on each other.
    """

    seats: int
    categories: dict[str, int]
    kinds: dict[SeatKind, int]
    close: int


class _State(NamedTuple):
    seats: tuple[Seat, ...]
    selected: frozenset[SeatId]
    focus: tuple[int, int] | None


class SeatDraft:
    """The seats as they are drawn by now.

    Attributes:
        is_changed: Something was changed since it was loaded or saved.
    """

    def __init__(self) -> None:
        """Begin with an empty room."""
        self._state = _State((), frozenset(), None)
        self._undone: list[_State] = []
        self._done: list[_State] = []
        self.is_changed = False

    # ---- what there is

    @property
    def seats(self) -> tuple[Seat, ...]:
        """All seats."""
        return self._state.seats

    @property
    def selected(self) -> frozenset[SeatId]:
        """Those that the next step is about."""
        return self._state.selected

    @property
    def can_undo(self) -> bool:
        """Whether a step can be taken back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether a step that was taken back can be done again."""
        return bool(self._undone)

    def seat_map(self) -> SeatMap:
        """Return the map."""
        x, y = self._state.focus or (None, None)
        return SeatMap(self._state.seats, x, y)

    def summary(self) -> DraftSummary:
        """Count what there is."""
        seats = self._state.seats
        cell = PITCH // 4
        places = Counter((one.x // cell, one.y // cell) for one in seats)
        return DraftSummary(
            len(seats),
            dict(Counter(one.category for one in seats)),
            dict(Counter(one.kind for one in seats)),
            sum(count - 1 for count in places.values()),
        )

    # ---- steps

    def load(self, seat_map: SeatMap) -> None:
        """Take another map; it can be undone like any step."""
        focus = None
        if seat_map.focus_x is not None and seat_map.focus_y is not None:
            focus = (seat_map.focus_x, seat_map.focus_y)
        self._do(_State(seat_map.seats, frozenset(), focus))

    def forget_steps(self) -> None:
        """Begin with what there is: it is what the server has."""
        self._done.clear()
        self._undone.clear()
        self.is_changed = False

    def select(self, seats: Collection[SeatId]) -> None:
        """Name the seats that the next step is about; no step of its own."""
        known = {one.id for one in self._state.seats}
        self._state = self._state._replace(selected=frozenset(seats) & known)

    def add_rows(self, pattern: RowPattern) -> None:
        """Add rows behind all that there are, and select them.

        Raises:
            SeatDraftFault: if labels cannot be used, are taken, or it is too much.
        """
        if not (0 < pattern.rows <= SEAT_ROWS_MAX and 0 < pattern.seats <= SEATS_IN_ROW_MAX):
            raise SeatDraftFault(SeatFlaw.TOO_MANY)
        if pattern.step < 1 or pattern.first_number < 0:
            raise SeatDraftFault(SeatFlaw.LABEL, str(pattern.first_number))
        top = max((one.y for one in self._state.seats), default=0) + PITCH
        xs = [one.x for one in self._state.seats]
        middle = (min(xs) + max(xs)) // 2 if xs else 0
        self._add(_pattern_seats(pattern, middle, top))

    def draw_row(self, pattern: RowPattern, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Add one row along a line, with as many seats as have room, and select it.

        Raises:
            SeatDraftFault: if labels cannot be used, are taken, or it is too much.
        """
        (x1, y1), (x2, y2) = start, end
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        count = min(SEATS_IN_ROW_MAX, round(length / PITCH) + 1)
        numbers = _numbers(pattern, count)
        share = 0.0 if count == 1 else PITCH / max(length, 1.0)
        self._add(
            _make(
                pattern,
                pattern.first_row,
                number,
                round(x1 + (x2 - x1) * share * place),
                round(y1 + (y2 - y1) * share * place),
            )
            for place, number in enumerate(numbers)
        )

    def remove(self) -> None:
        """Take the selected seats away.

        Raises:
            SeatDraftFault: if none is selected.
        """
        chosen = self._chosen()
        left = tuple(one for one in self._state.seats if one.id not in chosen)
        self._do(self._state._replace(seats=left, selected=frozenset()))

    def move(self, x: int, y: int) -> None:
        """Move the selected seats by hundredths.

        Raises:
            SeatDraftFault: if none is selected, or they would stand too far out.
        """
        self._change(lambda one: msgspec.structs.replace(one, x=one.x + x, y=one.y + y))

    def set_kind(self, kind: SeatKind) -> None:
        """Say what the selected seats are for.

        Raises:
            SeatDraftFault: if none is selected.
        """
        self._change(lambda one: msgspec.structs.replace(one, kind=kind))

    def set_labels(self, *, section: str = "", row: str = "", category: str) -> None:
        """Call the selected seats otherwise; what is "" stays.

        Raises:
            SeatDraftFault: if none is selected, or a label cannot be used or is taken.
        """
        for label in filter(None, (section, row, category)):
            if check_label(label):
                raise SeatDraftFault(SeatFlaw.LABEL, label)
        self._change(
            lambda one: msgspec.structs.replace(
                one,
                section=section or one.section,
                row=row or one.row,
                category=category or one.category,
            )
        )

    def renumber(self, first: int, step: int, *, is_from_right: bool) -> None:
        """Number the selected seats anew, each row from its end.

        Raises:
            SeatDraftFault: if none is selected, or a number is taken.
        """
        chosen = self._chosen()
        rows: dict[tuple[str, str], list[Seat]] = {}
        for one in self._state.seats:
            if one.id in chosen:
                rows.setdefault((one.section, one.row), []).append(one)
        numbers: dict[SeatId, str] = {}
        for row in rows.values():
            row.sort(key=lambda one: (one.x, one.y), reverse=is_from_right)
            for place, one in enumerate(row):
                numbers[one.id] = str(first + step * place)
        self._change(lambda one: msgspec.structs.replace(one, number=numbers[one.id]))

    def put_focus(self, x: int, y: int) -> None:
        """Say what everybody looks at."""
        self._do(self._state._replace(focus=(_inside(x), _inside(y))))

    def undo(self) -> None:
        """Take the last step back."""
        if self._done:
            self._undone.append(self._state)
            self._state = self._done.pop()
            self.is_changed = True

    def redo(self) -> None:
        """Do a step again that was taken back."""
        if self._undone:
            self._done.append(self._state)
            self._state = self._undone.pop()
            self.is_changed = True

    # ---- inside

    def _chosen(self) -> frozenset[SeatId]:
        if not self._state.selected:
            raise SeatDraftFault(SeatFlaw.NOTHING)
        return self._state.selected

    def _change(self, change: Callable[[Seat], Seat]) -> None:
        chosen = self._chosen()
        seats = tuple(change(one) if one.id in chosen else one for one in self._state.seats)
        _check(seats, [one for one in seats if one.id in chosen])
        self._do(self._state._replace(seats=seats))

    def _add(self, made: Iterable[Seat]) -> None:
        added = list(made)
        if len(self._state.seats) + len(added) > SEATS_MAX:
            raise SeatDraftFault(SeatFlaw.TOO_MANY)
        for one in added:
            for label in (one.section, one.row, one.number, one.category):
                if check_label(label):
                    raise SeatDraftFault(SeatFlaw.LABEL, label)
        taken = {one.id for one in self._state.seats}
        fresh = []
        for one in added:
            own = msgspec.structs.replace(one, id=_free_id(one.id, taken))
            taken.add(own.id)
            fresh.append(own)
        seats = (*self._state.seats, *fresh)
        _check(seats, fresh)
        focus = self._state.focus
        if focus is None and not self._state.seats:
            # The stage stays where it is, whatever is drawn in front of it later.
            focus = find_focus(SeatMap(seats))
        chosen = frozenset(one.id for one in fresh)
        self._do(_State(seats, chosen, focus))

    def _do(self, state: _State) -> None:
        self._done = [*self._done[1 - SEAT_UNDO_MAX :], self._state]
        self._undone.clear()
        self._state = state
        self.is_changed = True


def next_label(label: str) -> str:
    """Return the label that follows: 9 and 10, A and B, Z and AA; of others the same with a 2.

    No row is called I or O, which are read as figures.
    """
    if label.isdecimal():
        return str(int(label) + 1)
    if not (label.isascii() and label.isalpha()):
        return f"{label} 2"
    is_small = label.islower()
    while True:
        label = _after(label.upper())
        if not any(sign in _SKIPPED for sign in label):
            return label.lower() if is_small else label


def _after(label: str) -> str:
    head, last = label[:-1], label[-1]
    if last != "Z":
        return head + chr(ord(last) + 1)
    return (_after(head) if head else "A") + "A"


def _numbers(pattern: RowPattern, count: int) -> list[int]:
    numbers = [pattern.first_number + pattern.step * place for place in range(count)]
    return numbers[::-1] if pattern.is_from_right else numbers


def _pattern_seats(pattern: RowPattern, middle: int, top: int) -> Iterable[Seat]:
    numbers = _numbers(pattern, pattern.seats)
    has_aisle = 0 < pattern.aisle_after < pattern.seats
    places = [
        place + (1 if has_aisle and place >= pattern.aisle_after else 0)
        for place in range(pattern.seats)
    ]
    half = places[-1] * PITCH / 2
    depth = half * pattern.curve_percent / 100
    label = pattern.first_row
    for row in range(pattern.rows):
        for place, number in zip(places, numbers, strict=True):
            x = place * PITCH - half
            bend = depth * (x / half) ** 2 if half else 0.0
            yield _make(
                pattern, label, number, round(middle + x), round(top + row * PITCH - bend + depth)
            )
        label = next_label(label)


def _make(pattern: RowPattern, row: str, number: int, x: int, y: int) -> Seat:
    return Seat(
        id=make_seat_id(pattern.section, row, str(number)),
        section=pattern.section,
        row=row,
        number=str(number),
        x=x,
        y=y,
        category=pattern.category,
    )


def _free_id(wanted: SeatId, taken: Collection[SeatId]) -> SeatId:
    """Return an id that nobody has: a seat that was called otherwise has kept its own."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        tail = f":{number}"
        found = SeatId(wanted[: SEAT_ID_SIZE_MAX - len(tail)] + tail)
    return found


def _check(seats: Collection[Seat], changed: Iterable[Seat]) -> None:
    """See that seats that were changed are called like no other, and stand where they can."""
    names = Counter((one.section, one.row, one.number) for one in seats)
    for one in changed:
        if names[one.section, one.row, one.number] > 1:
            raise SeatDraftFault(SeatFlaw.DOUBLED, name_seat(one))
        if max(abs(one.x), abs(one.y)) > POSITION_MAX:
            raise SeatDraftFault(SeatFlaw.TOO_FAR, name_seat(one))


def _inside(place: int) -> int:
    return max(-POSITION_MAX, min(POSITION_MAX, place))
