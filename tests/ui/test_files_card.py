"""Tickets in bulk at the desk: what is asked for, how far it is, and what may be done about it."""

from __future__ import annotations

import pytest

from gatekeeper.organizer.ticket_files import FilesWanted
from gatekeeper.ui.app import make_application
from gatekeeper.ui.language import speak_language
from gatekeeper.ui.organizer.files_card import FilesCard
from tests.factories.files_screens import FILES, ticket_file

pytestmark = pytest.mark.ui


def test_what_is_chosen_is_asked_for_and_what_can_be_done_is_offered() -> None:
    """Written ones are saved or deleted, those on their way stopped, gone ones neither."""
    speak_language(make_application(), "en")
    card = FilesCard()
    asked: list[FilesWanted] = []
    card.wanted.connect(asked.append)
    card.show_types({"tt_1": "Stehplatz"})
    card.form.setCurrentIndex(1)
    card.kind.setCurrentIndex(1)
    card.unsent.setChecked(True)
    card.go.click()
    assert asked == [FilesWanted(form="cut", type_id="tt_1", unsent=True)]
    assert asked[0].body("de") == {
        "form": "pdf",
        "layout": "cut",
        "which": {"ticket_type_ids": ["tt_1"], "unsent": True},
        "names": False,
        "language": "de",
    }
    card.show_files(FILES)
    assert card.is_writing
    assert (card.save.isHidden(), card.stop.text(), card.progress.value()) == (True, "Stop", 1_000)
    card.list.setCurrentRow(1)
    assert (card.save.isHidden(), card.stop.text()) == (False, "Delete")
    assert "4980 tickets, 20 without a code left out" in card.list.item(1).text()
    card.list.setCurrentRow(2)
    assert (card.save.isHidden(), card.stop.isHidden()) == (True, True)
    card.list.setCurrentRow(1)
    card.show_files((ticket_file(4), *FILES))
    assert card.chosen is not None
    assert card.chosen.id == "tf_1"
    card.forget()
    assert (card.list.count(), card.list.isHidden()) == (0, True)
