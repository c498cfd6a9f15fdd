"""What a map of seats shows, as plain values: what each seat is to who chooses, without Qt."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final, NamedTuple

from gatekeeper.boxoffice.seat_watch import SeatView
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import SeatId
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import Seat, SeatKind, SeatOffer, suits


class SeatMark(StrEnum):
    """What a seat is now, told by form and fill as well as by colour."""

    FREE = "free"
    ACCESSIBLE = "accessible"
    COMPANION = "companion"
    CHOSEN = "chosen"
    TAKEN = "taken"
    OTHER = "other"
    """Free, but not for this type of ticket."""
    KILLED = "killed"


CHOOSABLE: Final = frozenset({SeatMark.FREE, SeatMark.ACCESSIBLE, SeatMark.COMPANION})
_SEATS_SAID: Final = 8
_KINDS: Final = {
    SeatKind.ORDINARY: SeatMark.FREE,
    SeatKind.KILLED: SeatMark.FREE,  # it was put back into sale
    SeatKind.ACCESSIBLE: SeatMark.ACCESSIBLE,
    SeatKind.COMPANION: SeatMark.COMPANION,
}


class SeatPicture(NamedTuple):
    """A room as it is shown.

    Attributes:
        room: Its rows.
        own, elsewhere: What can be had.
        chosen: What is chosen, by now.
        offer: Which seats are for the type that is sold; None for all.
    """

    room: SeatRows
    own: frozenset[SeatId]
    elsewhere: frozenset[SeatId] = frozenset()
    chosen: frozenset[SeatId] = frozenset()
    offer: SeatOffer | None = None

    def mark(self, seat: Seat) -> SeatMark:
        """Tell what a seat is."""
        if seat.id in self.chosen:
            return SeatMark.CHOSEN
        if seat.id in self.own or seat.id in self.elsewhere:
            fits = self.offer is None or suits(self.offer, seat)
            return _KINDS[seat.kind] if fits else SeatMark.OTHER
        return SeatMark.KILLED if seat.kind is SeatKind.KILLED else SeatMark.TAKEN

    def spell(self, seat: Seat) -> str:
        """Say a seat and what it is, for those who do not see it."""
        place = TEXTS.say("verdict.seat", section=seat.section, row=seat.row, seat=seat.number)
        return TEXTS.list((place, spell_mark(self.mark(seat))))


def spell_mark(mark: SeatMark) -> str:
    """Say what a seat is, in a word or two."""
    return TEXTS.say(f"seat.{mark.value}")


def spell_seats(view: SeatView | None, seats: Collection[SeatId]) -> str:
    """Say seats shortly: rows and numbers, of many only the first."""
    by_id = {} if view is None else view.room.by_id
    said = [
        f"\u2066{by_id[one].row} {by_id[one].number}\u2069" if one in by_id else str(one)
        for one in list(seats)[:_SEATS_SAID]
    ]
    return TEXTS.list(said + ["…"] * (len(seats) > _SEATS_SAID))
