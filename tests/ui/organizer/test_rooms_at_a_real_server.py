"""Rooms of the desk at a real server: people, other programs, keys and limits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QDesktopServices

from gatekeeper.organizer.merging_edits import Whose
from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.organization.staff_client import AMOUNT
from gatekeeper.organizer.server_api import UNTAGGED, ServerApi
from gatekeeper.ui.organizer.organization.badges_card import BadgesCard
from gatekeeper.ui.organizer.organization.people_flow import PeopleFlow
from tests.ui.organizer import test_organizer_desk as desk
from tests.ui.organizer.organization.test_people_page import codes_of

hand = desk.hand


def test_people_programs_keys_and_limits_are_looked_after_at_a_real_server(
    hand: desk.Hand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is made there is merged with another's edit, renewed and ended, room after room."""
    opened: list[object] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    desk.begin(hand)
    desk.draft_an_evening(hand)
    look_after_people(hand, tmp_path, opened)
    hear_of_anothers_edit_of_the_event(hand)
    rename_the_organization(hand)
    look_after_programs(hand)
    set_limits(hand)
    make_and_end_a_key(hand)


def at_another_desk(hand: desk.Hand, path: str, fields: dict[str, Any]) -> None:
    """Let somebody else edit something."""
    server = hand.desk.first.server
    assert server is not None

    async def edit() -> None:
        office = ServerApi(server.url, server.read_authority())
        await office.sign_in(desk.EMAIL, desk.PASSWORD)
        await office.patch(path, fields, UNTAGGED)
        await office.close()

    asyncio.run(edit())


def look_after_people(hand: desk.Hand, folder: Path, opened: list[object]) -> None:
    """Make a badge, save it as PDF, merge another's edit of rights, renew, withdraw, remove."""
    page, flow = hand.work.people, hand.desk.flow
    assert flow is not None
    assert flow.site is not None
    hand.enter("people")
    people = flow.flows["people"]
    assert isinstance(people, PeopleFlow)
    hand.until(lambda: page.list.count() == 1)
    hand.fill("personName", "Kim")
    page.asking.role.setCurrentIndex(2)
    hand.click("personGo")
    hand.until(lambda: page.list.count() == 2)
    people.badges.save([*_shown(page.badges)], str(folder / "badges.pdf"))
    assert codes_of(folder / "badges.pdf") == [one.badge for one in _shown(page.badges)]
    assert page.badges.note.startswith("Saved badges.pdf.")
    assert len(opened) == 1
    people.badges.save(_shown(page.badges), str(folder / "no" / "badges.pdf"))
    assert page.badges.note.startswith("badges.pdf: ")
    page.list.setCurrentRow(1)
    kim = page.card.staff
    assert kim is not None
    hand.fill("staff_refund_minor", "50.00")
    path = f"/organizations/{flow.site.organization_id}/cashiers/{kim.id}"
    theirs = kim.rights | {"find": True, AMOUNT: 2_000}
    at_another_desk(hand, path, {"rights": theirs})
    hand.click("staffSave")
    hand.until(page.card.clash.isVisible)
    hand.picture("people-clash")
    assert page.card.clash.choice == {"rights.find": Whose.THEIRS, f"rights.{AMOUNT}": Whose.MINE}
    hand.click("clashGo")
    hand.until(lambda: page.card.note.startswith("Saved."))
    assert page.card.staff is not None
    assert (page.card.staff.rights["find"], page.card.staff.rights[AMOUNT]) == (True, 5_000)
    hand.picture("people-rights")
    before = _shown(page.badges)[0].badge
    hand.click("staff_renew")
    hand.click("staffYes")
    hand.until(lambda: _shown(page.badges)[0].badge != before)
    hand.until(lambda: "print it now" in page.card.note)
    hand.click("staff_remove")
    hand.click("staffYes")
    hand.until(lambda: page.list.count() == 1)


def hear_of_anothers_edit_of_the_event(hand: desk.Hand) -> None:
    """The event stands over the rooms as another desk has called it, from the next room on."""
    flow = hand.desk.flow
    assert flow is not None
    assert flow.site is not None
    events = hand.work.events
    was = events.count()
    assert events.currentText().endswith(" · draft")
    path = flow.site.path
    at_another_desk(hand, path, {"name": "Lantern Night"})
    hand.enter("alarm_limits")
    hand.until(lambda: events.currentText() == "Lantern Night · draft")
    hand.enter("people")
    assert (events.count(), events.currentData()) == (was, flow.site)


