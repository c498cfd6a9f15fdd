"""The page of other programs: no typing is lost, nothing is removed unasked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication

from gatekeeper.organizer.organization.webhooks_client import Log, append_log, join_log
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.organization.webhooks_page import WebhooksPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.keys import button
from tests.factories.programs_screens import LOG, PROGRAMS, SENT, message, program
from tests.factories.removed import removed_after


@pytest.fixture
def page() -> Iterator[WebhooksPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = WebhooksPage()
    page.show()
    with removed_after(page):
        yield page


def test_a_program_is_added_once_it_has_name_address_and_what_it_hears_of(
    page: WebhooksPage,
) -> None:
    """What is missing is said beside it; everything is one tick."""
    added: list[object] = []
    page.added.connect(added.append)
    save = button(page, "programSave")
    for text, said in ((page.form.name, "Give it a name."), (page.form.url, "Type its address")):
        save.click()
        assert page.form.flaw.text().startswith(said)
        text.setText("https://example.org/in" if text is page.form.url else "  Books ")
    page.form.all.setChecked(False)
    save.click()
    assert page.form.flaw.text().startswith("Tick at least one")
    assert added == []
    page.form.kinds["order.created"].setChecked(True)
    save.click()
    page.form.all.setChecked(True)
    save.click()
    fields = {"name": "Books", "url": "https://example.org/in"}
    assert added == [fields | {"kinds": ["order.created"]}, fields | {"kinds": []}]


def test_a_secret_is_shown_once_and_copied(page: WebhooksPage) -> None:
    """Whoever comes back to the page, or turns to another program, sees it no more."""
    page.show_programs(PROGRAMS)
    page.show_program(PROGRAMS[0])
    for leave in (
        page.hide,
        lambda: page.list.setCurrentRow(1),
        button(page, "programKept").click,
    ):
        page.show()
        page.show_secret("whsec_1")
        button(page, "programCopy").click()
        assert QGuiApplication.clipboard().text() == "whsec_1"
        leave()
        assert page.secret.text() == ""


def test_nothing_is_removed_or_renewed_without_an_answer(page: WebhooksPage) -> None:
    """A third secret within a day is asked about in other words: it ends the first at once."""
    page.show_programs(PROGRAMS)
    page.show_program(PROGRAMS[1])
    acts: list[str] = []
    page.removed.connect(lambda one: acts.append(f"remove {one.id}"))
    page.renewed.connect(lambda one: acts.append(f"renew {one.id}"))
    button(page, "program_remove").click()
    assert "cannot be undone" in page.card.asked
    button(page, "programNo").click()
    assert (acts, page.card.asked) == ([], "")
    button(page, "program_renew").click()
    assert "for one day" in page.card.asked
    button(page, "programYes").click()
    page.show_program(PROGRAMS[0])
    button(page, "program_renew").click()
    assert "ends now" in page.card.asked
    button(page, "program_remove").click()
    button(page, "programYes").click()
    assert acts == ["renew wh_2", "remove wh_1"]


def test_a_paused_program_takes_no_trial_and_what_is_typed_outlives_a_look(
    page: WebhooksPage,
) -> None:
    """Others' edits come into a form that nobody has typed into."""
    page.show_programs(PROGRAMS)
    page.show_program(PROGRAMS[3])
    turns: list[bool] = []
    page.paused.connect(lambda _one, is_paused: turns.append(is_paused))
    assert not button(page, "program_try").isEnabled()
    button(page, "program_pause").click()
    assert turns == [False]
    page.show_programs([*PROGRAMS[:3], program(4, name="Ledger", etag='"b"')])
    assert page.form.name.text() == "Ledger"
    assert button(page, "program_try").isEnabled()
    page.form.name.setText("Journal")
    page.show_programs([*PROGRAMS[:3], program(4, name="Diary", etag='"c"')])
    assert page.form.name.text() == "Journal"
    assert page.form.base is not None
    assert page.form.base.etag == '"b"'
    page.show_programs(PROGRAMS[:3])
    assert (page.program, page.note) == (None, "Diary was removed in the meantime.")


def test_another_program_takes_nothing_that_is_typed(page: WebhooksPage) -> None:
    """The address that somebody was typing was gone at a touch of the list."""
    page.show_programs(PROGRAMS)
    page.list.setCurrentRow(0)
    page.form.url.setText("https://example.org/half")
    page.list.setCurrentRow(1)
    assert (page.program, page.list.currentRow()) == (PROGRAMS[0], 0)
    button(page, "programNew").click()
    assert page.form.url.text() == "https://example.org/half"
    assert page.note == "Save or discard this first."
    button(page, "programUndo").click()
    page.list.setCurrentRow(1)
    assert (page.program, page.note) == (PROGRAMS[1], "")
    button(page, "programNew").click()
    page.form.name.setText("Books")
    page.list.setCurrentRow(1)
    assert (page.program, page.form.name.text()) == (None, "Books")


def test_keys_are_reached_before_any_program_is_told(page: WebhooksPage) -> None:
    """Only the log of a program that is not there yet is hidden; opening one's log is told."""
    chose: list[bool] = []
    page.chose.connect(lambda: chose.append(page.is_log_shown))
    assert page.tabs.isTabVisible(1)
    assert not page.program_tabs.isTabVisible(1)
    page.show_programs(PROGRAMS)
    page.show_program(PROGRAMS[0])
    page.program_tabs.setCurrentIndex(1)
    assert chose[-1]
    page.tabs.setCurrentIndex(1)
    page.show_program(None)
    assert page.tabs.currentWidget() is page.keys


def test_the_log_stays_at_the_message_that_is_looked_at(page: WebhooksPage) -> None:
    """However many come before it; it is sent again only when it is not on its way."""
    page.show_programs(PROGRAMS)
    page.show_program(PROGRAMS[2])
    page.program_tabs.setCurrentIndex(1)
    asked: list[str] = []
    page.log.again.connect(asked.append)
    page.log.show_log(LOG)
    page.log.table.selectRow(1)
    page.log.show_sent(SENT)
    latest = Log((message(0), *LOG.items[:3]), "later")
    page.log.show_log(join_log(page.log.log, latest))
    assert page.log.chosen == SENT.delivery.message_id
    assert [one.message_id for one in page.log.log.items][-1] == LOG.items[3].message_id
    assert page.log.log.next == "next"
    button(page, "programAgain").click()
    assert asked == [SENT.delivery.message_id]
    cell = page.log.tries.item(0, 2)
    assert cell is not None
    assert cell.text() == '{"error": "the books are closed"}'
    far = Log((message(90),), None)
    assert join_log(LOG, far) == far, "a gap between them: earlier ones are asked for anew"
    assert append_log(LOG, far).items[-1].message_id == far.items[0].message_id
