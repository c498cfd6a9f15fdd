"""`/api/v1/…/events/{event_id}/copy`: a new draft of an earlier event, looked at before."""

from __future__ import annotations

from typing import Annotated, Any, Final

from litestar import Request, Router, post
from litestar.di import NamedDependency
from litestar.params import FromPath, HeaderParameter, JSONBody

from server.accounts.guards import principal_of, requires
from server.accounts.principal import Role
from server.copying import service
from server.copying.preview import preview_copy
from server.copying.schemas import CopyBody, CopyPreviewAnswer
from server.db.unit import Context
from server.events.routes import EVENT, event_answer
from server.events.schemas import EventAnswer
from server.http.logs import log
from server.http.retrying import look_again
from shared.kernel.id_types import EventId, OrganizationId

COPY: Final = EVENT + "/copy"
CopyKeyHeader = Annotated[
    str | None,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=80,
        description="The same key again gives the same copy.",
    ),
]


@post(
    COPY + "/preview",
    status_code=200,
    tags=["events"],
    guards=[requires(Role.MANAGER, "events:write")],
)
async def preview_event_copy(
    data: JSONBody[CopyBody],
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> CopyPreviewAnswer:
    """Tell what a copy would be: its dates, what comes along, what stays behind.

    Nothing is made; what the copy itself would refuse is refused here too.
    """
    async with context.read(organization_id) as unit:
        return await preview_copy(unit, event_id, data)


@post(COPY, tags=["events"], guards=[requires(Role.MANAGER, "events:write")])
@look_again
async def copy_event(
    data: JSONBody[CopyBody],
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
    client_key: CopyKeyHeader = None,
) -> EventAnswer:
    """Make a new draft of an event in any state, a cancelled one too: all of its plan or nothing.

    Zones, gates, types with tiers and limits, prices, fees, tax, promotions without a code,
    policies, rules, seats, limits of alarms and tickets' design come along, moved to the new days.
    Nothing that was sold, nobody's data, no device, key or count does.
    """
    async with context.write(organization_id) as unit:
        made = await service.copy_event(unit, event_id, data, client_key)
        answer = event_answer(made)
    actor = principal_of(request).actor
    log().info("event.copied", event_id=answer.id, source_id=event_id, actor=actor)
    return answer


routers = [Router("/api/v1", route_handlers=[preview_event_copy, copy_event])]
