"""Vouchers at the desk: codes are told once and not lost, ends are asked about."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton

from gatekeeper.organizer.prepare.vouchers_client import Made, Vouchers
from gatekeeper.organizer.server_api import EventSite, ServerApi
from gatekeeper.presenters.desk.voucher_words import spell_voucher, write_codes
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.prepare.vouchers_flow import VouchersFlow
from gatekeeper.ui.organizer.prepare.vouchers_page import VouchersPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.desk_screens import PLAN, SITE
from tests.factories.desk_session import make_desk_session
from tests.factories.keys import press
from tests.factories.promotions_screens import MADE, NOW, VOUCHERS, voucher
from tests.factories.removed import removed_after
from tests.ui.fitting import settle

FOUND = Vouchers(PLAN, VOUCHERS, is_all=True)


class HeldThread:
    """Holds what is asked until the test answers it, the oldest first."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[], Coroutine[Any, Any, Any]], Callable[[Any], Any]]] = []

    def ask(
        self,
        work: Callable[[], Coroutine[Any, Any, Any]],
        done: Callable[[Any], Any],
        _failed: Callable[[BaseException], Any],
    ) -> None:
        """Hold it."""
        self.asked.append((work, done))

    def answer(self, result: object) -> None:
        """Let the oldest one end."""
        self.asked.pop(0)[1](result)

    def run(self) -> None:
        """Let the oldest one do its work."""
        work, done = self.asked.pop(0)
        done(asyncio.run(work()))


@pytest.fixture
def page() -> Iterator[VouchersPage]:
    """The page by itself."""
    speak_language(make_application(), "en")
    page = VouchersPage()
    page.now = lambda: NOW
    page.show()
    with removed_after(page):
        yield page


def test_vouchers_are_sent_once_nothing_is_missing(page: VouchersPage) -> None:
    """An amount in the event's money; no end is for ever; what has ended already is not made."""
    added: list[dict[str, object]] = []
    page.added.connect(added.append)
    press(page, "voucherGo")
    page.show_vouchers(FOUND)
    for wrong in ("", "five", "-5", "0", "1.234"):
        page.value.setText(wrong)
        press(page, "voucherGo")
        assert page.note.startswith("Enter what each is worth"), wrong
    page.value.setText(" 12,50 ")
    page.count.setValue(3)
    page.note_field.setText(" Press ")
    page.show_vouchers(FOUND)
    press(page, "voucherGo")
    wanted = {"value_minor": 1_250, "currency": "EUR", "count": 3, "note": "Press"}
    assert added == [wanted | {"ends_at": None}]


def test_codes_stay_until_somebody_has_them(page: VouchersPage) -> None:
    """However often the list is read; unsaved ones are let go after a question alone."""
    page.show_vouchers(FOUND)
    page.show_made(MADE)
    page.hide()
    page.show()
    page.forget()
    page.show_vouchers(FOUND)
    assert page.codes.codes.toPlainText().splitlines() == [one.code for one in MADE]
    go = page.findChild(QPushButton, "voucherGo")
    assert go is not None
    assert not go.isVisible()
    press(page, "voucherDone")
    assert "neither copied nor saved" in page.codes.question.asked
    press(page, "voucherDoneNo")
    press(page, "voucherCopy")
    assert QGuiApplication.clipboard().text().splitlines() == [one.code for one in MADE]
    press(page, "voucherDone")
    assert (page.codes.codes.toPlainText(), page.codes.question.asked) == ("", "")
    assert go.isVisible()
    page.show_made(MADE)
    press(page, "voucherCopy")
    page.hide()
    page.show()
    assert not page.codes.made, "whoever comes back is shown no code that somebody has"


