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
MAILS_A_DAY_MAX: Final = 5_000
"""Of an organization: the operator's mail server is no way to write to strangers."""
NOTICE_MAILS_A_DAY_MAX: Final = 20_000
"""Of an organization, to all buyers; the rest waits: it is no way to write to strangers."""
NOTICES_MAX: Final = 100
"""Of moves of an event that buyers are told; that it is called off is told besides, once."""
NOTICES_A_DAY_MAX: Final = 10
"""Of them in a day."""
REPORT_SCHEDULES_MAX: Final = 20
"""Of an organization: what comes each morning to each of its people."""
REPORT_RUNS_A_DAY_MAX: Final = 10
"""Times a day that an organization's people ask for a report at once."""
REPORT_MAILS_A_DAY_MAX: Final = 1_000
"""Of an organization, each with its files: all its schedules to all their addresses, and those
that are asked for. Reports that are removed and made anew, or moved to the next minute, are no way
around it: a member's address was never confirmed by whoever it belongs to."""
REPORT_ADDRESSES_MAX: Final = 50
"""Of an organization, that belong to no member."""
REPORT_CODES_A_DAY_MAX: Final = 20
"""Mailed by an organization to addresses of strangers."""
ALARM_MAILS_A_DAY_MAX: Final = 50
"""To one person."""
TICKET_FILES_OPEN_MAX: Final = 5
"""Of an event, that are written or wait to be fetched: each may hold all of its tickets."""
PAYMENTS_PER_ORDER_MAX: Final = 100
"""And as many payouts of it."""
TICKETS_PER_ORDER_MAX: Final = 1_000


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
