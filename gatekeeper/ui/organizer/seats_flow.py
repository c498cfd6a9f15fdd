"""The editor of seat maps at work: what its page asks for goes to the server, and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimeZone

from gatekeeper.organizer.desk import Desk
from gatekeeper.organizer.office import EventSite
from gatekeeper.organizer.seat_plans import (
    FILE_SIZE_MAX,
    SeatType,
    Template,
    Venue,
    add_venue,
    give_to_event,
    list_types,
    list_venues,
    read_file,
    read_template,
    save_template,
    switch_seats,
)
from gatekeeper.ui.organizer.seats_page import SeatsPage
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput
from shared.kernel.id_types import VenueId
from shared.kernel.system_words import words_of_system
from shared.seating.csv_form import write_csv
from shared.seating.svg_form import write_svg

Ask = Callable[[Callable[[], Awaitable[Any]], Callable[[Any], object]], None]


class SeatsFlow(QObject):
    """Joins the page and the server.

    Args:
        page: Where the map is drawn.
        desk: What can be asked of the server.
        ask: Does something and hands on what came of it; faults are told over the rooms.
        site: Tells which event is open.
    """

    def __init__(
        self, page: SeatsPage, desk: Desk, ask: Ask, site: Callable[[], EventSite | None]
    ) -> None:
        super().__init__(page)
        self._page, self._desk, self._ask, self._site = page, desk, ask, site
        self._read: VenueId | None = None
        self._etag = ""
        page.chose_venue.connect(self._read_map)
        page.wants_venue.connect(self._add_venue)
        page.wants_file.connect(self.take_file)
        page.wants_export.connect(self.write_file)
        page.wants_save.connect(self._save)
        page.wants_give.connect(self._give)
        page.switched_type.connect(self._switch_type)

    def look(self) -> None:
        """Read the venues, and the map of the one that is shown first; what is drawn stays."""
        office, organization = self._desk.office, self._desk.organization
        self._ask(lambda: list_venues(office, organization.id), self._show_venues)
        site = self._site()
        if site is not None:
            self._ask(lambda: list_types(office, site), self._show_types)

    def take_file(self, file: Path) -> None:
        """Take a map from a file."""
        try:
            if file.stat().st_size > FILE_SIZE_MAX:
                self._page.say(TEXTS.say("desk.guests.large"))
                return
            self._page.take_map(read_file(file.name, file.read_text("utf-8-sig")))
        except UnicodeDecodeError:
            self._page.say(TEXTS.say("desk.guests.encoding"))
        except BadInput as fault:
            self._page.say(f"{file.name}: {fault}")
        except OSError as fault:
            self._page.say(f"{file.name}: {words_of_system(fault)}")

    def write_file(self, file: Path) -> None:
        """Write what is drawn to a file, as a drawing or a table by its name."""
        seat_map = self._page.draft.seat_map()
        is_drawing = file.suffix.casefold() == ".svg"
        try:
            file.write_text(write_svg(seat_map) if is_drawing else write_csv(seat_map), "utf-8")
        except OSError as fault:
            self._page.say(f"{file.name}: {words_of_system(fault)}")
        else:
            self._page.say(TEXTS.say("desk.seats.written", name=file.name), "good")

    # ---- answers

    def _show_venues(self, venues: Sequence[Venue]) -> None:
        self._page.show_venues(venues)
        venue_id = self._page.venue_id
        if venue_id is not None and venue_id != self._read and not self._page.draft.is_changed:
            self._read_map(venue_id)

    def _show_types(self, types: Sequence[SeatType]) -> None:
        self._page.show_types(types)

    def _read_map(self, venue_id: VenueId | None) -> None:
        if venue_id is None:
            return
        office, organization = self._desk.office, self._desk.organization

        def show(found: Template) -> None:
            if venue_id == self._page.venue_id:
                self._read, self._etag = venue_id, found.etag
                self._page.show_map(found.seat_map)

        self._ask(lambda: read_template(office, organization.id, venue_id), show)

    def _add_venue(self, name: str) -> None:
        office, organization = self._desk.office, self._desk.organization
        zone = bytes(QTimeZone.systemTimeZoneId().data()).decode()

        async def add() -> tuple[Venue, tuple[Venue, ...]]:
            made = await add_venue(office, organization.id, name, zone)
            return made, await list_venues(office, organization.id)

        def show(found: tuple[Venue, tuple[Venue, ...]]) -> None:
            made, venues = found
            self._read, self._etag = (
                made.id,
                "",
            )  # it has no map yet: what is drawn can be kept for it
            self._page.show_venues(venues, made.id)

        self._ask(add, show)

    def _save(self) -> None:
        venue_id, seat_map = self._page.venue_id, self._page.draft.seat_map()
        office, organization = self._desk.office, self._desk.organization
        if venue_id is None:
            return
        etag = self._etag

        def show(kept: Template) -> None:
            self._etag = kept.etag
            self._page.show_saved(len(seat_map.seats))

        self._ask(lambda: save_template(office, organization.id, venue_id, seat_map, etag), show)

    def _give(self) -> None:
        venue_id, site = self._page.venue_id, self._site()
        if venue_id is None or site is None:
            return

        def show(count: int) -> None:
            self._page.say(TEXTS.say("desk.seats.given", count=count), "good")

        self._ask(lambda: give_to_event(self._desk.office, site, venue_id), show)

    def _switch_type(self, type_id: str, has_seats: bool) -> None:  # noqa: FBT001 - a signal's
        site = self._site()
        if site is not None:
            self._ask(
                lambda: switch_seats(self._desk.office, site, type_id, has_seats=has_seats),
                self._show_types,
            )
