"""Evacuations for the organizer: what was said by whom, what counts, and the last word."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import principal_of, requires
from server.accounts.principal import Role
from server.db.unit import Context
from server.events.service import get_event
from server.http.logs import log
from server.http.schema import answer_of
from server.journals.evacuation_rulings import EvacuationRuling, EvacuationRulings, RulingKind
from server.journals.schemas import EvacuationRulingBody, EvacuationWordAnswer
from server.ledger.evacuation_words import ORGANIZER, Word
from server.problems import wrong_field
from shared.kernel.id_types import DeviceId, EventId, OrganizationId

EVACUATIONS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/evacuations"
READ: Final = requires(Role.READER, "journal:read")
RULE: Final = requires(Role.MANAGER)
"""A person's session: whom it lets in again is nothing for an API key to say."""


@get(EVACUATIONS, tags=["evacuations"], guards=[READ])
async def list_evacuation_words(
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> list[EvacuationWordAnswer]:
    """List what was said of an event's evacuations, the earliest first."""
    evacuations: EvacuationRulings = request.app.state["evacuations"]
    async with context.read(organization_id) as unit:
        await get_event(unit, event_id)
    words = await evacuations.list_words(organization_id, event_id)
    return [_answer(word) for word in words]


@post(EVACUATIONS + "/rulings", status_code=200, tags=["evacuations"], guards=[RULE])
async def rule_on_evacuation(
    data: JSONBody[EvacuationRulingBody],
    request: Request[Any, Any, Any],
    context: NamedDependency[Context],
    organization_id: FromPath[OrganizationId],
    event_id: FromPath[EventId],
) -> list[EvacuationWordAnswer]:
    """Annul an evacuation, or confirm a word on it; the gates are told by the feed."""
    if data.ruling is RulingKind.CONFIRM and not (data.device_id and data.phase):
        raise wrong_field("device_id", "and phase say which word is confirmed")
    evacuations: EvacuationRulings = request.app.state["evacuations"]
    actor = principal_of(request).actor
    async with context.read(organization_id) as unit:
        await get_event(unit, event_id)
    words = await evacuations.rule(
        EvacuationRuling(
            organization_id=organization_id,
            event_id=event_id,
            evacuation_id=data.evacuation_id,
            zone_id=data.zone_id,
            kind=data.ruling,
            actor=actor,
            device_id=data.device_id or DeviceId(""),
            phase=data.phase or "",
        )
    )
    log().info(
        "evacuation.ruled",
        actor=actor,
        event_id=event_id,
        evacuation_id=data.evacuation_id,
        ruling=data.ruling.value,
    )
    return [_answer(word) for word in words]


def _answer(word: Word) -> EvacuationWordAnswer:
    return answer_of(
        EvacuationWordAnswer,
        word,
        device_id=None if word.device_id == ORGANIZER else word.device_id,
    )


routers = [
    Router("/api/v1", route_handlers=[list_evacuation_words, rule_on_evacuation]),
]
