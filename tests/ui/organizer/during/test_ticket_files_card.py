"""Tickets in bulk at the desk: what is asked for, how far it is, and what may be done about it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import cast

import pytest
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.during.ticket_files_client import (
    FilesWanted,
    TicketFilesClient,
    TicketGroup,
)
from gatekeeper.organizer.server_api import ServerApi
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.during.ticket_files_card import TicketFilesCard, TicketFilesFlow
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from tests.factories.desk_screens import SITE
from tests.factories.desk_session import make_desk_session
from tests.factories.files_screens import FILES, GROUPS, ticket_file
from tests.factories.held_thread import HeldThread
from tests.factories.removed import removed_after


@pytest.fixture
def thread() -> Iterator[DeskThread]:
    """The desk's thread, without a server."""
    thread = DeskThread("desk-files")
    thread.start()
    yield thread
    thread.stop()


def test_what_is_chosen_is_asked_for_and_what_can_be_done_is_offered() -> None:
    """Written ones are saved or deleted, those on their way stopped, gone ones neither."""
    speak_language(make_application(), "en")
    card = TicketFilesCard()
    asked: list[FilesWanted] = []
    card.wanted.connect(asked.append)
    card.show_groups(GROUPS)
    card.form.setCurrentIndex(1)
    card.kind.setCurrentIndex(1)
    card.unsent.setChecked(True)
    card.go.click()
    assert asked == [FilesWanted(form="cut", type_id="tt_1", unsent=True)]
    assert asked[0].body("de") == {
        "form": "pdf",
        "layout": "cut",
        "which": {"ticket_type_ids": ["tt_1"], "import_id": None, "unsent": True},
        "names": False,
        "language": "de",
    }
    card.show_files(FILES)
    assert card.is_writing
    assert (card.save.isHidden(), card.stop.text(), card.progress.value()) == (True, "Stop", 1_000)
    card.list.setCurrentRow(1)
    assert (card.save.isHidden(), card.stop.text()) == (False, "Delete")
    assert "4,980 tickets, 20 without a code left out" in card.list.item(1).text()
    card.list.setCurrentRow(2)
    assert (card.save.isHidden(), card.stop.isHidden()) == (True, True)
    card.list.setCurrentRow(1)
    card.show_files((ticket_file(4), *FILES))
    assert card.chosen is not None
    assert card.chosen.id == "tf_1"
    card.forget()
    assert (card.list.count(), card.list.isHidden()) == (0, True)


def test_a_list_is_chosen_and_stays_so_when_another_is_brought() -> None:
    """Twenty late names are printed without the four hundred that are out already."""
    speak_language(make_application(), "en")
    card = TicketFilesCard()
    asked: list[FilesWanted] = []
    card.wanted.connect(asked.append)
    card.show_groups(GROUPS)
    card.kind.setCurrentIndex(2)
    assert card.kind.currentText().endswith("(tickets: 20)")
    card.show_groups((GROUPS[0], TicketGroup(import_id="im_2", at=GROUPS[1].at), GROUPS[1]))
    card.go.click()
    assert asked[0].body("en")["which"]["import_id"] == "im_1"
    card.show_groups(GROUPS[:1])
    assert card.kind.currentText() == "All tickets"


def test_saving_shows_how_much_has_come_and_can_be_stopped() -> None:
    """Meanwhile it is neither deleted nor saved twice; a file of no bytes divides nothing."""
    speak_language(make_application(), "en")
    card = TicketFilesCard()
    stopped: list[None] = []
    card.save_stopped.connect(lambda: stopped.append(None))
    card.show_files(FILES)
    card.list.setCurrentRow(1)
    assert card.give_up.isHidden()
    card.show_saving(3_140_000, 9_000_000)
    assert card.note == "Saving: 3.1 of 9.0 MB"
    assert card.bytes.value() == 348
    assert (card.save.isHidden(), card.stop.isHidden()) == (True, True)
    card.give_up.click()
    assert len(stopped) == 1
    card.show_saving(None)
    assert (card.save.isHidden(), card.bytes.isHidden()) == (False, True)
    card.show_saving(0, 0)
    assert card.bytes.value() == 0


class SlowFiles:
    """Gives a file piece by piece, and waits after the first until it is let go."""

    def __init__(self, *, fails: bool = False) -> None:
        self.let_go, self.fails = threading.Event(), fails

    async def stream(self, _path: str) -> AsyncIterator[bytes]:
        yield b"x" * 4_000_000
        await asyncio.to_thread(self.let_go.wait, 30)
        if self.fails:
            message = "the line broke"
            raise ServerFault(message)
        yield b"y" * 5_000_000


@pytest.mark.parametrize("end", ["whole", "stopped", "broken"])
def test_a_file_is_saved_whole_or_nothing_of_it(
    end: str, tmp_path: Path, qtbot: QtBot, thread: DeskThread
) -> None:
    """What was there before under its name stays until it is whole; nothing half is left."""
    speak_language(make_application(), "en")
    office = SlowFiles(fails=end == "broken")
    card = TicketFilesCard()
    qtbot.addWidget(card)
    flow = TicketFilesFlow(card, make_desk_session(thread, office))
    flow._client = TicketFilesClient(cast("ServerApi", office), SITE)
    card.show_files(FILES)
    card.list.setCurrentRow(1)
    file = tmp_path / "tickets.pdf"
    file.write_bytes(b"before")
    flow.save(FILES[1], str(file))
    qtbot.waitUntil(lambda: "4.0 of 9.0" in card.note)
    flow.save(FILES[1], str(tmp_path / "second.pdf"))
    if end == "stopped":
        card.give_up.click()
        assert card.note == "Stopped; nothing was saved."
        office.let_go.set()
    else:
        office.let_go.set()
        said = "Saved tickets.pdf." if end == "whole" else "The line broke"
        qtbot.waitUntil(lambda: card.note == said)
    qtbot.waitUntil(lambda: [one.name for one in tmp_path.iterdir()] == ["tickets.pdf"])
    assert file.stat().st_size == (9_000_000 if end == "whole" else len(b"before"))
    assert card.give_up.isHidden()


def test_what_is_said_of_a_silent_server_goes_once_it_answers() -> None:
    """It stood there for good, with the advice to check cables; what was done stays said."""
    speak_language(make_application(), "en")
    card, thread = TicketFilesCard(), HeldThread()
    flow = TicketFilesFlow(card, make_desk_session(thread))
    card.show()
    with removed_after(card):
        flow.enter(SITE)
        thread.refuse(ServerFault("the server does not answer"))
        assert card.note == "The server does not answer"
        flow.enter(SITE)
        thread.answer(())
        assert card.note == ""
        card.say("Saved.", "good")
        flow.enter(SITE)
        thread.answer(())
        assert card.note == "Saved."
