"""Where the story is played: in a thread of its own, told to the window by signals.

The story never touches a widget and the window never waits: what the story wants of a gate's
window is called in the window's thread, and its answer goes back to the story's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from PySide6.QtCore import QObject, Signal

from gatekeeper.boxoffice.answers import Sale
from gatekeeper.boxoffice.till_requests import one_type
from gatekeeper.demo.codes_to_try import CardKind
from gatekeeper.demo.event import NORTH, SOUTH
from gatekeeper.demo.server_and_devices import TILL, DemoVenue
from gatekeeper.demo.steps import Beat, Step, Tally
from gatekeeper.demo.story import Story, expect
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.ui.loop_thread import LoopThread
from shared.kernel.errors import GatekeeperError
from shared.wire.feed import ConflictNotice

T = TypeVar("T")
_TICK_S: Final = 0.05
_JOIN_S: Final = 40
"""Its venue is a server, two gates and a till."""
SECONDS: Final = {Beat.BRISK: 0.45, Beat.SCAN: 0.9, Beat.SHOWN: 3.5, Beat.READ: 5.5}
"""So that a visitor can read a sentence and see what it says: all steps in under two minutes."""


class Plugged(msgspec.Struct, frozen=True):
    """A cable was pulled or plugged in."""

    device: str
    is_plugged: bool


class Stage(LoopThread):
    """Runs the story and what somebody tries afterwards; its signals arrive in the window.

    Args:
        make_house: Makes the venue, given this as its audience.
        seed: Of the story.
        pace: How long beats are, as a multiple of `SECONDS`; 0 waits for nothing.
        parent: Owner.
    """

    began = Signal(object, object)  # Step, Tally
    saw = Signal(str, object)  # a gate, ScanAnswer
    sampled = Signal(str, int)  # a code that was sold in advance, one of how many
    sold = Signal(object, int)  # Sale, how many are left
    plugged = Signal(object)  # Plugged
    reported = Signal(str, object)  # a gate, its conflicts
    carded = Signal(object)  # Card: what there is to try
    failed = Signal(object)  # the fault that ended the story

    def __init__(
        self,
        make_house: Callable[[Stage], DemoVenue],
        seed: int,
        pace: float = 1.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__("story", parent, join_seconds=_JOIN_S)
        self._seed, self._pace = seed, pace
        self.is_paused = self._is_hurried = self._is_skipping = False
        self._audience = _Teller(self)
        self._venue = make_house(self)

    @property
    def audience(self) -> _Teller:
        """What the venue and the story tell."""
        return self._audience

    # ---- asked by the window

    def start(self) -> None:
        """Begin."""
        super().start()
        self._perform(self._tell)

    def skip(self) -> None:
        """Go on to the next step without waiting."""
        self._is_skipping = True
        self.is_paused = False

    def hurry(self) -> None:
        """Play what is left of the story without waiting."""
        self._is_hurried = True
        self.is_paused = False

    def plug(self, device: str, *, is_plugged: bool) -> None:
        """Pull a device's cable, or plug it in; then it syncs at once."""

        async def plug() -> None:
            self._venue.plug(device, is_plugged=is_plugged)
            if is_plugged:
                await self._sync(device)

        self._perform(plug)

    def sell(self) -> None:
        """Sell one ticket at the till, connected or not."""

        async def sell() -> None:
            till = self._venue.till.till
            code = self._venue.evening.standing_code
            sale = (await till.sell(one_type(code))).sold()
            self.sold.emit(sale, till.left(code))
            self._venue.card = self._venue.card.with_code(CardKind.WALKUP, sale.tickets[0].digits)
            self.carded.emit(self._venue.card)
            self._venue.till.engine.poke()

        self._perform(sell)

    def open_counter(self) -> None:
        """Open a till's own window beside this one."""
        self._perform(self._venue.open_counter)

    # ---- asked by the story

    def in_window(self, call: Callable[[Callable[[T], None]], None]) -> asyncio.Future[T]:
        """Have something called in the window's thread; awaited in the story's.

        Args:
            call: Given what takes its result, from any thread.
        """
        future: asyncio.Future[T] = self._loop.create_future()

        def settle(result: T) -> None:
            if not future.done():
                future.set_result(result)

        def take(result: T) -> None:
            self._loop.call_soon_threadsafe(settle, result)

        self._posted.emit(lambda: call(take))
        return future

    async def pause(self, beat: Beat) -> None:
        """Wait for a beat, for as long as somebody wants to look, or not at all."""
        left = SECONDS[beat] * self._pace
        while (left > 0 or self.is_paused) and not (self._is_skipping or self._is_hurried):
            await asyncio.sleep(_TICK_S)
            left -= 0 if self.is_paused else _TICK_S

    def begin(self, step: Step, tally: Tally) -> None:
        """Tell the window of a step, whose beats count again."""
        self._is_skipping = False
        self.began.emit(step, tally)
        if step is Step.SALE:
            self.sampled.emit(self._venue.evening.sold[0], tally.tickets)

    # ---- in the story's thread

    async def _tell(self) -> None:
        venue, background = self._venue, None
        try:
            await venue.open()
            story = Story(venue, self._seed, self._audience)
            summary = await story.play()
            expect(is_so=summary.is_whole, otherwise="server and devices do not agree")
            venue.card = venue.card.with_code(CardKind.USED, story.used)
            venue.card = venue.card.with_code(CardKind.WALKUP, story.walkup)
            self.carded.emit(venue.card)
            background = asyncio.ensure_future(venue.till.run_background())
            await asyncio.Event().wait()
        except GatekeeperError as fault:
            self.failed.emit(fault)
            await asyncio.Event().wait()
        finally:
            if background is not None:
                background.cancel()
                await asyncio.wait([background])
            await venue.close()

    async def _sync(self, device: str) -> None:
        """Sync now, not at the next try: somebody looks on."""
        venue = self._venue
        ways = {NORTH: venue.north.sync, SOUTH: venue.south.sync, TILL: venue.till.sync_once}
        with contextlib.suppress(GatekeeperError):  # the gate's own screen says it
            await ways[device]()

    async def _close(self) -> None:
        """End the story, which closes its venue, and what somebody still tries."""
        playing = self._tasks - {asyncio.current_task()}
        for task in playing:
            task.cancel()
        if playing:
            await asyncio.wait(playing)

    # ---- in the window's thread

    def _perform(self, work: Callable[[], Awaitable[None]]) -> None:
        self._post(work, lambda _: None, self._take_fault)

    def _take_fault(self, fault: BaseException) -> None:
        if not isinstance(fault, GatekeeperError):
            raise fault  # a defect: the log of the unforeseen takes it
        self.failed.emit(fault)


class _Teller:
    """The story's audience; a QObject's signals cannot have the names of its methods."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def begin(self, step: Step, tally: Tally) -> None:
        self._stage.begin(step, tally)

    def saw(self, gate: str, answer: ScanAnswer) -> None:
        self._stage.saw.emit(gate, answer)

    def sold(self, sale: Sale, left: int) -> None:
        self._stage.sold.emit(sale, left)

    def plugged(self, device: str, *, is_plugged: bool) -> None:
        self._stage.plugged.emit(Plugged(device, is_plugged))

    def reported(self, gate: str, conflicts: tuple[ConflictNotice, ...]) -> None:
        self._stage.reported.emit(gate, conflicts)

    async def pause(self, beat: Beat) -> None:
        await self._stage.pause(beat)
