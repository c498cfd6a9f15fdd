"""Evacuations for the organizer: what was said by whom, what counts, and the last word."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec
from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import principal_of, requires
from server.accounts.principal import Role
from server.db.unit import Context
from server.events.service import get_event
from server.http.logs import log
from server.http.schema import Answer, Body, answer_of
from server.journals.evacuation_rulings import EvacuationRuling, EvacuationRulings, RulingKind
from server.ledger.evacuation_words import ORGANIZER, Word
from server.problems import wrong_field
from shared.kernel.id_types import DeviceId, EvacuationId, EventId, GateId, OrganizationId, ZoneId
from shared.wire.evacuation_rights import NAME_SIZE_MAX

EVACUATIONS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/evacuations"
READ: Final = requires(Role.STAFF, "journal:read")
RULE: Final = requires(Role.MANAGER)
"""A person's session: whom it lets in again is nothing for an API key to say."""

_T = TypeVar("_T")
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_SIZE_MAX)]
_IdOf = Annotated[_T, msgspec.Meta(min_length=1, max_length=NAME_SIZE_MAX)]


class EvacuationWordAnswer(Answer):
    """One word on an evacuation.

    Attributes:
        phase: `stop`, `return` or `over`.
        device_id: Whose journal says it; null for the organizer's own word.
        person: The supervisor whom it names, or who of the organizer's people ruled.
        standing: `counts`, `waits` (for its stop), `kept` (without effect) or `annulled`.
        why: What speaks against it where it is kept; who confirmed it where somebody had to.
    """

    evacuation_id: EvacuationId
    zone_id: ZoneId
    phase: str
    device_id: DeviceId | None
    gate_id: GateId
    begun_at: datetime
    emptied_at: datetime | None
    person: str
    said_at: datetime
    standing: str
    why: str


class EvacuationRulingBody(Body):
    """The organizer's word on an evacuation of a zone.

    Attributes:
        ruling: `annul` takes all of it back; `confirm` lets one word count that a gate could not
            prove.
        device_id, phase: Which word is confirmed.
    """

    evacuation_id: _IdOf[EvacuationId]
    zone_id: _IdOf[ZoneId]
    ruling: RulingKind
    device_id: _IdOf[DeviceId] | None = None
    phase: _Name | None = None


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