def test_a_file_that_cannot_be_written_loses_no_code(
    page: VouchersPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says why; another file is tried, and a note is no formula in it."""
    thread = HeldThread()
    flow = VouchersFlow(page, make_desk_session(thread, ServerApi("http://127.0.0.1:9"), now=NOW))
    flow.enter(SITE)
    thread.answer(FOUND)
    page.show_made(MADE)
    file = tmp_path / "codes.csv"
    for name in (tmp_path / "nowhere" / "codes.csv", file):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, name=name: (str(name), ""))
        press(page, "voucherSave")
        thread.run()
        assert page.codes.is_taken is (name == file)
        assert name.name in page.codes.note
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert rows[1] == [MADE[0].code, "40.00", "EUR", "", "'=press"]
    assert len(rows) == 1 + len(MADE)
    assert file.read_bytes() == write_codes(MADE)


def test_codes_come_though_another_event_is_turned_to_meanwhile(page: VouchersPage) -> None:
    """And an answer that never came is said: nobody makes them twice without knowing."""
    thread = HeldThread()
    nobody = ServerApi("http://127.0.0.1:9")
    flow = VouchersFlow(page, make_desk_session(thread, nobody, now=NOW))
    flow.enter(SITE)
    thread.answer(FOUND)
    page.value.setText("40")
    press(page, "voucherGo")
    flow.enter(SITE)
    press(page, "voucherGo")
    page.words.returnPressed.emit()
    flow.enter(EventSite(OrganizationId("og_lantern"), EventId("ev_other")))
    assert len(thread.asked) == 1
    thread.answer(MADE)
    thread.answer(FOUND)
    assert page.codes.made == MADE
    press(page, "voucherCopy")
    press(page, "voucherDone")
    page.value.setText("40")
    press(page, "voucherGo")
    thread.run()
    thread.answer(FOUND)
    flow.enter(EventSite(OrganizationId("og_lantern"), EventId("ev_other")))
    thread.answer(FOUND)
    assert page.note.startswith("No answer came")


def test_vouchers_of_which_no_answer_came_are_asked_for_again_by_the_same_key(
    page: VouchersPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The form stays as it was; also after a look at another event of the organization."""
    keys: list[str] = []

    async def make(*_words: object, key: str = "") -> tuple[Made, ...]:
        keys.append(key)
        if len(keys) < 3:
            raise ServerFault("the line was cut")
        return MADE

    thread, office = HeldThread(), ServerApi("http://127.0.0.1:9")
    monkeypatch.setattr(office, "make", make)
    flow = VouchersFlow(page, make_desk_session(thread, office, now=NOW))
    flow.enter(SITE)
    thread.answer(FOUND)
    page.value.setText("40")
    for _ in range(2):
        press(page, "voucherGo")
        thread.run()
        thread.answer(FOUND)
        assert "press “Create the vouchers” again" in page.note
    flow.enter(EventSite(SITE.organization_id, EventId("ev_other")))
    thread.answer(FOUND)
    page.value.setText("40")
    press(page, "voucherGo")
    thread.run()
    thread.answer(FOUND)
    assert page.codes.made == MADE
    press(page, "voucherCopy")
    press(page, "voucherDone")
    page.value.setText("40")
    press(page, "voucherGo")
    thread.run()
    assert keys[0]
    assert keys[:3] == keys[:1] * 3
    assert keys[3] not in {"", keys[0]}, "they were told: these are others"


def test_an_empty_list_says_whether_anything_was_searched_for(page: VouchersPage) -> None:
    """No voucher yet, or none that fits."""
    thread = HeldThread()
    nobody = ServerApi("http://127.0.0.1:9")
    flow = VouchersFlow(page, make_desk_session(thread, nobody, now=NOW))
    flow.enter(SITE)
    none = Vouchers(PLAN, (), is_all=True)
    for words, place, said in (
        ("", 0, "There are no vouchers yet."),
        ("omer", 0, "No voucher matches. A code must be complete."),
        ("", 2, "No voucher matches. A code must be complete."),
    ):
        page.words.setText(words)
        page.which.setCurrentIndex(place)
        press(page, "vouchersFind")
        thread.asked[-1][1](none)
        told = page.findChild(QLabel, "vouchersNone")
        assert told is not None
        assert (told.isHidden(), told.text()) == (False, said)


def test_nothing_is_withdrawn_without_an_answer(page: VouchersPage) -> None:
    """What is asked about stays the same when new ones come above it."""
    withdrawn: list[Any] = []
    page.withdrawn.connect(withdrawn.append)
    page.show_vouchers(FOUND)
    button = page.findChild(QPushButton, "voucherWithdraw")
    assert button is not None
    page.table.selectRow(3)
    assert not button.isEnabled(), "it is withdrawn already"
    page.table.selectRow(0)
    button.click()
    assert "How many: 1. Balance: €27.50" in page.card.asked.translate(
        dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))
    )
    page.show_vouchers(Vouchers(PLAN, (voucher(9), *VOUCHERS), is_all=True))
    assert page.chosen == VOUCHERS[:1]
    assert page.card.asked
    press(page, "voucherYes")
    assert withdrawn == [VOUCHERS[:1]]
    button.click()
    page.table.selectRow(2)
    assert page.card.asked == "", "another row is another question"


def test_how_a_voucher_stands_is_said_in_words() -> None:
    """Also what a till has taken off it for a sale that nobody has seen."""
    speak_language(make_application(), "en")
    said = [spell_voucher(one, NOW) for one in VOUCHERS]
    assert [row[2].split(" · ")[0] for row in said] == [
        *("Valid", "Used up", "Expired", "Withdrawn"),
    ]
    assert "12.50" in said[0][2]
    assert said[1][0] == "–"
    assert said[3][3] == "2027-01-01 00:00"


def test_a_page_without_vouchers_is_not_drawn_apart(page: VouchersPage) -> None:
    """What is left of a high window stays below, not between the title and its sentence."""
    page.show_vouchers(Vouchers(PLAN, (), is_all=True))
    page.resize(900, 1_400)
    settle()
    title = page.findChildren(QLabel)[0]
    assert title.text() == "Vouchers"
    assert title.height() < 2 * title.sizeHint().height()
