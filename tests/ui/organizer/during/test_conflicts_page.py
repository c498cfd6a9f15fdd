"""Conflicts at the desk: what is saved of one can be verified by others."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.organizer.during.conflicts_flow import ConflictsFlow
from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.keys import button
from tests.ui.organizer.test_kept_focus import CONFLICT

SIDE = {
    "device": "north-1",
    "gate_id": "gt_1",
    "at": "2026-11-22T18:30:00Z",
    "at_error_us": 400_000,
    "count": 1,
    "entry_hash": "00",
}
SITE = EventSite(OrganizationId("or_1"), EventId("ev_1"))
ANSWERS: dict[str, Any] = {
    SITE.path: {"name": "Night of the Lanterns", "timezone": "UTC"},
    f"{SITE.path}/plan": {
        "gates": [{"id": "gt_1", "name": "North"}, {"id": "gt_2", "name": "South"}]
    },
    f"{SITE.path}/conflicts/cf_1": {
        "sides": [SIDE, SIDE | {"gate_id": "gt_2", "at": "2026-11-22T18:32:10Z"}]
    },
}


class _Server:
    """Answers what the page asks for."""

    async def get(self, path: str) -> Any:
        return ANSWERS.get(path, [])

    async def list_all(self, _path: str) -> list[Any]:
        return []

    async def zone_of(self, _site: EventSite) -> tzinfo:
        return UTC

    async def get_bytes(self, _path: str) -> bytes:
        return b'{"v":1}\n'


class _Thread:
    """Does at once what it is asked for."""

    def ask(
        self,
        work: Callable[[], Awaitable[Any]],
        on_done: Callable[[Any], object],
        _on_failed: Callable[[Any], object],
    ) -> None:
        async def run() -> Any:
            return await work()

        on_done(asyncio.run(run()))


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
    button(page, "conflictEvidence").click()
    assert offered == [f"evidence-{CONFLICT.id}.jsonl"]


def test_evidence_is_saved_with_the_same_in_words(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Signed entries are read by no guest and no officer: who came in where and when is."""
    said = list[str]()
    page = ConflictsPage()
    qtbot.addWidget(page)
    session = make_desk_session(_Thread(), _Server())._replace(
        say=lambda text, _role: said.append(text)
    )
    flow = ConflictsFlow(page, session)
    flow.enter(SITE)
    page.show_conflicts((CONFLICT,))
    name = str(tmp_path / "evidence.jsonl")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (name, ""))
    button(page, "conflictEvidence").click()
    assert (tmp_path / "evidence.jsonl").read_bytes() == b'{"v":1}\n'
    written = (tmp_path / "evidence.jsonl.pdf").read_bytes()
    document = pdfium.PdfDocument(io.BytesIO(written))
    read = " ".join("".join(one.get_textpage().get_text_range() for one in document).split())
    for told in ("Used twice", "Night of the Lanterns", "18:30:00", "South", "evidence.jsonl"):
        assert told in read
    assert "it does not prove who held it" in read
    assert "evidence.jsonl.pdf" in said[-1]


def test_an_entry_that_joins_what_is_looked_at_is_read_and_takes_nothing_typed_away(
    qtbot: QtBot,
) -> None:
    """Two sides stood there while the server held three: who decided saw no third gate."""
    page, read = ConflictsPage(), list[str]()
    qtbot.addWidget(page)
    page.chose.connect(read.append)
    page.show_conflicts((CONFLICT,))
    page.note.insert("a family of")
    page.note.setCursorPosition(2)
    joined = replace(CONFLICT, updated_at=CONFLICT.updated_at + timedelta(seconds=9))
    newer = replace(joined, id="cf_2")
    page.show_conflicts((newer, joined))
    assert (page.chosen, read) == (joined, [CONFLICT.id] * 2)
    assert (page.note.text(), page.note.cursorPosition()) == ("a family of", 2)
    decided = replace(joined, disposition="fraud", note="seen at the door")
    page.show_conflicts((newer, decided))
    assert (page.note.text(), read) == ("seen at the door", [CONFLICT.id] * 3)
    page.show_conflicts(())
    assert (page.chosen, button(page, "settle_fraud").isEnabled()) == (None, False)
