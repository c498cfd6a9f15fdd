"""Reports that are mailed by themselves, as the desk sets them up at the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from gatekeeper.organizer.afterwards.period_report_client import list_event_names
from gatekeeper.organizer.edit_clashes import clash_of, save_over, unless_changed
from gatekeeper.organizer.failed_work import (
    REPORT_MAILS,
    REPORTS,
    FailedWork,
    WorkEnd,
    find_failed,
    find_put_off,
)
from gatekeeper.organizer.merging_edits import Clash, Fields
from gatekeeper.organizer.organization.members_client import list_members
from gatekeeper.organizer.server_api import Refused, ServerApi
from gatekeeper.organizer.unheard_making import UnheardMaking
from shared.field_limits import REPORT_RECIPIENTS_MAX
from shared.kernel.id_types import OrganizationId

KINDS: Final = ("event", "period")
EVERY: Final = ("day", "week", "month")
_FIELDS: Final = (
    *("name", "kind", "event_ids", "form", "language", "recipients", "every", "weekday"),
    *("month_day", "clock", "timezone"),
)


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is mailed by itself, as the server's `ScheduleAnswer` says."""

    id: str
    name: str
    kind: str
    event_ids: tuple[str, ...]
    form: str
    language: str
    recipients: tuple[str, ...]
    every: str
    weekday: int
    month_day: int
    clock: str
    timezone: str
    state: str
    next_at: datetime | None
    last_at: datetime | None
    has_mail: bool
    etag: str

    @property
    def is_paused(self) -> bool:
        """Whether nothing comes."""
        return self.state == "paused"

    @property
    def fields(self) -> Fields:
        """What an edit sets."""
        found = {name: getattr(self, name) for name in _FIELDS}
        return found | {
            "event_ids": sorted(self.event_ids),
            "recipients": sorted(self.recipients),
        }


