"""The page on which an event is copied: looked at before it is made, and made as it was seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import msgspec
import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.prepare.event_copying import CopyWanted, Source, suggest_day
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.presenters.desk.event_copy_words import spell_coming, spell_dates, spell_staying
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.prepare.event_copy_page import EventCopyPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.languages import LANGUAGE_NAMES
from tests.factories.copy_screens import NOW, RIGHT_TO_LEFT, SEEN, SOURCE, TODAY
from tests.factories.removed import remove
from tests.ui.fitting import settle


@pytest.fixture
def page() -> Iterator[EventCopyPage]:
    """Give a page with an event to copy."""
    app = make_application()
    speak_language(app, "en")
    page = EventCopyPage()
    dress_desk(page, LIGHT)
    page.resize(1_000, 700)
    page.show()
    page.activateWindow()
    page.show_source(SOURCE, TODAY)
    settle()
    yield page
    remove(page)


def asked_of(page: EventCopyPage) -> tuple[list[CopyWanted], list[CopyWanted]]:
    """Return what is asked to be looked at, and what is asked to be made."""
    looks: list[CopyWanted] = []
    makes: list[CopyWanted] = []
    page.wants_preview.connect(looks.append)
    page.made.connect(makes.append)
    return looks, makes


def button(page: EventCopyPage, name: str) -> QPushButton:
    """Return a button by its name."""
    return page.findChildren(QPushButton, name)[0]


@pytest.mark.parametrize(
    ("first", "today", "suggested"),
    [
        (date(2026, 10, 24), date(2027, 1, 15), date(2027, 1, 16)),
        (date(2026, 10, 24), date(2026, 10, 1), date(2026, 10, 31)),
        (date(2026, 10, 24), date(2026, 10, 31), date(2026, 11, 7)),
        (date(2028, 2, 29), date(2028, 3, 1), date(2028, 3, 7)),
    ],
)
def test_the_next_day_of_the_same_weekday_is_offered(
    first: date, today: date, suggested: date
) -> None:
    """After today, and after the day itself."""
    assert suggest_day(first, today) == suggested
    assert suggested.weekday() == first.weekday()


def test_by_keys_alone_it_is_looked_at_then_made(page: EventCopyPage) -> None:
    """The name is there to be typed over; Enter looks, Enter makes; Esc leaves."""
    looks, makes = asked_of(page)
    assert page.name.text() == SOURCE.name
    QTest.keyClicks(page.name, "Spring")
    QTest.keyClick(page.name, Qt.Key.Key_Return)
    assert looks == [CopyWanted(name="Spring", first_day=date(2027, 1, 16))]
    assert makes == []
    page.show_preview(looks[0], SEEN, NOW)
    QTest.keyClick(button(page, "copyGo"), Qt.Key.Key_Return)
    assert makes == looks
    left: list[bool] = []
    page.left.connect(lambda: left.append(True))
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert left == [True]


def test_only_what_was_looked_at_is_made(page: EventCopyPage) -> None:
    """Another name, another day or fewer dates are looked at again."""
    looks, makes = asked_of(page)
    button(page, "copyTry").click()
    changes: tuple[Callable[[], object], ...] = (
        lambda: page.name.setText("Other"),
        lambda: page.day.setDate(QDate(2027, 3, 27)),
        lambda: page.first_only.setChecked(True),
    )
    for change in changes:
        page.show_preview(looks[-1], SEEN, NOW)
        assert not button(page, "copyGo").isHidden()
        change()
        assert button(page, "copyGo").isHidden()
        assert page.dates.isHidden()
        button(page, "copyTry").click()
    assert looks[-1] == CopyWanted(name="Other", first_day=date(2027, 3, 27), is_first_only=True)
    assert makes == []
    page.name.setText("   ")
    button(page, "copyTry").click()
    assert "Enter a name" in page.note
    assert len(looks) == 4


def test_an_event_without_dates_is_asked_for_no_day(page: EventCopyPage) -> None:
    """There is nothing to move."""
    looks, _ = asked_of(page)
    page.show_source(Source(name="Idea", timezone="UTC"), TODAY)
    assert not page.day.isVisible()
    button(page, "copyTry").click()
    assert looks == [CopyWanted(name="Idea", first_day=None)]


def test_a_name_of_two_hundred_letters_from_right_to_left_stays_whole(page: EventCopyPage) -> None:
    """As long as the server takes one."""
    looks, _ = asked_of(page)
    name = (RIGHT_TO_LEFT * 12)[:200]
    page.show_source(msgspec.structs.replace(SOURCE, name=name), TODAY)
    button(page, "copyTry").click()
    assert looks[0].name == name
    assert page.width() == 1_000


def test_times_are_said_by_the_venues_clock_and_what_the_clocks_do() -> None:
    """Ten at night before and after; a date that was called off takes place."""
    speak_language(make_application(), "en")
    (night, sunday) = spell_dates(SEEN)
    assert "22:00" in night[1]
    assert "22:00" in night[2]
    assert "19:00" in night[2]
    assert "the clocks change" in night[2]
    assert "called off" in sunday[2]
    spans = dict(spell_coming(SEEN))
    assert any("Early bird" in what and "until" in when for what, when in spans.items())


@pytest.mark.parametrize("language", LANGUAGE_NAMES)
def test_everything_is_said_in_every_language(language: str) -> None:
    """No key shows through, whatever the clocks do and whatever stays behind."""
    speak_language(make_application(), language)
    late = datetime(2028, 1, 1, tzinfo=UTC)
    for shift in ("", "left_out", "twice", "uneven"):
        dates = tuple(msgspec.structs.replace(one, shift=shift) for one in SEEN.dates)
        windows = tuple(
            msgspec.structs.replace(SEEN.windows[0], kind=kind)
            for kind in ("sale", "validity", "tier", "promotion", "refund", "rule")
        )
        seen = msgspec.structs.replace(
            SEEN, dates=dates, windows=windows, dates_left=1, types_left=2, zones_left=3
        )
        rows = (*spell_dates(seen), *spell_coming(seen), *spell_staying(seen, late))
        assert all("copying." not in text and "{" not in text for row in rows for text in row)
    speak_language(make_application(), "en")
