"""How often a PIN may be guessed: five times for each person and each device, then a pause.

Every further pause is twice as long. The counts are kept on the disk, so that switching the gate
off and on gives no new tries. Pauses are measured by the monotonic clock, which nobody sets: one
that the machine was restarted in begins again.
"""

from __future__ import annotations

from typing import Final

import msgspec

from shared.kernel.errors import BadInput
from shared.kernel.instant import HOUR, MINUTE, Duration
from shared.kernel.undecodable import UNDECODABLE

PIN_TRIES_MAX: Final = 5
"""Wrong tries before a pause."""
PIN_PAUSE: Final[Duration] = MINUTE
"""After the first too many wrong tries; doubled each time."""
PIN_PAUSE_MAX: Final[Duration] = HOUR
"""No pause is longer: a forgotten PIN must not close the gate for the evening."""

_PERSONS_MAX: Final = 500


class TryLimit(msgspec.Struct, frozen=True):
    """Wrong guesses of one kind.

    Attributes:
        wrong: Since the last right one, or the last pause.
        pauses: How many pauses have begun since the last right one.
        paused_until: Nothing is tried before, by the monotonic clock; 0 for no pause.
    """

    wrong: int = 0
    pauses: int = 0
    paused_until: Duration = Duration(0)

    def wait(self, now: Duration) -> Duration:
        """Return how long to wait before the next try."""
        left = max(0, self.paused_until - now)
        return Duration(min(left, self._pause(self.pauses)))

    def after_wrong(self, now: Duration) -> TryLimit:
        """Return what holds after a wrong guess, which is made when no pause is left."""
        wrong = self.wrong + 1
        if wrong < PIN_TRIES_MAX:
            return TryLimit(wrong, self.pauses)
        return TryLimit(0, self.pauses + 1).paused(now)

    def paused(self, now: Duration) -> TryLimit:
        """Begin the present pause, perhaps again."""
        return msgspec.structs.replace(self, paused_until=now + self._pause(self.pauses))

    @property
    def tries_left(self) -> int:
        """How many guesses there are before the next pause."""
        return PIN_TRIES_MAX - self.wrong

    @staticmethod
    def _pause(pauses: int) -> Duration:
        return Duration(min(PIN_PAUSE_MAX, PIN_PAUSE << max(0, min(pauses, 32) - 1)))


class PinLimits(msgspec.Struct, frozen=True):
    """The limits of one device.

    Attributes:
        device: Of all guesses at it, whoever they were for.
        persons: Of each person's PIN, by id.
        boot: Names the run of the machine by whose monotonic clock pauses end; 0 for none.
    """

    device: TryLimit = TryLimit()
    persons: dict[str, TryLimit] = {}
    boot: int = 0

    def resumed(self, boot: int, now: Duration) -> PinLimits:
        """Return what holds in a run of the machine: pauses of another one begin again."""
        if boot and boot == self.boot:
            return self

        def again(limit: TryLimit) -> TryLimit:
            return limit.paused(now) if limit.paused_until else limit

        persons = {person: again(limit) for person, limit in self.persons.items()}
        return PinLimits(again(self.device), persons, boot)

    def wait(self, person: str, now: Duration) -> Duration:
        """Return how long to wait before a try at a person's PIN."""
        return max(self.device.wait(now), self._of(person).wait(now))

    def tries_left(self, person: str) -> int:
        """Return how many guesses are left before a pause."""
        return min(self.device.tries_left, self._of(person).tries_left)

    def after_wrong(self, person: str, now: Duration) -> PinLimits:
        """Return what holds after a wrong guess at a person's PIN."""
        kept = dict(list(self.persons.items())[-_PERSONS_MAX:])
        kept[person] = self._of(person).after_wrong(now)
        return PinLimits(self.device.after_wrong(now), kept, self.boot)

    def after_right(self, person: str) -> PinLimits:
        """Return what holds after a right one: nothing is held against anybody."""
        return PinLimits(
            TryLimit(),
            {key: limit for key, limit in self.persons.items() if key != person},
            self.boot,
        )

    def _of(self, person: str) -> TryLimit:
        return self.persons.get(person, TryLimit())


def encode_limits(limits: PinLimits) -> bytes:
    """Encode limits for the disk."""
    return msgspec.json.encode(limits) + b"\n"


def decode_limits(content: bytes | None) -> PinLimits:
    """Read limits back; none yet are fresh ones.

    Raises:
        BadInput: if the content was tampered with or damaged: then a pause is due.
    """
    if content is None:
        return PinLimits()
    try:
        return msgspec.json.decode(content, type=PinLimits)
    except UNDECODABLE:
        raise BadInput("the record of wrong PINs is damaged") from None
