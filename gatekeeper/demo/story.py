"""The whole story: enrol, sync, scan, cut the cable, scan at both gates, sell, heal, reconcile.

Everything is real: the server's own program, HTTP over the loopback, gates with their profile
folders, signed journals. Only the cable is ours (`gatekeeper.demo.cable`).
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.demo.codes_to_try import forge
from gatekeeper.demo.event import NORTH, SOUTH, TICKETS
from gatekeeper.demo.gates import StoryGate, uses_of
from gatekeeper.demo.server_and_devices import DemoVenue
from gatekeeper.demo.steps import Audience, Beat, Step, Tally
from gatekeeper.gate.answer import ScanAnswer
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import EnvironmentFault

WALKUPS: Final = 3
DOUBLES: Final = 6
SHOWN_AGAIN: Final = 4
_CONNECTED: Final = 16
_COPIES_LOOKED_AT: Final = 2


class StorySummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the story came to; the last line of `gatekeeper demo` without a display."""

    admitted: int
    denied: int
    double_uses: int
    conflicts: int
    walkups_sold: int
    walkups_admitted: int
    lost_scans: int
    converged: bool
    seconds: float
    codes: list[str]
    keyring: list[dict[str, Any]]

    @property
    def is_whole(self) -> bool:
        """Whether the story went as it must: nothing lost, every double use found."""
        return (
            self.converged
            and self.lost_scans == 0
            and self.double_uses == self.conflicts > 0
            and self.walkups_admitted == self.walkups_sold
        )


