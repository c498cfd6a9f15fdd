"""Where a file is to be saved: a name without an ending means the form that is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.ui.organizer.widgets.save_dialog import ask_where_to_save


@pytest.mark.parametrize(
    ("typed", "form", "saved"),
    [
        ("seats", "CSV (*.csv)", "seats.csv"),
        ("seats", "SVG (*.svg)", "seats.svg"),
        ("seats", "", "seats.csv"),
        ("28.11.2026", "CSV (*.csv)", "28.11.2026.csv"),
        ("Seats.CSV", "CSV (*.csv)", "Seats.CSV"),
        ("seats.svg", "CSV (*.csv)", "seats.svg"),
        ("", "", ""),
    ],
)
def test_a_file_has_the_ending_of_its_form(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, typed: str, form: str, saved: str
) -> None:
    """It was saved as `seats`, which no program opens."""
    page = QWidget()
    qtbot.addWidget(page)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (typed, form))
    assert ask_where_to_save(page, "Save", "seats.csv", "svg") == saved


def test_a_file_that_is_called_so_already_is_asked_about(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The dialog has asked about another name, and what stood there would be gone."""
    page = QWidget()
    qtbot.addWidget(page)
    there, offered = tmp_path / "report.csv", list[str]()
    there.write_text("kept")

    def ask(_page: object, _title: str, name: str, _forms: str) -> tuple[str, str]:
        offered.append(name)
        return ("" if len(offered) > 1 else str(tmp_path / "report")), "CSV (*.csv)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    assert ask_where_to_save(page, "Save", "report.csv") == ""
    assert offered == ["report.csv", str(there)]
