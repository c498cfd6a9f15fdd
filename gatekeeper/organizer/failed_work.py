"""Work that the server does after a request and that failed for good: why, and tried again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.organizer.server_api import Refused, ServerApi
from shared.kernel.id_types import OrganizationId
from shared.wire.work_reasons import WorkReason

LISTS: Final = ("tickets.import",)
NOTICES: Final = ("notice.orders", "mail.notice")
REPORTS: Final = ("mail.report",)
REPORT_MAILS: Final = ("mail.report", "mail.report_code")
ALARM_MAILS: Final = ("mail.alarm",)
ORDER_MAILS: Final = ("mail.order",)
"""Kinds of jobs, as the server calls them."""
NO_MAIL_PASSES: Final = frozenset({"mail.no_tls", "mail.unreached", "mail.password"})
"""Reasons, by code, that hold up every mail, and not only the one that was tried."""
_LAST_TRIED: Final = 50
"""Among so many that were tried last, one is looked for that says why it waits."""
TRIED_AT_ONCE: Final = 200
"""So many jobs are tried by one press; the others by the next."""
_DONE_SINCE: Final = 409


class WorkEnd(msgspec.Struct, frozen=True):
    """How a job of the server's ended, as the desk hears of it.

    Attributes:
        said: In the server's words.
        because: The same by code; empty where it has none, and of older servers.
    """

    said: str
    because: tuple[WorkReason, ...] = ()


class FailedWork(msgspec.Struct, frozen=True, kw_only=True):
    """What does not go on by itself.

    Attributes:
        jobs: Their ids.
        ends: How they ended, each once.
    """

    jobs: tuple[str, ...]
    ends: tuple[WorkEnd, ...]


async def find_failed(
    api: ServerApi, organization_id: OrganizationId, kinds: Sequence[str], **about: str
) -> FailedWork | None:
    """Return what failed for good; None if nothing did, or this person may not see it.

    Args:
        api: Somebody signed in.
        organization_id: Whose work.
        kinds: Which kinds of jobs.
        about: Whom or what they are about, by ids.
    """
    found = []
    try:
        for kind in kinds:
            found += await api.list_all(_path(organization_id), state="dead", kind=kind)
    except Refused:
        return None
    mine = [job for job in found if about.items() <= job["subject"].items()]
    if not mine:
        return None
    ends = {job["said"]: msgspec.convert(job, WorkEnd) for job in mine if job["said"]}
    return FailedWork(jobs=tuple(job["id"] for job in mine), ends=tuple(ends.values()))


async def find_put_off(
    api: ServerApi, organization_id: OrganizationId, kinds: Sequence[str], **about: str
) -> WorkEnd | None:
    """Return why something waits that was tried; None if nothing does, or this person may not see.

    A server of mails that cannot be reached, or refuses our password, is waited for without end.

    Args:
        api: Somebody signed in.
        organization_id: Whose work.
        kinds: Which kinds of jobs; those that come first say it.
        about: Whom or what they are about, by ids.
    """
    wanted: dict[str, str | int] = {"state": "waiting", "sort": "-due_at", "limit": _LAST_TRIED}
    try:
        for kind in kinds:
            page = await api.get(_path(organization_id), kind=kind, **wanted)
            for job in page["items"]:
                if job["said"] and about.items() <= job["subject"].items():
                    return msgspec.convert(job, WorkEnd)
    except Refused:
        return None
    return None


async def find_held_up(
    api: ServerApi, organization_id: OrganizationId, kinds: Sequence[str]
) -> WorkEnd | None:
    """Return why no mail passes now; None where nothing says so, or this person may not see it.

    One mail is tried for all while the mail server takes none: the others say nothing themselves.

    Args:
        api: Somebody signed in.
        organization_id: Whose work.
        kinds: Which kinds of jobs.
    """
    found = await find_put_off(api, organization_id, kinds)
    if found is None or not NO_MAIL_PASSES & {one.code for one in found.because}:
        return None
    return found


async def try_again(api: ServerApi, organization_id: OrganizationId, work: FailedWork) -> None:
    """Have it done anew, each job once, however often and by how many this is asked.

    Raises:
        Refused: if this needs a manager.
    """
    for job in work.jobs[:TRIED_AT_ONCE]:
        try:
            await api.post(f"{_path(organization_id)}/{job}/again")
        except Refused as fault:
            if fault.status != _DONE_SINCE:
                raise


def _path(organization_id: OrganizationId) -> str:
    return f"/organizations/{organization_id}/jobs"
