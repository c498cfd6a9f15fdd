"""The till's keys, whole on small panels with large letters: money is not searched for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QWidget

from gatekeeper.presenters.colors import DARK
from gatekeeper.presenters.till.which_screen import show
from gatekeeper.ui.application import make_application
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.till.till_page import TillPage
from gatekeeper.ui.widgets.action_button import ActionButton
from gatekeeper.ui.widgets.action_grid import ActionGrid
from gatekeeper.ui.widgets.scroll_body import ScrollBody
from tests.factories.panels import PANELS, Panel
from tests.factories.strength import sized
from tests.factories.till_screens import TillScreens, till_states
from tests.ui.fitting import settle

KEYED = (
    "till_cash",
    "till_card",
    "till_pin",
    "till_float",
    "till_amount",
    "till_count",
    "till_code",
    "till_pick_up",
    "till_guest_named",
)
WALKS = (
    (PANELS[0], "en", 150),
    (PANELS[6], "ar", 150),
    (PANELS[4], "th", 150),
    (PANELS[0], "de", 100),
    (PANELS[0], "de", 150),
    (PANELS[1], "de", 150),
    (PANELS[6], "de", 150),
    (PANELS[6], "en", 100),
    (PANELS[7], "th", 150),
)
SAMPLE = sized(WALKS[:3], WALKS)


@pytest.mark.parametrize(
    ("panel", "language", "percent"),
    SAMPLE,
    ids=[f"{panel.name}-{language}-{percent}" for panel, language, percent in SAMPLE],
)
def test_every_key_of_a_page_that_is_keyed_in_is_seen_at_once(
    panel: Panel, language: str, percent: int
) -> None:
    """Digits, letters, offered amounts and the foot: nothing lies under what scrolls."""
    speak_language(make_application(), language)
    states = dict(till_states())
    screens = TillScreens(panel.width, panel.height, DARK, panel.inches, percent)
    hidden = []
    # Each after every other page: what had no room there once has it here.
    for name in sized(each_and_before(states, KEYED), [*states]):
        screens.window.page.show_screen(show(states[name]))
        settle()
        if name in KEYED:
            hidden += [f"{name}: {key}" for key in hidden_keys(screens.window.page)]
    screens.close()
    speak_language(make_application(), "en")
    assert hidden == []


@pytest.mark.parametrize("language", ["de", "th", "ar"])
def test_a_sold_tickets_code_is_seen_whole_on_the_smallest_panel_with_the_largest_letters(
    language: str,
) -> None:
    """Guests photograph it as it comes up; they had two thirds of it."""
    speak_language(make_application(), language)
    screens = TillScreens(800, 480, DARK, 7.0, 200)
    page = screens.window.page
    pages = {name: show(state) for name, state in till_states()}
    bearing = {name for name, screen in pages.items() if screen.code}
    assert bearing
    cut = []
    # Each after every other page: what had no room there once has it here.
    for name in sized(each_and_before(pages, bearing), [*pages]):
        page.show_screen(pages[name])
        settle()
        code = page._picture
        if code.isVisible() and code.visibleRegion().boundingRect() != code.rect():
            cut.append(name)
    screens.close()
    speak_language(make_application(), "en")
    assert cut == []


@pytest.mark.parametrize("name", ["till_done", "till_report", "till_compared_open", "till_closed"])
def test_what_is_only_read_takes_no_more_room_than_its_words(name: str) -> None:
    """The words under a ticket's code, a drawer's sums: read without scrolling."""
    speak_language(make_application(), "en")
    screens = TillScreens(1366, 768, DARK)
    page = screens.window.page
    page.show_screen(show(dict(till_states())[name]))
    settle()
    rows: list[ActionButton | QLabel] = [page.rows.button(key) for key in page.rows.keys]
    words = rows or [page._code_text]
    lost = [part.text() for part in words if not is_seen(part, page)]
    picture = page._picture
    is_sharp = picture.isHidden() or picture.module_px >= 3
    screens.close()
    assert (lost, is_sharp) == ([], True)


def test_the_end_of_a_shift_says_how_the_next_begins() -> None:
    """Where everything else is over, the next step is the title, not a small word at the edge."""
    speak_language(make_application(), "en")
    closed = show(dict(till_states())["till_closed"])
    assert "Scan a badge" in closed.title


def each_and_before(names: Iterable[str], wanted: Collection[str]) -> list[str]:
    """Return the wanted pages, each after the page that comes before it."""
    pairs = pairwise(("", *names))
    return [one for pair in pairs if pair[1] in wanted for one in pair if one]


def hidden_keys(page: TillPage) -> Iterator[str]:
    """Give the keys that are not wholly seen."""
    for grid in page.findChildren(ActionGrid):
        if grid.isVisible() and grid is not page.rows:
            for key in grid.keys:
                if not is_seen(grid.button(key), page):
                    yield key


def is_seen(part: QWidget, page: TillPage) -> bool:
    """Tell whether the whole of something is in the window, and of what scrolls in view."""
    around: QWidget | None = part.parentWidget()
    views: list[QWidget] = [page]
    while around is not None and around is not page:
        if isinstance(around, ScrollBody):
            views.append(around.area.viewport())
        around = around.parentWidget()
    return all(
        view.rect().contains(
            QRect(part.mapTo(page, QPoint()) - view.mapTo(page, QPoint()), part.size())
        )
        for view in views
    )
