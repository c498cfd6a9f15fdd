"""What an organization's staff see of its jobs: what waits, what failed for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.unit import Units
from server.http.body_and_answer_types import Answer, Page, answer_of
from server.http.list_search_and_filters import Search
from server.http.page_cursors import SORTS
from server.jobs import enqueuing
from server.jobs.models import Job
from shared.wire.work_reasons import WorkReason

JOBS = "/organizations/{organization_id:str}/jobs"
State = Annotated[Literal["waiting", "done", "dead"] | None, QueryParameter(name="state")]


class JobAnswer(Answer):
    """Something that is done after its request.

    Attributes:
        kind: What, such as `mail.order`.
        subject: Whom or what it is about, by ids.
        state: `waiting`, `done`, or `dead`: it failed too often, or can never succeed as it is.
        due_at: When it is tried next, while it waits.
        attempts: Tries that failed; while the other side cannot be reached none is counted.
        said: How the last try ended, in a sentence.
        because: The same by code, for whoever words it; empty where it has none.
    """

    id: str
    kind: str
    subject: Mapping[str, Any]
    state: str
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    attempts: int
    said: str
    because: Sequence[WorkReason]


@get(
    JOBS,
    tags=["jobs"],
    guards=[requires(Role.STAFF, "orders:read")],
    opt={SORTS: enqueuing.JOB_ORDER},
)
async def list_jobs(
    search: NamedDependency[Search],
    units: NamedDependency[Units],
    in_state: State = None,
    kind: Annotated[str | None, QueryParameter(max_length=64)] = None,
) -> Page[JobAnswer]:
    """List what is done after its request, such as mails; `state=dead` needs a person."""
    async with units.read() as unit:
        return await search.page(
            unit,
            enqueuing.select_jobs(state=in_state, kind=kind),
            enqueuing.JOB_ORDER,
            convert=job_answer,
        )


@post(
    JOBS + "/{job_id:str}/again",
    status_code=200,
    tags=["jobs"],
    guards=[requires(Role.MANAGER, "orders:write")],
)
async def try_again(units: NamedDependency[Units], job_id: FromPath[str]) -> JobAnswer:
    """Try a dead job anew, once what stopped it is mended."""
    async with units.write() as unit:
        return job_answer(await enqueuing.try_again(unit, job_id))


def job_answer(row: Job) -> JobAnswer:
    """Show a job."""
    return answer_of(JobAnswer, row, because=msgspec.convert(row.because, list[WorkReason]))
