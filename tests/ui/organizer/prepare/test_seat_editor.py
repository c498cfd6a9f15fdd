"""The editor of seat maps by hand: patterns, drawn rows, choices, keys, and what is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLineEdit, QPushButton, QWidget

from gatekeeper.organizer.prepare.plan_client import PlanKind
from gatekeeper.organizer.prepare.seat_plans_client import SeatType, Template, Venue
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.prepare.seats_flow import SeatsFlow
from gatekeeper.ui.organizer.prepare.seats_page import SeatsPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId, SeatId, VenueId
from shared.kernel.languages import LANGUAGE_NAMES
from shared.seating.seat_map import PITCH, SeatKind
from tests.factories.desk_screens import SEATED, thing
from tests.factories.held_thread import HeldThread
from tests.factories.removed import removed_after
from tests.factories.seats import make_seat_map

STANDING = thing(PlanKind.TYPE, "tt_2", name="Standing")


@contextmanager
def opened() -> Iterator[SeatsPage]:
    """Open a page; at its end it is gone at once, and not whenever garbage is collected."""
    page = SeatsPage(LIGHT)
    page.resize(1180, 760)
    page.show_venues([Venue(VenueId("ve_1"), "Hall")])
    page.show()
    with removed_after(page):
        yield page


@pytest.fixture
def page() -> Iterator[SeatsPage]:
    make_application()
    with opened() as page:
        dress_desk(page, LIGHT)
        yield page


def press(page: SeatsPage, name: str) -> None:
    """Click a button."""
    button = page.findChild(QPushButton, name)
    assert isinstance(button, QPushButton)
    assert button.isEnabled(), name
    button.click()


def fill(page: SeatsPage, name: str, text: str) -> None:
    """Fill a field in."""
    field = page.findChild(QLineEdit, name)
    assert isinstance(field, QLineEdit)
    field.setText(text)


def can(page: SeatsPage, name: str) -> bool:
    """Tell whether a button can be pressed."""
    button = page.findChild(QPushButton, name)
    assert isinstance(button, QPushButton)
    return button.isEnabled()


def drag(page: SeatsPage, start: QPointF, end: QPointF) -> None:
    """Draw over the sheet."""
    canvas = page.canvas
    first, last = start.toPoint(), end.toPoint()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=first)
    QTest.mouseMove(canvas, QPoint((first.x() + last.x()) // 2, (first.y() + last.y()) // 2))
    QTest.mouseMove(canvas, last)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=last)


def place_of(page: SeatsPage, seat_id: str) -> QPointF:
    """Return where a seat is on the sheet."""
    seat = next(one for one in page.draft.seats if one.id == seat_id)
    return page.canvas.plane.place_of(seat)


def test_rows_by_pattern_are_added_saved_and_undone(page: SeatsPage) -> None:
    """The next row's name is ready; nothing is given to an event before it was saved."""
    saved = list[int]()
    page.wants_save.connect(lambda: saved.append(len(page.draft.seats)))
    assert not can(page, "seatsSave")
    press(page, "seatsAdd")
    assert len(page.draft.seats) == 200
    assert page.first_row.text() == "L", "after A to K without I"
    assert not can(page, "seatsGive")
    press(page, "seatsSave")
    assert saved == [200]
    page.show_saved(page.draft.seat_map())
    assert "200" in page.note
    assert can(page, "seatsGive")
    press(page, "seatsUndo")
    assert page.draft.seats == ()
    press(page, "seatsRedo")
    assert len(page.draft.seats) == 200


def test_what_is_drawn_while_a_map_is_being_saved_is_not_believed_saved(page: SeatsPage) -> None:
    """It could not be saved any more, and the event was given the map without it."""
    press(page, "seatsAdd")
    sent = page.draft.seat_map()
    press(page, "seatsAdd")
    page.show_saved(sent)
    assert (can(page, "seatsSave"), can(page, "seatsGive")) == (True, False)
    page.show_saved(page.draft.seat_map())
    assert (can(page, "seatsSave"), can(page, "seatsGive")) == (False, True)


