"""Every page on every panel that gates have: a sample; `make layouts` walks all of them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel

from gatekeeper.presenters.colors import DARK, THEMES, Theme, contrast
from gatekeeper.presenters.gate.bar_facts import bottom_facts
from gatekeeper.presenters.sizes import Extent, choose_sizes
from gatekeeper.ui.application import make_application
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.widgets.page_parts import make_button
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from tests.factories.keys import click
from tests.factories.panels import PANELS, Panel
from tests.factories.screens import LONG_QUESTION, Screens
from tests.factories.staff_screens import ALONE
from tests.factories.strength import sized
from tests.factories.till_screens import TillScreens
from tests.fakes.gate_answers import OPEN_STATUS
from tests.ui.fitting import cut_off_on, settle

WALKS = (
    (PANELS[0], "en", 100),
    (PANELS[4], "de", 200),
    (PANELS[1], "ar", 150),
    (PANELS[5], "th", 150),
)
SAMPLE = sized(WALKS[1:2], WALKS)
"""Long words, the largest letters and the narrowest panel leave the least room."""


@pytest.mark.parametrize(
    ("panel", "language", "percent"),
    SAMPLE,
    ids=[f"{panel.name}-{language}-{percent}" for panel, language, percent in SAMPLE],
)
def test_every_page_fits_on_small_panels(panel: Panel, language: str, percent: int) -> None:
    """Nothing clipped, overlapping, under 9 mm to touch, or outside of the screen."""
    speak_language(make_application(), language)
    found = []
    for kind in (Screens, TillScreens):
        screens = kind(panel.width, panel.height, DARK, panel.inches, percent)
        for name in screens.show_all():
            settle()
            found += [f"{name}: {flaw}" for flaw in cut_off_on(screens.window)]
        screens.close()
    speak_language(make_application(), "en")
    assert found == []


def test_the_longest_question_stands_on_nothing_where_text_is_large() -> None:
    """On a small upright panel the buttons under it give way: it is read out from there."""
    speak_language(make_application(), "ar")
    panel = PANELS[5]
    screens = Screens(panel.width, panel.height, DARK, panel.inches, 200)
    screens.window.show_page(screens.window.gate_page)
    screens.show_verdict(LONG_QUESTION)
    settle()
    found = cut_off_on(screens.window)
    screens.close()
    speak_language(make_application(), "en")
    assert found == []


def test_the_walk_finds_what_is_wrong() -> None:
    """A clipped text, two things on one place and a small button: each is found, and no more."""
    speak_language(make_application(), "en")
    screens = Screens(1366, 768, DARK)
    page = screens.window.fault_page
    screens.window.show_page(page)
    settle()
    assert cut_off_on(screens.window) == []
    clipped = QLabel("These words have no room", page)
    clipped.setObjectName("clipped")
    clipped.setGeometry(QRect(10, 10, 60, 40))
    small = make_button("manual.back", name="small")
    small.setParent(page)
    small.setGeometry(QRect(400, 10, 300, 20))
    above = make_button("manual.back", name="above")
    above.setParent(page)
    above.setGeometry(page._retry.geometry().translated(0, -20))
    for part in (clipped, small, above):
        part.show()
    settle()
    found = cut_off_on(screens.window)
    screens.close()
    for wanted in ("clipped:", "overlap:", "px to touch"):
        assert any(wanted in flaw for flaw in found), (wanted, found)
    assert all(any(one in flaw for one in ("clipped", "small", "above")) for flaw in found), found


def test_what_has_no_room_is_dropped_then_scrolled() -> None:
    """Hints go first; what is left is turned to by arrow, finger and key."""
    make_application()
    body = ScrollBody(choose_sizes(Extent(800, 480), Extent(800, 480), 0.19))
    title, hint, rest = QLabel("Title"), QLabel("Hint"), QLabel("Much")
    for part in (title, hint, rest):
        part.setFixedHeight(100)
        body.column.addWidget(part)
    body.may_drop(hint)
    seen = {}
    for height in (400, 250, 150):
        body.resize(300, height)
        body.show()
        settle()
        seen[height] = (hint.isVisible(), rest.isVisible(), body.rail.isVisible())
    assert seen == {
        400: (True, True, False),
        250: (False, True, False),
        150: (False, True, True),
    }
    bar = body.area.verticalScrollBar()
    click(body.rail, QPoint(10, 140))
    assert bar.value() > 0
    assert body.take_key(Qt.Key.Key_PageUp)
    assert bar.value() == 0
    body.close()


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_state_is_told_by_a_colour_in_every_theme(theme: Theme) -> None:
    """The dots of connected and alone, and the drawing of a refusal, are coloured and seen."""
    dots = []
    for status in (OPEN_STATUS, ALONE):
        facts = bottom_facts(status, is_audible=True, look=theme.page)
        dots.append(facts[0].dot)
        assert contrast(facts[0].dot, theme.page.ground) >= 3
        assert facts[0].dot not in theme.page
    assert len(set(dots)) == 2
    red, green, blue = (int(theme.refused[at : at + 2], 16) for at in (1, 3, 5))
    assert red > 1.5 * max(green, blue)
    assert contrast(theme.refused, theme.page.ground) >= 3
