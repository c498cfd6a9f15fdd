"""For how long guests' names are kept, as the desk asks and sets it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from gatekeeper.organizer.edit_clashes import save_over
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import ServerApi
from shared.kernel.id_types import OrganizationId


class KeptEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that still has names.

    Attributes:
        due_at: When its names go.
        due_on: The same as a day of the venue's, such as `2026-07-04`.
        orders, tickets, lists: How many buyers and holders are named; lists that wait.
        waits: `conflict` or `refunds`, which come first; "" where nothing does.
    """

    name: str
    due_at: datetime
    due_on: str
    orders: int
    tickets: int
    lists: int
    waits: str

    def goes_now(self, now: datetime) -> bool:
        """Whether its names go as soon as the rule holds."""
        return self.due_at <= now and not self.waits


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """The rule, and what it means now.

    Attributes:
        days: After the end of an event's last date; None while names are kept.
        events: Which names go when, the first in front: by this rule, or the one asked about.
        etag: Changes when anybody sets another rule; "" of a server that gives none.
    """

    days: int | None
    events: Sequence[KeptEvent]
    etag: str = ""

    @property
    def fields(self) -> Fields:
        """What an edit sets."""
        return {"days": self.days}

    def count_going(self, now: datetime) -> int:
        """Of how many events the names go now."""
        return sum(one.goes_now(now) for one in self.events)


async def read_retention(
    api: ServerApi, organization_id: OrganizationId, days: int | None = None
) -> Retention:
    """Return the rule and what it means; with `days`, what that rule would mean."""
    query = {} if days is None else {"days": days}
    path = f"/organizations/{organization_id}/retention"
    return await api.read(Retention, path, **query)


async def set_retention(
    api: ServerApi, organization_id: OrganizationId, before: Retention, days: int | None
) -> Retention | Clash:
    """Have names go so many days after each event; None lets them stay.

    Args:
        api: Somebody signed in.
        organization_id: Whose names.
        before: The rule as it was read last.
        days: The rule as it shall be.

    Returns:
        The rule that holds now; or who set another one since; then nothing was written.

    Raises:
        Refused: if this is no owner.
    """
    path, mine = f"/organizations/{organization_id}/retention", {"days": days}

    async def write(etag: str) -> Retention:
        return msgspec.convert(await api.put(path, mine, etag), Retention)

    return await save_over(
        before, mine, lambda: read_retention(api, organization_id), write, before.etag
    )
