"""The second factor at the desk: asked for at sign-in, by its real window and real server."""

from __future__ import annotations

import asyncio
import time
from base64 import b32decode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from gatekeeper.organizer.server_api import ServerApi
from tests.ui.organizer import test_organizer_desk as desk

hand = desk.hand
FACTOR = "/me/second-factor"
NEW_PASSWORD = "nine lamps under the bridge"


def code_of(secret: str, *, steps: int = 0) -> str:
    """Return what the phone shows now, or some half minutes later."""
    phone = TOTP(b32decode(secret), 6, SHA1(), 30)
    return phone.generate(int(time.time()) + 30 * steps).decode()


async def switch_on(url: str, authority: str) -> tuple[str, list[str]]:
    """Make a second factor by the API; its secret and recovery codes."""
    office = ServerApi(url, authority)
    await office.sign_in(desk.EMAIL, desk.PASSWORD)
    begun = await office.post(FACTOR, {"password": desk.PASSWORD})
    secret = str(begun["secret"])
    told = await office.post(FACTOR + "/confirm", {"code": code_of(secret)})
    await office.close()
    return secret, list(told["recovery_codes"])


def test_sign_in_asks_for_the_phones_code_and_the_desk_sets_it_up_and_ends_it(
    hand: desk.Hand,
) -> None:
    """After a right password only; a wrong code is said so, the next one opens the desk.

    It is set up by the key that a phone takes; the rule for others, another sign-in, codes, and
    the end.
    """
    sheet = desk.begin(hand)
    be_asked_for_it(hand, sheet)
    set_it_up_and_end_it(hand)


def be_asked_for_it(hand: desk.Hand, sheet: str) -> None:
    """Sign in with the phone's code, with a recovery code, and by the sheet once both are lost."""
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
    hand.until(lambda: hand.desk.first.code.note.startswith("This code is wrong"))
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
    hand.fill("deskReset_password", NEW_PASSWORD)
    hand.picture("reset")
    hand.click("formGo")
    hand.wait("deskSignIn")
    hand.fill("deskSignIn_password", NEW_PASSWORD)
    hand.click("formGo")
    hand.wait("deskDraft")


def set_up(hand: desk.Hand, password: str) -> None:
    """Ask for a key, once the card knows that there is none."""
    hand.until(lambda: hand.find("factor_begin").isVisible())
    hand.fill("factorPassword", password)
    hand.click("factor_begin")


def confirm(hand: desk.Hand) -> None:
    """Type what the phone shows, which took the key; ten recovery codes are shown."""
    card = hand.work.server.factor
    hand.until(lambda: bool(card.key.text()))
    hand.fill("factorCode", code_of(card.key.text().replace(" ", "")))
    hand.click("factor_confirm")
    hand.until(lambda: "10" in card.state.text())


def sign_in(hand: desk.Hand, page: str) -> None:
    """Sign in again; the page that follows."""
    hand.desk.first.ask_again("")
    hand.fill("deskSignIn_password", NEW_PASSWORD)
    hand.click("formGo")
    hand.wait(page)


def set_it_up_and_end_it(hand: desk.Hand) -> None:
    """Take a key, make it a rule for owners, sign in by it, end it, and be asked for another."""
    desk.draft_an_evening(hand)
    hand.wait("deskWorkspace")
    hand.enter("server")
    card = hand.work.server.factor
    set_up(hand, "not the password")
    hand.until(lambda: "not your password" in hand.work.note)
    set_up(hand, NEW_PASSWORD)
    hand.until(lambda: bool(card.key.text()))
    hand.picture("set-up")
    confirm(hand)
    codes = card.codes.text().split()
    assert len(codes) == 10
    assert card.key.text() == ""
    hand.picture("codes")
    hand.click("factor_rule_on")
    hand.until(lambda: hand.work.note.startswith("Owners and managers now need"))
    sign_in(hand, "deskCode")
    hand.fill("deskCode_code", codes[0])
    hand.click("formGo")
    hand.wait("deskWorkspace")
    hand.enter("server")
    card = hand.work.server.factor
    hand.until(lambda: "9" in card.state.text())
    hand.fill("factorPassword", NEW_PASSWORD)
    hand.fill("factorCode", codes[1])
    hand.click("factor_end")
    # Owners need one now, by their own rule: nothing but another one can be made.
    hand.until(lambda: card.state.text().startswith("Off."))
    sign_in(hand, "deskWorkspace")
    hand.until(lambda: "requires a second factor" in hand.work.note)
    assert hand.work.page == "server"
    hand.picture("missing")
    set_up(hand, NEW_PASSWORD)
    confirm(hand)
    hand.enter("doors_ready")
    hand.until(lambda: hand.work.page == "doors_ready" and hand.work.note == "")