def test_a_second_quick_save_meets_no_map_of_ones_own(page: SeatsPage) -> None:
    """It was shown as somebody else's, to choose from; what is drawn meanwhile is saved next."""
    thread, desk = (
        HeldThread(),
        SimpleNamespace(api=None, organization=SimpleNamespace(id="og")),
    )

    def ask(work: Any, on_done: Any, on_failed: Any = lambda _fault: None) -> None:
        thread.ask(work, on_done, on_failed)

    flow = SeatsFlow(page, cast("Any", desk), ask, lambda: None)
    press(page, "seatsAdd")
    press(page, "seatsSave")
    assert not can(page, "seatsSave")
    sent = page.draft.seat_map()
    press(page, "seatsAdd")
    assert not can(page, "seatsSave")
    thread.answer(Template(sent, '"a"'))
    assert not page.clash.isVisible()
    press(page, "seatsSave")
    thread.refuse(ServerFault("cut"))
    press(page, "seatsSave")
    assert flow.parent() is page


def test_what_was_not_answered_is_not_said_to_be_done(page: SeatsPage) -> None:
    """*Saved* stood there when the event was not given the map, and a tick that was not kept.

    Another venue was chosen whose map could not be read: the former's was given under its name.
    """
    speak_language(make_application(), "en")
    thread, site = HeldThread(), EventSite(OrganizationId("og_1"), EventId("ev_1"))
    desk = SimpleNamespace(api=None, organization=SimpleNamespace(id="og_1"))
    lost, cut = TEXTS.say("desk.unanswered"), ServerFault("cut")

    def ask(work: Any, on_done: Any, on_failed: Any = lambda _fault: None) -> None:
        thread.ask(work, on_done, on_failed)

    flow = SeatsFlow(page, cast("Any", desk), ask, lambda: site)
    press(page, "seatsAdd")
    press(page, "seatsSave")
    thread.answer(Template(page.draft.seat_map(), '"a"'))
    assert page.note.startswith("Saved")
    press(page, "seatsGive")
    assert page.note == ""
    thread.refuse(cut)
    assert page.note == lost
    page.show_given(200)
    flow._show_types([SeatType(STANDING)])
    page.types.item(0).setCheckState(Qt.CheckState.Checked)
    thread.refuse(cut)
    assert (page.note, page.types.item(0).checkState()) == (lost, Qt.CheckState.Unchecked)
    venues = [Venue(VenueId("ve_1"), "Hall"), Venue(VenueId("ve_2"), "Yard")]
    flow._show_venues(venues)
    thread.answer(Template(page.draft.seat_map(), '"a"'))
    page.venues.setCurrentIndex(1)
    page.venues.activated.emit(1)
    assert page.venue_id == "ve_2"
    thread.refuse(cut)
    assert page.venue_id == "ve_1", "whose map is drawn"


def test_an_event_is_told_that_no_ticket_has_its_seats(page: SeatsPage) -> None:
    """Sold without a seat each, with a map that nobody sits on, all looks ready to everybody."""
    said = TEXTS.say("desk.seats.given_none")
    page.show_types([SeatType(STANDING)])
    page.show_given(200)
    assert "200" in page.note
    assert said in page.note
    assert not page.types.visibleRegion().isEmpty(), "where they are ticked is shown"
    page.show_types([SeatType(STANDING), SeatType(SEATED)])
    page.show_given(200)
    assert said not in page.note


def test_a_type_that_is_ticked_far_down_stays_under_the_hand(page: SeatsPage) -> None:
    """The list jumped to its top, and the next tick at the same place gave a pass a seat."""
    types = [SeatType(STANDING)] * 12
    page.show_types(types)
    page.types.doItemsLayout()
    bar = page.types.verticalScrollBar()
    bar.setValue(bar.maximum())
    page.types.setFocus()
    page.show_types(types)
    page.types.doItemsLayout()
    assert 0 < bar.value() == bar.maximum()


def test_nothing_is_said_of_the_event_before(page: SeatsPage) -> None:
    """The event has 200 seats now, stood under the next one, which had none; and its types."""
    sites = [EventSite(OrganizationId("og_1"), EventId(f"ev_{one}")) for one in (1, 1, 2)]
    desk = SimpleNamespace(api=None, organization=SimpleNamespace(id="og_1"))
    flow = SeatsFlow(page, cast("Any", desk), lambda *_asked: None, lambda: sites[0])
    flow.look()
    page.show_types([SeatType(STANDING)])
    page.show_given(200)
    del sites[0]
    flow.look()
    assert "200" in page.note
    assert page.types.count() == 1
    del sites[0]
    flow.look()
    assert page.note == ""
    assert page.types.count() == 0


