"""An organization's audit, for its owners."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select, tuple_

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.audit.schemas import AuditAnswer
from server.db.audit import AuditLine
from server.db.unit import Context, Unit
from server.http.listing import Search
from server.http.parameters import After, Limit
from server.http.schema import Page, answer_of
from server.policy import PAGE_SIZE_DEFAULT
from server.problems import wrong_field
from shared.kernel.id_types import OrganizationId


@get(
    "/organizations/{organization_id:str}/audit",
    tags=["organizations"],
    guards=[requires(Role.OWNER, "organization:read")],
)
async def list_audit(
    search: NamedDependency[Search],
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    limit: Limit = PAGE_SIZE_DEFAULT,
    after: After = None,
) -> Page[AuditAnswer]:
    """List what was changed, the newest first: when, by whom, by which request."""
    async with context.read(organization_id) as unit:
        return await search.page(
            lambda most, place: _list(unit, most, place),
            limit=limit,
            after=after,
            convert=_answer,
            cursor=lambda row: f"{row.at}.{row.id}",
        )


async def _list(unit: Unit, limit: int, after: str | None) -> Sequence[AuditLine]:
    query = select(AuditLine).order_by(AuditLine.at.desc(), AuditLine.id.desc())
    if after is not None:
        at, _, line_id = after.partition(".")
        if not at.isascii() or not at.isdigit() or len(at) > 18:
            raise wrong_field("after", "is no `next` of a page of this list")
        query = query.where(tuple_(AuditLine.at, AuditLine.id) < (int(at), line_id))
    return (await unit.session.execute(query.limit(limit + 1))).scalars().all()


def _answer(row: AuditLine) -> AuditAnswer:
    return answer_of(AuditAnswer, row, targets=row.targets.split())


routers = [Router("/api/v1", route_handlers=[list_audit])]
