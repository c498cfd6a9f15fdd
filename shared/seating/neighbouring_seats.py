"""Who sits beside whom: a map's rows in their order, parted by aisles."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise
from statistics import median
from typing import Final

from shared.kernel.id_types import SeatId
from shared.seating.seat_map import Seat, SeatMap, find_focus

AISLE_TENTHS: Final = 17
"""A gap of more than 1.7 of the row's usual one is an aisle."""


class Block:
    """Seats of one row with no aisle between them.

    Attributes:
        seats: From one end to the other.
        row: Number of its row in `SeatRows`.
    """

    __slots__ = ("row", "seats")

    def __init__(self, seats: tuple[Seat, ...], row: int) -> None:
        self.seats, self.row = seats, row


class SeatRows:
    """A map's seats as neighbours; made once for a map, and asked often.

    Neighbours are found by position along the row's longer side, not by number: odd numbers to the
    left and even ones to the right are common.

    Attributes:
        seat_map: What it was made of.
        by_id: Its seats.
        blocks: Its rows' parts.
        behind: For each row, the number of the next one of its section, front to back; None for
            the last.
        focus: What everybody looks at, in hundredths.
    """

    def __init__(self, seat_map: SeatMap) -> None:
        self.seat_map = seat_map
        self.by_id: dict[SeatId, Seat] = {seat.id: seat for seat in seat_map.seats}
        self.focus = find_focus(seat_map)
        rows: dict[tuple[str, str], list[Seat]] = {}
        for seat in seat_map.seats:
            rows.setdefault((seat.section, seat.row), []).append(seat)
        ordered = [_in_order(seats) for seats in rows.values()]
        self.blocks: tuple[Block, ...] = tuple(
            Block(part, number) for number, row in enumerate(ordered) for part in _parts(row)
        )
        self.behind = self._find_behind(list(rows), ordered)
        self._block_of = {seat.id: block for block in self.blocks for seat in block.seats}

    def find_orphans(
        self, free: Collection[SeatId], picked: Collection[SeatId]
    ) -> tuple[SeatId, ...]:
        """Return single free seats that picking some would leave between taken ones or an end.

        Seats that stand alone already are none of them: nobody's choice made them.

        Args:
            free: Seats that can be had, the picked ones among them.
            picked: What somebody wants.
        """
        touched = {id(block): block for one in picked if (block := self._block_of.get(one))}
        left = set(free) - set(picked)
        found: list[SeatId] = []
        for block in touched.values():
            before = set(_singles(block, free))
            found += [one for one in _singles(block, left) if one not in before]
        return tuple(found)

    def _find_behind(
        self, keys: list[tuple[str, str]], ordered: list[tuple[Seat, ...]]
    ) -> tuple[int | None, ...]:
        sections: dict[str, list[int]] = {}
        for number, (section, _) in enumerate(keys):
            sections.setdefault(section, []).append(number)
        behind: list[int | None] = [None] * len(keys)
        for numbers in sections.values():
            numbers.sort(key=lambda one: (self._distance(ordered[one]), one))
            for front, back in pairwise(numbers):
                behind[front] = back
        return tuple(behind)

    def _distance(self, seats: tuple[Seat, ...]) -> int:
        """Return how far a row is from what everybody looks at."""
        x = sum(seat.x for seat in seats) // len(seats) - self.focus[0]
        y = sum(seat.y for seat in seats) // len(seats) - self.focus[1]
        return x * x + y * y


def _in_order(seats: list[Seat]) -> tuple[Seat, ...]:
    xs, ys = [seat.x for seat in seats], [seat.y for seat in seats]
    is_wide = max(xs) - min(xs) >= max(ys) - min(ys)
    return tuple(
        sorted(
            seats, key=lambda one: (one.x, one.y, one.id) if is_wide else (one.y, one.x, one.id)
        )
    )


def _parts(row: tuple[Seat, ...]) -> Iterator[tuple[Seat, ...]]:
    """Cut a row at its aisles."""
    gaps = [(b.x - a.x) ** 2 + (b.y - a.y) ** 2 for a, b in pairwise(row)]
    usual = median(gaps) if gaps else 0
    start = 0
    for place, gap in enumerate(gaps, start=1):
        if usual and gap * 100 > usual * AISLE_TENTHS**2:
            yield row[start:place]
            start = place
    yield row[start:]


def _singles(block: Block, free: Collection[SeatId]) -> Iterator[SeatId]:
    """Yield free seats of a block whose neighbours are both gone, or that stand at its end."""
    for run in free_runs(block, free):
        if len(run) == 1:
            yield run[0].id


def free_runs(block: Block, free: Collection[SeatId]) -> Iterator[tuple[Seat, ...]]:
    """Yield the longest runs of free seats beside each other."""
    start = None
    for place, seat in enumerate(block.seats):
        if seat.id in free:
            start = place if start is None else start
        elif start is not None:
            yield block.seats[start:place]
            start = None
    if start is not None:
        yield block.seats[start:]
