"""An event's refund terms in the form of the plan: typed in, said in words, wrong ones named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

import pytest
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from gatekeeper.organizer.merging_edits import Clash, FieldClash, flatten
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.prepare.field_editors import FieldEditor, MomentEdit
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.ui.organizer.prepare.refunds_editor import RefundsEditor
from tests.factories.desk_screens import EVENT, PLAN, REFUNDS
from tests.factories.removed import removed_after

PATH = "pricing.refunds"
W = TypeVar("W", bound=QWidget)


@pytest.fixture(scope="module")
def shown() -> Iterator[PlanPage]:
    """The plan's page, once for all tests."""
    make_application()
    page = PlanPage()
    dress_desk(page, LIGHT)
    page.resize(1100, 900)
    page.show()
    with removed_after(page):
        yield page


@pytest.fixture
def page(shown: PlanPage) -> PlanPage:
    """The page with the event's form, as it was read."""
    shown.plan = PLAN
    shown.show_thing(PLAN.event)
    return shown


def editor_of(page: PlanPage, path: str = PATH) -> FieldEditor:
    """Find a field of the form."""
    return next(one for one in page.editors if one.spec.path == path)


def terms_of(page: PlanPage) -> RefundsEditor:
    """Find the rows of terms."""
    widget = editor_of(page).widget
    assert isinstance(widget, RefundsEditor)
    return widget


def field(page: PlanPage, kind: type[W], name: str) -> W:
    """Find a field of a row."""
    found = terms_of(page).findChild(kind, name)
    assert isinstance(found, kind)
    return found


def take_date(edit: MomentEdit, *, is_set: bool) -> None:
    """Tick a row's date, or no date."""
    box = edit.findChild(QCheckBox)
    assert isinstance(box, QCheckBox)
    box.setChecked(is_set)


def test_what_nobody_touched_stays_as_the_server_said_it(page: PlanPage) -> None:
    """Its words stand below: of the first ticket of the plan that costs something."""
    assert not page.is_touched
    assert page.read() == EVENT.fields
    first, last = terms_of(page).words.text().splitlines()
    assert "2026-11-16 19:30" in first
    assert "23.00" in first
    assert "50%" in last
    assert "12.50" in last


def test_the_words_follow_what_is_typed_and_the_rows_are_sent_in_order(page: PlanPage) -> None:
    """A row that was added below may end before those above it."""
    field(page, QLineEdit, "refunds_0_2").setText("5,00")
    assert "20.00" in terms_of(page).words.text().splitlines()[0]
    field(page, QDoubleSpinBox, "refunds_1_1").setValue(20)
    terms_of(page).rows.add()
    fields = page.read()
    assert fields is not None
    sent = flatten(fields)[PATH]
    assert [one["fee_minor"] for one in sent] == [500, 0, 0]
    assert [one["percent_points"] for one in sent] == [10_000, 10_000, 2_000]
    assert sent[0]["until"] == REFUNDS[0]["until"]
    assert sent[-1]["until"] is None
    assert flatten(fields)["pricing.country"] == "NL"
    remove = terms_of(page).findChild(QPushButton, "refunds_1_remove")
    assert isinstance(remove, QPushButton)
    remove.click()
    assert terms_of(page).words.text().splitlines()[-1].endswith("nothing.")


def test_a_wrong_row_is_named_at_once_and_not_sent(page: PlanPage) -> None:
    """By its number and what to do about it."""
    field(page, QLineEdit, "refunds_1_2").setText("two")
    assert terms_of(page).words.text().startswith("Row 2: ")
    assert page.read() is None
    assert "Refund terms: Row 2: " in page.note
    field(page, QLineEdit, "refunds_1_2").setText("-1")
    assert page.read() is None
    field(page, QLineEdit, "refunds_1_2").setText("0")
    take_date(field(page, MomentEdit, "refunds_0_0"), is_set=False)
    said = "Row 2: another row has no time either; give one of the two a time"
    assert terms_of(page).words.text() == said
    assert page.read() is None
    take_date(field(page, MomentEdit, "refunds_0_0"), is_set=True)
    assert page.read() is not None
    assert not page.note


def test_the_country_says_what_cash_is_rounded_to(page: PlanPage) -> None:
    """And one may go back to what is usual."""
    box = editor_of(page, "pricing.country").widget
    assert isinstance(box, QComboBox)
    assert box.currentText() == "Netherlands: cash is rounded to €0.05"
    box.setCurrentIndex(box.findData(None))
    fields = page.read()
    assert fields is not None
    assert flatten(fields)["pricing.country"] is None


def test_another_organizer_s_terms_are_shown_in_words_to_choose_from(page: PlanPage) -> None:
    """Neither is overwritten unseen."""
    theirs = [{"until": None, "percent_points": 8_000, "fee_minor": 0}]
    both = FieldClash(path=PATH, before=REFUNDS, theirs=theirs, mine=[])
    page.show_clash(Clash(by="Mara", at=None, etag='"b"', theirs={}, fields=(both,)))
    said = dict[str, str]()
    for whose in ("theirs", "mine"):
        button = page.clash.findChild(QRadioButton, f"clash_{PATH}_{whose}")
        assert isinstance(button, QRadioButton)
        said[whose] = button.text()
    assert said["theirs"].splitlines() == ["At any time", "80% of it"]
    assert said["mine"].split() == ["Everything", "is", "refunded"]
