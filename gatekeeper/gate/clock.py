"""Server time on a device whose own clock may be wrong: measured, bounded, and never guessed.

Each exchange with the server is a sample: the answer was made between sending and receiving, so
the offset is known to within half the round trip (Cristian; NTP). The sample with the smallest
bound counts, its bound widened by the drift since; none of before the server's own clock was
set. Within a run of the program, and from one to the next where the machine was not started
between them, time is carried by the monotonic clock, so a wall clock that jumps moves nothing.
Where nothing was measured since the machine was started, it goes by the wall clock: people are
asked to set that, and may.
"""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final

import msgspec

from gatekeeper.store.store import Store
from shared.journal.chain import decode_entry
from shared.journal.entry import CLOCK_STEP_MAX
from shared.kernel.errors import Malformed
from shared.kernel.instant import DAY, MILLISECOND, MINUTE, SECOND, Duration, Instant
from shared.kernel.ports import Clock

CLOCK_ERROR_MAX: Final[Duration] = 2 * SECOND
"""Between a gate's clock and the server's."""

CLOCK_SAID_FROM: Final[Duration] = MINUTE
"""A gate's own clock that is off by so much is said in the bar at the foot of its screen."""

SET_BY_HAND_WITHIN: Final[Duration] = 2 * MINUTE
"""Who sets a clock by hand sets hours and minutes, by another clock: so much may stay wrong."""

SAMPLES_MAX: Final = 64
UNKNOWN_BOOT: Final = 0
DRIFT_PARTS: Final = 20_000
"""A quartz drifts less than 1 part in this many (50 ppm)."""
_LOOKED_BACK: Final = 1_000
"""Entries that are read at a start for the time that they prove."""
TORN_BEYOND: Final = 10 * MILLISECOND
"""So much may the server's clock run ahead during one answer: time services slew it."""


