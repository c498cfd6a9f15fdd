"""What the desk says of reserved seats that a till alone may sell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.organizer.before_doors.till_seats_client import SeatGrants, SeatPlace, SeatRow
from gatekeeper.wording.texts import TEXTS

TILL_SEAT_ROWS_SHOWN: Final = 6
"""Rows of reserved seats that a till alone may sell, and that the desk names; of more the seats
are only counted."""


def spell_row(row: SeatRow) -> str:
    """Say a row in the list, and how many of its seats are free."""
    free = sum(one.is_free for one in row.seats)
    return TEXTS.beside(row.section, row.row, TEXTS.say("tillseats.free", count=free))


def spell_own(seats: SeatGrants) -> str:
    """Say which seats the till has: those that follow each other as one."""
    if not seats.own:
        return TEXTS.say("tillseats.none")
    own = {one.id for one in seats.own}
    said = [TEXTS.say("tillseats.own", count=len(own))]
    rows = [row for row in seats.rows if any(one.id in own for one in row.seats)]
    said += [
        TEXTS.beside(row.section, row.row, ", ".join(_runs(row.seats, own)))
        for row in rows[:TILL_SEAT_ROWS_SHOWN]
    ]
    if len(rows) > TILL_SEAT_ROWS_SHOWN:
        said.append(TEXTS.say("tillseats.more_rows", count=len(rows) - TILL_SEAT_ROWS_SHOWN))
    return "\n".join(said)


def _runs(seats: Sequence[SeatPlace], own: set[str]) -> list[str]:
    runs: list[list[str]] = []
    is_open = False
    for one in seats:
        if one.id not in own:
            is_open = False
            continue
        if is_open:
            runs[-1].append(one.number)
        else:
            runs.append([one.number])
        is_open = True
    return [
        TEXTS.isolate(run[0] if len(run) == 1 else f"{run[0]}\N{EN DASH}{run[-1]}") for run in runs
    ]
