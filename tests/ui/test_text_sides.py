"""A text begins where the language's lines begin, in whatever script a name is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import make_text
from gatekeeper.ui.organizer.widgets.long_names import OneLine
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.ui.widgets.page_parts import make_label
from shared.kernel.languages import ENGLISH

WIDTH, HEIGHT = 600, 40
NAMES = ("Jonas", "أمل حداد")


@pytest.fixture(params=[(ENGLISH, "left"), ("ar", "right")], ids=["english", "arabic"])
def near(request: pytest.FixtureRequest) -> Iterator[str]:
    """Speak a language; gives the side at which its lines begin."""
    language, side = request.param
    speak_language(make_application(), language)
    yield side
    speak_language(make_application(), ENGLISH)


def of_desk() -> QLabel:
    """Return a text of the organizer's desk."""
    return make_text("")


def of_window() -> QLabel:
    """Return a text of the gate's and the till's windows."""
    return make_label()


def side_of_ink(label: QLabel) -> str:
    """Return at which side of a label its letters stand."""
    picture = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    label.render(picture)
    ground = picture.pixel(WIDTH // 2, 0)
    inked = [
        x for x in range(WIDTH) if any(picture.pixel(x, y) != ground for y in range(0, HEIGHT, 2))
    ]
    assert inked, "nothing was drawn"
    assert inked[-1] - inked[0] < WIDTH // 2
    return "left" if inked[0] < WIDTH - 1 - inked[-1] else "right"


@pytest.mark.parametrize("make", [of_desk, of_window], ids=["desk", "window"])
@pytest.mark.parametrize("name", NAMES, ids=["latin", "arabic"])
def test_a_name_of_any_script_begins_where_lines_begin(
    qtbot: QtBot, near: str, make: Callable[[], QLabel], name: str
) -> None:
    """A Latin one on an Arabic page at the right, an Arabic one on an English page at the left."""
    label = make()
    qtbot.addWidget(label)
    label.setText(name)
    label.resize(WIDTH, HEIGHT)
    assert side_of_ink(label) == near


@pytest.mark.parametrize("name", NAMES, ids=["latin", "arabic"])
def test_the_organization_stands_at_the_far_side_of_the_head(
    qtbot: QtBot, near: str, name: str
) -> None:
    """Whatever its script: not against the buttons that stand at the near side."""
    line = OneLine()
    qtbot.addWidget(line)
    line.resize(WIDTH, HEIGHT)
    line.say(name)
    assert side_of_ink(line) == {"left": "right", "right": "left"}[near]
