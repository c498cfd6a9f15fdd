"""What all buyers were told by mail, as the desk reads it, and who was not reached."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from gatekeeper.organizer.failed_work import (
    NOTICES,
    FailedWork,
    WorkEnd,
    find_failed,
    find_put_off,
)
from gatekeeper.organizer.server_api import EventSite, ServerApi

UNREACHED_SHOWN_MAX: Final = 200
"""Buyers whom a message has not reached, and are listed; more are counted."""


class Unreached(msgspec.Struct, frozen=True, kw_only=True):
    """A buyer whom a message has not reached, or nobody knows: see the server's `ToldAnswer`."""

    number: int
    outcome: str
    buyer_name: str | None
    buyer_email: str | None
    buyer_phone: str | None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A message to all buyers, as the server's `NoticeAnswer` says.

    Attributes:
        has_mail: There was a mail server when it was said; else nobody was written to.
        is_stopped: Its work has failed for good before all buyers were written to.
        unreached: Whom a person must tell, by order.
        failed: What of it failed for good, and may be tried again.
        put_off: Why the mails that wait did not come off so far.
    """

    id: str
    kind: str
    created_at: datetime
    ended_at: datetime | None
    waiting: int
    sent: int
    no_address: int
    no_server: int
    refused: int
    doubtful: int
    has_mail: bool = True
    is_stopped: bool = False
    unreached: tuple[Unreached, ...] = ()
    failed: FailedWork | None = None
    put_off: WorkEnd | None = None

    @property
    def missed(self) -> int:
        """Of how many orders the buyers were not reached."""
        return self.no_address + self.no_server + self.refused + self.doubtful

    @property
    def is_under_way(self) -> bool:
        """Whether some of it is still to be sent."""
        return (self.ended_at is None and not self.is_stopped) or self.waiting > 0


async def read_notice(
    api: ServerApi, site: EventSite, kind: str, date: str | None = None
) -> Notice | None:
    """Return the newest message of a kind, with whom it did not reach; None if there is none.

    Args:
        api: Somebody signed in.
        site: The event.
        kind: `cancelled` or `moved`.
        date: Only what is about this date, "" for the whole event; None for any.
    """
    rows = await api.get(f"{site.path}/notices")
    about = [date] if date else []
    mine = (
        one
        for one in rows
        if one["kind"] == kind and (date is None or list(one["dates"]) == about)
    )
    found = next(mine, None)
    if found is None:
        return None
    notice = msgspec.convert(found, Notice)
    if notice.is_stopped or notice.refused:
        failed = await find_failed(api, site.organization_id, NOTICES, notice_id=notice.id)
        notice = msgspec.structs.replace(notice, failed=failed)
    if notice.is_under_way:
        whose, kinds = site.organization_id, tuple(reversed(NOTICES))
        put_off = await find_put_off(api, whose, kinds, notice_id=notice.id)
        notice = msgspec.structs.replace(notice, put_off=put_off)
    if not notice.missed:
        return notice
    path = f"{site.path}/notices/{notice.id}/buyers"
    page = await api.get(path, limit=UNREACHED_SHOWN_MAX)
    unreached = msgspec.convert(page["items"], tuple[Unreached, ...])
    return msgspec.structs.replace(notice, unreached=unreached)
