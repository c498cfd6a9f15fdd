"""The server's time, which a step of the machine's clock does not move.

Gates measure their clocks by the server's. If it steps amid an evening, what a cut-off gate
recorded by the time of before stands an hour beside what the ledger grants by the time of after,
and who passed first cannot be told. So time goes by the machine's monotonic clock from the start
of the server on, and follows the wall clock in what time services slew. A step is kept out until
it has stood for longer than an evening, or the server is started again. Hosts over one database
begin with its clock: theirs may differ, and a gate is answered by any of them.

Source:
    docs/decisions/0133-a-step-of-the-clock-waits.md
"""

from __future__ import annotations

from typing import Final

from shared.kernel.floored_clock import FlooredClock
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from shared.kernel.ports import Clock

FOLLOWED_EVERY: Final[Duration] = 10 * SECOND
"""Between two looks at the wall clock."""
SLEWED_MAX: Final[Duration] = SECOND // 2
"""More than this between two looks is a step, or a clock that stands still."""
WAITS: Final[Duration] = 6 * HOUR
"""For how long a step has to stand until it is believed: longer than doors are open."""
YOUNG: Final[Duration] = 10 * MINUTE
"""So soon after its start a machine's clock is set right by its time service."""

PROGRAM_FROM: Final[Instant] = Instant(56 * 365 * DAY)
"""In December 2025 there was no such program: a clock that shows less was never set."""


class SteadyClock:
    """A machine's clock without its steps.

    Fulfils `shared.kernel.ports.Clock`. All processes of a server go on with what the first one
    has begun, so that one that is started later tells the same time.

    Attributes:
        held: By how much the wall clock is ahead, and not believed yet.
    """

    def __init__(self, clock: Clock, begun: str = "", ahead: Duration = Duration(0)) -> None:
        """Begin with the wall clock's time, or go on.

        Args:
            clock: The machine's.
            begun: `state` of another process of the same server and machine; "" for none.
            ahead: By how much to begin ahead of the machine's; not to a time of no set clock.
        """
        self._clock = clock
        now = clock.monotonic()
        if clock.wall() + ahead < PROGRAM_FROM:
            ahead = Duration(0)
        parts = [int(part) for part in begun.split()]
        parts = parts or [clock.wall() + ahead - now, 0, now, now, ahead]
        self._base, self.held, self._since, self._looked, self._ahead = map(Duration, parts)

    @property
    def state(self) -> str:
        """Say what another process needs to tell the same time."""
        return f"{self._base} {self.held} {self._since} {self._looked} {self._ahead}"

    def wall(self) -> Instant:
        """Return the time."""
        now = self._clock.monotonic()
        if now - self._looked >= FOLLOWED_EVERY:
            self._follow(now)
        return Instant(now + self._base)

    def monotonic(self) -> Duration:
        """Return the machine's monotonic time."""
        return self._clock.monotonic()

    def _follow(self, now: Duration) -> None:
        """Look at the wall clock: take up what was slewed, and note what was stepped."""
        moved = Duration(self._clock.wall() + self._ahead - now - self._base - self.held)
        is_slewed = abs(moved) <= SLEWED_MAX + (now - self._looked) // 1_000
        self._looked = now
        if is_slewed:
            self._base = Duration(self._base + moved)
        else:
            self.held, self._since = Duration(self.held + moved), now
        # Set towards this time, the own clock is no longer behind another by `_ahead`; set the
        # other way, it is so by more.
        is_set = abs(self.held - self._ahead) < abs(self.held)
        rest = Duration(self.held - self._ahead) if is_set else self.held
        is_settled = abs(rest) <= (1 + is_set) * SLEWED_MAX or now - self._since >= WAITS
        if is_settled or now < YOUNG or now + self._base < PROGRAM_FROM:
            is_apart = self._ahead and not is_set
            self._ahead = Duration(self._ahead - self.held if is_apart else 0)
            self._base = Duration(self._base + (0 if is_apart else rest))
            self.held = Duration(0)


def held_out(clock: Clock) -> Duration:
    """Return by how much the machine's clock is ahead of an application's, and not believed."""
    read = clock.beneath if isinstance(clock, FlooredClock) else clock
    return read.held if isinstance(read, SteadyClock) else Duration(0)
