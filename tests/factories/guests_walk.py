"""Brings a list of guests at the desk to a real server: columns said, a line mended, taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.prepare.guest_import_flow import GuestListFlow
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand

LINES = "wristband,type,name\nLN-1,Standing,Klara\nLN-2,{},Jo\n"


def import_guests(hand: Hand, folder: Path) -> None:
    """Choose a list whose codes must be found, mend its wrong line, and take it.

    The same headings again are read as they were the first time.
    """
    guests, page = folder / "guests.csv", hand.work.guests
    guests.write_text(LINES.format("Balcony"), "utf-8")
    hand.enter("guests")
    page.chosen.emit(guests)
    hand.until(lambda: page.note.text().startswith("No column was recognized as ticket codes."))
    hand.click("guestsCheck")
    assert "choose “(none: create tickets here)”" in page.note.text()
    column = hand.find("guestsColumn_code")
    assert isinstance(column, ChoiceBox)
    column.setCurrentText("wristband")
    hand.click("guestsCheck")
    hand.until(
        lambda: "Wrong lines: 1" in page.note.text() and "Line 3" in page.wrong.toPlainText()
    )
    hand.until(lambda: page.types.rowCount() == 2)  # Standing, and lines of no type
    hand.picture("guests-wrong")
    guests.write_text(LINES.format("Standing"), "utf-8")
    page.chosen.emit(guests)
    hand.until(lambda: "New tickets: 2" in page.note.text())
    hand.click("guestsGo")
    hand.until(lambda: "Tickets added: 2" in page.note.text())
    assert page.types.model().index(0, 1).data() == TEXTS.isolate("2")
    hand.picture("guests")
    come_back_to_it(hand)


def come_back_to_it(hand: Hand) -> None:
    """Find the list that was taken as it was left, and the way back from it."""
    flow = hand.desk.flow
    assert flow is not None
    assert flow.site is not None
    lists, site = flow.flows["guests"], flow.site
    assert isinstance(lists, GuestListFlow)
    lists.enter(EventSite(site.organization_id, EventId("another")))
    hand.work.menu.setFocus()
    lists.enter(site)
    hand.until(lambda: "Tickets added: 2" in hand.work.guests.note.text())
    assert hand.find("guestsUndo").isVisible()
    assert hand.work.menu.hasFocus()
