"""What somebody meets who has never set an event up: a press does something, or says why not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QLineEdit,
    QTreeWidgetItem,
)
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.desk_and_events import Desk, Organization
from gatekeeper.organizer.organization.members_client import Member
from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanKind
from gatekeeper.organizer.server_api import Refused
from gatekeeper.presenters.colors import LIGHT
from gatekeeper.ui.organizer.before_doors.doors_ready_page import DoorsReadyPage
from gatekeeper.ui.organizer.before_doors.gate_paper_list_card import GateListCard
from gatekeeper.ui.organizer.organization.members_card import MembersCard, MembersFlow
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage, PriceError
from gatekeeper.ui.organizer.prepare.plan_page import PlanPage
from gatekeeper.wording.typed_amounts import read_amount
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import OrganizationId
from tests.factories.desk_screens import PLAN
from tests.factories.desk_session import make_desk_session
from tests.factories.held_thread import HeldThread
from tests.factories.keys import button, press
from tests.ui.organizer.prepare.test_refund_terms_at_desk import editor_of
from tests.ui.organizer.sign_in.test_first_fields import TODAY

MARA = Member(user_id="us_1", name="Mara", email="mara@example.org", role="manager", etag='"a"')
ADA = Member(user_id="us_2", name="Ada", email="ada@example.org", role="owner", etag='"b"')
BEN = Member(user_id="us_3", name="Ben", email="ben@example.org", role="reader", etag='"c"')


@pytest.fixture
def members(qtbot: QtBot) -> MembersCard:
    card = MembersCard()
    qtbot.addWidget(card)
    card.show_address("https://192.168.8.2:8000")
    card.show_members([MARA])
    card.show()
    return card


def test_a_member_is_chosen_before_a_role_is_given_or_taken(members: MembersCard) -> None:
    """Else there is nobody whom a press could mean."""
    acts = [button(members, name) for name in ("memberChange", "memberRemove")]
    assert [one.isEnabled() for one in acts] == [False, False]
    members.list.setCurrentRow(0)
    assert [one.isEnabled() for one in acts] == [True, True]
    members.show_members([])
    assert [one.isEnabled() for one in acts] == [False, False]


def test_the_chosen_member_stays_chosen_whoever_comes_or_goes(members: MembersCard) -> None:
    """A press that removes or changes a role meant this one, and not who stands in the row now."""
    removed = list[Member]()
    members.removed.connect(removed.append)
    members.show_members([ADA, MARA])
    members.list.setCurrentRow(1)
    members.show_members([MARA])
    press(members, "memberRemove")
    press(members, "memberRemoveYes")
    assert removed == [MARA]
    members.show_members([ADA, MARA])
    assert members.list.currentItem().text().startswith("Mara")
    members.show_members([ADA])
    assert not button(members, "memberRemove").isEnabled(), "a second press would remove Ada"


def test_a_member_is_removed_after_a_yes(members: MembersCard) -> None:
    """Keys of programs end with them, and no invitation brings those back."""
    removed = list[Member]()
    members.removed.connect(removed.append)
    members.show_members([ADA, MARA])
    members.list.setCurrentRow(1)
    press(members, "memberRemove")
    assert members.question.asked.startswith("Remove Mara?")
    press(members, "memberRemoveNo")
    assert (removed, members.question.asked) == ([], "")
    press(members, "memberRemove")
    members.show_members([ADA, MARA, BEN])
    assert members.question.asked, "nothing has changed about Mara"
    members.list.setCurrentRow(0)
    assert not members.question.asked, "it named another one"


def test_a_refused_removal_stays_said(members: MembersCard) -> None:
    """The next look took it back, within a second: nobody learned why Ada was still there."""
    thread, looked = HeldThread(), list[object]()
    owner = Organization(OrganizationId("og_1"), "Probe", role="owner")
    desk = cast("Desk", SimpleNamespace(api=None, organization=owner))
    flow = MembersFlow(
        members, make_desk_session(thread), desk, lambda work, _done: looked.append(work)
    )
    members.show_members([ADA])
    members.list.setCurrentRow(0)
    press(members, "memberRemove")
    press(members, "memberRemoveYes")
    last = "The last owner cannot leave; appoint another one first."
    thread.refuse(Refused(last, (), problem="conflict", status=409))
    flow.look()
    assert looked
    assert members.note == last
    press(members, "memberInvite")
    assert members.note == "", "something else is done"
    thread.refuse(ServerFault("no server answers"))
    assert members.note.startswith("There was no answer to your last action.")


def test_an_invitation_is_sent_on_with_all_that_the_other_person_needs(
    members: MembersCard,
) -> None:
    """Nobody dictates forty signs: it is copied, with where and how it is used."""
    copy = button(members, "memberCopy")
    assert copy.isHidden()
    members.show_code("gki_7K2M9Q4TH5WX3NPR8CVB6YTEAJDGZ01FS")
    assert not copy.isHidden()
    copy.click()
    sent = QGuiApplication.clipboard().text()
    for needed in (
        "Join an existing server",
        "https://192.168.8.2:8000",
        "I have an invitation",
        "gki_7K2M",
    ):
        assert needed in sent
    how = members.findChild(QLabel, "memberHow")
    assert isinstance(how, QLabel)
    assert how.text() in sent, "what is read is what is sent"


def test_an_invitation_that_is_used_up_is_shown_no_longer(members: MembersCard) -> None:
    """It read "good for two days" beside whoever had become a member by it."""
    members.show_code("gki_7K2M9Q4TH5WX3NPR8CVB6YTEAJDGZ01FS")
    members.show_ended()
    said = members.findChild(QLabel, "memberOnce")
    assert isinstance(said, QLabel)
    assert said.text().startswith("The code was used")
    assert (members.code.text(), button(members, "memberCopy").isHidden()) == ("", True)
    members.show_code("gki_9Q4TH5WX3NPR8CVB6YTEAJDGZ01FS7K2M")
    assert said.text().startswith("Shown only once")
    assert not members.code.isHidden()


def test_lists_on_paper_begin_with_the_earliest_date(qtbot: QtBot) -> None:
    """As the gates come, by their dates: by name the second night stood before the first."""
    card = GateListCard()
    qtbot.addWidget(card)
    card.show_gates(
        {"gt_1": "North · Tonight", "gt_2": "South · Tonight", "gt_3": "North · Night 2"}
    )
    assert [card.gate.itemData(row) for row in range(card.gate.count())] == [
        "gt_1",
        "gt_2",
        "gt_3",
    ]
    card.gate.setCurrentIndex(1)
    card.show_gates({"gt_0": "Stairs", "gt_1": "North · Tonight", "gt_2": "South · Tonight"})
    assert card.gate.currentData() == "gt_2", "what was chosen stays"


def test_a_price_that_cannot_be_read_is_found(qtbot: QtBot) -> None:
    """By its row, and by the cursor in it."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    page.show()
    prices = [page.types.rows[0][1], page.types.add()[1]]
    for field, text in zip(prices, ("25,00", "forty"), strict=True):
        assert isinstance(field, QLineEdit)
        field.setText(text)
    QApplication.processEvents()
    with pytest.raises(PriceError) as caught:
        page.read()
    page.show_price_fault(caught.value)
    said = page.types.findChild(QLabel, "types_note")
    assert isinstance(said, QLabel)
    assert said.text().startswith("Row 2: Write a price as 25.00")
    assert page.focusWidget() is prices[1]


