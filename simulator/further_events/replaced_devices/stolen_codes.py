"""Somebody gets hold of codes by which devices enrol, and the organizer takes these back.

The thief's machine asks before that, at the same moment, or afterwards, and again by the same code
when it has heard nothing. Where a code has enrolled it, it is too late for taking the code back:
the organizer is told so, and revokes the device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final

import msgspec

from shared.kernel.instant import MILLISECOND, SECOND, Duration, Instant
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.kernel.dice import Dice
from simulator.kernel.loop import Process
from simulator.kernel.network import Refused
from simulator.nodes.enrolling import Newcomer, TurnedDownError, trade
from simulator.world import World

STOLEN: Final = 5
"""So many codes."""
PATIENCE_S: Final = 10
GONE: Final = 404
CODE_MINUTES: Final = 240


class Trade(msgspec.Struct, kw_only=True):
    """A machine that asks to be a device by a stolen code.

    Attributes:
        began: True time of the question.
        ended: Of the answer; None where there was none.
        is_taken: The machine is a device.
    """

    began: Instant
    ended: Instant | None = None
    is_taken: bool = False


class StolenCode(msgspec.Struct, kw_only=True):
    """A code that somebody else has got hold of.

    Attributes:
        name: What the thief's machine is called.
        trades: Its questions, in order.
        began: When the organizer wanted to take the code back.
        ended: When that was answered.
        is_back: The answer was that the code enrols nothing any more.
        revoked: When the device that it had enrolled was revoked, as the organizer was told.
        is_listed: It still stood among the codes that may enrol one.
    """

    name: str
    trades: list[Trade] = []
    began: Instant = Instant(0)
    ended: Instant = Instant(0)
    is_back: bool = False
    revoked: Instant | None = None
    is_listed: bool = False


class WithStolenCodes(OneEvening):
    """The part of an evening in which codes are stolen.

    Attributes:
        stolen: Those codes.
    """

    def __init__(self, world: World, name: str, gates: int) -> None:
        super().__init__(world, name, gates)
        self.stolen: list[StolenCode] = []

    async def _lose_codes(self, dice: Dice) -> None:
        """Let one code after another be stolen, and take it back.

        They are for tills: a gate that never asks for anything would be the home of tickets.
        """
        for number in range(1, STOLEN + 1):
            await self._at_part(dice, 0, 2 * 90 // STOLEN)
            name = f"{self.name}thief{number}"
            thief = Process(name)
            body = {"role": "till", "event_id": self.site.event_id, "minutes": CODE_MINUTES}
            issued = await self.owner.must("POST", "/devices/codes", body)
            newcomer = Newcomer(
                key=self._world.device(name).key,
                name=name,
                role="till",
                gate_id=None,
                event_id=self.site.event_id,
            )
            stolen = StolenCode(name=name)
            self.stolen.append(stolen)
            waits = [Duration(dice.below(dice.pick((2 * MILLISECOND, SECOND)))) for _ in range(2)]
            asked = self._world.spawn(
                self._ask(stolen, thief, newcomer, str(issued["code"]), waits[0])
            )
            await asyncio.sleep(waits[1] / SECOND)
            await self._take_back(stolen, str(issued["id"]))
            await asked
            await self._ask(stolen, thief, newcomer, str(issued["code"]), Duration(0))

    async def _ask(
        self, stolen: StolenCode, thief: Process, who: Newcomer, code: str, wait: Duration
    ) -> None:
        """Let the thief's machine ask after a while, until it has an answer."""
        await asyncio.sleep(wait / SECOND)
        while True:
            one = Trade(began=self._world.stage.now())
            stolen.trades.append(one)
            try:
                async with asyncio.timeout(PATIENCE_S):
                    await trade(self._world.stage.network, thief, self.server, who, code)
                one.is_taken = True
            except TurnedDownError:
                pass
            except (TimeoutError, Refused):
                await asyncio.sleep(1)
                continue
            one.ended = self._world.stage.now()
            self._world.stage.trace.note(who.name, f"asks by a stolen code: {one.is_taken}")
            return

    async def _take_back(self, stolen: StolenCode, code_id: str) -> None:
        """Take a code back; where that is too late, revoke the device that it has enrolled."""
        now, stolen.began = self._world.stage.now, self._world.stage.now()
        status, answer = await self.owner.attempt("DELETE", f"/devices/codes/{code_id}")
        stolen.is_back, stolen.ended = status // 100 == 2, now()
        self._world.stage.trace.note(self.name, f"takes {stolen.name}'s code back: {status}")
        if not stolen.is_back and status != GONE:
            self.owner.refused.append(f"a code is not taken back: {status} {answer}")
        listed = await self.owner.must("GET", "/devices/codes")
        stolen.is_listed = any(one["id"] == code_id for one in listed)
        found = await self.owner.must("GET", "/devices?revoked=false&role=till&limit=200")
        for one in found["items"]:
            if one["name"] == stolen.name:
                await self.owner.must("POST", f"/devices/{one['id']}/revoke", {"reason": "stolen"})
                stolen.revoked = now()


def judge_stolen(stolen: StolenCode) -> Iterator[str]:
    """Yield what a stolen code has brought that it must not, and what was said falsely of it."""
    taken = [one for one in stolen.trades if one.is_taken]
    if stolen.is_listed:
        yield f"the code that {stolen.name} has was taken back, and may enrol by the list"
    if stolen.is_back and (taken or stolen.revoked is not None):
        yield f"{stolen.name} is a device by a code that was taken back"
    if not stolen.is_back and stolen.revoked is None:
        yield f"the code that {stolen.name} has is not taken back, and no device is found"
    for one in taken:
        if stolen.revoked is not None and stolen.revoked < one.began:
            yield f"{stolen.name} was revoked, and is a device again by the same code"
    for one in stolen.trades:
        if one.ended is not None and not one.is_taken and one.ended < stolen.began:
            yield f"{stolen.name} was turned down by a code that nobody had taken back"
