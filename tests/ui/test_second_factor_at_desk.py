"""The second factor at the desk: asked for at sign-in, by its real window and real server."""

from __future__ import annotations

import asyncio
import time
from base64 import b32decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from gatekeeper.organizer.office import Office
from tests.ui import test_organizer_desk as desk

pytestmark = pytest.mark.ui

hand = desk.hand
FACTOR = "/me/second-factor"


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what the phone shows now, or some half minutes later."""
    phone = TOTP(b32decode(secret), 6, SHA1(), 30)
    return phone.generate(int(time.time()) + 30 * steps).decode()


async def switch_on(url: str, authority: str) -> tuple[str, list[str]]:
    """Make a second factor by the API; its secret and recovery codes."""
    office = Office(url, authority)
    await office.sign_in(desk.EMAIL, desk.PASSWORD)
    begun = await office.post(FACTOR, {"password": desk.PASSWORD})
    secret = str(begun["secret"])
    told = await office.post(FACTOR + "/confirm", {"code": code_of(secret)})
    await office.close()
    return secret, list(told["recovery_codes"])


def test_sign_in_asks_for_the_phones_code(hand: desk.Hand, tmp_path: Path) -> None:
    """After a right password only; a wrong code is said so, the next one opens the desk."""
    sheet = desk.begin(hand)
    server, memory = hand.desk.first.server, hand.desk.first.memory
    assert server is not None
    assert memory is not None
    assert memory.authority_pem is not None
    secret, codes = asyncio.run(switch_on(memory.url, memory.authority_pem))

    def sign_in(password: str) -> None:
        hand.desk.first.ask_again("")
        hand.fill("deskSignIn_email", desk.EMAIL)
        hand.fill("deskSignIn_password", password)
        hand.click("formGo")

    sign_in("not the password")
    hand.until(lambda: bool(hand.desk.first.sign_in.note))
    hand.wait("deskSignIn")
    sign_in(desk.PASSWORD)
    hand.wait("deskCode")
    hand.picture("code")
    hand.fill("deskCode_code", "000000")
    hand.click("formGo")
    hand.until(lambda: hand.desk.first.code.note.startswith("This code does not fit"))
    hand.wait("deskCode")
    hand.fill("deskCode_code", code_of(secret, steps=1))
    hand.click("formGo")
    hand.wait("deskDraft")
    sign_in(desk.PASSWORD)
    hand.wait("deskCode")
    hand.fill("deskCode_code", codes[0].lower())
    hand.click("formGo")
    hand.wait("deskDraft")
    # The phone is lost, and the codes with it: the sheet opens the account by a password alone.
    hand.desk.first.ask_again("")
    hand.click("formBack")
    hand.fill("deskReset_code", sheet)
    hand.fill("deskReset_password", "nine lamps under the bridge")
    hand.picture("reset")
    hand.click("formGo")
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_password", "nine lamps under the bridge")
    hand.click("formGo")
    hand.wait("deskDraft")
