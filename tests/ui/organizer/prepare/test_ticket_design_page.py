"""The page of tickets' looks: what is chosen is seen, refused in words, undone, saved."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import zxingcpp
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.organizer.prepare.ticket_design_client import (
    EventLook,
    LookClash,
    Picture,
    TicketDesignClient,
    draw_preview,
)
from gatekeeper.organizer.server_api import EventSite, Refused, WrongField
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_thread import DeskThread
from gatekeeper.ui.organizer.prepare import ticket_design_flow
from gatekeeper.ui.organizer.prepare.ticket_design_flow import TicketDesignFlow
from gatekeeper.ui.organizer.prepare.ticket_design_page import TicketDesignPage
from gatekeeper.ui.switching_language import speak_language
from server.ticket_design.picture_reading import read_picture
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId
from shared.manifest.ticket_design import LINES
from tests.factories.designs import band, logo
from tests.factories.desk_screens import SITE
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.look_screens import BAND, DESIGNED, LOGO, PLAIN, picture_of

CLASH = Clash(by="Ann", at=None, etag="", theirs={}, fields=())


@pytest.fixture
def page(qtbot: QtBot) -> TicketDesignPage:
    """The page, in English."""
    speak_language(make_application(), "en")
    page = TicketDesignPage()
    qtbot.addWidget(page)
    page.show_look(PLAIN)
    return page


@pytest.fixture
def thread() -> Iterator[DeskThread]:
    """The desk's thread, without a server."""
    thread = DeskThread("desk-look")
    thread.start()
    yield thread
    thread.stop()


def test_what_is_chosen_is_what_is_saved(page: TicketDesignPage) -> None:
    """Each field, by keys and clicks; nothing to save or undo before."""
    assert (page.save.isEnabled(), page.undo.isEnabled(), page.plain.isEnabled()) == (False,) * 3
    assert not page.band.isEnabled()
    page.add_picture("logo", LOGO, logo().body)
    page.add_picture("picture", BAND, band().body)
    page.swatches[1].click()
    page.lines["price"].click()
    page.note.setPlainText("No re-entry.")
    page.page.setCurrentIndex(1)
    page.page.activated.emit(1)
    assert page.look.fields() == {
        "picture_id": BAND.id,
        "logo_id": LOGO.id,
        "has_band": True,
        "accent": "#7a1f5c",
        "hidden": ["price"],
        "note": "No re-entry.",
        "page": "a6",
    }
    assert page.save.isEnabled()
    page.fields["picture"].remove.click()
    assert (page.look.picture_id, page.look.has_band, page.band.isEnabled()) == (
        None,
        False,
        False,
    )
    page.plain.click()
    assert page.look.fields() == EventLook().fields()
    assert all(page.lines[line].isChecked() for line in LINES)
    assert not page.is_changed


@pytest.mark.parametrize("color", ["#ffee00", "#fff", "red", "7a1f5c"])
def test_a_colour_that_cannot_be_read_is_not_saved(page: TicketDesignPage, color: str) -> None:
    """It is said at once; the ticket is drawn in black meanwhile."""
    page.accent.setText(color)
    page.accent.textEdited.emit(color)
    assert "darker" in page.fault
    assert not page.save.isEnabled()
    assert page.look.design().accent == ""
    page.swatches[0].click()
    assert page.fault == ""


def test_words_that_do_not_fit_are_not_saved(page: TicketDesignPage) -> None:
    """By letters and by lines."""
    for words in ("x" * 601, "line\n" * 9):
        page.note.setPlainText(words)
        assert "too long" in page.fault
        assert not page.save.isEnabled()
    page.note.setPlainText("x" * 600)
    assert page.fault == ""
    assert page.save.isEnabled()


def test_the_paper_is_shown_and_what_would_not_scan_is_not_saved(page: TicketDesignPage) -> None:
    """The very page; of its dots the code was read back."""
    page.show_look(DESIGNED, is_kept=False)
    preview = draw_preview(DESIGNED, "en")
    assert preview.is_read
    page.show_preview(preview)
    assert not page.preview.pixmap().isNull()
    assert page.save.isEnabled()
    page.show_preview(msgspec.structs.replace(preview, is_read=False))
    assert "could not be read" in page.fault
    assert not page.save.isEnabled()


def test_a_file_that_is_let_fall_is_brought(page: TicketDesignPage, tmp_path: Path) -> None:
    """One file of this machine; not two, and no address of the web."""
    found: list[tuple[str, str]] = []
    page.brought.connect(lambda name, file: found.append((name, file)))
    file = tmp_path / "logo.png"
    one, web = QUrl.fromLocalFile(str(file)), QUrl("https://example.org/logo.png")
    for urls in ([one], [web], [one, one], []):
        mime = QMimeData()
        mime.setUrls(urls)
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        copy = Qt.DropAction.CopyAction
        page.fields["logo"].dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))
    assert found == [("logo", str(file))]


