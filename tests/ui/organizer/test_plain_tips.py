"""What a tool tip says of a name is the name, letter by letter."""

from __future__ import annotations

import pytest
from PySide6.QtGui import Qt, QTextDocument
from PySide6.QtWidgets import QTableWidget

from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.widgets.choice_box import ChoiceBox
from gatekeeper.ui.organizer.widgets.long_names import OneLine
from gatekeeper.ui.organizer.widgets.plain_table import write_cell
from tests.factories.removed import remove

PAGES = ("<img src='//elsewhere.example/x.png'>", "Ada <h1>PAID</h1>", "<b>a b</b>", "&lt; <i>")


@pytest.mark.parametrize("name", [*PAGES, "Ada Lund", "a < b", "R&D"])
def test_no_guest_s_name_is_shown_as_a_page_of_its_own(name: str) -> None:
    """Qt would fetch the pictures that it names, and set its letters as it says."""
    make_application()
    line, box, table = OneLine(), ChoiceBox(), QTableWidget(1, 1)
    line.say(name)
    box.addItem(name)
    write_cell(table, 0, 0, name)
    item = table.item(0, 0)
    assert item is not None
    for tip in (line.toolTip(), box.toolTip(), item.toolTip()):
        shown = QTextDocument()
        if Qt.mightBeRichText(tip):
            shown.setHtml(tip)
        else:
            shown.setPlainText(tip)
        assert shown.toPlainText() == name
    for widget in (line, box, table):
        remove(widget)


def test_a_cell_has_the_lines_that_the_desk_gives_it_and_no_name_s_own() -> None:
    """A name of a hundred line ends made a row as high as the page."""
    make_application()
    table = QTableWidget(1, 2)
    write_cell(table, 0, 0, "Ada\n" * 100)
    write_cell(table, 0, 1, ("Ada\nLund", "ada@example.org"))
    first, second = table.item(0, 0), table.item(0, 1)
    assert first is not None
    assert second is not None
    assert "\n" not in first.text()
    assert len(second.text().split("\n")) == 2
    remove(table)
