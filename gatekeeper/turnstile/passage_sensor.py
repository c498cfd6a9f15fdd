"""A sensor's contact as a word on who has passed: closed while somebody goes through.

One that is closed before the arm opens is that of who went before, of somebody who leans in, or
stuck. It is no word on the one who is let through now: an exit that nobody used would count, and
a copy of the code would come in. Only what it does after it has been open is. Nor is it a word on
anybody where it was not looked at for a while: its network is slow, or the machine was suspended.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final, Protocol

from gatekeeper.turnstile.ports import LET_GO, ArmPause
from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.trouble import TroubleKind

CLEAR_WITHIN: Final[Duration] = 2 * SECOND
"""Who has passed is through by then; until then their contact is no word on the next one."""
DOUBTED_AFTER: Final = 3
"""Admissions in a row on which a sensor has seen nobody: its next "nobody" is not believed."""
_STEADY: Final[Duration] = 300 * MILLISECOND
"""What closes it again so soon is the other leg, or a bag: nobody else was let through."""
_PARTS_MAX: Final = 4
_UNSEEN_MAX: Final[Duration] = 250 * MILLISECOND
"""Between two looks further apart somebody may have walked through, and nobody saw it."""


class ContactWait(Protocol):
    """Waits for a sensor's contact."""

    def __call__(self, timeout: Duration, *, is_closed: bool) -> bool:
        """Wait until it is closed, or open; tells whether it was in time."""


class Contact:
    """A contact that is looked at again and again.

    Args:
        ask: Tells whether it is closed now.
        place: What the relay is known by.
        poll: Between two looks.
        elapsed: Tells a monotonic time: a question takes some of it, too.
        pause: Waits between two looks.
    """

    def __init__(
        self,
        ask: Callable[[], bool],
        *,
        place: str,
        poll: Duration,
        elapsed: Callable[[], Duration],
        pause: ArmPause,
    ) -> None:
        self._ask, self._place, self._poll = ask, place, poll
        self._elapsed, self._pause = elapsed, pause
        self._looked_at: Duration | None = None
        self._unseen = Duration(0)

    def begin(self) -> None:
        """Take note that the arm is open from now on."""
        self._looked_at, self._unseen = self._elapsed(), Duration(0)

    def look(self) -> bool:
        """Tell whether it is closed.

        Raises:
            EnvironmentFault: if it cannot be asked.
        """
        before, self._looked_at = self._looked_at, self._elapsed()
        if before is not None:
            self._unseen = max(self._unseen, Duration(self._looked_at - before))
        return self._ask()

    def waits_for(self, timeout: Duration, *, is_closed: bool) -> bool:
        """Wait until it is closed, or open; tells whether it was in time.

        Raises:
            EnvironmentFault: if it cannot be asked, was not looked at for too long, or the wires
                were let go meanwhile.
        """
        began = self._elapsed()
        while self.look() != is_closed:
            assert self._looked_at is not None
            if self._looked_at - began >= timeout:
                if self._unseen > _UNSEEN_MAX:
                    message = f"the turnstile's sensor at {self._place} was not asked for a while"
                    raise EnvironmentFault(message, kind=TroubleKind.RELAY_SENSOR)
                return False
            if self._pause.wait(self._poll / SECOND):
                raise EnvironmentFault(LET_GO, kind=TroubleKind.RELAY_SENSOR)
        return True


def watch_passage(
    waits_for: ContactWait,
    timeout: Duration,
    *,
    was_closed: bool,
    has_passed: bool = False,
) -> bool:
    """Wait until somebody has passed, and is through; False if surely nobody did in time.

    Args:
        waits_for: Asks the contact.
        timeout: How long to wait.
        was_closed: It was closed before the arm opened, or could not be asked.
        has_passed: It was seen to close since.

    Raises:
        EnvironmentFault: if the sensor cannot be asked, or its contact says nothing of this one.
    """
    if not has_passed:
        is_clear = not was_closed or waits_for(CLEAR_WITHIN, is_closed=False)
        if not (is_clear and waits_for(timeout, is_closed=True)):
            if not was_closed:
                return False
            message = "the turnstile's sensor reported someone before the arm was opened"
            raise EnvironmentFault(message, kind=TroubleKind.RELAY_SENSOR)
    with contextlib.suppress(EnvironmentFault):  # somebody has passed all the same
        for _ in range(_PARTS_MAX):
            is_open = waits_for(CLEAR_WITHIN, is_closed=False)
            if not is_open or not waits_for(_STEADY, is_closed=True):
                break
    return True