class ScriptedDesk(TicketDesignClient):
    """Answers as an office would, without a wire."""

    fault: BaseException | None = None

    def __init__(self, _office: Any, site: Any) -> None:
        self.site = site

    async def read(self) -> EventLook:
        return PLAIN

    async def bring(self, file: Path) -> tuple[Picture, bytes]:
        if self.fault is not None:
            raise self.fault
        return LOGO, logo().body

    async def save(self, look: EventLook) -> None:
        if self.fault is not None:
            raise self.fault


def _says(page: TicketDesignPage, words: str) -> bool:
    return words in page.said.text()


def refused(status: int, *fields: str) -> Refused:
    """Return a refusal that names fields."""
    wrong = tuple(WrongField(one, "is wrong") for one in fields)
    return Refused("Refused.", wrong, problem="", status=status)


def test_the_flow_reads_draws_brings_and_saves(
    page: TicketDesignPage, thread: DeskThread, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails is told in words that name what to do, and what was chosen stays."""
    monkeypatch.setattr(ticket_design_flow, "TicketDesignClient", ScriptedDesk)
    flow = TicketDesignFlow(page, make_desk_session(thread))
    flow.enter(SITE)
    qtbot.waitUntil(lambda: page.isEnabled() and not page.preview.pixmap().isNull())
    page.brought.emit("logo", "logo.png")
    qtbot.waitUntil(lambda: page.look.logo_id == LOGO.id)
    ScriptedDesk.fault = refused(422, "note")
    page.save.click()
    qtbot.waitUntil(partial(_says, page, "Refused."))
    ScriptedDesk.fault = refused(422, "content")
    page.brought.emit("picture", "x.svg")
    qtbot.waitUntil(lambda: "not a usable picture" in page.said.text())
    assert page.look.logo_id == LOGO.id
    flow.enter(SITE)  # as every few seconds: nothing chosen is lost
    assert page.look.logo_id == LOGO.id
    ScriptedDesk.fault = None
    page.save.click()
    page.note.setFocus()
    assert not page.note.isEnabled(), "what is typed until the answer is there would be gone"
    page.save.click()
    qtbot.waitUntil(lambda: page.said.text().startswith("Saved."))
    assert not page.is_changed
    assert page.note.isEnabled()


@pytest.mark.parametrize(("form", "is_read"), [("EAN13", True), ("QRCode", False)])
def test_a_picture_may_bear_bars_and_no_second_code(form: str, *, is_read: bool) -> None:
    """Gates look for a square code: bars confuse none, another square would be read for it."""
    code = zxingcpp.create_barcode("4006381333931", getattr(zxingcpp.BarcodeFormat, form))
    drawn = Image.new("RGB", (1200, 400), "white")
    symbol = Image.fromarray(np.asarray(zxingcpp.write_barcode_to_image(code, scale=6)))
    drawn.paste(symbol, ((1200 - symbol.width) // 2, (400 - symbol.height) // 2))
    file = io.BytesIO()
    drawn.save(file, "PNG")
    band = read_picture(file.getvalue())
    picture = picture_of("pc_bars00000000", band)
    look = msgspec.structs.replace(
        DESIGNED,
        picture_id=picture.id,
        pictures=DESIGNED.pictures | {picture.id: picture},
        contents=DESIGNED.contents | {band.digest: band.body},
    )
    assert draw_preview(look, "en").is_read is is_read


def test_a_design_that_met_another_ones_stands_upon_it(page: TicketDesignPage) -> None:
    """Nothing that was chosen is gone: saving keeps both, undoing goes back to theirs."""
    thread = HeldThread()
    flow = TicketDesignFlow(page, make_desk_session(thread))
    flow.enter(SITE)
    thread.answer(PLAIN)
    page.swatches[1].click()
    thread.asked.clear()
    page.save.click()
    theirs = msgspec.structs.replace(PLAIN, note="Theirs", etag='"b"')
    joined = msgspec.structs.replace(theirs, accent=page.look.accent)
    thread.answer(LookClash(CLASH, theirs, joined))
    assert page.isEnabled()
    assert (page.note.toPlainText(), page.look.accent) == ("Theirs", "#7a1f5c")
    assert page.look.etag == '"b"'
    assert (page.save.isEnabled(), page.kept) == (True, theirs)
    assert page.said.text().startswith("Ann changed this after you opened it.")
    assert page.said.text().endswith("Undo goes back to theirs.")


def test_a_design_refused_after_the_event_was_left_is_told(page: TicketDesignPage) -> None:
    """Whoever has gone on to another event believes it saved."""
    thread = HeldThread()
    flow = TicketDesignFlow(page, make_desk_session(thread))
    flow.enter(SITE)
    thread.answer(PLAIN)
    page.swatches[1].click()
    thread.asked.clear()
    page.save.click()
    save = thread.asked.pop()
    flow.enter(EventSite(SITE.organization_id, EventId("ev_other")))
    save[0](LookClash(CLASH, PLAIN, PLAIN))
    thread.answer(PLAIN)
    assert page.said.text().startswith(
        "What you asked for before this was not done: Ann changed this"
    )
    page.swatches[1].click()
    page.save.click()
    thread.refuse(ServerFault("cut"))
    assert page.said.text().startswith("There was no answer")
    assert page.isEnabled()