class RunMail(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one mail: `waiting`, `handing`, `sent`, `refused`, `gone`, `doubtful`."""

    email: str
    outcome: str


class ReportRun(msgspec.Struct, frozen=True, kw_only=True):
    """One time that a report was mailed; see the server's `RunAnswer`."""

    due_at: datetime
    asked: bool
    mails: tuple[RunMail, ...]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """An address of nobody's account; reports go there once `confirmed_at` is."""

    id: str
    email: str
    confirmed_at: datetime | None
    etag: str

    @property
    def fields(self) -> Fields:
        """What somebody else can change of it."""
        return {"email": self.email, "confirmed_at": self.confirmed_at}


class ScheduleOverview(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page shows.

    Attributes:
        zone: The organization's.
        has_mail: There is a mail server; None where nothing says so yet.
        events: Names of all live events by id.
        members: Their addresses.
        runs: Of the one that is looked at.
        failed: Mails of any report that failed for good, and may be tried again.
        put_off: Why mails of reports, or of codes, wait.
    """

    zone: str
    has_mail: bool
    schedules: tuple[Schedule, ...]
    addresses: tuple[Address, ...]
    events: Mapping[str, str]
    members: Sequence[str]
    runs: tuple[ReportRun, ...] = ()
    failed: FailedWork | None = None
    put_off: WorkEnd | None = None


class ScheduleClient:
    """Looks after an organization's reports by mail.

    Args:
        api: Somebody signed in, a manager at least.
        organization_id: Whose reports.
    """

    def __init__(self, api: ServerApi, organization_id: OrganizationId) -> None:
        self._api, self.organization_id = api, organization_id
        self._of = f"/organizations/{organization_id}"
        self._path = f"{self._of}/report-schedules"
        self._making = UnheardMaking()

    async def read(self, chosen: str = "") -> ScheduleOverview:
        """Read all that the page shows, with what became of the chosen one's mails."""
        organization: dict[str, Any] = await self._api.get(self._of)
        found = await self._api.read(tuple[Schedule, ...], self._path)
        addresses = await self._api.get(f"{self._of}/report-addresses")
        mail: dict[str, Any] = await self._api.get(f"{self._of}/alarm-mail")
        runs: tuple[ReportRun, ...] = ()
        if chosen in {one.id for one in found}:
            runs = await self._api.read(tuple[ReportRun, ...], f"{self._path}/{chosen}/runs")
        members = await list_members(self._api, self.organization_id)
        return ScheduleOverview(
            zone=str(organization["timezone"]),
            has_mail=bool(mail["is_set_up"]),
            schedules=found,
            addresses=msgspec.convert(addresses, tuple[Address, ...]),
            events=await list_event_names(self._api, self.organization_id),
            members=[one.email for one in members],
            runs=runs,
            failed=await find_failed(self._api, self.organization_id, REPORTS),
            put_off=await find_put_off(self._api, self.organization_id, REPORT_MAILS),
        )

    async def add(self, fields: Fields) -> Schedule:
        """Have a report mailed; asked for again because no answer came, it is the same one.

        Raises:
            Refused: naming the field that is not taken.
        """

        async def look() -> tuple[Schedule, ...]:
            return await self._api.read(tuple[Schedule, ...], self._path)

        async def make() -> Schedule:
            return await self._api.make(Schedule, self._path, fields)

        return await self._making.once(fields, look, lambda one: one.fields == fields, make)

    async def save(self, schedule: Schedule, fields: Fields, etag: str = "") -> Clash | None:
        """Change what is mailed, when or to whom.

        Returns:
            What somebody else changed of it meanwhile; then nothing was written.
        """

        async def write(etag: str) -> None:
            await self._api.patch(self._one(schedule), fields, etag)

        self._making.forget()
        return await save_over(schedule, fields, lambda: self._read(schedule), write, etag)

    async def pause(self, schedule: Schedule, *, is_paused: bool) -> None:
        """Hold a report, or let it come again."""
        state = {"state": "paused" if is_paused else "active"}
        try:
            await self._api.patch(self._one(schedule), state, schedule.etag)
        except Refused as refusal:
            # It is meant whatever its name or its time has become.
            clash = await clash_of(
                refusal, schedule, schedule.fields, lambda: self._read(schedule)
            )
            await self._api.patch(self._one(schedule), state, clash.etag)

    async def remove(self, schedule: Schedule) -> Clash | None:
        """Mail a report no more.

        Returns:
            What somebody else changed of it meanwhile; then it is still there.
        """
        path = self._one(schedule)
        self._making.forget()
        return await unless_changed(
            schedule,
            lambda: self._api.delete(path, schedule.etag),
            lambda: self._read(schedule),
        )

    async def run_now(self, schedule: Schedule) -> None:
        """Mail a report at once, besides."""
        await self._api.post(f"{self._one(schedule)}/runs")

    async def ask_address(self, email: str, language: str) -> Address:
        """Have a code mailed to an address, or another one."""
        fields = {"email": email, "language": language}
        return await self._api.make(Address, f"{self._of}/report-addresses", fields)

    async def confirm_address(self, address: Address, code: str) -> Address:
        """Say the code that was mailed there.

        Raises:
            Refused: if it is another one, or none is out.
        """
        path = f"{self._of}/report-addresses/{address.id}/confirmation"
        return await self._api.make(Address, path, {"code": code})

    async def remove_address(self, address: Address) -> Clash | None:
        """Mail nothing more to an address; it can be confirmed anew by another code.

        Returns:
            What somebody else did with it meanwhile; then it is still there.

        Raises:
            Refused: if it is gone already.
        """
        path = f"{self._of}/report-addresses/{address.id}"
        try:
            await self._api.delete(path, address.etag)
        except Refused as refusal:

            async def read() -> Address:
                for one in await self._api.read(
                    tuple[Address, ...], f"{self._of}/report-addresses"
                ):
                    if one.id == address.id:
                        return one
                message = f"{address.email} has been removed in the meantime"
                raise Refused(message, (), problem="not-found", status=404)

            return await clash_of(refusal, address, address.fields, read)
        return None

    async def _read(self, schedule: Schedule) -> Schedule:
        return await self._api.read(Schedule, self._one(schedule))

    def _one(self, schedule: Schedule) -> str:
        return f"{self._path}/{schedule.id}"


def find_flaw(fields: Fields) -> str:
    """Say what is missing before a server is asked: `name`, `recipients`, `many`; "" for none."""
    if not str(fields["name"]).strip():
        return "name"
    if not fields["recipients"]:
        return "recipients"
    return "many" if len(fields["recipients"]) > REPORT_RECIPIENTS_MAX else ""
