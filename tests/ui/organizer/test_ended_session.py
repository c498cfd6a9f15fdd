"""A session that ends at a desk at work: by its real window and real server."""

from __future__ import annotations

import asyncio

from gatekeeper.organizer.desk_and_events import find_organization
from gatekeeper.organizer.organization.members_client import invite, join, list_members, remove
from gatekeeper.organizer.server_api import ServerApi
from tests.ui.organizer import test_organizer_desk as desk

hand = desk.hand
BEN, BENS = "ben@example.org", "nine lamps under the bridge"


def end_sessions(hand: desk.Hand) -> None:
    """End all sessions of the person at the desk, as from another machine."""
    server = hand.desk.first.server
    assert server is not None

    async def end() -> None:
        office = ServerApi(server.url, server.read_authority())
        await office.sign_in(desk.EMAIL, desk.PASSWORD)
        for session in await office.get("/sessions"):
            if not session["is_current"]:
                await office.delete(f"/sessions/{session['id']}", "")
        await office.close()

    asyncio.run(end())


def sign_in(hand: desk.Hand, password: str) -> None:
    """Type the password at the page that asks for it."""
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_password", password)
    hand.click("formGo")


def test_what_was_typed_and_what_is_shown_once_outlive_the_session(hand: desk.Hand) -> None:
    """Whoever signs in again goes on: with the unsaved edit, which can be saved, and the badge."""
    desk.begin(hand)
    hand.fill("draftName", "Night of the Lanterns")
    end_sessions(hand)
    sign_in(hand, "not the password")
    hand.until(lambda: bool(hand.desk.first.sign_in.note))
    sign_in(hand, desk.PASSWORD)
    hand.wait("deskDraft")
    assert hand.desk.flow is not None
    assert hand.desk.flow.making.draft is not None
    assert hand.desk.flow.making.draft.read().name == "Night of the Lanterns"
    desk.draft_an_evening(hand)
    hand.enter("plan")
    page = hand.work.plan
    hand.until(lambda: page.plan is not None and page.thing is not None)
    page.choose(desk.named(hand, "Standing").id)
    hand.fill("plan_name", "Near the stage")
    end_sessions(hand)
    sign_in(hand, desk.PASSWORD)
    hand.wait("deskWorkspace")
    assert hand.work.plan is page
    assert not hand.work.people.badges.question.is_safe, "its PIN is shown only once"
    hand.click("planSave")
    hand.until(lambda: page.note == "Saved: Near the stage")


def test_who_was_removed_is_asked_before_an_empty_organization_stands_there(
    hand: desk.Hand,
) -> None:
    """Else all events seem lost: the form of a first one was shown to whoever was removed."""
    desk.begin(hand)
    server = hand.desk.first.server
    assert server is not None

    async def leave() -> None:
        office = ServerApi(server.url, server.read_authority())
        await office.sign_in(desk.EMAIL, desk.PASSWORD)
        organization = await find_organization(office)
        assert organization is not None
        code = (await invite(office, organization.id, "staff")).code
        ben = ServerApi(server.url, server.read_authority())
        await join(ben, code=code, name="Ben", email=BEN, password=BENS)
        [member] = [one for one in await list_members(office, organization.id) if one.email == BEN]
        await remove(office, organization.id, member)
        await ben.close()
        await office.close()

    asyncio.run(leave())
    end_sessions(hand)
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_email", BEN)
    sign_in(hand, BENS)
    progress = hand.desk.first.progress
    hand.until(lambda: progress.title.text() == "You do not belong to an organization here")
    hand.click("progressBack")
    sign_in(hand, BENS)
    hand.until(lambda: progress.title.text() == "You do not belong to an organization here")
    hand.click("progressAgain")
    hand.wait("deskDraft")