def test_a_price_that_is_left_empty_shows_what_it_comes_to(qtbot: QtBot) -> None:
    """25.00 stood there in grey, and the tickets were free."""
    page = DraftPage(TODAY, "Europe/Berlin")
    qtbot.addWidget(page)
    name, price, _ = page.types.rows[0]
    assert isinstance(name, QLineEdit)
    assert isinstance(price, QLineEdit)
    name.setText("Standard")
    shown = read_amount(price.placeholderText(), "EUR")
    assert page.read().types[0].price_minor == shown


@pytest.fixture
def plan(qtbot: QtBot) -> PlanPage:
    page = PlanPage()
    qtbot.addWidget(page)
    page.resize(1100, 900)
    page.show_plan(PLAN, can_undo=False)
    page.show()
    return page


def find_item(page: PlanPage, text: str) -> QTreeWidgetItem:
    flags = Qt.MatchFlag.MatchContains | Qt.MatchFlag.MatchRecursive
    return page.tree.findItems(text, flags)[0]


def test_the_list_marks_what_is_being_edited(qtbot: QtBot, plan: PlanPage) -> None:
    """Also after another thing was clicked, which is refused until this one is saved."""
    first = PLAN.of(PlanKind.TYPE)[0]
    plan.choose(first.id)
    name = editor_of(plan, "name").widget
    QTest.keyClicks(name, " again")
    head = find_item(plan, "Ticket types")
    item = head.child(1)
    assert item is not None
    plan.tree.scrollToItem(item)
    QApplication.processEvents()
    at = plan.tree.visualItemRect(item).center()
    QTest.mouseClick(
        plan.tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(at)
    )
    said = plan.findChild(QLabel, "planNote")
    assert isinstance(said, QLabel)
    assert said.text() == "Save or discard this first."

    def is_marked() -> bool:
        return [one.text(0) for one in plan.tree.selectedItems()] == [first.fields["name"]]

    qtbot.waitUntil(is_marked)


def test_zones_stand_in_the_order_of_their_dates(qtbot: QtBot) -> None:
    """A series is read from its first night on."""
    page = PlanPage()
    qtbot.addWidget(page)
    page.show_plan(_series(), can_undo=False)
    zones = find_item(page, "Zones and gates")
    below = [zones.child(row) for row in range(zones.childCount())]
    said = [one.text(0) for one in below if one is not None]
    assert [[word for word in ("Tonight", "Night 2") if word in one] for one in said] == [
        ["Tonight"],
        ["Tonight"],
        ["Night 2"],
        ["Night 2"],
    ]


def _series() -> EventPlan:
    """Return a plan of two dates whose zones the server names by their names."""
    event = PLAN.of(PlanKind.EVENT)[0]
    date, zone = PLAN.of(PlanKind.DATE)[0], PLAN.of(PlanKind.ZONE)[0]
    dates = [
        msgspec.structs.replace(date, id=f"oc_{name}", fields=date.fields | {"name": name})
        for name in ("Tonight", "Night 2")
    ]
    zones = [
        msgspec.structs.replace(
            zone,
            id=f"zn_{name}_{night}",
            fields=zone.fields | {"name": f"{name} · {night}", "occurrence_id": f"oc_{night}"},
        )
        for name in ("Balcony", "Hall")
        for night in ("Night 2", "Tonight")
    ]
    return msgspec.structs.replace(PLAN, things=(event, *dates, *zones))


def test_the_board_says_that_it_looks(qtbot: QtBot) -> None:
    """Before anything was measured there is no empty page."""
    board = DoorsReadyPage(LIGHT)
    qtbot.addWidget(board)
    title = board.findChild(QLabel, "boardTitle")
    assert isinstance(title, QLabel)
    assert title.text() == "Checking gates, tills and the server …"
