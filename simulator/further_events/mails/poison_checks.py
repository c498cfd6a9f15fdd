"""What is promised where a job ends its worker each time, judged by when the server was ended.

It is done again when two minutes are over, three times; then there are pauses, and after ten of
them somebody has to look at it, whom it is named to. (0048; the pauses here are a minute.)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import msgspec

from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.mails.record import MailedOrder, MailRecord

LEASE: Final[Duration] = 2 * MINUTE
AT_ONCE: Final = 4
"""The first time, and three times more that are taken for chance."""
PAUSE: Final[Duration] = 48 * SECOND
"""The shortest of those that come then: a minute, less a fifth."""
PAUSES: Final = 10
CALLING: Final[Duration] = 17 * SECOND
"""On a slow line the mail server may be called so long after the job was taken: a call that takes
more than fifteen seconds is given up."""


class PoisonEvidence(msgspec.Struct, frozen=True):
    """All of it, when it is quiet.

    Attributes:
        record: What was seen of mails.
        order: Whose mail ended the server.
        dead: What operators were told of jobs that need them.
    """

    record: MailRecord
    order: MailedOrder
    dead: list[dict[str, Any]]


def check_pauses(evidence: PoisonEvidence) -> Iterator[str]:
    """Yield each end of the server that came too soon after the one before, or after too many."""
    ends = [one.opened for one in evidence.record.talks_of(evidence.order) if one.is_deadly]
    if not ends:
        yield f"{evidence.order}: nobody has tried to send its mail"
    if len(ends) > PAUSES + 1:
        yield f"the server was ended {len(ends)} times by one mail"
    for number, (one, other) in enumerate(pairwise(ends), 1):
        least = LEASE + (PAUSE if number >= AT_ONCE else 0) - CALLING
        if other - one < least:
            yield f"ended again after {(other - one) / SECOND:.0f} s, for time {number + 1}"


def check_named(evidence: PoisonEvidence) -> Iterator[str]:
    """Yield whatever operators were told wrongly of what needs them."""
    wishes = {name for _, name in evidence.order.wishes}
    dead = {str(one["id"]) for one in evidence.dead}
    if not wishes <= dead:
        yield f"{evidence.order}: its mail ends the server each time, and nobody is told"
    for order in evidence.record.orders:
        names = {name for _, name in order.wishes}
        is_refused = order.nature.is_refused and order.cancelled is None
        if (
            order is not evidence.order
            and bool(names & dead) != is_refused
            and not order.cancelled
        ):
            yield f"{order}: named as one that needs a person: {bool(names & dead)}"


POISON_CHECKS: Final = (check_pauses, check_named)