def rename_the_organization(hand: desk.Hand) -> None:
    """Another name stands over the pages at once, and goes to the server."""
    page, flow = hand.work.people, hand.desk.flow
    assert flow is not None
    page.tabs.setCurrentIndex(2)
    hand.until(lambda: page.organization.base is not None)
    hand.fill("house_legal_name", "Lanterns e. V.")
    hand.fill("house_name", "Lanterns of the Harbour")
    hand.click("organizationSave")
    hand.until(lambda: page.organization.note.startswith("Saved."))
    assert flow._desk.organization.name == "Lanterns of the Harbour"
    hand.picture("house")


def _shown(card: BadgesCard) -> tuple[MadePerson, ...]:
    return card.people


def look_after_programs(hand: desk.Hand) -> None:
    """Add one, try it in vain, merge another's edit, renew, pause and remove it; set limits."""
    page, flow = hand.work.programs, hand.desk.flow
    assert flow is not None
    assert flow.site is not None
    hand.enter("programs")
    hand.fill("program_name", "Books")
    hand.fill("program_url", "https://192.168.1.1/in")
    hand.click("programSave")
    hand.until(lambda: page.note.startswith("This address is not accepted."))
    hand.fill("program_url", "https://books.invalid/in")
    hand.click("programSave")
    hand.until(lambda: page.secret.text().startswith("whsec_"))
    hand.picture("programs-secret")
    hand.click("program_try")
    hand.until(lambda: any(one.attempts for one in page.log.log.items))
    assert (page.tabs.currentIndex(), page.is_log_shown) == (0, True), "a trial leads to its log"
    page.log.table.selectRow(0)
    hand.until(lambda: page.log.sent is not None and bool(page.log.sent.attempts))
    hand.picture("programs-log")
    page.program_tabs.setCurrentIndex(0)
    assert page.program is not None
    path = f"/organizations/{flow.site.organization_id}/webhooks/{page.program.id}"
    hand.fill("program_name", "Ledger")
    at_another_desk(hand, path, {"name": "Journal", "kinds": ["order.created"]})
    hand.click("programSave")
    hand.until(page.clash.isVisible)
    hand.picture("programs-clash")
    hand.click("clashGo")
    hand.until(lambda: page.form.base is not None and page.form.base.name == "Ledger")
    assert page.form.fields["kinds"] == ["order.created"]
    hand.click("program_renew")
    hand.click("programYes")
    hand.until(lambda: "signed with the old secret too" in page.state.text())
    hand.click("program_pause")
    hand.until(lambda: page.program is not None and page.program.is_paused)
    hand.click("program_remove")
    hand.click("programYes")
    hand.until(lambda: page.note == "Ledger is removed." and page.list.count() == 0)


def set_limits(hand: desk.Hand) -> None:
    """Change a limit, and switch mails on at a server that sends none."""
    limits = hand.work.alarm_limits
    hand.enter("alarm_limits")
    hand.until(lambda: limits.base is not None)
    limits.fields["silent_minutes"].setValue(12)
    hand.click("limitsSave")
    hand.until(lambda: limits.base is not None and limits.base.limits["silent_minutes"] == 12)
    assert limits.note.startswith("Saved.")
    limits.mail.click()
    hand.until(limits.mail.isEnabled)
    assert limits.mail.isChecked()
    assert "no mail server" in limits.mail_said.text()


def make_and_end_a_key(hand: desk.Hand) -> None:
    """Use the tab beside the programs that are told."""
    page = hand.work.programs.keys
    hand.enter("programs")
    hand.work.programs.tabs.setCurrentIndex(1)
    hand.until(lambda: page.isEnabled() and hand.find("keyMake").isEnabled())
    hand.fill("key_name", "Books")
    page.form.scopes["events:read"].setChecked(True)
    hand.click("keyMake")
    hand.until(lambda: page.secret.field.text().startswith("gks_"))
    hand.until(lambda: page.list.count() == 1)
    assert "Events: view" in page.said
    assert page.secret.field.text() != ""
    hand.click("keyRevoke")
    hand.click("keyYes")
    hand.until(lambda: page.note.startswith("Books has ended") and page.list.count() == 0)
