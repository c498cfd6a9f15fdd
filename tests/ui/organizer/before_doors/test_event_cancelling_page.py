"""The page of calling off by itself: what it asks for, and when it offers what."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtWidgets import QTableWidget

from gatekeeper.organizer.before_doors.event_cancelling_client import is_typed, word_to_type
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.before_doors.event_cancelling_flow import EventCancellingFlow
from gatekeeper.ui.organizer.before_doors.event_cancelling_page import EventCancellingPage
from gatekeeper.ui.switching_language import speak_language
from shared.kernel.id_types import EventId, OrganizationId
from tests.factories.calling_screens import BEFORE, DURING, LEFT, WORKING
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button


def text_of(table: QTableWidget, row: int, column: int) -> str:
    """Return what a cell says."""
    item = table.item(row, column)
    assert item is not None
    return item.text()


def test_an_event_is_called_off_only_by_its_name_and_with_a_reason() -> None:
    """Neither a click nor a wrong name is enough, and nothing is asked for without a reason."""
    speak_language(make_application(), "en")
    page = EventCancellingPage()
    asked: list[object] = []
    page.called_off.connect(lambda *what: asked.append(what))
    page.show_calling(msgspec.structs.replace(BEFORE, name="Night of  the Lanterns"))
    assert "300" in text_of(page.facts, 4, 1)
    go = button(page, "callingGo")
    page.reason.setText("storm")
    for typed in ("", "Night", "Night of the Lanterns II", "Day of the Lanterns"):
        page.typed.setText(typed)
        assert not go.isEnabled(), typed
    page.reason.setText(" ")
    page.typed.setText("night of the  LANTERNS ")
    go.click()
    assert "Enter why" in page.note
    page.reason.setText("storm")
    go.click()
    page.tells.setChecked(False)
    go.click()
    assert asked == [("storm", ""), ("storm", None)], "buyers are told, unless somebody says no"
    page.forget()
    assert not go.isEnabled()


def test_no_mail_is_promised_where_no_mail_server_is_set_up() -> None:
    """Its box said that all buyers are told by mail; words were typed that nobody gets."""
    speak_language(make_application(), "en")
    page = EventCancellingPage()
    assert BEFORE.preview is not None
    without = msgspec.structs.replace(BEFORE.preview, has_mail=False)
    page.show_calling(msgspec.structs.replace(BEFORE, preview=without))
    assert page.tells.text() == "List all buyers for you to tell: no mail server is set up"
    assert page.words.isHidden()
    page.show_calling(BEFORE)
    assert page.tells.text() == "Tell all buyers by email"
    assert not page.words.isHidden()
    page.tells.setChecked(False)
    assert page.words.isHidden()


@pytest.mark.parametrize("name", ["", "x" * 200, "ليلة الفوانيس " * 20, "a" * 29 + " b", "Straße"])
def test_what_must_be_typed_can_be_typed(name: str) -> None:
    """A name of 200 characters by its beginning; capitals aside, in every script."""
    word = word_to_type(name)
    assert len(word) <= 30
    assert is_typed(name, word.upper())
    assert not is_typed(name, f"{word}x")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Łukasz Żółć", "lukasz zolc"),
        ("Ørsted & Sønner", "orsted sonner"),
        ("Fête d’été", "fete d'ete"),
        ("山田 太郎", "“\u2068山田 太郎\u2069”"),  # as it is copied out of the question
    ],
)
def test_a_name_whose_letters_no_key_has_is_typed_without_them(name: str, typed: str) -> None:
    """Else nobody at a keyboard of another country erases a guest, or calls an event off."""
    assert is_typed(name, typed)
    assert not is_typed(name, typed[:-3])
    assert not is_typed("!?", ""), "signs alone are typed as they are"


def test_a_run_is_stopped_while_it_works_and_goes_on_when_it_does_not() -> None:
    """Each button is there when it does something; a dead job is no reason to wait."""
    speak_language(make_application(), "en")
    page = EventCancellingPage()
    on, stop = button(page, "callingOn"), button(page, "callingStop")

    def offers(**changed: object) -> tuple[bool, bool]:
        standing = msgspec.structs.replace(WORKING, **changed)
        page.show_calling(msgspec.structs.replace(DURING, standing=standing))
        return not on.isHidden(), not stop.isHidden()

    assert offers() == (False, True)
    assert offers(is_under_way=False) == (True, True)
    assert "the refunds have stalled" in page.state.text()
    assert offers(is_under_way=False, state="stopped") == (True, False)
    done = {"is_under_way": False, "state": "done", "settled": 1_998}
    assert offers(**done) == (False, False)
    assert offers(**done, orders=2_000) == (True, False)
    assert "sent new orders since: 2" in page.state.text()


def test_what_needs_a_person_is_listed_with_what_to_do() -> None:
    """By name and by how to reach them; the server's own words where it refused."""
    speak_language(make_application(), "en")
    page = EventCancellingPage()
    page.show_calling(msgspec.structs.replace(DURING, left=LEFT))
    told = [
        [text_of(page.left, row, column) for column in range(4)]
        for row in range(page.left.rowCount())
    ]
    assert told[2][0] == "Order 231 · Zoë Müller"
    assert "zoe@example.org" in told[2][1]
    assert told[2][2] == "€25.00"
    assert "in doubt" in told[2][3]
    assert "a till may have refunded it" in told[2][3]
    assert LEFT[1].said in told[1][3]
    assert "by hand" in told[1][3]