class Story:
    """Plays the evening in a venue.

    Args:
        venue: Opened already.
        seed: Which tickets are copied and in which order they come.
        audience: Watches.

    Attributes:
        walkup: The code of a ticket that the till sold while cut off.
    """

    def __init__(self, venue: DemoVenue, seed: int, audience: Audience) -> None:
        self._venue, self._audience = venue, audience
        # Which tickets are copied, and who comes when, follows from the seed alone.
        sold = venue.evening.sold
        digits = sorted(sold, key=lambda code: sha256(f"{seed} {code}".encode()))
        self._connected = digits[:_CONNECTED]
        self._copied = digits[_CONNECTED : _CONNECTED + DOUBLES]
        self._rest = digits[_CONNECTED + DOUBLES :]
        self._gates: dict[str, StoryGate] = {NORTH: venue.north, SOUTH: venue.south}
        self._answers: list[ScanAnswer] = []
        self._admissions: dict[str, int] = {}
        self._walkups = 0
        self.walkup = ""
        self._conflicts = self._lost = 0
        self._is_equal = False

    async def play(self) -> StorySummary:
        """Tell it from the sale to the end.

        Raises:
            EnvironmentFault: if a device or the server fails, or the story goes wrong.
        """
        started = self._venue.elapsed()
        for step, act in (
            (Step.SALE, self._pass),
            (Step.SYNC, self._venue.sync_all),
            (Step.ADMIT, self._admit_connected),
            (Step.COPY, self._show_copies),
            (Step.CUT, self._cut),
            (Step.BOTH, self._show_at_both),
            (Step.WALKUP, self._sell_walkups),
            (Step.HEAL, self._heal),
            (Step.CONFLICT, self._reconcile),
        ):
            self._audience.begin(step, self._tally())
            await act()
            await self._audience.pause(Beat.READ)
        seconds = round(self._venue.elapsed() - started, 2)
        site = self._venue.evening.site
        summary = StorySummary(
            admitted=self._admitted,
            denied=len(self._answers) - self._admitted,
            double_uses=self._doubles,
            conflicts=self._conflicts,
            walkups_sold=WALKUPS,
            walkups_admitted=self._walkups,
            lost_scans=self._lost,
            converged=self._is_equal,
            seconds=seconds,
            codes=[*self._venue.evening.sold[:4], self.walkup],
            keyring=await self._venue.api.get(f"/organizations/{site.organization_id}/keyring"),
        )
        self._audience.begin(Step.END, self._tally())
        return summary

    @property
    def used(self) -> str:
        """The code of a ticket that came in early, at the north gate."""
        return self._connected[0]

    # ---- the steps

    async def _pass(self) -> None:
        """Have nothing to do: the tickets were sold while the venue was built."""

    async def _admit_connected(self) -> None:
        for number, code in enumerate(self._connected):
            await self._scan((NORTH, SOUTH)[number % 2], code)
            await self._audience.pause(Beat.SCAN if number < 4 else Beat.BRISK)

    async def _show_copies(self) -> None:
        for number, code in enumerate(self._connected[:SHOWN_AGAIN]):
            answer = await self._scan((SOUTH, NORTH)[number % 2], code)
            expect(
                is_so=answer.reason == "already_used", otherwise=_unlike("a used ticket", answer)
            )
            await self._audience.pause(Beat.SHOWN if number == 0 else Beat.SCAN)
        answer = await self._scan(NORTH, forge(self._connected[0]))
        expect(is_so=answer.verdict == "deny", otherwise=_unlike("a forged ticket", answer))

    async def _cut(self) -> None:
        self._venue.cut()
        await self._audience.pause(Beat.SCAN)
        for gate, code in zip((NORTH, SOUTH), self._rest, strict=False):
            answer = await self._scan(gate, code)
            said = _unlike("with the cable pulled, a ticket", answer)
            expect(is_so=answer.mode == "offline", otherwise=said)
        await self._audience.pause(Beat.SHOWN)

    async def _show_at_both(self) -> None:
        for number, code in enumerate(self._rest[2:]):
            await self._scan((NORTH, SOUTH)[number % 2], code)
            await self._audience.pause(Beat.BRISK)
        # Until both screens wait again, so that a copy is seen to turn them green.
        await self._audience.pause(Beat.SHOWN)
        for number, code in enumerate(self._copied):
            for gate in (NORTH, SOUTH):
                answer = await self._scan(gate, code)
                said = _unlike("at a gate that is cut off, a copy", answer)
                expect(is_so=answer.verdict == "admit", otherwise=said)
                await self._audience.pause(Beat.SCAN)
            if number < _COPIES_LOOKED_AT:
                await self._audience.pause(Beat.SHOWN)

    async def _sell_walkups(self) -> None:
        till = self._venue.till.till
        code = self._venue.evening.standing_code
        sale = (await till.sell(one_type(code, WALKUPS))).sold()
        self.walkup = sale.tickets[0].digits
        self._audience.sold(sale, till.left(code))
        await self._audience.pause(Beat.SHOWN)
        for ticket in sale.tickets:
            answer = await self._scan(NORTH, ticket.digits)
            self._walkups += answer.verdict == "admit"
            await self._audience.pause(Beat.SCAN)

    async def _heal(self) -> None:
        self._venue.heal()
        await self._audience.pause(Beat.SCAN)
        await self._venue.sync_all()

    async def _reconcile(self) -> None:
        self._conflicts = len(await self._venue.list_conflicts())
        await self._compare()
        for name, gate in self._gates.items():
            self._audience.reported(name, await gate.conflicts())

    async def _compare(self) -> None:
        """Compare the server's check-ins and every device's view with what was answered."""
        venue = self._venue
        path = f"{venue.evening.site.path}/checkins"
        rows = await venue.api.list_all(path)
        held = {row["claim_id"] for row in rows if not row["is_annulled"]}
        green = {answer.claim_id for answer in self._answers if answer.verdict == "admit"}
        event_id = venue.evening.site.event_id
        views = [await gate.uses(event_id) for gate in self._gates.values()]
        views.append(uses_of(venue.till, event_id))
        self._lost = len(green - held)
        self._is_equal = held == green and all(view == held for view in views)

    # ---- counting

    async def _scan(self, gate: str, digits: str) -> ScanAnswer:
        answer = await self._gates[gate].scan(digits)
        self._answers.append(answer)
        if answer.verdict == "admit" and answer.ticket_id is not None:
            self._admissions[answer.ticket_id] = self._admissions.get(answer.ticket_id, 0) + 1
        self._audience.saw(gate, answer)
        return answer

    @property
    def _admitted(self) -> int:
        """How many scans were answered green."""
        return sum(answer.verdict == "admit" for answer in self._answers)

    @property
    def _doubles(self) -> int:
        """How many tickets were admitted more than once."""
        return sum(times > 1 for times in self._admissions.values())

    def _tally(self) -> Tally:
        return Tally(
            tickets=TICKETS,
            admitted=self._admitted,
            denied=len(self._answers) - self._admitted,
            doubles=self._doubles,
            walkups=self._walkups,
            conflicts=self._conflicts,
            lost=self._lost,
        )


def expect(*, is_so: bool, otherwise: str) -> None:
    """Stop the demo where the story goes wrong: it must never tell what did not happen.

    Raises:
        EnvironmentFault: if it is not so.
    """
    if not is_so:
        raise EnvironmentFault(f"the demo went wrong: {otherwise}")


def _unlike(what: str, answer: ScanAnswer) -> str:
    """Say what was answered instead of what the story tells: a slow machine has other reasons."""
    how = f"{answer.verdict}, {answer.reason}, decided {answer.mode} after {answer.ms:.0f} ms"
    return f"{what} was answered so: {how}"


async def play_without_window(venue: DemoVenue, seed: int, audience: Audience) -> StorySummary:
    """Open the venue, tell the story, and close the venue in any case.

    Raises:
        EnvironmentFault: if a device or the server fails, or the story goes wrong.
    """
    try:
        await venue.open()
        return await Story(venue, seed, audience).play()
    finally:
        await venue.close()
