"""What is listed at the desk is seen whole: rows of tables, addresses, codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QTextLayout
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.edit_clash_box import ClashBox
from gatekeeper.ui.organizer.widgets.long_names import keep_whole, let_break
from gatekeeper.ui.organizer.widgets.number_box import PercentBox
from gatekeeper.ui.organizer.widgets.plain_table import fill_table, make_table
from gatekeeper.ui.switching_language import speak_language
from tests.factories.desk_screens import DeskScreens
from tests.factories.programs_screens import show_limits
from tests.ui.fitting import settle

LONG = (
    "A payment is in doubt or disputed: find out whether it was taken, then pay it back by hand."
)


@pytest.fixture(autouse=True)
def english_afterwards() -> Iterator[None]:
    app = make_application()
    yield
    speak_language(app, "en")


def test_a_few_rows_that_wrap_are_all_seen_whole() -> None:
    """The last one is not cut; of very many some are scrolled to."""
    page = QWidget()
    dress_desk(page, LIGHT)
    rows = QVBoxLayout(page)
    table = make_table("left", "What needs a person", ["Order", "What to do"], 120)
    rows.addWidget(table)
    page.resize(420, 140)
    page.show()
    fill_table(table, [(f"Order {row}", LONG) for row in range(3)])
    settle()
    item = table.item(2, 1)
    assert item is not None
    last = table.visualItemRect(item)
    assert last.height() > 50
    assert last.bottom() <= table.viewport().height()
    fill_table(table, [(f"Order {row}", LONG) for row in range(60)])
    settle()
    assert table.height() < 400
    page.close()
    page.deleteLater()


def test_rows_of_two_lines_stand_apart_though_two_lines_fit_into_a_row() -> None:
    """The second line of an order's advice stood as near to the next one's as to its own first."""
    speak_language(make_application(), "en")
    table = make_table("advice", "advice", ("What to do",), 100)
    letters = table.fontMetrics().height()
    fill_table(table, [(("Find out how it was paid,", "and pay the rest."),), (("One line.",),)])
    assert table.rowHeight(0) >= 2 * letters + 8
    assert table.rowHeight(1) == 35
    table.deleteLater()


def test_an_address_is_not_broken_at_its_hyphen() -> None:
    """Nobody has to wonder whether the hyphen belongs to it; its letters stay as they are."""
    said = keep_whole("Ada · anna-maria@two-moons.example.org · +49 151-000")
    assert "-\u2060" in said
    assert "\u200b@" in said
    plain = said.replace("\u2060", "").replace("\u200b", "")
    assert plain == "Ada · anna-maria@two-moons.example.org · +49 151-000"
    assert "\u2060-\u2060" in let_break("write to anna-maria@example.org")
    assert "\u200b" in let_break("x" * 200)


def test_a_percentage_is_shown_as_the_language_has_it() -> None:
    """A comma and a space in German, neither in English; no decimals where there are none."""
    speak_language(make_application(), "de")
    box = PercentBox()
    box.setValue(12.5)
    assert box.text() == "12,5\N{NO-BREAK SPACE}%"
    box.setValue(10)
    assert box.text() == "10\N{NO-BREAK SPACE}%"
    box.lineEdit().setText("7.25")
    box.interpretText()
    assert box.value() == 7.25
    box.deleteLater()
    speak_language(make_application(), "en")
    box = PercentBox()
    box.setValue(10)
    assert box.text() == "10%"
    box.deleteLater()


def test_nothing_is_saved_past_a_choice_between_two_edits() -> None:
    """A page's own button waits, whatever the page does meanwhile, and is as it was afterwards."""
    make_application()
    screens = DeskScreens(1180, 760, LIGHT)
    screens.window.show_page(screens.work)
    shown = show_limits(screens.work)
    while next(shown) != "desk-limits-clash":
        pass
    page = screens.work.alarm_limits
    save = page.findChild(QPushButton, "limitsSave")
    assert save is not None
    assert not save.isEnabled()
    page.set_busy(is_busy=False)
    page.fields["double_uses"].setValue(page.fields["double_uses"].value() + 1)
    assert not save.isEnabled()
    page.clash.clear()
    assert save.isEnabled()
    screens.close()


def test_buttons_that_stood_disabled_stay_so_after_a_choice() -> None:
    """The choice gives nothing to be pressed that was not there before it."""
    make_application()
    box, button = ClashBox(), QPushButton("Save")
    button.setEnabled(False)
    box.stand_before(button)
    box.clear()
    assert not button.isEnabled()
    box.deleteLater()
    button.deleteLater()


@pytest.mark.parametrize("code", ["7K2M-9Q4T-H", "TKT-20261122-7K2M"])
def test_no_line_ends_within_a_code(code: str) -> None:
    """Nobody has to wonder whether a hyphen belongs to it, however narrow the card is."""
    make_application()
    for said in (keep_whole(f"Ticket {code} · no order"), let_break(f"The code is {code}.")):
        assert said.replace("\u2060", "").count(code) == 1
        layout = QTextLayout(said)
        layout.beginLayout()
        starts = []
        while (line := layout.createLine()).isValid():
            line.setLineWidth(1)
            starts.append(line.textStart())
        layout.endLayout()
        first = said.index(code[:3])
        last = first + len(code) + 2 * code.count("-")
        assert [start for start in starts if first < start < last] == []


def test_words_with_hyphens_break_as_ever() -> None:
    """Only capitals and digits are a code's; one that is wider than a card breaks at last."""
    for said in ("a well-known name", "well-KNOWN", "7K2M-9Q4T-" * 5 + "H"):
        assert keep_whole(said) == said