def test_each_currency_stands_by_itself() -> None:
    """Before and during, and of each order that needs a person: nothing is added across them."""
    speak_language(make_application(), "en")
    page = EventCancellingPage()
    page.show_calling(BEFORE)
    sums = [text_of(page.facts, row, 1) for row in range(page.facts.rowCount())]
    assert sums[6:] == [
        "€30,000.00",
        "€12,500.00",
        "€9,000.00",
        "€400.00",
        "€11,000.00",
        "€50.00",
        "CHF700.00",
        "CHF10.00",
    ]
    page.show_calling(msgspec.structs.replace(DURING, left=LEFT))
    sums = [text_of(page.facts, row, 1) for row in range(page.facts.rowCount())]
    assert sums[:-1] == [
        "€20,000.00",
        "€400.00",
        "€25.00",
        "€5,000.00",
        "€200.00",
        "€50.00",
        "CHF700.00",
        "CHF10.00",
    ]
    assert text_of(page.left, 1, 2) == "CHF25.00"


def test_one_date_of_several_is_chosen_and_stays_chosen() -> None:
    """The whole event first; a look again leaves the choice as it is."""
    speak_language(make_application(), "en")
    page = EventCancellingPage()
    chosen: list[str] = []
    page.chose_date.connect(chosen.append)
    page.show_calling(msgspec.structs.replace(BEFORE, dates=()))
    assert page.what.isHidden()
    page.forget()
    page.show_calling(BEFORE)
    assert [page.what.itemData(row) for row in range(3)] == ["", "oc_1", "oc_2"]
    page.what.setCurrentIndex(1)
    page.what.activated.emit(1)
    page.show_calling(None)
    page.show_calling(BEFORE)
    assert (chosen, page.what.currentIndex()) == (["oc_1"], 1)


def test_who_comes_back_to_the_page_is_shown_what_calling_off_would_mean_now() -> None:
    """Guests come in and tickets are sold meanwhile; while one looks at it, it stands still."""
    speak_language(make_application(), "en")
    page, thread = EventCancellingPage(), HeldThread()
    flow = EventCancellingFlow(page, make_desk_session(thread), lambda: None)
    page.show()
    site = EventSite(OrganizationId("og_1"), EventId("ev_1"))
    flow.enter(site)
    thread.answer(BEFORE)
    page.reason.setText("storm")
    flow.enter(site)
    assert thread.asked == []
    flow.leave()
    flow.enter(site)
    thread.answer(BEFORE)
    assert page.reason.text() == "storm"
    page.close()
