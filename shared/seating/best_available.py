"""The best seats that can be had: beside each other, near the middle, leaving nobody alone.

Pure and deterministic: the same map and the same free seats give the same answer, so that a till
and the server say the same. In order: a run in one row that leaves no single seat, one that does,
two adjoining rows, none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from shared.kernel.id_types import SeatId
from shared.seating.neighbouring_seats import Block, SeatRows, free_runs
from shared.seating.seat_map import Seat, SeatKind

DEPTH_WEIGHT: Final = 2
"""A row further back costs as much as two seats further aside, squared distances that they are."""
COUNT_MAX: Final = 100
ORDINARY: Final = frozenset({SeatKind.ORDINARY})


class _Window(NamedTuple):
    """Seats beside each other; the smaller, the better."""

    orphans: int
    cost: int
    first: int
    seats: tuple[Seat, ...]


def find_best(
    rows: SeatRows,
    free: Collection[SeatId],
    count: int,
    *,
    kinds: frozenset[SeatKind] = ORDINARY,
) -> tuple[SeatId, ...]:
    """Find seats for a group.

    Args:
        rows: The map's.
        free: Seats that can be had; a set answers fastest.
        count: How many persons, 1 to `COUNT_MAX`.
        kinds: Which kinds of seats to give; a killed one is never given.

    Returns:
        Seats from one end to the other, row by row; none where no run and no two adjoining rows
        hold so many.
    """
    if not 1 <= count <= COUNT_MAX:
        return ()
    given = kinds - {SeatKind.KILLED}
    good = {one for one in free if one in rows.by_id and rows.by_id[one].kind in given}
    best = min(_windows(rows, rows.blocks, good, count), default=None)
    if best is None and count > 1:
        return _in_two_rows(rows, good, count)
    return () if best is None else tuple(seat.id for seat in best.seats)


def _windows(
    rows: SeatRows, blocks: Collection[Block], free: Collection[SeatId], count: int
) -> Iterator[_Window]:
    number = 0
    for block in blocks:
        for run in free_runs(block, free):
            for start in range(len(run) - count + 1):
                number += 1
                seats = run[start : start + count]
                after = len(run) - start - count
                orphans = (start == 1) + (after == 1)
                yield _Window(orphans, _cost(rows, seats), number, seats)


def _cost(rows: SeatRows, seats: tuple[Seat, ...]) -> int:
    """Return the squared distance of the seats' middle, times the square of their number."""
    x = sum(seat.x for seat in seats) - len(seats) * rows.focus[0]
    y = sum(seat.y for seat in seats) - len(seats) * rows.focus[1]
    return x * x + DEPTH_WEIGHT * y * y


def _in_two_rows(rows: SeatRows, free: Collection[SeatId], count: int) -> tuple[SeatId, ...]:
    """Part a group upon two rows, one behind the other, as evenly as can be."""
    by_row: dict[int, list[Block]] = {}
    for block in rows.blocks:
        by_row.setdefault(block.row, []).append(block)
    longest = {
        row: max((len(run) for block in blocks for run in free_runs(block, free)), default=0)
        for row, blocks in by_row.items()
    }
    best: tuple[int, int, tuple[Seat, ...]] | None = None
    for front, back in enumerate(rows.behind):
        if back is None or longest[front] + longest[back] < count:
            continue
        # The longer part in front; as even as the shorter of both rows lets it be.
        rear = min(count // 2, longest[back])
        if count - rear > longest[front]:
            rear = count - longest[front]
        ahead = min(_windows(rows, by_row[front], free, count - rear))
        behind = _nearest(_windows(rows, by_row[back], free, rear), _middle(ahead.seats))
        seats = ahead.seats + behind.seats
        found = (_cost(rows, seats), front, seats)
        best = found if best is None or found[:2] < best[:2] else best
    return () if best is None else tuple(seat.id for seat in best[2])


def _nearest(windows: Iterator[_Window], x: int) -> _Window:
    return min(windows, key=lambda one: (abs(_middle(one.seats) - x), one))


def _middle(seats: tuple[Seat, ...]) -> int:
    return sum(seat.x for seat in seats) // len(seats)
