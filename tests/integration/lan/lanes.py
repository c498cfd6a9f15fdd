"""Gates on the loopback: real sockets, real signatures, a store in memory, lanes that decide."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from command_line.clock_and_randomness import SystemClock
from gatekeeper.lan.claims_among_gates import LanRung
from gatekeeper.lan.lan_verdict import LanAnswer, LanVerdict
from shared.journal.entry import Entry, ScanBody
from shared.journal.passage_proof import PassageProof
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MILLISECOND, SECOND
from shared.lan.claims import ClaimKey, Hold
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.peer import DEFAULTS
from shared.lan.roster import Roster, open_roster
from shared.wire.claim import ClaimAnswer
from tests.factories.house import EVENT, ORGANIZATION, ROOT
from tests.unit.shared.lan.venue import (
    Journal,
    MemoryStore,
    make_roster,
    sign_roster,
)

OPEN = functools.partial(
    open_roster,
    root_public_key=ROOT.public_key,
    organization_id=ORGANIZATION,
    event_id=EVENT,
)
LOOPBACK = "127.0.0.1"
QUICK = LanSettings(
    hello_every=SECOND // 20,
    live_window=SECOND // 4,
    sync_every=SECOND // 10,
    repeat_after=20 * MILLISECOND,
)
GENEROUS_MS = 30_000
"""For tests that are not about time: the machine may be busy."""
GREETING = LanSettings(hello_every=SECOND // 10)
"""Gates that have just opened need not wait a second for each other's next hello."""


def believe_passage(_entry: Entry, _body: ScanBody) -> PassageProof:
    """Believe every passage: these lanes' tickets have no codes."""
    return PassageProof.PROVEN


class Lane:
    """A gate that decides for tickets of one person and one entry.

    Attributes:
        admitted: Claim ids that it let in, with the mode.
    """

    def __init__(
        self,
        number: int,
        roster: Roster,
        *,
        store: MemoryStore | None = None,
        boot: int = 1,
        settings: LanSettings = DEFAULTS,
    ) -> None:
        self.number = number
        self.store = store or MemoryStore()
        self.book = Journal(number, boot)
        self.clock = SystemClock()
        self.admitted: list[tuple[ClaimKey, str]] = []
        self.rung = LanRung(
            self.book.identity,
            sign_roster(roster),
            open_roster=OPEN,
            read_word=believe,
            store=self.store,
            judge_passage=believe_passage,
            clock=self.clock,
            settings=settings,
        )

    async def scan(self, key: ClaimKey, claim_id: ClaimId, budget_ms: int) -> LanVerdict:
        """Claim, decide under `open`, journal, announce."""
        at = self.clock.wall()
        verdict = await self.rung.claim(
            key, claim_id, 1, gate_id=self.book.gate_id, at=at, budget_ms=budget_ms
        )
        admits = verdict.answer is not LanAnswer.TAKEN and not self.store.uses_of(key)
        if admits:
            mode = "lan" if verdict.answer is LanAnswer.FREE else "offline"
            self.admitted.append((key, mode))
        self.end(key, claim_id, admits=admits)
        return verdict

    def end(self, key: ClaimKey, claim_id: ClaimId, *, admits: bool) -> None:
        """Journal the end of a claim, and announce it."""
        entry = self.book.scan(key, claim_id, "admit" if admits else "deny")
        self.rung.announce([self.store.journal(entry)])


def believe(encoded: bytes, request: bytes) -> ClaimAnswer | None:
    """Take any answer, as if its signature had been verified; b"lie" is a forged one."""
    return None if encoded == b"lie" else msgspec.json.decode(encoded, type=ClaimAnswer)


async def until(is_so: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for a fact that other tasks bring about."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - the product tells no event for it
            await asyncio.sleep(0.01)


async def until_live(lanes: Sequence[Lane], count: int) -> None:
    """Wait until each of these lanes has so many live peers."""
    await until(lambda: all(len(lane.rung.live_peers()) == count for lane in lanes))


def introduce(lanes: Sequence[Lane]) -> None:
    """Tell each lane where the others are, as discovery does."""
    for lane in lanes:
        for other in lanes:
            if other is not lane:
                lane.rung.addresses.find(other.book.identity.device_id, other.rung.address)


@contextlib.asynccontextmanager
async def open_lanes(count: int, settings: LanSettings = GREETING) -> AsyncIterator[list[Lane]]:
    """Open lanes that know each other."""
    roster = make_roster(count)
    lanes = [Lane(number, roster, settings=settings) for number in range(count)]
    try:
        for lane in lanes:
            await lane.rung.start(LOOPBACK)
        introduce(lanes)
        await until_live(lanes, count - 1)
        yield lanes
    finally:
        for lane in lanes:
            await lane.rung.close()


def sum_holds(holds: Sequence[Hold]) -> int:
    """Count the persons of holds on the way in."""
    return sum(hold.count for hold in holds if hold.direction == "in")
