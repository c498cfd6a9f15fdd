"""An organization's audit, for its owners."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy import Select, select

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.audit.schemas import AuditAnswer
from server.db.audit import AuditLine
from server.db.unit import Context
from server.http.listing import Search
from server.http.parameters import Limit
from server.http.schema import Moment, Page, answer_of, to_instant
from server.http.sorting import SORTS, Place, RowOrder
from server.policy import PAGE_SIZE_DEFAULT
from shared.kernel.id_types import OrganizationId
from shared.kernel.instant import Instant

ORDER: Final = RowOrder(
    AuditLine.at,
    AuditLine.id,
    is_latest_first=True,
    fields={"at": AuditLine.at, "actor": AuditLine.actor, "route": AuditLine.route},
)
Time = Annotated[Moment | None, QueryParameter(description="a time with its zone, ISO 8601")]


@get(
    "/organizations/{organization_id:str}/audit",
    tags=["organizations"],
    guards=[requires(Role.OWNER, "organization:read")],
    opt={SORTS: ORDER},
)
async def list_audit(
    search: NamedDependency[Search],
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: Place = None,
    actor: Annotated[str | None, QueryParameter(max_length=64)] = None,
    since: Time = None,
    until: Time = None,
) -> Page[AuditAnswer]:
    """List what was changed, the newest first: when, by whom, by which request.

    With `since` and `until`, which is not part of it, that of a time.
    """
    async with context.read(organization_id) as unit:
        return await search.page(
            unit,
            _select(actor, to_instant(since), to_instant(until)),
            ORDER,
            limit=limit,
            after=after,
            convert=_answer,
        )


def _select(actor: str | None, since: Instant | None, until: Instant | None) -> Select[AuditLine]:
    query = select(AuditLine)
    if actor is not None:
        query = query.where(AuditLine.actor == actor)
    if since is not None:
        query = query.where(AuditLine.at >= since)
    return query if until is None else query.where(AuditLine.at < until)


def _answer(row: AuditLine) -> AuditAnswer:
    return answer_of(AuditAnswer, row, targets=row.targets.split())


routers = [Router("/api/v1", route_handlers=[list_audit])]
