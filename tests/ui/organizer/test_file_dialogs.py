"""Where a file is saved or found: in the folder chosen last, and with the ending that is seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.ui.organizer.widgets import file_dialogs
from gatekeeper.ui.organizer.widgets.file_dialogs import (
    ask_for_file,
    ask_for_folder,
    ask_where_to_save,
)


@pytest.fixture(autouse=True)
def documents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Of a person who has chosen no folder yet."""
    folder = tmp_path / "documents"
    folder.mkdir()
    monkeypatch.setattr(file_dialogs, "_last", {})
    monkeypatch.setattr(QStandardPaths, "writableLocation", lambda _: str(folder))
    return folder


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
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, documents: Path
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
    assert offered == [str(documents / "report.csv"), str(there)]


def test_a_dialog_begins_in_documents_and_then_where_it_was_last(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, documents: Path
) -> None:
    """It began in the program's own folder each time, where nobody keeps a guest list."""
    page, begun = QWidget(), list[str]()
    qtbot.addWidget(page)
    stick = tmp_path / "stick"
    stick.mkdir()

    def find(_page: object, _title: str, folder: str, _kinds: str) -> tuple[str, str]:
        begun.append(folder)
        return str(stick / "guests.csv"), ""

    def save(_page: object, _title: str, name: str, _forms: str) -> tuple[str, str]:
        begun.append(name)
        return "", ""

    def choose(_page: object, _title: str, folder: str) -> str:
        begun.append(folder)
        return ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", find)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", save)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    assert ask_for_file(page, "Guests", "* (*)") == str(stick / "guests.csv")
    assert ask_where_to_save(page, "Save", "report.csv") == ""
    assert ask_for_folder(page, "Backups") == ""
    assert begun == [str(documents), str(stick / "report.csv"), str(stick)]
    stick.rmdir()
    ask_for_folder(page, "Backups")
    assert begun[-1] == str(documents), "the stick was pulled out"
