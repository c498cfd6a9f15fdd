"""A session that is ended elsewhere: who signs in again goes on in the same room."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gatekeeper.organizer.server_api import UNTAGGED, ServerApi

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand


def sign_in_where_one_was(hand: Hand, email: str, password: str) -> None:
    """Have the session ended elsewhere, be asked who is there, and go on in the same room."""
    server = hand.desk.first.server
    assert server is not None
    hand.enter("reports")

    async def end() -> None:
        office = ServerApi(server.url, server.read_authority())
        await office.sign_in(email, password)
        for session in await office.get("/sessions"):
            if not session["is_current"]:
                await office.delete(f"/sessions/{session['id']}", UNTAGGED)
        await office.close()

    asyncio.run(end())
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_password", password)
    hand.click("formGo")
    hand.wait("deskWorkspace")
    hand.until(lambda: "Calculated at" in hand.work.reports.note)
    assert hand.work.page == "reports"
