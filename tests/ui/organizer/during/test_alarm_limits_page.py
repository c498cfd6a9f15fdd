"""The page of alarms by itself: typing outlives a look, and is saved where it differs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.during.alarms_client import AlarmLimits, AlarmMail, AlarmPage
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.during.alarm_history import AlarmHistory
from gatekeeper.ui.organizer.during.alarm_limits_page import AlarmLimitsPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.programs_screens import LIMITS_READ, PAST
from tests.factories.removed import removed_after


@pytest.fixture
def page() -> Iterator[AlarmLimitsPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = AlarmLimitsPage()
    with removed_after(page):
        yield page


def test_what_is_typed_stays_until_it_is_saved_or_undone(page: AlarmLimitsPage) -> None:
    """0 is said in words; nothing is saved that is as it was read."""
    saved: list[tuple[object, object]] = []
    page.saved.connect(lambda read, limits: saved.append((read, limits)))
    save, undo = (page.findChild(QPushButton, name) for name in ("limitsSave", "limitsUndo"))
    assert isinstance(save, QPushButton)
    assert isinstance(undo, QPushButton)
    page.show_limits(LIMITS_READ)
    assert page.fields["overrides_percent"].text() == "No alarm"
    assert page.typed == LIMITS_READ.limits
    assert not save.isEnabled()
    page.fields["silent_minutes"].setValue(10)
    others = AlarmLimits(LIMITS_READ.limits | {"silent_minutes": 15}, '"b"')
    page.show_limits(others)
    assert (page.base, page.fields["silent_minutes"].value()) == (LIMITS_READ, 10)
    save.click()
    assert saved == [(LIMITS_READ, LIMITS_READ.limits | {"silent_minutes": 10})]
    undo.click()
    assert page.fields["silent_minutes"].value() == 5
    page.show_limits(others)
    assert page.fields["silent_minutes"].value() == 15


def test_no_limit_is_typed_before_it_is_known_what_stands(page: AlarmLimitsPage) -> None:
    """What was typed until the server answered was gone."""
    fields = page.fields.values()
    for _event in range(2):
        assert not any(field.isEnabled() for field in fields)
        page.set_busy(is_busy=False)
        assert not any(field.isEnabled() for field in fields)
        page.show_limits(LIMITS_READ)
        assert all(field.isEnabled() for field in fields)
        page.set_busy(is_busy=True)
        assert not any(field.isEnabled() for field in fields)
        page.set_busy(is_busy=False)
        assert all(field.isEnabled() for field in fields)
        page.forget()


def test_the_switch_is_ones_own_and_says_when_no_mail_can_come(page: AlarmLimitsPage) -> None:
    """It asks, and shows what the server says; a reader has none."""
    asked: list[bool] = []
    page.wants_mail.connect(asked.append)
    page.show_mail(AlarmMail(wanted=False, language="en", is_set_up=True))
    assert asked == []
    page.mail.click()
    assert asked == [True]
    page.show_mail(AlarmMail(wanted=True, language="de", is_set_up=True))
    assert "Deutsch" in page.mail_said.text()
    page.show_mail(AlarmMail(wanted=True, language="de", is_set_up=False))
    assert "no mail server" in page.mail_said.text()
    page.may_be_mailed = False
    page.show_mail(AlarmMail(wanted=False, language="en", is_set_up=True))
    assert not page.mail.isVisibleTo(page)


def test_alarms_so_far_are_narrowed_and_searched() -> None:
    """Each with until when it stood and who saw to it; another choice asks anew."""
    speak_language(make_application(), "en")
    history = AlarmHistory()
    asked: list[dict[str, str]] = []
    history.narrowed.connect(lambda: asked.append(history.wanted))
    history.show_page(PAST)
    rows = [
        [item.text() for column in range(4) if (item := history.table.item(row, column))]
        for row in range(3)
    ]
    assert rows[0][2:] == ["still active", "nobody"]
    assert rows[1][3].startswith("Mara Okoye")
    assert "Two friends" in rows[2][3]
    history.search.setText("mara")
    assert [history.table.isRowHidden(row) for row in range(3)] == [True, False, True]
    history.state.setCurrentIndex(1)
    history.kind.setCurrentIndex(1)
    assert asked[-1] == {"standing": "false", "kind": "double_use"}
    assert history.table.isHidden()
    history.show_page(AlarmPage())
    assert history.page.next is None
    history.deleteLater()
