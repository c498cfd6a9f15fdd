"""The page of guests by itself: what the keyboard presses while a list is looked at and taken."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.ui.organizer.guests_page import GuestsPage
from tests.factories.guest_list_screens import LIST

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
