"""How much of the machine one organization, one person and one device may use: all in one place.

Generous: no honest use comes near. They bound what one of many on the same server can do to the
others' disk and time. Limits of requests and of sockets stand with what counts them
(`server/http/rate_limits.py`, `server/accounts/throttling.py`, `server/serving/sockets.py`).
"""

from __future__ import annotations

from typing import Final

from server.problems import Problem

ORGANIZATIONS_MAX: Final = 100
"""That one person belongs to, and may therefore make."""
EVENTS_MAX: Final = 100_000
"""Of an organization, that are not over: ten days ahead at 10,000 a day."""
VENUES_MAX: Final = 5_000
"""Of an organization."""
OCCURRENCES_MAX: Final = 2_000
"""Of an event: a show every day for five years."""
ZONES_MAX: Final = 500
GATES_MAX: Final = 2_000
TYPES_MAX: Final = 1_000
"""Of an event, each."""
DEVICES_MAX: Final = 20_000
"""Of an organization: those that are not revoked, and codes that still enrol one."""
API_KEYS_MAX: Final = 100
INVITATIONS_MAX: Final = 1_000
"""Open ones, of an organization."""
SUPERVISORS_MAX: Final = 200
"""Of an organization; each manifest carries them all."""
JOURNAL_BYTES_A_DAY_MAX: Final = 256_000_000
"""Of one device at one worker: half a million entries, fifty times a busy lane's evening. What is
held already costs nothing."""


def check(count: int, most: int, what: str) -> None:
    """See that there is room for one more.

    Args:
        count: How many there are.
        most: How many there may be.
        what: Of what, with what to do, after "At most 100 ".

    Raises:
        Problem: `quota-exceeded`.
    """
    if count >= most:
        raise exceeded(most, what)


def exceeded(most: int, what: str) -> Problem:
    """Make the answer for what there are too many of."""
    return Problem("quota-exceeded", f"At most {most} {what}.")