class OffsetSample(msgspec.Struct, frozen=True):
    """One exchange: by the device's monotonic clock, and by the server's.

    Attributes:
        sent: Monotonic time before the request left.
        received: Monotonic time after the answer came.
        server_received: Server time when it read the request.
        server_answered: Server time when it made the answer.
    """

    sent: Duration
    received: Duration
    server_received: Instant
    server_answered: Instant

    @property
    def error(self) -> Duration:
        """How far `base` may be off either way: half the time spent on the way."""
        return Duration(max(0, self._on_the_way) // 2 + 1)

    @property
    def is_torn(self) -> bool:
        """Whether the server's clock was set while it answered, so that this tells nothing."""
        return self._on_the_way < -TORN_BEYOND

    @property
    def _on_the_way(self) -> Duration:
        return (self.received - self.sent) - (self.server_answered - self.server_received)

    @property
    def base(self) -> Instant:
        """Server time at which the monotonic clock stood at 0."""
        held = self.server_answered - self.server_received
        return self.server_received + (held - self.sent - self.received) // 2


class GateClock:
    """What time it is, by the server's clock as well as this device knows it.

    Attributes:
        boot: Names this run of the machine; `UNKNOWN_BOOT` where it cannot be told from another.
    """

    def __init__(
        self,
        clock: Clock,
        offset_before: Duration | None = None,
        wall_base_before: Instant | None = None,
        boot_before: int = UNKNOWN_BOOT,
        *,
        boot: int = UNKNOWN_BOOT,
        error_before: Duration | None = None,
    ) -> None:
        """Begin with the last good offset, if there is one and the clock was not set right since.

        Args:
            clock: The machine's.
            offset_before: Server time minus wall time, as last known; None if never known.
            wall_base_before: `wall_base` of then; None if it was not kept.
            boot_before: The machine's run of then.
            boot: That of now.
            error_before: `error_at_zero` of then; None if it was not kept.
        """
        self.boot = boot
        self._clock = clock
        self._start = clock.monotonic()
        wall = clock.wall()
        self._wall_base = self._gone_by = wall - self._start
        self._is_carried = False
        if wall_base_before is not None and offset_before is not None:
            moved = Duration(self._wall_base - wall_base_before)
            if boot != UNKNOWN_BOOT and boot == boot_before:
                offset_before = Duration(offset_before - moved)  # the machine's clock was set
                self._is_carried = True
            elif _is_set_right(offset_before, moved):
                offset_before = None  # what is still wrong is not known: nobody says an offset
        self._offset_before = offset_before
        self._error_before = error_before if self._is_carried else None
        self._base = self._wall_base + (offset_before or 0)
        self._samples: deque[OffsetSample] = deque(maxlen=SAMPLES_MAX)
        self._best: OffsetSample | None = None
        self._signed_at = Instant(0)
        self._is_behind = False
        self._floor: Instant | None = None

    def now(self) -> Instant:
        """Return the time, corrected to the server's."""
        self._believe_if_set()
        return Instant(self._clock.monotonic() + self._base)

    def elapsed(self) -> Duration:
        """Return microseconds since this object was made."""
        return self._clock.monotonic() - self._start

    def monotonic(self) -> Duration:
        """Return the machine's monotonic time."""
        return self._clock.monotonic()

    @property
    def wall_base(self) -> Instant:
        """Wall time less monotonic time: moves only when somebody sets the machine's clock."""
        return self._clock.wall() - self._clock.monotonic()

    def wall(self) -> Instant:
        """Return what the machine's own clock says, right or wrong."""
        return self._clock.wall()

    def offset(self) -> Duration | None:
        """Return what to add to the wall clock for server time; None if it was never known."""
        if self._best is None and self._offset_before is None:
            return None
        return self.now() - self._clock.wall()

    def offset_error(self) -> Duration | None:
        """Return how far the offset may be off either way.

        None where nothing was measured since the machine was started.
        """
        at_zero = self._error_before if self._best is None else _bound_at_zero(self._best)
        return None if at_zero is None else at_zero + self._clock.monotonic() // DRIFT_PARTS

    @property
    def error_at_zero(self) -> Duration | None:
        """How far off the best sample may be, less the drift; None without one of this run."""
        return None if self._best is None else _bound_at_zero(self._best)

    @property
    def is_checked(self) -> bool:
        """Whether what the server said has shown the clock right, or wrong.

        That holds for as long as the machine runs, which carries its time. Started anew, nobody
        but a person sees that its clock is fast.
        """
        return self._best is not None or self._is_carried or self._is_behind

    @property
    def is_trusted(self) -> bool:
        """Whether the clock is not behind what the server has signed.

        An exchange mends that, and so does whoever sets the machine's clock.
        """
        self._believe_if_set()
        return not self._is_behind

    def add_sample(self, sample: OffsetSample) -> None:
        """Learn from one exchange."""
        if sample.is_torn:
            return
        best = self._best
        if best is not None and _contradicts(best, sample):
            self._samples.clear()  # the server's clock was set since
        self._samples.append(sample)
        # All bounds widen alike, so which is the smallest does not change with time.
        self._best = min(self._samples, key=_bound_at_zero)
        self._base = self._best.base
        self._is_behind = False

    def check_against(self, signed_at: Instant, recorded_at: Instant = Instant(0)) -> None:
        """Compare with a time that the server has signed: it cannot lie in the future.

        A kept offset that makes it so, where the machine's own clock does not, is of before that
        clock was set right; and so is one of days, by which the clock would be slow.

        Args:
            signed_at: The newest that the device holds.
            recorded_at: See `last_recorded`; from when on it is by now, if it is the later one.
        """
        is_later = 0 < recorded_at - signed_at < DAY  # else the server's clock was wrong then
        self._floor = recorded_at if is_later else signed_at
        self._signed_at = Instant(signed_at - self.elapsed())
        self._is_behind = self._best is None and self._is_slow(self.now())
        # So slow by then, and past that time by itself: it was set, unless it stood for days.
        is_set = self._best is None and not self._is_carried and (self._offset_before or 0) > DAY
        has_other = self._offset_before and not self._is_slow(self._clock.wall())
        if has_other and (self._is_behind or is_set):
            self._go_by_wall()

    def _believe_if_set(self) -> None:
        """Go by the machine's clock as it was set since, where people are asked to look at it."""
        if self.earliest() is None and not self._is_behind:
            return
        is_set = abs(self.wall_base - self._gone_by) >= CLOCK_STEP_MAX
        if is_set and not self._is_slow(self._clock.wall()):
            self._go_by_wall()

    def _is_slow(self, now: Instant) -> bool:
        """Whether a clock that shows this is behind what the server has signed."""
        return self._signed_at + self.elapsed() - now > CLOCK_STEP_MAX

    def _go_by_wall(self) -> None:
        """Forget what was known of the machine's clock, and go by it as it is."""
        self._offset_before = self._error_before = None
        self._base = self._gone_by = self.wall_base
        self._is_behind = False

    def earliest(self) -> Instant | None:
        """Return before when it cannot be, where what the server said does not tell the time.

        None where it does, and where nothing is known.
        """
        if self.is_checked or self._floor is None:
            return None
        return Instant(self._floor + self.elapsed())

    def find_jump(self) -> Duration | None:
        """Return by how much the wall clock has jumped since the last one settled, or None.

        Smaller steps than `CLOCK_STEP_MAX` are what time services do all day.
        """
        jump = self._clock.wall() - self._clock.monotonic() - self._wall_base
        return None if abs(jump) < CLOCK_STEP_MAX else jump

    def settle_jump(self, jump: Duration) -> None:
        """Take note that a jump is on record, durably."""
        self._wall_base += jump


def resume_clock(clock: Clock, store: Store, boot: int) -> GateClock:
    """Go on with what a device's earlier runs have learned.

    Args:
        clock: The machine's.
        store: Where it is kept.
        boot: Names this run of the machine.
    """
    kept = store.read_clock()
    before = (kept.offset, kept.wall_base, kept.boot)
    return GateClock(clock, *before, boot=boot, error_before=kept.error)


def last_recorded(store: Store) -> Instant:
    """Return after when the device's last entry surely was whose clock was measured; 0 if none."""
    last = store.journal.last_seq
    for _, signed in reversed([*store.journal.read(max(1, last - _LOOKED_BACK), last)]):
        with contextlib.suppress(Malformed):
            entry = decode_entry(signed.entry)
            if entry.offset_error:  # none is one of nobody's, and 0 one of a caller's
                return Instant(entry.corrected - entry.offset_error)
    return Instant(0)


def _is_set_right(offset: Duration, moved: Duration) -> bool:
    """Whether a wall clock that was wrong by `offset` and has moved since is about right now.

    What is left must be little, and less than what the old offset would make wrong.
    """
    if abs(offset) < CLOCK_STEP_MAX:
        return False
    left = abs(offset - moved)
    return left < CLOCK_STEP_MAX or left <= min(SET_BY_HAND_WITHIN, abs(offset) // 2)


def _bound_at_zero(sample: OffsetSample) -> Duration:
    return Duration(sample.error - sample.received // DRIFT_PARTS)


def _contradicts(best: OffsetSample, sample: OffsetSample) -> bool:
    """Whether two samples cannot be of one clock."""
    return abs(sample.base - best.base) > sample.error + _error_at(best, sample.received)


def _error_at(sample: OffsetSample, monotonic: Duration) -> Duration:
    return sample.error + (monotonic - sample.received) // DRIFT_PARTS
