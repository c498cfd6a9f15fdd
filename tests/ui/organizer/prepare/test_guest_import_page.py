"""The page of guests by itself: what the keyboard presses while a list is looked at and taken."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QPushButton, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.prepare.guest_imports_client import is_mapped
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.presenters.desk.guest_import_words import spell_list, spell_missing
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.prepare.guest_import_page import GuestListPage
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.switching_language import speak_language
from tests.factories.guest_list_screens import BROKEN, LIST, WRONG_LINES, show_list
from tests.factories.keys import press
from tests.factories.removed import remove
from tests.factories.strength import sized
from tests.ui.fitting import settle


@pytest.mark.parametrize(
    ("before", "pressed", "after"),
    [("uploaded", "guestsCheck", "checking"), ("checked", "guestsGo", "placing")],
)
def test_enter_never_gives_up_the_list_that_it_has_just_sent_on(
    qtbot: QtBot, before: str, pressed: str, after: str
) -> None:
    """What was pressed goes; the button that drops the list does not slip under the finger."""
    page = GuestListPage()
    qtbot.addWidget(page)
    with qtbot.waitExposed(page):
        page.show()
        page.activateWindow()
    whole = msgspec.structs.replace(LIST, wrong=0, said="", state=before)
    page.show_columns(whole)
    page.show_list(whole)
    button = page.findChild(QPushButton, pressed)
    assert button is not None
    button.setFocus()
    qtbot.waitUntil(button.hasFocus)
    page.show_list(msgspec.structs.replace(whole, state=after))
    focused = QApplication.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.objectName() == "guestsChoose"


def test_a_list_whose_letters_were_guessed_says_to_look_at_its_names(qtbot: QtBot) -> None:
    """Beside wrong lines too, which may be left out; of one that says its letters not a word."""
    page = GuestListPage()
    qtbot.addWidget(page)
    sample = page.findChild(QTableWidget, "guestsSample")
    assert sample is not None
    assert page.letters.isHidden()
    page.show_columns(msgspec.structs.replace(LIST, encoding="cp1252"))
    assert not page.letters.isHidden()
    page.show_wrong(WRONG_LINES)
    assert not page.letters.isHidden()
    assert not sample.isHidden()
    page.show_columns(msgspec.structs.replace(LIST, encoding="utf-8"))
    assert page.letters.isHidden()
    page.show_wrong(WRONG_LINES)
    assert sample.isHidden()
    page.show_columns(msgspec.structs.replace(LIST, encoding="cp1252"))
    page.forget()
    assert page.letters.isHidden()
    page.show_list(msgspec.structs.replace(LIST, encoding="cp1252", state="done"))
    page.show_wrong(WRONG_LINES)
    assert (page.letters.isHidden(), sample.isHidden()) == (True, True), "its names are gone"


def test_a_list_whose_work_failed_says_so_and_why_until_it_goes_on(qtbot: QtBot) -> None:
    """No bar and no word that it is being done; the button is there while there is work left."""
    page = GuestListPage()
    qtbot.addWidget(page)
    whole = msgspec.structs.replace(LIST, wrong=0, said="", state="telling", position=2_500)
    page.show_columns(whole)
    page.show_list(whole)
    assert (page.note.text().startswith("The list is imported"), page.failed.isHidden()) == (
        True,
        True,
    )
    page.show_failed(BROKEN)
    page.show_list(whole)  # looked at again, it is as it was
    assert page.note.text().startswith("It stopped at line")
    assert "Something went wrong on the server" in page.failed.said
    pressed: list[object] = []
    page.failed.wants_again.connect(pressed.append)
    again = page.findChild(QPushButton, "failedAgain")
    assert again is not None
    again.click()
    assert pressed == [BROKEN]
    page.show_failed(None)
    assert (page.note.text().startswith("The list is imported"), page.failed.isHidden()) == (
        True,
        True,
    )
    page.show_failed(BROKEN)
    page.show_list(msgspec.structs.replace(whole, state="done"))
    assert (page.failed.isHidden(), page.failed.said) == (True, "")


@pytest.mark.parametrize("language", sized(["de", "ar"], ["en", "de", "ar"]))
def test_wrong_lines_and_what_to_do_about_them_are_seen_without_scrolling(language: str) -> None:
    """On a laptop 768 pixels high: why the list cannot be taken, and the ways on, at once."""
    speak_language(make_application(), language)
    work = EventPages(LIGHT)
    dress_desk(work, LIGHT)
    work.show_role("owner")
    work.resize(1024, 768)
    work.show()
    next(show_list(work))
    settle()
    for name in ("guestsNote", "guestsWrong", "guestsLeaveOut", "guestsCheck", "guestsGo"):
        part = work.findChild(QWidget, name)
        assert part is not None
        top = part.mapTo(work.body.viewport(), QPoint()).y()
        assert top >= 0
        assert top + part.height() <= work.body.viewport().height(), name
    assert work.guests.wrong.viewport().height() >= 3 * work.guests.wrong.fontMetrics().height()
    remove(work)
    speak_language(make_application(), "en")


def test_of_a_list_of_names_without_codes_tickets_are_made(qtbot: QtBot) -> None:
    """Who had only names was told to make codes up, such as G-001: one guest knew all others'."""
    speak_language(make_application(), "en")
    page = GuestListPage()
    qtbot.addWidget(page)
    names = msgspec.structs.replace(
        LIST, state="uploaded", said="", mapping=LIST.mapping | {"code": "", "uid": ""}
    )
    page.show_columns(names)
    page.show_list(names)
    assert "choose “(none: create tickets here)” there" in page.note.text()
    assert page.note.property("role") == "bad", "green, it read as if all were well"
    assert spell_missing(names.mapping) == spell_list(names)
    assert spell_missing({"code": "code", "uid": ""}).startswith(
        "Choose which column contains the t"
    )
    assert "code" not in spell_missing({"code": "code", "uid": ""}), "which was said already"
    said: list[dict[str, Any]] = []
    page.checked.connect(lambda _columns, mapping: said.append(mapping))
    column = page.findChild(ChoiceBox, "guestsColumn_code")
    assert column is not None
    column.setCurrentText("(none: create tickets here)")
    press(page, "guestsCheck")
    assert said[0]["code"] == ""
    assert said[0]["makes_codes"] is True
    assert is_mapped(said[0])
    done = msgspec.structs.replace(names, state="done", wrong=0, mapping=said[0])
    page.show_columns(done)
    page.show_list(done)
    assert column.currentText() == "(none: create tickets here)"
    assert "name: 4,800. Print or save them under Orders, Tickets in bulk. " in page.note.text()
    assert "Names reach gates the next time the plan is handed over." in page.note.text()
    page.show_list(msgspec.structs.replace(done, names_at_gates="off"))
    assert "tick “Gates know guests’ names” under Set-up" in page.note.text()
    page.show_list(msgspec.structs.replace(done, named=0))
    assert "ames" not in page.note.text().partition("With a name: 0.")[2]
    column.setCurrentIndex(0)
    press(page, "guestsCheck")
    assert "makes_codes" not in said[1], "an older server refuses what it does not know"


