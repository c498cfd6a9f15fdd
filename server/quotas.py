"""How much one organization, event or person may have of everything: each number with its reason.

Generous: no honest use comes near. They bound what one of many on the same server can do to the
others' disk and time.
"""

from __future__ import annotations

from typing import Final

from server.problem_answers import Problem
from shared.wire.work_reasons import WorkReason

ORGANIZATIONS_MAX: Final = 100
"""That one person belongs to, and may therefore make."""
EVENTS_MAX: Final = 100_000
"""Of an organization, that are not over: ten days ahead at 10,000 a day."""
VENUES_MAX: Final = 5_000
PICTURES_MAX: Final = 500
"""Of an organization."""
LIFTS_MAX: Final = 200
OCCURRENCES_MAX: Final = 2_000
"""Of an event: a show every day for five years."""
ZONES_MAX: Final = 500
ZONE_LETTERS_MAX: Final = 500_000
"""Of the rules of an event's zones, and of the types that they name: a thousand for each of them.
Each worker reads all of it when anything of the plan has changed, and others' claims wait that
long; and each plan that gates are told is kept."""
GATES_MAX: Final = 2_000
TYPES_MAX: Final = 1_000
"""Of an event, each."""
HOLDS_MAX: Final = 2_000
"""Open ones, of an event."""
IMPORTS_MAX: Final = 20
"""That wait for an answer, of an event."""
IMPORTS_MEGABYTES_MAX: Final = 1_000
"""Of an organization's lists that wait, as they are kept: thirty of the longest, hundreds of
others. An event costs its maker one request, so that a number of each bounds nothing."""
PROMOTIONS_MAX: Final = 200
"""Of an event."""
PROMOTIONS_FOR_ALL_MAX: Final = 20
"""Those without a code, which every basket is looked at for."""
VOUCHERS_UNSOLD_MAX: Final = 1_000
"""Of one till: payments by voucher for which no sale has come: never made, given back, or still
open; each is a sale that was given up, or a cut in the middle of one."""
DEVICES_MAX: Final = 20_000
"""Of an organization: those that are not revoked, and codes that still enrol one."""
API_KEYS_MAX: Final = 100
WEBHOOKS_MAX: Final = 20
"""Of an organization."""
INVITATIONS_MAX: Final = 1_000
"""Open ones, of an organization."""
SUPERVISORS_MAX: Final = 200
"""Of an organization; each manifest carries them all."""
KEYS_ROTATED_MAX: Final = 200
"""Of one purpose, of an event or of the organization itself: each gate holds them all, and each
plan that gates are told carries them. To declare one compromised is refused to nobody."""


def check(count: int, most: int, what: str) -> None:
    """Refuse one more of what an organization or event may have only so many of.

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
    """Make the answer for whoever wants more of something than there may be."""
    because = WorkReason("quota.most", {"count": most})
    return Problem("quota-exceeded", f"At most {most} {what}.", because=because)
