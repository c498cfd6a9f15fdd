"""A till's buttons by Tab, Enter and Space, typed on a keyboard that the wedge filter watches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from command_line.clock_and_randomness import SystemClock
from gatekeeper.presenters.till.state import TillStep
from gatekeeper.ui.application import make_application
from gatekeeper.ui.wedge_filter import WedgeFilter
from tests.factories.gate_event import STANDARD
from tests.factories.keys import Typist
from tests.factories.till_bench import Bench
from tests.factories.till_evening import MAY_MUCH, OpenBench, make_house, sell
from tests.factories.till_house import REDUCED

_TABS_MAX = 30
Typed = tuple[Bench, Callable[..., None]]


@pytest.fixture
def typed(qtbot: QtBot, open_bench: OpenBench, tmp_path: Path) -> Iterator[Typed]:
    """Open a till whose keyboard is a real one; gives it, and what presses keys one by one."""
    bench = open_bench(house=make_house(tmp_path, MAY_MUCH))
    wedge = WedgeFilter(make_application(), SystemClock())
    wedge.scanned.connect(bench.keys.scanned)
    wedge.tapped.connect(bench.keys.tapped)
    bench.sign_in()
    with qtbot.waitActive(bench.window):
        bench.window.activateWindow()
    typist, texts = Typist(bench.window), {Qt.Key.Key_Return: "\r", Qt.Key.Key_Space: " "}

    def press(*keys: Qt.Key) -> None:
        for key in keys:
            with qtbot.waitSignal(wedge.tapped):
                typist.press(key, texts.get(key, ""))
            qtbot.wait(0)  # the button that has the keyboard is given the key after that

    yield bench, press
    wedge.stop()
    wedge.deleteLater()


def at() -> str:
    """Return the key of the button that has the keyboard, or the name of what else has it."""
    widget = QApplication.focusWidget()
    return "" if widget is None else widget.objectName().removeprefix("option_")


def go_to(press: Callable[..., None], key: str) -> None:
    """Press Tab until a button has the keyboard."""
    for _ in range(_TABS_MAX):
        if at() == key:
            return
        press(Qt.Key.Key_Tab)
    pytest.fail(f"the keyboard does not reach {key}")


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_tile_by_tab_and_one_key_sells_one(typed: Typed, key: Qt.Key) -> None:
    """Enter or Space on a tile is one press, and one on a line of the basket takes one away."""
    bench, press = typed
    go_to(press, f"type:{STANDARD}")
    press(key)
    assert bench.flow.desk.state.counts == {STANDARD: 1}
    press(key, key)
    assert bench.flow.desk.state.counts == {STANDARD: 3}
    go_to(press, f"less:{STANDARD}")
    press(key)
    assert bench.flow.desk.state.counts == {STANDARD: 2}


def test_a_tick_set_by_enter_stays(typed: Typed) -> None:
    """What is to go back of a sale is chosen by one press of Enter, and by another it is not."""
    bench, press = typed
    sell(bench, STANDARD, REDUCED)
    press(Qt.Key.Key_T)
    bench.wait(TillStep.SALE)
    tick = next(key for key in bench.window.page.rows.keys if key not in {"", "pick:all"})
    go_to(press, tick)
    press(Qt.Key.Key_Return)
    assert len(bench.flow.desk.state.picked) == 1
    press(Qt.Key.Key_Return)
    assert not bench.flow.desk.state.picked


def test_a_space_in_a_name_presses_no_button_twice(typed: Typed) -> None:
    """Space on a button is that button's; elsewhere it is written between two names."""
    bench, press = typed
    press(Qt.Key.Key_W)
    bench.wait(TillStep.TEXT)
    press(Qt.Key.Key_A, Qt.Key.Key_Space, Qt.Key.Key_B)
    assert bench.flow.desk.state.typed == "A B"
    go_to(press, "back")
    press(Qt.Key.Key_Space)
    bench.wait(TillStep.SELL)
    assert not bench.flow.desk.state.typed


def test_a_tile_keeps_the_keyboard_where_tiles_beside_it_go(typed: Typed) -> None:
    """With a basket put aside the first ticket takes that tile away; Enter again is one more."""
    bench, press = typed
    press(Qt.Key.Key_F2, Qt.Key.Key_O, Qt.Key.Key_1)
    bench.wait(TillStep.SELL)
    bench.qtbot.waitUntil(lambda: "parked" in bench.window.page.ways.keys)
    go_to(press, f"type:{STANDARD}")
    press(Qt.Key.Key_Return)
    assert at() == f"type:{STANDARD}"
    press(Qt.Key.Key_Return)
    assert bench.flow.desk.state.counts == {STANDARD: 2}
