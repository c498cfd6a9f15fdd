"""The page of who did what by itself: plain words, and what is chosen is what is asked for."""

from __future__ import annotations

from datetime import date

from PySide6.QtWidgets import QPushButton

from gatekeeper.organizer.afterwards.audit_client import KINDS, AuditFilter, AuditLines, Days
from gatekeeper.presenters.desk.audit_words import spell_act, spell_audit_saved
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.afterwards.audit_page import AuditPage
from gatekeeper.ui.switching_language import speak_language
from gatekeeper.wording.codes_in_sentences import hold_codes
from gatekeeper.wording.texts import TEXTS
from tests.factories.audit_screens import FACTS, LINES, NAMES, make_line


def cell(page: AuditPage, row: int, column: int) -> str:
    """Return what a cell says."""
    item = page.table.item(row, column)
    assert item is not None
    return item.text()


def test_lines_say_who_did_what_in_plain_words_and_the_rest_by_its_request() -> None:
    """In the organization's time; of whoever is gone, that they were a member."""
    speak_language(make_application(), "en")
    page = AuditPage()
    page.show_facts(FACTS)
    page.show_page(AuditLines(LINES[:3], "more"))
    assert page.more.isVisibleTo(page)
    page.add_page(AuditLines(LINES[3:], ""))
    assert not page.more.isVisibleTo(page)
    assert [cell(page, 0, at) for at in range(4)] == [
        "2026-11-22 19:30:05",
        "Mara Okoye",
        "Handed the plan to gates",
        "Night of the Lanterns",
    ]
    assert (cell(page, 1, 2), cell(page, 1, 4)) == ("Cancelled and refunded a ticket", "01ab9f")
    assert cell(page, 3, 2) == "Changed: zone"
    assert cell(page, 5, 1) == "Someone without an account"
    assert cell(page, 5, 2) == "Redistributed tickets over the gates"
    page.show_page(AuditLines((make_line("us_1", "POST", "/events/{event_id}/newer", ""),), ""))
    assert "POST /events/{event_id}/newer" in cell(page, 0, 2), "of a server that knows more"
    page.show_page(AuditLines(LINES, ""))
    assert (cell(page, 6, 1), cell(page, 6, 2)) == ("a former member", "Removed a member")
    page.show_page(AuditLines(LINES, "", NAMES))
    assert cell(page, 1, 4) == hold_codes("Ticket 7K2M-9Q4T-H · 01ab9f")
    assert cell(page, 3, 4) == "Great Hall · zn_hall"
    page.forget()
    assert page.table.rowCount() == 0


def test_what_is_chosen_is_asked_for_and_stays_when_it_is_read_anew() -> None:
    """By event, person, kind and days, each end of them by itself."""
    speak_language(make_application(), "en")
    page = AuditPage()
    page.show_facts(FACTS)
    asked: list[AuditFilter] = []
    page.wanted.connect(lambda: asked.append(page.chosen))
    assert page.chosen == AuditFilter()
    page.events.setCurrentIndex(1)
    page.people.setCurrentIndex(3)
    page.kinds.setCurrentIndex(1 + list(KINDS).index("refund"))
    page.days.choose(Days(date(2026, 2, 28), None))
    page.show_facts(FACTS)
    look = page.findChild(QPushButton, "auditLook")
    assert isinstance(look, QPushButton)
    look.click()
    days = Days(date(2026, 2, 28))
    assert asked[-1] == AuditFilter(event_id="ev_1", actor="ak_1", kind="refund", days=days)
    assert Days(date(2026, 3, 1), date(2026, 2, 28)).is_empty


def test_a_file_that_was_cut_off_says_so() -> None:
    """Whoever keeps it knows that it is not all."""
    speak_language(make_application(), "en")
    whole = b"at,by\r\n" + b"x,y\r\n" * 3
    assert spell_audit_saved(whole, "a.csv") == "Saved a.csv."
    assert "the newest 50000" in spell_audit_saved(b"x\r\n" * 50_001, "a.csv").replace(",", "")


def test_every_act_with_words_of_its_own_is_known_by_its_route() -> None:
    """Acts, things and kinds are said in every language; what is unknown falls back."""
    speak_language(make_application(), "en")
    for method, route, said in (
        ("POST", "/venues", "Created: venue"),
        ("DELETE", "/events/{event_id}/gates/{gate_id}", "Removed: gate"),
        ("PATCH", "", "Changed: organization"),
        ("PATCH", "/events/{event_id}", "Changed: event"),
        ("POST", "/persons/erase", "Erased a guest’s data"),
    ):
        assert spell_act(make_line("us_1", method, route, "")) == said
    for kind in KINDS:
        assert TEXTS.say(f"audit.kind.{kind}")
    stray = make_line("us_1", "PUT", "/venues", "")
    assert spell_act(stray) == "\u2066PUT /venues\u2069"
