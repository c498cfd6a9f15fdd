"""What an organizer must hear of at once, as the server has it, for the desk."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from gatekeeper.organizer.edit_clashes import save_over
from gatekeeper.organizer.failed_work import ALARM_MAILS, WorkEnd, find_put_off
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.server_api import UNTAGGED, EventSite, ServerApi
from shared.kernel.id_types import EventId, OrganizationId

LIMITS: Final = {
    "double_uses": 100_000,
    "denials_percent": 100,
    "denials_min": 100_000,
    "forged_codes": 100_000,
    "silent_minutes": 1_440,
    "zone_percent": 100,
    "overrides_percent": 100,
    "overrides_min": 100_000,
}
"""From where on alarms are raised, by the server's names, and how far each goes."""


class DeskAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that stands.

    Attributes:
        site: Its event.
        event: That one's name.
        kind: As the server names it, such as `gate_silent`.
        what: The server's own sentence.
        place: The gate, zone or device it is about; "" for the event.
        count, out_of: What was measured last.
        seen_by: Who sees to it; "" while nobody does.
    """

    id: str
    site: EventSite
    event: str
    kind: str
    what: str
    place: str
    count: int
    out_of: int
    seen_by: str


class PastAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm that was raised at an event, as the server's `AlarmAnswer` says.

    Attributes:
        kind, what, place, count, out_of: As `DeskAlarm` has them.
        ended_at: When it was over; None while it stands.
        seen_by: Who has seen to it; None for nobody.
        note: What they have written of it.
    """

    id: str
    kind: str
    what: str
    place: str
    count: int
    out_of: int
    raised_at: datetime
    ended_at: datetime | None
    seen_by: str | None
    seen_at: datetime | None
    note: str


class AlarmPage(msgspec.Struct, frozen=True):
    """Alarms, the latest first; `next` names the page of earlier ones, if there is one."""

    items: tuple[PastAlarm, ...] = ()
    next: str | None = None

    def joined(self, latest: AlarmPage) -> AlarmPage:
        """Return these with what the first page says by now; its place stays."""
        if not self.items or latest.next is None:
            return latest
        ids = {one.id for one in latest.items}
        if not ids & {one.id for one in self.items}:
            return latest  # so many came meanwhile that there is a gap between them
        return AlarmPage(
            (*latest.items, *(one for one in self.items if one.id not in ids)), self.next
        )

    def with_earlier(self, earlier: AlarmPage) -> AlarmPage:
        """Return these and the page that follows."""
        ids = {one.id for one in self.items}
        more = (one for one in earlier.items if one.id not in ids)
        return AlarmPage((*self.items, *more), earlier.next)


async def read_alarms(
    api: ServerApi, site: EventSite, *, standing: str = "", kind: str = "", after: str = ""
) -> AlarmPage:
    """Read which alarms were raised at an event, the latest first.

    Args:
        api: Somebody signed in.
        site: The event.
        standing: `true` for those that stand, `false` for those that are over; "" for both.
        kind: Only those of one kind; "" for all.
        after: `next` of the page before; "" for the first.
    """
    wanted = {"standing": standing, "kind": kind, "after": after}
    query = {name: said for name, said in wanted.items() if said}
    return await api.read(AlarmPage, f"{site.path}/alarms", **query)


async def list_alarms(api: ServerApi, organization_id: OrganizationId) -> tuple[DeskAlarm, ...]:
    """List the alarms that stand at all events: those that nobody has seen first."""
    found = [
        DeskAlarm(
            id=one["id"],
            site=EventSite(organization_id, EventId(one["event_id"])),
            event=one["event"],
            kind=one["kind"],
            what=one["what"],
            place=one["place"],
            count=one["count"],
            out_of=one["out_of"],
            seen_by=one["seen_by"] or "",
        )
        for one in await api.get(f"/organizations/{organization_id}/alarms")
    ]
    return tuple(sorted(found, key=lambda one: bool(one.seen_by)))


async def take_notice(api: ServerApi, alarm: DeskAlarm) -> None:
    """Say that I see to an alarm."""
    await api.post(f"{alarm.site.path}/alarms/{alarm.id}/seen", {})


class AlarmLimits(msgspec.Struct, frozen=True):
    """From where on an event's alarms are raised, by `LIMITS`; 0 raises none of the kind."""

    limits: dict[str, int]
    etag: str

    @property
    def fields(self) -> Fields:
        """What an edit sets: all of them."""
        return self.limits


class AlarmMail(msgspec.Struct, frozen=True):
    """Whether I am mailed when an alarm is raised.

    Attributes:
        language: Of the mails.
        is_set_up: Whether the server can send mails at all.
        put_off: Why mails of alarms wait, somebody's.
    """

    wanted: bool
    language: str
    is_set_up: bool
    put_off: WorkEnd | None = None


async def read_limits(api: ServerApi, site: EventSite) -> AlarmLimits:
    """Read from where on an event's alarms are raised."""
    return await api.read(AlarmLimits, f"{site.path}/alarm-limits")


async def save_limits(
    api: ServerApi, site: EventSite, read: AlarmLimits, limits: Fields, etag: str = ""
) -> Clash | None:
    """Say from where on an event's alarms are raised.

    Args:
        api: Somebody signed in.
        site: The event.
        read: As they were read.
        limits: As they shall be, all of them.
        etag: Of what was looked at last; "" for the one of `read`.

    Returns:
        What somebody else changed of them meanwhile; then nothing was written.

    Raises:
        Refused: if this needs a manager.
    """

    async def write(etag: str) -> None:
        await api.put(f"{site.path}/alarm-limits", limits, etag)

    return await save_over(read, limits, lambda: read_limits(api, site), write, etag)


async def read_mail(api: ServerApi, site: EventSite) -> AlarmMail:
    """Read whether I am mailed of the organization's alarms."""
    mail = await api.read(AlarmMail, _mail_path(site))
    if not (mail.wanted and mail.is_set_up):
        return mail
    put_off = await find_put_off(api, site.organization_id, ALARM_MAILS)
    return msgspec.structs.replace(mail, put_off=put_off)


async def want_mail(api: ServerApi, site: EventSite, *, is_wanted: bool, language: str) -> None:
    """Have me mailed of the organization's alarms, or no more.

    Raises:
        Refused: if a reader asks.
    """
    fields = {"wanted": is_wanted, "language": language}
    await api.put(_mail_path(site), fields, UNTAGGED)


def _mail_path(site: EventSite) -> str:
    return f"/organizations/{site.organization_id}/alarm-mail"
