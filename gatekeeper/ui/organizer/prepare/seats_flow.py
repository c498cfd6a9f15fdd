"""The editor of seat maps at work: what its page asks for goes to the server, and back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from PySide6.QtCore import QObject
from shiboken6 import isValid

from gatekeeper.organizer.desk_and_events import Desk
from gatekeeper.organizer.merging_edits import Clash, Whose
from gatekeeper.organizer.prepare.seat_plans_client import (
    FILE_SIZE_MAX,
    SeatType,
    Template,
    Venue,
    VenueMaking,
    give_to_event,
    list_types,
    list_venues,
    read_event_tag,
    read_file,
    read_template,
    save_template,
    switch_seats,
)
from gatekeeper.organizer.saved_file import write_whole
from gatekeeper.organizer.server_api import UNTAGGED, EventSite
from gatekeeper.presenters.desk.plan_words import spell_clash, words_of_seats
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_file_fault, spell_undone
from gatekeeper.ui.organizer.laptop_time_zone import laptop_zone
from gatekeeper.ui.organizer.prepare.seats_page import SeatsPage
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import BadInput, ServerFault
from shared.kernel.id_types import VenueId
from shared.seating.csv_form import write_csv
from shared.seating.svg_form import write_svg


class Ask(Protocol):
    """Does something and hands on what came of it; faults are told over the rooms."""

    def __call__(
        self,
        work: Callable[[], Awaitable[Any]],
        on_done: Callable[[Any], object],
        on_failed: Callable[[BaseException], object] = ...,
        /,
    ) -> None:
        """Do it."""


class SeatsFlow(QObject):
    """Joins the page and the server.

    Args:
        page: Where the map is drawn.
        desk: What can be asked of the server.
        ask: Asks the server.
        site: Tells which event is open.

    Attributes:
        types: The event's ticket types, as the server told them last.
        unread: What `look` has asked for that has not come.
    """

    def __init__(
        self, page: SeatsPage, desk: Desk, ask: Ask, site: Callable[[], EventSite | None]
    ) -> None:
        super().__init__(page)
        self._page, self._desk, self._ask, self._site = page, desk, ask, site
        self._venues: Sequence[Venue] = ()
        self._read: VenueId | None = None
        self._drawn_on = Template()
        self._making = VenueMaking()
        self._theirs: tuple[VenueId, Template] | None = None
        self._event_tag = UNTAGGED
        self._looked_at: EventSite | None = None
        self.types: Sequence[SeatType] = ()
        self.unread: set[str] = set()
        page.clash.chosen.connect(self._choose)
        page.chose_venue.connect(self._read_map)
        page.wants_venue.connect(self._add_venue)
        page.wants_file.connect(self.take_file)
        page.wants_export.connect(self.write_file)
        page.wants_save.connect(self._save)
        page.wants_give.connect(self._give)
        page.switched_type.connect(self._switch_type)

    def look(self) -> None:
        """Read the venues, and the map of the one that is shown first; what is drawn stays.

        What was said and shown of the event before goes.
        """
        api, organization = self._desk.api, self._desk.organization
        site = self._site()
        if site != self._looked_at:
            self._looked_at, self._event_tag = site, UNTAGGED
            self._show_types(())
            self._page.say("")
        self.unread = {"venues"} if site is None else {"venues", "types", "tag"}
        self._ask(lambda: list_venues(api, organization.id), self._show_venues)
        if site is not None:
            self._ask(lambda: list_types(api, site), self._show_types)
            self._ask(lambda: read_event_tag(api, site), self._keep_tag)

    def take_file(self, file: Path) -> None:
        """Take a map from a file."""
        try:
            if file.stat().st_size > FILE_SIZE_MAX:
                self._page.say(TEXTS.say("desk.guests.large", size=FILE_SIZE_MAX // 1_000_000))
                return
            self._page.take_map(read_file(file.name, file.read_text("utf-8-sig")))
        except UnicodeDecodeError:
            self._page.say(TEXTS.say("desk.guests.encoding"))
        except BadInput as fault:
            self._page.say(spell_file_fault(file.name, fault))
        except OSError as fault:
            self._page.say(spell_file_fault(file.name, fault))

    def write_file(self, file: Path) -> None:
        """Write what is drawn to a file, as a drawing or a table by its name."""
        seat_map = self._page.draft.seat_map()
        is_drawing = file.suffix.casefold() == ".svg"
        try:
            text = write_svg(seat_map) if is_drawing else write_csv(seat_map)
            write_whole(file, text.encode())
        except OSError as fault:
            self._page.say(spell_file_fault(file.name, fault))
        else:
            self._page.say(TEXTS.say("desk.seats.written", name=file.name), "good")

    # ---- answers

    def _show_venues(self, venues: Sequence[Venue]) -> None:
        self._venues = venues
        self.unread.discard("venues")
        self._page.show_venues(venues)
        venue_id = self._page.venue_id
        if venue_id is not None and venue_id != self._read and not self._page.draft.is_changed:
            self._read_map(venue_id)

    def _show_types(self, types: Sequence[SeatType]) -> None:
        self.types = types
        self.unread.discard("types")
        self._page.show_types(types)

    def _read_map(self, venue_id: VenueId | None) -> None:
        if venue_id is None:
            return
        api, organization = self._desk.api, self._desk.organization

        def show(found: Template) -> None:
            if venue_id == self._page.venue_id:
                self._read, self._drawn_on = venue_id, found
                self._page.show_map(found.seat_map)

        def failed(_fault: BaseException) -> None:
            """Go back to the venue whose map is drawn: it would be given as this one's."""
            if venue_id == self._page.venue_id:
                self._page.show_venues(self._venues, self._read)

        self._ask(lambda: read_template(api, organization.id, venue_id), show, failed)

    def _add_venue(self, name: str, is_to_save: bool) -> None:  # noqa: FBT001 - a signal's slot
        api, organization = self._desk.api, self._desk.organization
        zone = laptop_zone()

        def show(found: tuple[VenueId, tuple[Venue, ...]]) -> None:
            # It has no map yet: what is drawn can be kept for it.
            self._read, self._drawn_on, self._venues = found[0], Template(), found[1]
            self._page.show_venues(found[1], found[0])
            if is_to_save:
                self._save()

        self._act(lambda: self._making.make(api, organization.id, name, zone), show)

    def _save(self) -> None:
        venue_id, seat_map = self._page.venue_id, self._page.draft.seat_map()
        api, organization = self._desk.api, self._desk.organization
        if venue_id is None:
            return
        drawn_on = self._drawn_on
        # A second press would meet the map of the first, and show it as somebody else's.
        self._page.let_save(is_free=False)

        def free() -> None:
            if isValid(self._page):  # else somebody else has sat down at the desk meanwhile
                self._page.let_save(is_free=True)

        def show(kept: Template | tuple[Clash, Template]) -> None:
            free()
            if isinstance(kept, Template):
                if venue_id == self._page.venue_id:  # else another one's map is drawn by now
                    self._drawn_on = kept
                    self._page.show_saved(seat_map)
                return
            clash, theirs = kept
            self._theirs = (venue_id, theirs)
            self._page.clash.show_clash(clash, words_of_seats())

        self._act(
            lambda: save_template(api, organization.id, venue_id, seat_map, drawn_on),
            show,
            free,
        )

    def _choose(self, chosen: dict[str, Whose]) -> None:
        """Take the other's map, of which one's own is a step back; or put one's own over it."""
        assert self._theirs is not None, "a clash is shown"
        venue_id, theirs = self._theirs
        self._theirs = None
        self._page.clash.clear()
        if venue_id != self._page.venue_id:
            return
        self._drawn_on = theirs
        if Whose.MINE in chosen.values():
            self._save()
        else:
            self._page.show_map(theirs.seat_map)

    def _give(self) -> None:
        venue_id, site = self._page.venue_id, self._site()
        if venue_id is None or site is None:
            return
        api, etag = self._desk.api, self._event_tag

        def show(given: int | Clash) -> None:
            if isinstance(given, Clash):
                self._event_tag = given.etag  # pressed again, it is given all the same
                self._page.say(f"{spell_clash(given)} {TEXTS.say('freeze.seats_again')}")
                return
            self._page.show_given(given)
            self._ask(lambda: read_event_tag(api, site), self._keep_tag)

        self._act(lambda: give_to_event(api, site, venue_id, etag), show)

    def _keep_tag(self, etag: str) -> None:
        self._event_tag = etag
        self.unread.discard("tag")

    def _switch_type(self, type_id: str, has_seats: bool) -> None:  # noqa: FBT001 - a signal's
        site, api = self._site(), self._desk.api
        kind = next((one for one in self.types if one.id == type_id), None)
        if site is None or kind is None:
            return

        def show(clash: Clash | None) -> None:
            if clash is not None:
                self._page.say(spell_clash(clash))
            self._ask(lambda: list_types(api, site), self._show_types)

        self._act(
            lambda: switch_seats(api, site, kind, has_seats=has_seats),
            show,
            lambda: self._page.show_types(self.types),  # ticked, it would pass for done
        )

    def _act(
        self,
        work: Callable[[], Awaitable[Any]],
        on_done: Callable[[Any], object],
        on_failed: Callable[[], object] = lambda: None,
    ) -> None:
        """Change something: what was said of the act before is not said of this one."""
        self._page.say("")

        def failed(fault: BaseException) -> None:
            on_failed()
            if isinstance(fault, ServerFault):  # why something was refused, the desk says
                self._page.say(spell_undone(fault))

        self._ask(work, on_done, failed)
