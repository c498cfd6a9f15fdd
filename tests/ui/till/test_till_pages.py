"""Every page of the till: reached by Tab, left by Esc, and told to those who do not see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRegularExpression, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import LIGHT
from gatekeeper.presenters.till.keypad import MARKS
from gatekeeper.presenters.till.presenter import TillPresenter
from gatekeeper.presenters.till.state import TillState, TillStep
from gatekeeper.presenters.till.which_screen import show
from gatekeeper.ui.application import make_application
from gatekeeper.ui.widgets.action_button import ActionButton
from tests.factories.till_facts import facts
from tests.factories.till_screens import TillScreens, till_states
from tests.ui.fitting import settle

STATES = dict(till_states())
_HOME = frozenset({TillStep.SELL, TillStep.WHO, TillStep.STARTING, TillStep.CLOSED})
_BUSY = frozenset({TillStep.WORKING})
_STEPS_MOST = 8


@pytest.fixture(scope="module")
def screens() -> Iterator[TillScreens]:
    make_application()
    screens = TillScreens(1280, 800, LIGHT, 10.1)
    yield screens
    screens.close()


def test_tab_reaches_every_button_of_every_page_and_each_has_words(
    screens: TillScreens, qtbot: QtBot
) -> None:
    """But for the keys of single signs, for which a keyboard has keys of its own.

    No button is silent or only a sign.
    """
    window, silent = screens.window, set[str]()
    with qtbot.waitActive(window):
        window.activateWindow()
    for name in screens.show_all():
        QApplication.processEvents()
        silent |= {f"{name}: {button}" for button in _silent(window.page)}
        wanted = set(window.page.offered())
        reached = set[str]()
        window.page.setFocus()
        for _ in range(len(wanted) + 2):
            focused = window.focusWidget()
            assert focused is not None
            QTest.keyClick(focused, Qt.Key.Key_Tab)
            focused = window.focusWidget()
            if isinstance(focused, ActionButton):
                reached.add(focused.objectName().removeprefix("option_"))
        assert wanted <= reached, name
    assert silent == set()


def _silent(page: QWidget) -> Iterator[str]:
    for button in page.findChildren(ActionButton):
        if not button.isVisible():
            continue
        spoken = QAccessible.queryAccessibleInterface(button).text(QAccessible.Text.Name)
        if not any(sign.isalnum() for sign in spoken) and spoken not in {"-", *MARKS}:
            yield f"{button.objectName()} {spoken!r}"


def test_a_page_says_on_a_laptop_what_it_is_about(qtbot: QtBot) -> None:
    """Where the keys need the height at the top, beside what is keyed in: whose guest it is."""
    screens = TillScreens(1366, 768, LIGHT, 15.6)
    for name in screens.show_all():
        QApplication.processEvents()
        title, label = screens.window.page.findChildren(
            QLabel, QRegularExpression("^till(Title|Label)$")
        )
        assert title.isVisible() or title.text() in label.text(), name
    screens.close()


@pytest.mark.parametrize("name", STATES)
def test_back_leads_from_every_page_to_the_tiles(name: str) -> None:
    """Step by step, and never in a circle; where a person has to come or go, it stays."""
    desk = TillPresenter()
    state = STATES[name]
    for field, value in vars(state).items():
        setattr(desk.state, field, value)
    if state.step in _BUSY:
        return
    for _ in range(_STEPS_MOST):
        if desk.state.step in _HOME or desk.state.step is TillStep.COMPARED:
            break
        desk.press("back")
    assert desk.state.step in _HOME or state.step is TillStep.COMPARED, desk.state.step


def test_every_page_is_one_of_the_pictures() -> None:
    """A new page is walked and drawn, or this says so."""
    assert {state.step for state in STATES.values()} == set(TillStep)


def test_a_press_that_a_page_does_not_offer_does_nothing() -> None:
    """Keys of one page that come on another, as after a slow finger, change no money."""
    keys = {"cash", "card", "approved", "pay_back", "hand_over", "park", "comp", "x"}
    for name, state in STATES.items():
        if state.step in {TillStep.SELL, TillStep.REST, TillStep.OTHER}:
            continue
        offered = _offered(state)
        for key in keys - offered:
            desk = TillPresenter()
            for field, value in vars(state).items():
                setattr(desk.state, field, value)
            assert desk.press(key) is None, (name, key)


def _offered(state: TillState) -> set[str]:
    desk = TillPresenter()
    for field, value in vars(state).items():
        setattr(desk.state, field, value)
    screen = desk.screen()
    return {one.key for one in (*screen.ways, *screen.foot)}


def test_a_page_has_its_title_wherever_it_comes_from() -> None:
    """Keys that filled the page before it take no room from it."""
    make_application()
    screens = TillScreens(800, 480, LIGHT, 7.0, 200)
    for name in ("till_why", "till_code", "till_why"):
        screens.window.page.show_screen(show(STATES[name]))
        settle()
    title = screens.window.findChild(QLabel, "tillTitle")
    assert title is not None
    assert title.isVisible()
    screens.close()


def test_no_line_above_the_keys_begins_with_a_point() -> None:
    """What stands beside each other in a label is parted at the end of its line."""
    make_application()
    screens = TillScreens(800, 480, LIGHT, 7.0)
    for _ in screens.show_all():
        for label in screens.window.findChildren(QLabel):
            assert " ·" not in label.text(), label.text()
    screens.close()


def test_the_line_above_is_lit_while_the_server_is_away(screens: TillScreens) -> None:
    """It was as grey as *Connected*, and nobody at a busy till read that it had changed."""
    window = screens.window
    for mode, role in (("offline", "warn"), ("lan", "warn"), ("online", "muted")):
        state = TillState(step=TillStep.SELL, facts=facts()._replace(mode=mode))
        window.page.show_screen(show(state))
        label = window.findChild(QLabel, "tillStatus")
        assert isinstance(label, QLabel)
        assert label.property("role") == role, mode
