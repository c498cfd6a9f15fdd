"""A window that nobody needs any more is taken apart in the thread that draws windows."""

from __future__ import annotations

import gc
import threading

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.ui.application import make_application

ENOUGH = 200_000
"""Objects, by which any threshold is passed several times."""


class Page(QWidget):
    """A page that refers to itself, as one whose button calls a method of it."""

    def __init__(self, ended_in: list[int]) -> None:
        super().__init__()
        self.itself, self.ended_in = self, ended_in

    def __del__(self) -> None:
        self.ended_in.append(threading.get_ident())


class Ring:
    """Garbage that only a search finds."""

    def __init__(self) -> None:
        self.itself = self


def make_garbage() -> None:
    for _ in range(ENOUGH):
        Ring()


def test_a_forgotten_window_is_taken_apart_in_the_windows_thread(qtbot: QtBot) -> None:
    """Another thread may allocate as much as it likes: it never destroys what Qt may draw."""
    make_application()
    ended_in: list[int] = []
    for _ in range(20):
        Page(ended_in)
    other = threading.Thread(target=make_garbage)
    other.start()
    other.join()
    assert other.ident not in ended_in
    qtbot.waitUntil(lambda: len(ended_in) == 20)
    assert set(ended_in) == {threading.get_ident()}


def test_the_interpreter_does_not_collect_by_itself_beside_a_window(qtbot: QtBot) -> None:
    """Memory does not grow for it: the window's thread collects what its thresholds ask for."""
    make_application()
    assert not gc.isenabled()
    before = gc.get_stats()[0]["collected"]
    make_garbage()
    qtbot.waitUntil(
        lambda: gc.get_stats()[0]["collected"] + gc.get_stats()[1]["collected"] > before
    )
