"""What several events came to from a day to another, as the desk asks the server for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.organizer.afterwards.audit_client import Days
from gatekeeper.organizer.afterwards.reports_client import fetch_form
from gatekeeper.organizer.server_api import ServerApi
from shared.kernel.id_types import OrganizationId

MINOR: Final = "_minor"
"""Columns whose names end so are amounts in minor units of their line's currency."""
Cell = str | int | None


class PeriodTable(msgspec.Struct, frozen=True):
    """One table of the report, as the server names it."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


class PeriodReport(msgspec.Struct, frozen=True, kw_only=True):
    """The tables, and when they were counted by which clock."""

    timezone: str
    made_at: str
    tables: Sequence[PeriodTable]


class PeriodWanted(msgspec.Struct, frozen=True):
    """Which events, none of them for all; and which days."""

    event_ids: tuple[str, ...] = ()
    days: Days = Days()

    @property
    def query(self) -> dict[str, str]:
        """As the server is asked."""
        found = {
            "events": ",".join(self.event_ids),
            "since": "" if self.days.since is None else self.days.since.isoformat(),
            "until": "" if self.days.until is None else self.days.until.isoformat(),
        }
        return {name: value for name, value in found.items() if value}


async def list_event_names(api: ServerApi, organization_id: OrganizationId) -> dict[str, str]:
    """Return the names of all live events by their ids, the newest first."""
    found = await api.list_all(f"/organizations/{organization_id}/events")
    live = [one for one in found if one["profile"] == "live"]
    newest_first = sorted(live, key=lambda one: str(one["created_at"]), reverse=True)
    return {one["id"]: one["name"] for one in newest_first}


async def read_period(
    api: ServerApi, organization_id: OrganizationId, wanted: PeriodWanted
) -> PeriodReport:
    """Have the records of a time folded."""
    path = f"/organizations/{organization_id}/report"
    return await api.read(PeriodReport, path, **wanted.query)


async def read_period_file(
    api: ServerApi,
    organization_id: OrganizationId,
    wanted: PeriodWanted,
    form: str,
    language: str,
) -> bytes:
    """Return the whole report as a file of a form of `reports.FORMS`; see `reports.read_file`."""
    path = f"/organizations/{organization_id}/report"
    return await fetch_form(api, path, form, language, wanted.query)
