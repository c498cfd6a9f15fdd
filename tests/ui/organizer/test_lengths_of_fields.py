"""A field takes what the server does: what is too long is refused there in English."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from gatekeeper.organizer.prepare.plan_fields import FieldSpec, Shape
from gatekeeper.ui.organizer.during.conflicts_page import ConflictsPage
from gatekeeper.ui.organizer.during.ticket_card import TicketCard
from gatekeeper.ui.organizer.organization.new_badge_form import NewBadgeForm
from gatekeeper.ui.organizer.prepare.field_editors import make_editors
from gatekeeper.ui.organizer.prepare.promotions_page import PromotionsPage
from shared.field_limits import ADDRESS_SIZE_MAX, NAME_SIZE_MAX, TEXT_SIZE_MAX
from shared.kernel.email_address import EMAIL_SIZE_MAX
from tests.factories.desk_screens import PLAN


def lengths(*fields: QLineEdit) -> Sequence[int]:
    return [field.maxLength() for field in fields]


def keep(qtbot: QtBot, *widgets: QWidget) -> None:
    for widget in widgets:
        qtbot.addWidget(widget)


def test_words_of_tickets_conflicts_and_people_are_as_long_as_the_server_keeps(
    qtbot: QtBot,
) -> None:
    """A reason of a page is cut where it is typed, and sent."""
    conflicts, ticket, badge = ConflictsPage(), TicketCard(), NewBadgeForm()
    keep(qtbot, conflicts, ticket, badge)
    names = [NAME_SIZE_MAX, EMAIL_SIZE_MAX, TEXT_SIZE_MAX]
    assert lengths(ticket.name, ticket.email, ticket.reason) == names
    assert lengths(conflicts.note, badge.name) == [TEXT_SIZE_MAX, NAME_SIZE_MAX]


def test_words_of_the_plan_are_as_long_as_the_server_keeps(qtbot: QtBot) -> None:
    """The plan's form took names of 500 letters, and said that some fields were wrong."""
    specs = [FieldSpec(path=path, shape=Shape.TEXT, default="") for path in ("name", "address")]
    editors = make_editors(specs, {}, PLAN)
    promotions = PromotionsPage()
    keep(qtbot, promotions, *[one.widget for one in editors])
    made = [one.widget for one in editors if isinstance(one.widget, QLineEdit)]
    assert lengths(*made, promotions.name) == [NAME_SIZE_MAX, ADDRESS_SIZE_MAX, NAME_SIZE_MAX]
