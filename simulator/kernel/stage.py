"""What every node of a world stands on: one loop, one seed, one network, one record."""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import Duration, Instant, parse_instant
from simulator.kernel.clock import SimClock
from simulator.kernel.dice import Dice
from simulator.kernel.loop import SimLoop
from simulator.kernel.network import Network
from simulator.kernel.sockets import Sockets
from simulator.kernel.trace import Trace

WORLD_START: Final[Instant] = parse_instant("2026-07-04T16:00:00Z")

BOOTS_MAX: Final = 1_000_000
"""Of one machine."""


class Stage:
    """The ground of one world.

    Attributes:
        dice: The seed's root stream; take a named stream from it.
        loop: Virtual time.
        trace: What happened.
        network: Messages.
        sockets: Ports that devices open among themselves.
    """

    def __init__(self, seed: str, *, keeps_trace: bool = False) -> None:
        self.dice = Dice(seed)
        self.loop = SimLoop(self.dice.stream("loop"))
        self.trace = Trace(lambda: self.loop.now_us, is_kept=keeps_trace)
        self.network = Network(self.loop, self.dice.stream("network"), self.trace)
        self.sockets = Sockets(self.loop, self.network, self.dice.stream("sockets"))
        self.loop.sockets = self.sockets
        self._machines = 0

    def now(self) -> Instant:
        """Return true time, which no node knows."""
        return WORLD_START + self.loop.now_us

    def clock(
        self, *, skew: int = 0, drift_ppm: int = 0, has_run: Duration = Duration(0)
    ) -> SimClock:
        """Make one machine's clock."""
        self._machines += 1
        return SimClock(
            self.loop,
            start=WORLD_START,
            skew=Duration(skew),
            drift_ppm=drift_ppm,
            boot=1 + self._machines * BOOTS_MAX,
            has_run=has_run,
        )
