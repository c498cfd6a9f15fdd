"""The page of devices: a lost one is asked about, and stays chosen while all is read anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.organizer.before_doors.lost_devices_client import DeviceLoss
from gatekeeper.presenters.desk.lost_device_words import spell_loss
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.devices_page import DevicesPage
from gatekeeper.ui.switching_language import speak_language
from tests.factories.keys import press
from tests.factories.removed import removed_after

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
NORTH = Device(
    id="dv_1",
    name="north-1",
    role="gate",
    gate="North",
    heard_at=NOW,
    is_revoked=False,
)
TILL = structs.replace(NORTH, id="dv_2", name="Till", role="till", gate="")


@pytest.fixture
def page() -> Iterator[DevicesPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = DevicesPage()
    page.show()
    page.show_devices([NORTH, TILL], NOW)
    with removed_after(page):
        yield page


def test_nothing_is_given_up_without_an_answer(page: DevicesPage) -> None:
    """The reason goes along; lost and stolen are two questions."""
    said: list[tuple[str, str, bool]] = []
    page.lost.lost.connect(lambda one, why, stolen: said.append((one.id, why, stolen)))
    assert page.lost.isHidden()
    page.table.selectRow(1)
    press(page, "deviceLost")
    assert "available to others" in page.lost.asked
    press(page, "lostNo")
    assert (page.lost.asked, said) == ("", [])
    press(page, "deviceStolen")
    assert "keys end at once" in page.lost.asked
    page.lost.reason.setText(" taken from the counter ")
    press(page, "lostYes")
    assert said == [("dv_2", "taken from the counter", True)]


def test_esc_means_no_wherever_the_question_has_the_keyboard(
    page: DevicesPage,
) -> None:
    """The one question of the desk that Esc did not answer was about what ends for good."""
    page.table.selectRow(0)
    for typed_in in ("lostReason", "lostNo", "lostYes"):
        press(page, "deviceLost")
        field = page.findChild(QWidget, typed_in)
        assert isinstance(field, QWidget)
        QTest.keyClick(field, Qt.Key.Key_Escape)
        assert page.lost.asked == "", typed_in


def test_a_look_keeps_the_question_and_another_device_ends_it(page: DevicesPage) -> None:
    """Rows move, when others come or are revoked; the question is about the same device."""
    page.table.selectRow(0)
    press(page, "deviceStolen")
    page.lost.reason.setText("gone")
    other = structs.replace(NORTH, id="dv_0", name="east-1")
    page.show_devices([other, NORTH, TILL], NOW)
    assert page.lost.device == NORTH
    assert page.table.currentRow() == 1
    assert (page.lost.reason.text(), bool(page.lost.asked)) == ("gone", True)
    page.table.selectRow(2)
    assert (page.lost.asked, page.lost.reason.text()) == ("", "")
    page.show_devices([other, structs.replace(TILL, is_revoked=True)], NOW)
    assert page.lost.isHidden()
    page.show_devices([other], NOW)
    assert page.lost.device is None


def test_what_it_may_have_sold_is_said() -> None:
    """Only where there is something to say."""
    speak_language(make_application(), "en")
    assert spell_loss(TILL, DeviceLoss(maybe_sold_total=0, seats=())) == (
        "Till has released what it held."
    )
    said = spell_loss(TILL, DeviceLoss(maybe_sold_total=30, seats=("A-1",)))
    assert "30" in said
    assert "stay held: 1" in said


def test_a_lost_device_s_name_of_one_word_stretches_no_page(page: DevicesPage) -> None:
    """It is named in what is said of the act."""
    named = structs.replace(NORTH, name="lantern" * 28)
    page.say(spell_loss(named, DeviceLoss(maybe_sold_total=0, seats=())), "good")
    said = page.findChild(QLabel, "devicesSaid")
    assert said is not None
    assert "lantern" in said.text()
    assert said.minimumSizeHint().width() < 500
