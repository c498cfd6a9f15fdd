"""The tab of API keys: the secret once, no end unasked, no typing lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from gatekeeper.organizer.organization.api_keys_client import ApiKeyOverview, KeyRequest, NewKey
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.organization.api_keys_page import ApiKeysPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.texts import TEXTS
from tests.factories.keys import press
from tests.factories.programs_screens import KEYS, NOW, key
from tests.factories.removed import removed_after


@pytest.fixture
def page() -> Iterator[ApiKeysPage]:
    """The tab by itself."""
    speak_language(make_application(), "en")
    page = ApiKeysPage()
    page.show()
    page.show_overview(KEYS, NOW)
    with removed_after(page):
        yield page


def test_a_key_is_asked_for_once_it_has_a_name_and_a_tick(page: ApiKeysPage) -> None:
    """By the keyboard alone; what is missing is said, and a look takes nothing away."""
    asked: list[KeyRequest] = []
    page.made.connect(asked.append)
    press(page, "keyMake")
    assert page.form.flaw.text() == "Give the key a name."
    QTest.keyClicks(page.form.name, " Books ")
    QTest.keyClick(page.form.name, Qt.Key.Key_Return)
    assert page.form.flaw.text().startswith("Tick at least one")
    QTest.keyClick(page.form.scopes["orders:read"], Qt.Key.Key_Space)
    page.show_overview(ApiKeyOverview(KEYS.keys[:2], KEYS.names, KEYS.owners), NOW)
    QTest.keyClick(page.form.name, Qt.Key.Key_Return)
    page.form.ends.setChecked(False)
    press(page, "keyMake")
    assert [(one.name, one.scopes) for one in asked] == [("Books", ("orders:read",))] * 2
    assert asked[0].until == datetime(2027, 11, 23, tzinfo=UTC), "a year from today, to its end"
    assert page.form.day.minimumDate().toString("yyyy-MM-dd") == "2026-11-22"
    assert asked[1].until is None
    page.say("No more keys", "bad")
    assert page.form.flaw.text() == "No more keys"


def test_the_secret_is_shown_once_and_copied(page: ApiKeysPage) -> None:
    """Whoever comes back, or turns to another key, sees it no more; a look leaves it there."""
    secret = page.secret.field
    for leave in (
        page.hide,
        lambda: page.list.setCurrentRow(1),
        lambda: press(page, "keyKept"),
    ):
        page.show()
        page.show_made(NewKey("gks_1", KEYS.keys[0]), NOW)
        page.show_overview(KEYS, NOW)
        assert secret.isVisible()
        press(page, "keyCopy")
        assert QGuiApplication.clipboard().text() == "gks_1"
        leave()
        assert secret.text() == ""


def test_no_key_ends_without_an_answer_and_each_says_what_it_may(page: ApiKeysPage) -> None:
    """A scope of a newer server by its own name; ends that no calendar has do no harm."""
    ended: list[object] = []
    page.revoked.connect(ended.append)
    page.list.setCurrentRow(1)
    for words in ("Tickets, with guests: change", "weather:read", "Never used", "Mara Okoye"):
        assert words in page.said
    press(page, "keyRevoke")
    assert "cannot be undone" in page.card.asked
    press(page, "keyNo")
    assert (ended, page.card.asked) == ([], "")
    press(page, "keyRevoke")
    page.show_overview(KEYS, NOW)
    assert page.card.asked != ""
    press(page, "keyYes")
    assert ended == [KEYS.keys[1]]
    page.show_overview(ApiKeyOverview((key(),), {}, ()), NOW)
    assert page.key is None
    assert page.note.endswith("was ended in the meantime.")


def test_who_may_not_is_told_why_and_whom_to_ask(page: ApiKeysPage) -> None:
    """Nothing else of the tab is there."""
    page.let_edit(is_owner=False)
    assert page.why.text().startswith("Only an owner")
    assert "Mara Okoye" in page.why.text()
    assert not page.list.isVisible()
    assert not page.form.isVisible()


def test_a_key_s_name_of_one_word_stretches_no_page(page: ApiKeysPage) -> None:
    """It is named in what is said of its end."""
    page.show_key(KEYS.keys[0])
    page.say(TEXTS.say("api_keys.revoked", name="lantern" * 28), "good")
    said = page.findChild(QLabel, "keysNote")
    assert said is not None
    assert "lantern" in said.text()
    assert said.minimumSizeHint().width() < 500