def test_where_an_event_has_one_type_alone_all_lines_are_of_it(qtbot: QtBot) -> None:
    """A list of names has no column of types: what else could they be was asked, in red."""
    page = GuestListPage()
    qtbot.addWidget(page)
    said: list[dict[str, Any]] = []
    page.checked.connect(lambda _columns, mapping: said.append(mapping))
    no_type = msgspec.structs.replace(
        LIST,
        state="uploaded",
        said="",
        mapping=LIST.mapping | {"type": "", "ticket_type_id": None},
    )
    page.show_columns(no_type)
    page.show_list(no_type)
    page.show_types({"tt_1": "Standing", "tt_2": "Gallery"})
    press(page, "guestsCheck")
    page.show_types({"tt_1": "Standing"})
    press(page, "guestsCheck")
    assert [one["ticket_type_id"] for one in said] == [None, "tt_1"]
    page.show_columns(LIST)
    page.show_types({"tt_1": "Standing"})
    press(page, "guestsCheck")
    assert (said[2]["type"], said[2]["ticket_type_id"]) == (LIST.mapping["type"], None)


def test_lines_of_no_ticket_type_are_told_which_types_there_are(qtbot: QtBot) -> None:
    """Else who mends the file looks up under Set-up how its word should have been."""
    page = GuestListPage()
    qtbot.addWidget(page)
    page.show_types({"tt_1": "Standing", "tt_2": "Gallery"})
    page.show_wrong(WRONG_LINES)
    lines = page.wrong.toPlainText().split("\n")
    assert len(lines) == len(WRONG_LINES) + 1
    assert "Standing" in lines[-1]
    assert "Gallery" in lines[-1]
    page.show_wrong(WRONG_LINES[1:])
    assert "Gallery" not in page.wrong.toPlainText()


def test_a_list_is_undone_only_after_a_yes_that_says_how_many_go(qtbot: QtBot) -> None:
    """One press took thousands of tickets back; one used ticket kept it from all of them."""
    speak_language(make_application(), "en")
    page = GuestListPage()
    qtbot.addWidget(page)
    page.show()
    done = msgspec.structs.replace(LIST, wrong=0, said="", state="done")
    page.show_list(done)
    ended = list[str]()
    page.ended.connect(ended.append)
    press(page, "guestsUndo")
    assert (ended, "4,980 tickets" in page.question.asked) == ([], True)
    press(page, "guestsUndoNo")
    press(page, "guestsUndo")
    press(page, "guestsUndoYes")
    page.ask_to_keep(2)
    assert page.question.asked.startswith("Someone entered on 2 tickets from this list")
    press(page, "guestsUndoYes")
    assert ended == ["undo", "undo_unused"]
    [first, *rest] = done.types
    kept = (msgspec.structs.replace(first, kept=2), *rest)
    page.show_list(msgspec.structs.replace(done, state="undone", types=kept))
    assert page.question.isHidden()
    assert page.note.text().startswith("Undone except for 2 tickets")
