"""The page of guests by itself: what the keyboard presses while a list is looked at and taken."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.ui.organizer.guests_page import GuestsPage
from tests.factories.guest_list_screens import BROKEN, LIST

pytestmark = pytest.mark.ui


@pytest.mark.parametrize(
    ("before", "pressed", "after"),
    [("uploaded", "guestsCheck", "checking"), ("checked", "guestsGo", "placing")],
)
def test_enter_never_gives_up_the_list_that_it_has_just_sent_on(
    qtbot: QtBot, before: str, pressed: str, after: str
) -> None:
    """What was pressed goes; the button that drops the list does not slip under the finger."""
    page = GuestsPage()
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


def test_a_list_whose_work_failed_says_so_and_why_until_it_goes_on(qtbot: QtBot) -> None:
    """No bar and no word that it is being done; the button is there while there is work left."""
    page = GuestsPage()
    qtbot.addWidget(page)
    whole = msgspec.structs.replace(LIST, wrong=0, said="", state="telling", position=2_500)
    page.show_columns(whole)
    page.show_list(whole)
    assert (page.note.startswith("The list is taken"), page.failed.isHidden()) == (True, True)
    page.show_failed(BROKEN)
    page.show_list(whole)  # looked at again, it is as it was
    assert page.note.startswith("It stopped at line")
    assert "Something broke at the server" in page.failed.said
    pressed: list[object] = []
    page.failed.wants_again.connect(pressed.append)
    again = page.findChild(QPushButton, "failedAgain")
    assert again is not None
    again.click()
    assert pressed == [BROKEN]
    page.show_failed(None)
    assert (page.note.startswith("The list is taken"), page.failed.isHidden()) == (True, True)
    page.show_failed(BROKEN)
    page.show_list(msgspec.structs.replace(whole, state="done"))
    assert (page.failed.isHidden(), page.failed.said) == (True, "")
