"""Each role is offered what it may do, and told who may do the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Cause, Check, Light
from gatekeeper.organizer.roles import CHANGES, ROLES, has_role, lacks_for
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_menu import PAGES
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.offered_by_role import ACTS
from shared.kernel.instant import SECOND, Instant, datetime_from_instant
from tests.factories.desk_screens import PLAN
from tests.factories.removed import removed_after

NOW = datetime_from_instant(Instant(1_800_000_000 * SECOND))
DRAFTED = BoardLine(check=Check.ON_SALE, light=Light.RED, state="shut")


@pytest.fixture(params=ROLES, scope="module")
def work(request: pytest.FixtureRequest) -> Iterator[EventPages]:
    """The pages as one role has them."""
    make_application()
    work = EventPages(LIGHT)
    dress_desk(work, LIGHT)
    work.show_role(request.param)
    work.show()
    with removed_after(work):
        yield work


def test_every_act_that_is_withheld_is_there_for_who_may(work: EventPages) -> None:
    """By the widgets' names, so that one that was renamed fails here."""
    assert work.role_view is not None
    role = work.role_view.role
    for name_of, names in ACTS.items():
        page = getattr(work, name_of)
        for name in names:
            found = page.findChildren(QWidget, name)
            assert found, (name_of, name)
            if lacks_for(role, name_of):
                assert all(one.isHidden() for one in found), (role, name)
    offers = work.promotions
    assert offers.tabs.isTabVisible(offers.tabs.indexOf(offers.vouchers)) is (role != "reader")
    guest_rooms = {"guests", "orders", "event_cancelling"}
    hidden = set(PAGES) - set(work.menu.offered)
    expected = set() if role == "owner" else {"audit"}
    expected |= set() if has_role(role, "manager") else {"guest_data", "programs"}
    assert hidden == (expected | guest_rooms if role == "reader" else expected)


def test_each_room_says_who_may_change_it(work: EventPages) -> None:
    """In words, and only where one cannot oneself."""
    assert work.role_view is not None
    role = work.role_view.role
    for page in PAGES:
        work.enter(page)
        note = work.findChild(QWidget, "deskRole")
        assert note is not None
        assert note.isHidden() is not bool(page in CHANGES and lacks_for(role, page))


def test_whoever_has_another_role_by_now_is_told_how_it_is_taken(work: EventPages) -> None:
    """A raised member saw nothing of it, and asked the owner again; then closed the window."""
    assert work.role_view is not None
    role, note = work.role_view.role, work.findChild(QLabel, "deskRole")
    assert isinstance(note, QLabel)
    work.enter("conflicts")
    before = note.text()
    other, taken = "owner" if role != "owner" else "manager", list[str]()
    work.takes_role.connect(taken.append)
    take = work.findChild(QPushButton, "deskTakeRole")
    assert take is not None
    work.show_role_now(other)
    assert note.text().startswith("Your role here is")
    assert note.isVisible()
    take.click()
    assert taken == [other]
    work.show_role_now(role)
    assert (note.text(), take.isVisible()) == (before, False)


def test_board_and_plan_offer_nothing_that_would_be_refused(work: EventPages) -> None:
    """What they make anew with each look, too."""
    assert work.role_view is not None
    may = not lacks_for(work.role_view.role, "doors_ready")
    work.enter("doors_ready")
    work.doors_ready.show_lines((DRAFTED, Cause.KEYS_END.line(detail="1a2b")), NOW)
    acts = [one.objectName() for one in work.doors_ready.findChildren(QPushButton)]
    assert any(name.startswith("board_put_on_sale") for name in acts) is may
    is_owner = work.role_view.role == "owner"
    assert any(name.startswith("board_lift_bounds") for name in acts) is is_owner
    work.enter("plan")
    work.plan.show_plan(PLAN, can_undo=True)
    save = work.plan.findChild(QPushButton, "planSave")
    assert save is not None
    assert save.isVisible() is may
