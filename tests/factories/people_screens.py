"""The page of people in each of its states, without a server behind it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from PySide6.QtWidgets import QApplication

from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.organizer.organization.members_client import Member
from gatekeeper.organizer.organization.new_staff import CASHIER, STEWARD, SUPERVISOR, MadePerson
from gatekeeper.organizer.organization.organization_client import OrganizationDetails
from gatekeeper.organizer.organization.staff_client import AMOUNT, PERCENT, YES_RIGHTS, Staff
from gatekeeper.presenters.desk.organization_words import words_of_organization
from gatekeeper.presenters.desk.staff_words import words_of_staff
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.organization.people_page import PeoplePage
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import OrganizationId
from tests.factories.keys import button

LONG: Final = "Friends and supporters of the lantern makers and everybody they bring along"
RIGHTS: Final = dict.fromkeys(YES_RIGHTS, False) | {"sell": True, PERCENT: 0, AMOUNT: 0}


def staff(number: int, role: str, name: str, **more: Any) -> Staff:
    """Make somebody with a badge."""
    rights = dict(RIGHTS) if role == CASHIER else {}
    fields: dict[str, Any] = {"has_badge": True, "rights": rights, "etag": '"a"'} | more
    return Staff(id=f"su_{number}", name=name, role=role, **fields)


KIM: Final = staff(3, CASHIER, "Kim", rights=RIGHTS | {"find": True, PERCENT: 10, AMOUNT: 5_000})
STAFF: Final = (
    staff(1, SUPERVISOR, "Sam Okafor"),
    staff(2, STEWARD, LONG),
    KIM,
    staff(4, CASHIER, "Lost badge", has_badge=False),
)
BADGES: Final = (
    MadePerson("Sam Okafor", "GKB1" + "3" * 60, "483920", id="sv_1"),
    MadePerson("Kim", "GKC1" + "5" * 60, role=CASHIER, id="ca_1"),
)
HOUSE: Final = OrganizationDetails(
    id=OrganizationId("og_lantern"),
    name="Lantern Society",
    timezone="Europe/Berlin",
    currency="EUR",
    legal_name="Lantern Society e. V.",
    address="Hafenstraße 1\n20457 Hamburg",
    tax_number="DE 123 456 789",
    etag='"a"',
)


def make_clash() -> Clash:
    """Make an edit that came between: another took a right, and gave one."""
    theirs = KIM.fields | {"rights": KIM.rights | {"find": False, AMOUNT: 2_000}}
    mine = KIM.fields | {"rights": KIM.rights | {AMOUNT: 10_000}}
    return Clash(
        by="Mara Okoye",
        at=datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
        etag='"b"',
        theirs=theirs,
        fields=find_clashes(KIM.fields, theirs, mine),
    )


def show_people(work: EventPages) -> Iterator[str]:
    """Show badges, somebody's rights, a question, another's edit, and the members."""
    page = work.people
    work.enter("people")
    page.show_people(STAFF, "EUR")
    page.show_badges(BADGES)
    _settle()
    yield "desk-people"
    page.badges.forget()
    page.list.setCurrentRow(0)
    page.card.ask("withdraw")
    _settle()
    yield "desk-people-supervisor"
    page.list.setCurrentRow(2)
    _settle()
    yield "desk-people-rights"
    page.card.clash.show_clash(make_clash(), words_of_staff("EUR"))
    page.card.say(TEXTS.say("staff.gone"), "bad")
    _settle()
    yield "desk-people-clash"
    page.tabs.setCurrentIndex(1)
    member = Member(
        user_id="us_1", name=LONG, email="mara@example.org", role="manager", etag='"a"'
    )
    page.members.show_address("https://192.168.8.2:8000")
    page.members.show_members([member])
    page.members.show_code("gki_7K2M9Q4TH5WX3NPR8CVB6YTEAJDGZ01FS")
    yield "desk-people-members"
    page.members.list.setCurrentRow(0)
    button(page.members, "memberRemove").click()
    _settle()
    yield "desk-people-members-remove"
    yield from _show_house(page)


def _settle() -> None:
    """Let a page within tabs be laid out, from its innermost part outwards."""
    for _ in range(3):
        QApplication.processEvents()


def _show_house(page: PeoplePage) -> Iterator[str]:
    """Show the organization, to somebody who may not change it, and another's edit."""
    page.tabs.setCurrentIndex(2)
    card = page.organization
    card.tell_time(lambda: datetime(2026, 11, 22, 18, 30, tzinfo=UTC))
    card.show_organization(HOUSE)
    _settle()
    yield "desk-people-house"
    card.let_edit(may_edit=False)
    _settle()
    yield "desk-people-house-looked-at"
    card.let_edit(may_edit=True)
    theirs = HOUSE.fields | {"name": LONG, "address": ""}
    mine = HOUSE.fields | {"name": "Lanterns"}
    card.clash.show_clash(
        Clash(
            by="Mara Okoye",
            at=datetime(2026, 11, 22, 18, 30, tzinfo=UTC),
            etag='"b"',
            theirs=theirs,
            fields=find_clashes(HOUSE.fields, theirs, mine),
        ),
        words_of_organization(),
    )
    _settle()
    yield "desk-people-house-clash"