def test_saving_where_no_venue_is_known_asks_for_its_name(
    page: SeatsPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has drawn a hall first is led on, and nothing is lost by thinking better of it."""
    page.show_venues([])
    wanted = list[tuple[str, bool]]()
    page.wants_venue.connect(lambda name, is_to_save: wanted.append((name, is_to_save)))
    press(page, "seatsAdd")
    answers = [("", False), (" Hall ", True)]
    monkeypatch.setattr(QInputDialog, "getText", lambda *_asked: answers.pop(0))
    press(page, "seatsSave")
    assert not wanted
    press(page, "seatsSave")
    assert wanted == [("Hall", True)]


def test_a_row_is_drawn_by_hand_and_moved_by_keys(page: SeatsPage) -> None:
    """One drag is a row; arrows move what is chosen by a unit, with Shift by ten."""
    press(page, "seatsTool_row")
    plane = page.canvas.plane
    drag(page, plane.place(0, 0), plane.place(6 * PITCH, 0))
    assert len(page.draft.seats) == 7
    before = page.draft.seats[0].x
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    QTest.keyClick(page.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert page.draft.seats[0].x == before + 100 - 1_000
    QTest.keyClick(page.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.draft.seats[0].x == before + 100


def test_seats_are_chosen_by_hand_and_called_otherwise(page: SeatsPage) -> None:
    """A tap, a box, a whole row by a double tap; then a kind, a category, or gone."""
    page.show_map(make_seat_map())
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=place_of(page, "B-2").toPoint())
    assert page.draft.selected == {"B-2"}
    page.kind.setCurrentIndex(page.kind.findData(SeatKind.COMPANION))
    page.kind.activated.emit(page.kind.currentIndex())
    assert kind_of(page, "B-2") is SeatKind.COMPANION
    corner = QPointF(14, 14)
    drag(page, place_of(page, "C-1") - corner, place_of(page, "D-3") + corner)
    assert page.draft.selected == {f"{row}-{n}" for row in "CD" for n in (1, 2, 3)}
    fill(page, "seatsNewCategory", "balcony")
    press(page, "seats_apply")
    assert page.draft.summary().categories["balcony"] == 6
    QTest.mouseDClick(page.canvas, Qt.MouseButton.LeftButton, pos=place_of(page, "A-4").toPoint())
    assert len(page.draft.selected) == 10
    press(page, "seats_remove")
    assert len(page.draft.seats) == 30
    assert not can(page, "seats_remove"), "nothing is chosen now"


def kind_of(page: SeatsPage, seat_id: str) -> SeatKind:
    return next(one.kind for one in page.draft.seats if one.id == SeatId(seat_id))


def test_a_name_that_is_taken_is_refused_in_every_language() -> None:
    """With the seat that has it; nothing is drawn."""
    for language in LANGUAGE_NAMES:
        speak_language(make_application(), language)
        with opened() as page:
            press(page, "seatsAdd")
            page.first_row.setText("A")
            press(page, "seatsAdd")
            assert "A · 1" in page.note, language
            assert len(page.draft.seats) == 200
    speak_language(make_application(), "en")


def test_keys_walk_from_seat_to_seat(page: SeatsPage) -> None:
    """With nothing chosen an arrow chooses one, Ctrl and an arrow the next, Escape none."""
    page.show_map(make_seat_map())
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    (first,) = page.draft.selected
    QTest.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    (second,) = page.draft.selected
    assert first != second
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert page.draft.selected == frozenset()


def test_every_control_has_words(page: SeatsPage, tmp_path: Path) -> None:
    """For those who do not see it."""
    silent = [
        one.objectName()
        for one in page.findChildren(QWidget)
        if isinstance(one, QPushButton) and not (one.text() or one.accessibleName())
    ]
    assert silent == []
    page.resize(1024, 600)
    picture = tmp_path / "seats.png"
    assert page.grab().save(str(picture))
