"""The stock of the chosen till: typing outlives a look and another choice, and is merged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gatekeeper.organizer.before_doors.till_stock_client import LOW, RETURNS, SIZE, field_of
from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.organizer.before_doors.till_stock_flow import StockFlow
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button
from tests.factories.removed import remove
from tests.factories.stock_screens import NOW, STOCK, TILL, show_stock

OTHER = structs.replace(TILL, id="dv_3", name="Till 2")
GATE = structs.replace(TILL, id="dv_1", name="north-1", role="gate", gate="North")
SIZE_1, LOW_1 = field_of(SIZE, "tt_1"), field_of(LOW, "tt_1")
SITE = EventSite(OrganizationId("og_house"), EventId("ev_1"))


@pytest.fixture
def page() -> Iterator[DevicesPage]:
    """The room by itself, a till chosen."""
    speak_language(make_application(), "en")
    window, page = DeskWindow(), DevicesPage()
    window.show_page(page)
    window.show()
    show_stock(page)
    page.show_devices([GATE, TILL, OTHER], NOW)
    try:
        yield page
    finally:
        remove(window)


def test_a_size_is_typed_emptied_and_saved_by_keyboard(page: DevicesPage) -> None:
    """The words of an unset one give way to figures; a low mark needs a size, and no more."""
    saved: list[object] = []
    page.stock.saved.connect(lambda _stock, fields: saved.append(fields))
    row = page.stock.rows["tt_1"]
    assert (row.size.text(), row.low.isEnabled()) == ("automatic", False)
    assert (row.unsold.text(), row.sold.text()) == ("143", "57")
    assert not button(page, "stockSave").isEnabled()
    row.size.selectAll()
    QTest.keyClicks(row.size, "40")
    assert page.stock.typed == STOCK.fields | {SIZE_1: 40}
    row.low.setValue(41)
    button(page, "stockSave").click()
    assert saved == []
    assert "Standard: “Refill at” is above the size" in page.stock.note
    QTest.keyClick(row.low, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(row.low, Qt.Key.Key_Delete)
    assert row.low.text() == "at half"
    QTest.keyClicks(row.low, "12")
    button(page, "stockSave").click()
    assert saved == [STOCK.fields | {SIZE_1: 40, LOW_1: 12}]
    QTest.keyClick(row.size, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(row.size, Qt.Key.Key_Backspace)
    assert page.stock.typed == STOCK.fields


def test_what_is_typed_outlives_a_look_and_another_choice(page: DevicesPage) -> None:
    """Counts follow the server meanwhile; a gate has no stock, nor has a till that is revoked."""
    asked: list[object] = []
    page.stock.entered.connect(lambda: asked.append(page.stock.device))
    row = page.stock.rows["tt_1"]
    row.size.setValue(40)
    first = structs.replace(STOCK.lines[0], size=99, unsold=142, sold=58)
    look = structs.replace(STOCK, lines=(first, STOCK.lines[1]), etag='"b"')
    page.stock.show_stock(look)
    assert (row.size.count, row.unsold.text(), row.sold.text()) == (40, "142", "58")
    assert page.stock.base == STOCK, "it is sent with the tag of what was read first"
    page.table.selectRow(2)
    assert not page.stock.rows
    page.table.selectRow(0)
    assert page.stock.isHidden()
    page.table.selectRow(1)
    page.stock.show_stock(look)
    assert page.stock.typed == STOCK.fields | {SIZE_1: 40}
    button(page, "stockUndo").click()
    page.stock.show_stock(look)
    assert page.stock.typed == look.fields
    assert asked == [OTHER, TILL]
    page.show_devices([structs.replace(TILL, is_revoked=True)], NOW)
    assert page.stock.isHidden()


def test_who_may_only_look_sees_the_counts(page: DevicesPage) -> None:
    """And while an act goes on no other device is chosen."""
    page.stock.let_edit(may_edit=False)
    row = page.stock.rows["tt_2"]
    assert (row.size.isEnabled(), page.stock.returns.isEnabled()) == (False, False)
    assert button(page, "stockSave").isHidden()
    assert row.size.text() == "60"
    page.stock.let_edit(may_edit=True)
    page.stock.set_busy(is_busy=True)
    assert not page.table.isEnabled()
    page.stock.set_busy(is_busy=False)
    assert (page.table.isEnabled(), row.size.isEnabled()) == (True, True)


def test_the_keyboard_goes_through_the_sizes_in_their_order(page: DevicesPage) -> None:
    """Though their rows are made when a till is chosen."""
    row, next_row = page.stock.rows["tt_1"], page.stock.rows["tt_2"]
    row.size.setValue(40)
    page.activateWindow()
    row.size.setFocus()
    for following in (row.low, next_row.size, next_row.low, page.stock.returns):
        focused = page.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        assert page.focusWidget() is following
    before = page.stock.typed
    page.stock.returns.click()
    assert page.stock.typed == before | {RETURNS: False}


def test_a_second_organizers_edit_is_merged_and_no_look_swallows_what_became_of_it(
    page: DevicesPage,
) -> None:
    """Until the answer no other device is chosen; another event forgets what was typed."""
    thread = HeldThread()
    flow = StockFlow(page.stock, make_desk_session(thread))
    page.table.clearSelection()
    flow.enter(SITE)
    assert thread.asked == []
    page.table.selectRow(1)
    thread.answer(STOCK)
    row = page.stock.rows["tt_1"]
    row.size.setValue(40)
    flow.enter(SITE)
    assert row.size.isEnabled(), "a look stops nobody who types"
    button(page, "stockSave").click()
    assert (page.table.isEnabled(), row.size.isEnabled()) == (False, False)
    theirs = STOCK.fields | {SIZE_1: 50, RETURNS: False}
    fields = find_clashes(STOCK.fields, theirs, page.stock.typed)
    thread.answer(Clash(by="Mara", at=NOW, etag='"b"', theirs=theirs, fields=fields))
    flow.enter(SITE)
    thread.answer(STOCK)
    assert page.stock.clash.isVisible()
    button(page, "clashGo").click()
    flow.enter(SITE)
    asked = len(thread.asked)
    merged = structs.replace(STOCK, returns_at_close=False, lines=(_sized(40), STOCK.lines[1]))
    thread.answer(merged)
    assert asked == 2, "the first look was never answered, and is shown no more"
    assert (page.stock.note, page.stock.base) == (
        "Saved. Till 1 learns of it at its next contact.",
        merged,
    )
    assert (row.size.count, page.stock.returns.isChecked()) == (40, False)
    flow.enter(SITE)
    thread.answer(merged)
    assert page.stock.note.startswith("Saved."), "and stays said"
    row.size.setValue(7)
    flow.enter(structs.replace(SITE, event_id=EventId("ev_2")))
    assert (page.stock.isHidden(), page.stock.device) == (True, None)


def _sized(size: int) -> Any:
    return structs.replace(STOCK.lines[0], size=size)
