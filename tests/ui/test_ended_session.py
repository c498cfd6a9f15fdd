"""A session that ends at a desk at work: by its real window and real server."""

from __future__ import annotations

import asyncio

import pytest

from gatekeeper.organizer.server_api import Office
from tests.ui import test_organizer_desk as desk

pytestmark = pytest.mark.ui

hand = desk.hand


def end_sessions(hand: desk.Hand) -> None:
    """End all sessions of the person at the desk, as from another machine."""
    server = hand.desk.first.server
    assert server is not None

    async def end() -> None:
        office = Office(server.url, server.read_authority())
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
