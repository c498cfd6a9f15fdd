"""A program that is told of orders and events by webhook, and that fails as programs do.

It stands in the place of the server's sender of messages: names, TLS and HTTP are left out. It
answers late, or that something is wrong with it, takes a message and is cut off before its answer
arrives, or the server dies just then.

Source:
    Standard Webhooks 1.0.0: what is signed is the id, the time and the body, with dots between.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from server.webhooks import routes
from server.webhooks.receiver_connection import Reply, Sender, Unsent
from shared.kernel.instant import Duration, Instant
from simulator.kernel.dice import Dice
from simulator.kernel.stage import Stage
from simulator.planted_bugs.planted_bug import Replacement

URL: Final = "https://program.example/in"
WRONG: Final = 0.3
"""The share of attempts in which something goes wrong."""
MISHAPS: Final = ("away", "broken", "unheard", "unheard", "kills")
"""Nobody answers; the program says so itself; it has the message and is not heard; and the server
ends when the program has it."""
KILLS: Final = 2
"""So often it kills the server, at most: whoever starts that takes a while."""
LOOKS_S: Final = 10.0
"""How often the server looks for messages in a world that has this program."""


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A message that the program has taken.

    Attributes:
        message_id: As its header says.
        is_signed: By the secret that the organizer was shown.
        kind: What it tells of.
        what: What it says of that.
        body: Its bytes.
        at: True time.
        is_heard: The server was answered.
    """

    message_id: str
    is_signed: bool
    kind: str
    what: dict[str, Any]
    body: bytes
    at: Instant
    is_heard: bool


class Program:
    """The program's machine.

    Attributes:
        received: What it has taken, in order; copies too.
        secret: By which messages to it are signed, as it was told.
        is_kind: Nothing goes wrong any more.
    """

    def __init__(self, stage: Stage, dice: Dice, kill: Callable[[], bool]) -> None:
        """Set it up, as the one of the world that runs.

        Args:
            stage: Where it stands.
            dice: What goes wrong.
            kill: Ends the server's program.
        """
        self._stage, self._dice, self._kill_server = stage, dice, kill
        self.received: list[Received] = []
        self.secret = ""
        self.is_kind = False
        self._kills = KILLS
        _THERE[:] = [self]

    async def take(self, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer a message as the moment has it."""
        await asyncio.sleep(self._dice.below(1_000) / 1_000)
        mishap = ""
        if not self.is_kind and self._dice.chance(WRONG):
            mishap = self._dice.pick(MISHAPS)
            if mishap == "kills" and not self._kills:
                mishap = "unheard"
        if mishap == "away":
            raise Unsent("Nobody is there.")
        if mishap == "broken":
            return Reply(status=500, retry_after="", shown="")
        self._note(headers, body, is_heard=not mishap)
        if mishap == "kills":
            self._kills -= 1
            # By the world: who starts it again is no part of the program that ends.
            self._stage.loop.call_after(Duration(0), self._kill_server)
            await asyncio.sleep(60)
        if mishap:
            raise Unsent("It has closed the line.")
        return Reply(status=204, retry_after="", shown="")

    def _note(self, headers: Mapping[str, str], body: bytes, *, is_heard: bool) -> None:
        said = msgspec.json.decode(body)
        name, at = headers["webhook-id"], headers["webhook-timestamp"]
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = hmac.new(key, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
        is_signed = f"v1,{base64.b64encode(signed).decode()}" in headers["webhook-signature"]
        message = Received(
            message_id=name,
            is_signed=is_signed,
            kind=said["type"],
            what=said["data"],
            body=body,
            at=self._stage.now(),
            is_heard=is_heard,
        )
        self.received.append(message)
        self._stage.trace.note("program", f"has {name}: {message.kind} {said['data']}")


_THERE: Final[list[Program]] = []
"""That of the world that runs."""


async def _hand_over(
    _sender: Sender, _target: object, headers: Mapping[str, str], body: bytes
) -> Reply:
    if not _THERE:
        raise Unsent("Nobody is there.")
    return await _THERE[0].take(headers, body)


PROGRAM: Final = (
    Replacement(Sender, "send", lambda _original: _hand_over),
    Replacement(routes, "WEBHOOK_POLL_S", lambda _often: LOOKS_S),
)
"""What stands for the line to it; see `Planted`."""
