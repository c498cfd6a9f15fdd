"""Conflicts at the desk: what is saved of one can be verified by others."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from tests.ui.organizer.test_kept_focus import CONFLICT


def test_evidence_is_offered_by_the_name_that_its_format_has(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is lines of JSON: by another name no program of an expert's opens it, nor do the docs."""
    page = ConflictsPage()
    qtbot.addWidget(page)
    page.show_conflicts((CONFLICT,))
    offered = list[str]()

    def ask(_page: object, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        offered.append(Path(name).name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    button = page.findChild(QPushButton, "conflictEvidence")
    assert isinstance(button, QPushButton)
    button.click()
    assert offered == [f"evidence-{CONFLICT.id}.jsonl"]
