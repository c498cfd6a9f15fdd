"""The guest list of a ticket type in the form of the plan: typed in, checked, said in words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSpinBox

from gatekeeper.organizer.prepare.guest_list_terms import GUEST_LIST
from gatekeeper.organizer.prepare.plan_client import PlanKind
from gatekeeper.presenters.desk.plan_words import spell_field, spell_value
from gatekeeper.ui.organizer.prepare.guest_list_editor import HostEditor
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from tests.factories.desk_screens import PLAN
from tests.factories.host_screens import HOST, make_guests
from tests.factories.plan_screen import shown_plan


@pytest.fixture
def page() -> Iterator[PlanPage]:
    """The plan's page with a type that shall be a guest list."""
    with shown_plan(make_guests(PLAN)) as page:
        yield page


def save(page: PlanPage) -> str:
    """Press Save, and return what is said."""
    button = page.findChild(QPushButton, "planSave")
    assert isinstance(button, QPushButton)
    button.click()
    note = page.findChild(QLabel, "planNote")
    return page._note.text() if note is None else note.text()


def test_a_guest_list_that_is_still_sold_is_named_field_by_field_before_it_is_sent(
    page: PlanPage,
) -> None:
    """And sent whole once it is none any more, in the words of the API."""
    sent: list[dict[str, object]] = []
    page.saved.connect(lambda _thing, fields: sent.append(fields))
    said = save(page)
    assert said.splitlines() == [
        "Max. sold: enter how many names the host may give",
        "Sold to: a guest list is for staff and tills only",
    ]
    assert sent == []
    limit = page.findChild(QSpinBox, "plan_quantity_limit")
    visibility = page.findChild(QComboBox, "plan_selling.visibility")
    assert isinstance(limit, QSpinBox)
    assert isinstance(visibility, QComboBox)
    limit.setValue(40)
    visibility.setCurrentIndex(visibility.findData("staff"))
    assert save(page) == ""
    (fields,) = sent
    assert fields["quantity_limit"] == 40
    assert fields["selling"] == {"visibility": "staff", "guest_list": HOST}


def test_without_a_host_it_is_a_type_that_is_sold(page: PlanPage) -> None:
    """Blanks are no name; what nobody touched goes back as it came."""
    editor = next(one for one in page.editors if one.spec.path == GUEST_LIST)
    assert isinstance(editor.widget, HostEditor)
    assert (editor.is_touched, editor.read()) == (False, HOST)
    editor.widget.plus.setValue(5)
    assert editor.read() == HOST | {"plus_max": 5}
    editor.widget.host.setText("  ")
    assert (editor.read(), editor.widget.plus.isEnabled()) == (None, False)
    assert save(page) == "", "no bound of a list holds for what is sold"
    editor.widget.host.setText("x" * 200)
    assert len(str(editor.read()["host"])) == 120


def test_two_edits_of_it_are_told_apart_in_words(page: PlanPage) -> None:
    """As the question has them whose shall hold."""
    assert page.plan is not None
    assert spell_field(GUEST_LIST, PlanKind.TYPE) == "Guest list of"
    said = spell_value(PlanKind.TYPE, GUEST_LIST, HOST, page.plan)
    assert said == "Mara Okoye; each guest may bring: 2"
    assert spell_value(PlanKind.TYPE, GUEST_LIST, None, page.plan) == "no guest list"
