"""Which message of an organization's is sent next: each webhook's in turn.

What waits for a slow receiver is older than what waits for the others: by age alone theirs would
come at its pace, once slow ones have all the lanes that they may have.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func

from server.jobs.enqueuing import Job
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Duration

WEBHOOK_LANES_OF_RECEIVER: Final = 2
"""Of them to one receiver: a slow one leaves its organization's others theirs."""
WEBHOOK_LANES_OF_ORGANIZATION: Final = 4
"""Of them for one organization, whose receivers may all be slow."""

_ID_SIZE: Final = len("wh_7k2m9q4t1x0c")
_REMEMBERED_MAX: Final = 1_000
"""Organizations whose webhooks' turns are remembered: all of them stand in one question."""
_WEBHOOK: Final = func.substr(Job.key, 1, _ID_SIZE)
"""Of a message's job: its key begins with it (`outbox.set_going`). As a list, however many: SQLite
takes no thousand conditions, and so many receivers may fail at once."""


class Turns:
    """Who is at work, who rests, and who had their turn; of one worker."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._at: Counter[str] = Counter()
        self._of: Counter[OrganizationId] = Counter()
        self._resting: dict[str, Duration] = {}
        self._had_of: defaultdict[OrganizationId, set[str]] = defaultdict(set)

    def begin(self, organization_id: OrganizationId, webhook_id: str) -> None:
        """Note that a message is under way; whoever had a turn already begins another round."""
        self._at[webhook_id] += 1
        self._of[organization_id] += 1
        if len(self._had_of) > _REMEMBERED_MAX:
            self._had_of.clear()
        had = self._had_of[organization_id]
        if webhook_id in had:
            had.clear()
        had.add(webhook_id)

    def end(self, organization_id: OrganizationId, webhook_id: str) -> None:
        """Note that it is not any more."""
        self._at[webhook_id] -= 1
        self._of[organization_id] -= 1

    def rest(self, webhook_id: str, until: Duration) -> None:
        """Let nothing more be sent to a receiver until then, by the steady clock."""
        self._resting[webhook_id] = until

    def besides(self, now: Duration) -> Sequence[ColumnElement[bool]]:
        """Say whose jobs are not passed over now: those of nobody who is busy or rests."""
        self._resting = {one: until for one, until in self._resting.items() if until > now}
        busy = {one for one, count in self._at.items() if count >= WEBHOOK_LANES_OF_RECEIVER}
        full = [one for one, count in self._of.items() if count >= WEBHOOK_LANES_OF_ORGANIZATION]
        passed = sorted(busy | self._resting.keys())
        return [_WEBHOOK.not_in(passed), Job.organization_id.not_in(full)]

    def order(self) -> Sequence[ColumnElement[Any]]:
        """Say whose come first: of whoever had no turn in this round."""
        had = [one for webhooks in self._had_of.values() for one in webhooks]
        return [case((_WEBHOOK.in_(had), 1), else_=0)]
