"""A supervisor at work: rights that end by themselves."""

from __future__ import annotations

import msgspec

from gatekeeper.policy import RIGHTS_FOR
from shared.kernel.instant import Duration


class Badge(msgspec.Struct, frozen=True):
    """Whose badge was scanned."""

    person: str
    name: str


class UnlockAnswer(msgspec.Struct, frozen=True):
    """What came of a PIN.

    Attributes:
        is_right: The rights begin.
        tries_left: Before a pause.
        wait: Nothing is tried for so long.
    """

    is_right: bool
    tries_left: int = 0
    wait: Duration = Duration(0)


class Duty(msgspec.Struct, frozen=True):
    """Somebody's rights.

    Attributes:
        badge: Whose.
        until: When they end, by the monotonic clock.
    """

    badge: Badge
    until: Duration

    @classmethod
    def begin(cls, badge: Badge, now: Duration) -> Duty:
        """Begin."""
        return cls(badge, now + RIGHTS_FOR)

    def touched(self, now: Duration) -> Duty:
        """Go on after an input."""
        return msgspec.structs.replace(self, until=now + RIGHTS_FOR)

    def left(self, now: Duration) -> Duration:
        """Return how long they still last; 0 when they are over."""
        return Duration(max(0, self.until - now))
