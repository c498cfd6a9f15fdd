"""Which seats a till can sell now: its own, and while it is connected those that nobody has.

What the server tells is a picture to choose by; the sale asks for such a seat by name and is
refused where somebody was faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from gatekeeper.boxoffice.seats_of_sale import SeatPicker
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.gate.uplink import Uplink
from gatekeeper.store.store import Store
from gatekeeper.sync.server_port import SyncServer
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import SeatId
from shared.sales.price_check import prices_of
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.seat_map import SeatKind, suits
from shared.wire.seat_states import FREE

_PAGES_MAX: Final = 100
"""Of one turn; the next goes on from there."""


class SeatView(msgspec.Struct, frozen=True):
    """What a till knows of an event's seats.

    Attributes:
        room: The map's rows.
        own: What it may sell alone, also cut off.
        elsewhere: What nobody has, to be asked for in the sale; none while it is cut off.
        is_live: The server has said what all others are.
        left: What can be had by tickets of a type that has seats, by the type's code.
    """

    room: SeatRows
    own: frozenset[SeatId]
    elsewhere: frozenset[SeatId] = frozenset()
    is_live: bool = False
    left: Mapping[int, frozenset[SeatId]] = {}

    @property
    def can_be_had(self) -> frozenset[SeatId]:
        """All that can be sold here now."""
        return self.own | self.elsewhere if self.elsewhere else self.own


class SeatWatch:
    """Keeps what the server says of an event's seats."""

    def __init__(
        self,
        store: Store,
        knowledge: Knowledge,
        picker: SeatPicker,
        server: SyncServer,
        uplink: Uplink,
    ) -> None:
        """Know nothing yet."""
        self._store, self._knowledge, self._picker = store, knowledge, picker
        self._server, self._uplink = server, uplink
        self._room: SeatRows | None = None
        self._states: dict[SeatId, str] = {}
        self._cursor, self._is_whole = 0, False
        self._view: SeatView | None = None
        self._view_of: tuple[SeatRows, int, frozenset[SeatId], int | None] | None = None
        self._suits: tuple[SeatRows, int, dict[int, frozenset[SeatId]]] | None = None

    def view(self) -> SeatView | None:
        """Return what is known now; None for an event without reserved seats.

        What is as it was is the same value as before.

        Raises:
            StoreFault: if the disk refuses.
        """
        event = self._knowledge.event
        room = None if event is None else self._picker.room(event)
        if event is None or room is None:
            self._view = None
            return None
        own = frozenset(self._store.till_seats.list_own(event.event_id))
        is_live = room is self._room and self._is_whole and self._uplink.may_ask
        state = (room, event.config.sequence, own, self._cursor if is_live else None)
        if self._view is None or state != self._view_of:
            elsewhere = self._elsewhere(room, own) if is_live else frozenset()
            had = own | elsewhere
            left = {code: seats & had for code, seats in self._suiting(event, room).items()}
            self._view, self._view_of = SeatView(room, own, elsewhere, is_live, left), state
        return self._view

    async def refresh(self) -> None:
        """Hear of what changed; where nothing can be had, nothing but its own is offered.

        Raises:
            StoreFault: if the disk refuses.
        """
        event = self._knowledge.event
        room = None if event is None else self._picker.room(event)
        if event is None or room is None:
            return
        if room is not self._room:
            self._room, self._cursor, self._is_whole = room, 0, False
            self._states.clear()
        if not self._uplink.may_ask:
            self._is_whole = False
            return
        try:
            for _ in range(_PAGES_MAX):
                told = await self._server.fetch_seats(event.event_id, self._cursor)
                if told.cursor < self._cursor:  # an older copy of the ledger: begin anew
                    self._cursor, self._is_whole = 0, False
                    self._states.clear()
                    continue
                self._states.update(told.seats)
                self._cursor = told.cursor
                if not told.seats:
                    self._is_whole = True
                    return
        except GatekeeperError:
            self._is_whole = False

    def _suiting(self, event: EventKnowledge, room: SeatRows) -> dict[int, frozenset[SeatId]]:
        """Return all seats of the room that are for a type, by the type's code."""
        known = self._suits
        if known is None or known[0] is not room or known[1] != event.config.sequence:
            found = {
                one.code: frozenset(
                    seat.id for seat in room.seat_map.seats if suits(one.seats, seat)
                )
                for one in prices_of(event.config).types
                if one.seats is not None
            }
            known = self._suits = (room, event.config.sequence, found)
        return known[2]

    def _elsewhere(self, room: SeatRows, own: frozenset[SeatId]) -> frozenset[SeatId]:
        states = self._states
        return frozenset(
            seat.id
            for seat in room.seat_map.seats
            if seat.id not in own
            and states.get(seat.id, FREE) == FREE
            and (seat.kind is not SeatKind.KILLED or seat.id in states)
        )
