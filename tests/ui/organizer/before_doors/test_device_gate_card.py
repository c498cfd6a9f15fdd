"""The gate of the chosen device: what a move means is said before, and no look takes it away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs
from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.organizer.server_api import EventSite, Refused
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.device_gate_flow import DeviceGateFlow
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.move_screens import GATE, NOW, SECOND, place_of
from tests.factories.removed import removed_after
from tests.factories.stock_screens import TILL

SITE = EventSite(OrganizationId("og_house"), EventId("ev_1"))


@pytest.fixture
def page() -> Iterator[DevicesPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = DevicesPage()
    page.show()
    page.show_devices([GATE, TILL, SECOND], NOW)
    with removed_after(page):
        yield page


@pytest.fixture
def thread(page: DevicesPage) -> HeldThread:
    """Where the card's flow asks; nothing is asked yet."""
    thread = HeldThread()
    flow = DeviceGateFlow(page.place, make_desk_session(thread), lambda: None)
    flow.enter(SITE)
    assert thread.asked == []
    return thread


def go(page: DevicesPage) -> QPushButton:
    """Find the button that moves."""
    found = page.findChild(QPushButton, "moveGo")
    assert isinstance(found, QPushButton)
    return found


def test_what_a_move_means_is_said_before_it_is_done(
    page: DevicesPage, thread: HeldThread
) -> None:
    """Another zone, who stands there, who is left, whose home it stays; a till stands nowhere."""
    page.table.selectRow(0)
    thread.answer(place_of(GATE))
    card = page.place
    assert (card.gate.currentText(), card.said, go(page).isEnabled()) == (
        "North · Hall",
        "",
        False,
    )
    card.gate.setCurrentIndex(1)
    assert "switches to South automatically" in card.said
    assert "4 min ago" in card.said
    assert "zone stays the same: Hall" in card.said
    assert "North is then left without a device" in card.said
    assert "only it admits while gates are cut off: 412" in card.said
    card.gate.setCurrentIndex(2)
    assert "admits to Gallery, and no longer to North" not in card.said
    assert "another zone" in card.said
    assert "already there: 1" in card.said
    card.gate.setCurrentIndex(3)
    assert "may be used at any gate" in card.said
    page.table.selectRow(1)
    assert card.isHidden()
    scanner = structs.replace(GATE, id="dv_4", role="scanner")
    page.show_devices([scanner], NOW)
    page.table.selectRow(0)
    thread.answer(place_of(scanner))
    assert card.gate.count() == 3, "a scanner has a gate of its own"
    page.show_devices([structs.replace(scanner, is_revoked=True)], NOW)
    assert card.isHidden()


def test_a_look_keeps_the_gate_that_is_chosen_and_an_act_lets_nothing_come_between(
    page: DevicesPage, thread: HeldThread
) -> None:
    """It is sent with the tag of what was read when it was chosen."""
    page.table.selectRow(0)
    thread.answer(place_of(GATE))
    card = page.place
    sent: list[object] = []
    card.moved.connect(lambda place, gate_id: sent.append((place.etag, gate_id)))
    card.gate.setCurrentIndex(2)
    moved = structs.replace(GATE, gate_id="gt_2")
    card.show_place(place_of(moved, etag='"b"'))
    page.show_devices([TILL, moved, SECOND], NOW)
    assert card.gate.currentData() == "gt_3"
    go(page).click()
    assert sent == [('"a"', "gt_3")]
    assert (card.gate.isEnabled(), page.table.isEnabled()) == (False, False)
    page.stock.set_busy(is_busy=False)
    page.show_devices([moved, SECOND], NOW)
    assert (card.gate.isEnabled(), page.table.isEnabled()) == (False, False)
    go(page).click()
    assert len(sent) == 1
    thread.answer((place_of(structs.replace(GATE, gate_id="gt_3")), None))
    assert card.note == "north-1 is assigned to Stairs; it switches at its next contact."
    assert (card.said, page.table.isEnabled()) == ("", True)
    assert card.gate.currentData() == "gt_3"


def test_whoever_comes_second_is_told_and_chooses_again(
    page: DevicesPage, thread: HeldThread
) -> None:
    """So is who may not, or whose session serves another event by now."""
    page.table.selectRow(0)
    place = place_of(GATE)
    thread.answer(place)
    card = page.place
    card.gate.setCurrentIndex(2)
    go(page).click()
    now = place_of(structs.replace(GATE, gate_id="gt_2"), etag='"b"')
    mine = place.fields | {"gate_id": "gt_3"}
    fields = find_clashes(place.fields, now.fields, mine)
    clash = Clash(by="Mara", at=NOW, etag='"b"', theirs=now.fields, fields=fields)
    thread.answer((now, clash))
    assert card.note.startswith("Mara changed this at ")
    assert card.note.endswith("It is assigned to: South. Choose again.")
    assert (card.gate.currentData(), go(page).isEnabled()) == ("gt_2", False)
    card.gate.setCurrentIndex(0)
    go(page).click()
    thread.refuse(Refused("no", (), problem="forbidden", status=403))
    assert "needs a manager" in card.note
    assert (card.gate.currentData(), go(page).isEnabled()) == ("gt_1", True)
    card.let_edit(may_edit=False)
    assert card.isHidden()


def test_a_gate_that_is_gone_is_not_taken_for_any_gate(page: DevicesPage) -> None:
    """Such as that of another event, where somebody has moved it meanwhile."""
    page.table.selectRow(0)
    page.place.show_place(place_of(structs.replace(GATE, gate_id="gt_elsewhere")))
    assert (page.place.gate.currentIndex(), page.place.is_chosen) == (-1, False)
    assert page.place.said == ""
