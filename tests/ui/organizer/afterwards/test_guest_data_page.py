"""The page of a guest's own data by itself: nothing is erased that nobody has typed and meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from gatekeeper.organizer.afterwards.guest_data_client import (
    Erased,
    FoundPersons,
    GuestDataClient,
    Held,
)
from gatekeeper.organizer.afterwards.retention_client import Retention
from gatekeeper.presenters.desk.guest_data_words import spell_erased
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.guest_data_flow import GuestDataFlow
from gatekeeper.ui.organizer.afterwards.guest_data_page import GuestDataPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.desk_screens import SITE
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button
from tests.factories.persons_screens import FOUND, HELD, KEPT, KLARA, NOW, OTHER
from tests.factories.removed import remove

if TYPE_CHECKING:
    from gatekeeper.organizer.server_api import ServerApi


def test_erasing_asks_for_the_name_and_spares_what_is_unticked() -> None:
    """Case and spaces count for nothing; another name erases nobody."""
    speak_language(make_application(), "en")
    page = GuestDataPage()
    asked: list[object] = []
    page.erased.connect(asked.append)
    page.show_held(KLARA, HELD)
    erase = button(page, "personErase")
    assert not erase.isEnabled()
    page.typed.setText("Sam")
    assert not erase.isEnabled()
    page.typed.setText("klára  NOVÁKOVÁ")
    assert erase.isEnabled()
    item = page.table.item(1, 0)
    assert item is not None
    item.setCheckState(Qt.CheckState.Unchecked)
    erase.click()
    assert asked == [[HELD.records[1].place]]
    said = spell_erased(Erased(orders=1, holders=0, lists=1, texts=1), page.spared)
    assert "Orders: 1" in said
    assert "someone else’s: 1" in said


def test_what_was_said_to_be_anothers_stays_so_when_more_is_held() -> None:
    """Ticked again, a namesake's would be erased by whoever types the name once more."""
    speak_language(make_application(), "en")
    page = GuestDataPage()
    spared = [HELD.records[0].place]
    page.show_held(KLARA, Held(records=HELD.records[:1], texts=()))
    page.typed.setText(KLARA.shown)
    page.show_held(KLARA, HELD, spared)
    assert (page.spared, page.typed.text()) == (spared, "")


def test_what_is_not_held_is_neither_saved_nor_erased() -> None:
    """After an erasure nothing is offered; whoever is found alone is opened at once."""
    speak_language(make_application(), "en")
    page = GuestDataPage()
    chosen: list[object] = []
    page.chose.connect(chosen.append)
    page.show_found(FOUND)
    assert chosen == []
    page.show_found(FoundPersons(items=FOUND.items[:1], is_cut=False))
    assert chosen == [KLARA]
    page.show_held(KLARA, Held(records=(), texts=()))
    assert button(page, "personSave").isHidden()
    page.typed.setText(KLARA.shown)
    assert not button(page, "personErase").isVisibleTo(page)
    searched: list[str] = []
    page.searched.connect(searched.append)
    page.words.setText(" k ")
    button(page, "personsFind").click()
    assert (searched, page.note) == ([], "Type at least two letters.")
    page.forget()
    assert page.list.count() == 0


def test_whoever_was_erased_stands_nowhere_on_the_page() -> None:
    """Not in the list, not as its heading, not where it was searched; a namesake stays."""
    speak_language(make_application(), "en")
    page = GuestDataPage()
    page.words.setText("klara")
    page.show_found(FOUND)
    page.list.setCurrentRow(0)
    page.show_held(KLARA, HELD)
    chosen: list[object] = []
    page.chose.connect(chosen.append)
    page.show_left(KLARA, Held(records=HELD.records[1:], texts=()))
    assert page.list.count() == len(FOUND.items), (
        "something of another person of that name is left"
    )
    page.show_left(KLARA, Held(records=(), texts=()))
    page.say("Erased.", "good")
    shown = [label.text() for label in page.findChildren(QLabel)]
    listed = [page.list.item(row).text() for row in range(page.list.count())]
    assert len(listed) == len(FOUND.items) - 1
    assert not any(str(KLARA.email) in one for one in (*shown, *listed))
    assert not any(KLARA.shown in one for one in (*shown, page.words.text()))
    assert (page.person, chosen, page.note) == (None, [], "Erased.")


def test_no_rule_is_saved_unseen_and_names_that_go_at_once_take_a_tick() -> None:
    """Another number of days takes another look; a manager's card would say the same."""
    speak_language(make_application(), "en")
    page = GuestDataPage()
    page.tabs.setCurrentIndex(1)
    card = page.retention
    asked: list[int] = []
    chosen: list[object] = []
    card.asked.connect(asked.append)
    card.chosen.connect(chosen.append)
    card.show_rule(Retention(days=None, events=()), NOW)
    card.days.setValue(30)
    assert not card.save.isEnabled()
    card.preview.click()
    assert asked == [30]
    card.show_preview(Retention(days=None, events=KEPT), 30, NOW)
    words = [card.table.item(row, 2) for row in range(4)]
    said = [one.text() for one in words if one is not None]
    assert said[:2] == ["now", "once its conflicts are settled"]
    assert not card.save.isEnabled()
    card.sure.setChecked(True)
    assert card.save.isEnabled()
    card.days.setValue(31)
    assert not card.save.isEnabled()
    card.days.setValue(30)
    card.save.click()
    assert chosen == [30]
    assert card.off.isHidden()
    card.show_rule(Retention(days=30, events=KEPT), NOW)
    card.off.click()
    assert chosen == [30, None]


def test_while_a_guest_is_looked_for_nobody_found_before_can_be_erased() -> None:
    """The former one stood beside the new words, with a button that is not taken back."""
    speak_language(make_application(), "en")
    page, thread = GuestDataPage(), HeldThread()
    server_api = cast("ServerApi", None)
    flow = GuestDataFlow(page, make_desk_session(thread, server_api), lambda: None)
    flow._client = GuestDataClient(server_api, SITE)
    page.show_found(FOUND)
    page.show_held(KLARA, HELD)
    page.typed.setText(KLARA.shown)
    page.words.setText("Sam")
    button(page, "personsFind").click()
    assert (page.list.count(), page.person, page.held) == (0, None, None)
    assert button(page, "personErase").isHidden() or not button(page, "personErase").isEnabled()
    thread.answer(FoundPersons(items=(OTHER, KLARA), is_cut=False))
    assert page.list.count() == 2
    remove(page)
