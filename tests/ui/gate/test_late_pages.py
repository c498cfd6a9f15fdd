"""Pages that are made when they are first asked for are like those that stood there before."""

from __future__ import annotations

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.gate.kiosk import Kiosk
from gatekeeper.ui.gate.pages.gate_window import GateWindow
from gatekeeper.ui.lazy_pages import LatePage
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.switching_language import speak_language


def made(holder: object) -> list[str]:
    late = [name for name, held in vars(type(holder)).items() if isinstance(held, LatePage)]
    return [name for name in late if name in vars(holder)]


def draw(window: GateWindow, qtbot: QtBot) -> list[QImage]:
    """Draw pages whose words, colours and sizes are set in different ways."""
    frame, pictures = window.supervisor_frame, []
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    window.manual_page.offer_foreign(has_foreign=True)
    window.manual_page.change()
    frame.show_part(frame.unlock)
    for page in (window.manual_page, frame):
        window.show_page(page)
        QApplication.processEvents()
        pictures.append(window.grab().toImage())
    return pictures


def test_a_gate_opens_with_its_own_page_alone(kiosk: Kiosk) -> None:
    """No page is made before somebody goes there: the window is there sooner."""
    assert made(kiosk.window) == made(kiosk.window.supervisor_frame) == []


def test_a_page_made_later_looks_as_one_that_saw_the_settings_change(
    qtbot: QtBot, qapp: QApplication
) -> None:
    """Colours, sizes and language are the window's as they are now, not as it began."""
    early, late = GateWindow(), GateWindow()
    for window in (early, late):
        qtbot.addWidget(window)
        window.resize(640, 480)
        window.show()
    draw(early, qtbot)
    try:
        speak_language(qapp, "de")
        for window in (early, late):
            window.set_theme(LIGHT)
            window.set_text_percent(150)
            window.retranslate()
        assert made(late) == made(late.supervisor_frame) == []
        early.manual_page.change()
        assert draw(late, qtbot) == draw(early, qtbot)
    finally:
        speak_language(qapp, "en")


def test_the_desk_opens_without_a_page_and_withholds_on_each_what_the_role_cannot(
    qtbot: QtBot,
) -> None:
    """Whether a page was there before somebody signed in, or is made afterwards."""
    work = EventPages(LIGHT)
    qtbot.addWidget(work)
    assert made(work) == []
    limits = work.alarm_limits
    work.show_role("reader")
    assert made(work) == ["alarm_limits"]
    for page, act in ((limits, "limitsSave"), (work.conflicts, "settle_let_stay")):
        button = page.findChild(QPushButton, act)
        assert button is not None
        assert button.isHidden()
