"""A sensor's contact as a word on who has passed: closed while somebody goes through.

One that is closed before the arm opens is that of who went before, of somebody who leans in, or
stuck. It is no word on the one who is let through now: an exit that nobody used would count, and
a copy of the code would come in. Only what it does after it has been open is.
"""

from __future__ import annotations

import contextlib
from typing import Final, Protocol

from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.trouble import TroubleKind

CLEAR_WITHIN: Final[Duration] = 2 * SECOND
"""Who has passed is through by then; until then their contact is no word on the next one."""
_STEADY: Final[Duration] = 300 * MILLISECOND
"""What closes it again so soon is the other leg, or a bag: nobody else was let through."""
_PARTS_MAX: Final = 4


class ContactWait(Protocol):
    """Waits for a sensor's contact."""

    def __call__(self, timeout: Duration, *, is_closed: bool) -> bool:
        """Wait until it is closed, or open; tells whether it was in time."""
        ...


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
            message = "the turnstile's sensor told of somebody before the arm was opened"
            raise EnvironmentFault(message, kind=TroubleKind.RELAY_SENSOR)
    with contextlib.suppress(EnvironmentFault):  # somebody has passed all the same
        for _ in range(_PARTS_MAX):
            is_open = waits_for(CLEAR_WITHIN, is_closed=False)
            if not is_open or not waits_for(_STEADY, is_closed=True):
                break
    return True
