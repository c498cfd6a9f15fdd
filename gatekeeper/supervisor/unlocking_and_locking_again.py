"""Badge and PIN against what the event says of its supervisors; rights that end by themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.supervisor.pin_tries import PinLimits
from shared.credential.badges_and_pins import hash_badge, is_right_pin
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import SECOND, Duration
from shared.manifest.event_config import SupervisorConfig

RIGHTS_FOR: Final[Duration] = 60 * SECOND
"""A supervisor's rights end so long after the last touch."""
UNLOCK_FOR: Final[Duration] = 30 * SECOND
"""How long a gate or a till waits for the rest of a PIN."""


class Badge(msgspec.Struct, frozen=True):
    """The supervisor whose badge was scanned."""

    person: str
    name: str


class UnlockAnswer(msgspec.Struct, frozen=True):
    """What came of a PIN.

    Attributes:
        is_right: The rights begin.
        tries_left: Before a pause.
        wait: Nothing is tried for so long.
        is_withdrawn: The badge is nobody's any more; no PIN was tried.
    """

    is_right: bool
    tries_left: int = 0
    wait: Duration = Duration(0)
    is_withdrawn: bool = False


class Duty(msgspec.Struct, frozen=True):
    """A supervisor's rights at a gate, until they end.

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


OpenPin = Callable[[SupervisorConfig], str]
"""Gives the hash of a supervisor's PIN by the badge that was shown, or nothing."""
KeepLimits = Callable[[PinLimits], None]
RunCheck = Callable[[Callable[[], bool]], Awaitable[bool]]


def find_badge(
    code: str, supervisors: Sequence[SupervisorConfig], organization_id: OrganizationId
) -> Badge | None:
    """Return whose badge a scanned code is; None for anything else."""
    if not supervisors:
        return None
    wanted = hash_badge(code, organization_id)
    for one in supervisors:
        if one.badge_hash == wanted:
            return Badge(one.id, one.name)
    return None


class PinLock:
    """Checks PINs, and remembers wrong ones.

    Args:
        limits: As they were kept.
        keep: Makes limits durable; called before a PIN is looked at, so that pulling the plug
            gives no free try.
        run: Runs the slow check beside the loop.
    """

    def __init__(self, limits: PinLimits, keep: KeepLimits, run: RunCheck) -> None:
        self._limits, self._keep, self._run = limits, keep, run

    async def unlock(
        self,
        person: str,
        pin: str,
        supervisors: Sequence[SupervisorConfig],
        now: Duration,
        open_pin: OpenPin,
    ) -> UnlockAnswer:
        """Try a PIN.

        Args:
            person: Whose.
            pin: As typed.
            supervisors: Of the event.
            now: Monotonic time.
            open_pin: By the badge that was shown.

        Raises:
            StoreFault: if the try cannot be counted; then it is not made.
        """
        wait = self._limits.wait(person, now)
        if wait:
            return UnlockAnswer(is_right=False, wait=wait)
        encoded = next((open_pin(one) for one in supervisors if one.id == person), "")
        before = self._limits
        self._limits = before.after_wrong(person, now)
        self._keep(self._limits)
        if await self._run(lambda: is_right_pin(pin, encoded)):
            self._limits = self._limits.after_right(person)
            self._keep(self._limits)
            return UnlockAnswer(is_right=True)
        return UnlockAnswer(
            is_right=False,
            tries_left=self._limits.tries_left(person),
            wait=self._limits.wait(person, now),
        )
