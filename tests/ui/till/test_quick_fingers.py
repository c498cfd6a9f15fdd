"""A tired cashier's hands: a key that bounces, or is pressed twice, does what it was meant for."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gatekeeper.presenters.till.state import TillStep
from shared.journal.shift_body import ShiftAct, ShiftBody
from tests.factories.till_evening import OpenBench, bodies_of

_ENTER = Qt.Key.Key_Return


def test_enter_that_bounces_closes_no_shift_whose_difference_nobody_has_seen(
    open_bench: OpenBench,
) -> None:
    """One for the count, one too many: the Z report was out, and the terminal's day settled."""
    bench = open_bench()
    bench.press(Qt.Key.Key_F8)
    bench.tap("count")
    bench.press(*(Qt.Key(Qt.Key.Key_0 + int(sign)) for sign in "20000"), _ENTER)
    bench.wait(TillStep.COMPARED)
    bench.press(_ENTER)
    assert bench.step() is TillStep.COMPARED
    bench.qtbot.wait(QApplication.doubleClickInterval())
    bench.press(_ENTER)
    bench.wait(TillStep.CLOSED)
    acts = [body.act for body in bodies_of(bench) if isinstance(body, ShiftBody)]
    assert acts == [ShiftAct.OPEN, ShiftAct.COUNT, ShiftAct.CLOSE]


def test_enter_that_bounces_takes_no_change_from_the_screen(open_bench: OpenBench) -> None:
    """The change was shown for a blink; the guest was given what the cashier believed."""
    bench = open_bench()
    bench.press(Qt.Key.Key_F1, Qt.Key.Key_C)
    bench.press(Qt.Key.Key_5, Qt.Key.Key_0, Qt.Key.Key_0, Qt.Key.Key_0, _ENTER)
    bench.wait(TillStep.DONE)
    bench.press(_ENTER)
    assert bench.step() is TillStep.DONE
    piece = "1\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}€5.00"
    assert piece in bench.text("tillCodeText"), "what is to be taken out stands on one line"


def test_enter_that_bounces_takes_no_amount_that_is_doubted(open_bench: OpenBench) -> None:
    """A digit too many is asked about: a bounce said yes to five hundred in change."""
    bench = open_bench()
    bench.press(Qt.Key.Key_F1, Qt.Key.Key_C)
    bench.press(*(Qt.Key(Qt.Key.Key_0 + int(sign)) for sign in "500000"), _ENTER, _ENTER)
    assert bench.step() is TillStep.CASH


def test_escape_that_bounces_takes_no_ticket_out_and_gives_no_part_back(
    open_bench: OpenBench,
) -> None:
    """It leads back from the cash; the next guest was a ticket short, or a part had to go back."""
    bench = open_bench()
    escape = Qt.Key.Key_Escape
    bench.press(Qt.Key.Key_F1, Qt.Key.Key_F1, Qt.Key.Key_C, escape, escape)
    assert (bench.step(), bench.flow.desk.state.counts) == (TillStep.SELL, {1: 2})
    bench.press(Qt.Key.Key_C, Qt.Key.Key_1, Qt.Key.Key_0, Qt.Key.Key_0, Qt.Key.Key_0)
    bench.tap("part")
    bench.wait(TillStep.REST)
    bench.press(Qt.Key.Key_C, escape, escape)
    assert bench.step() is TillStep.REST
    assert len(bench.flow.desk.state.parts) == 1
    bench.qtbot.wait(QApplication.doubleClickInterval())
    bench.press(escape)
    assert bench.flow.desk.state.parts == []
