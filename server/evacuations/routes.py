"""Evacuations for the organizer: what was said by whom, what counts, and the last word."""

from __future__ import annotations

from typing import Final

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.password_hashes import PasswordHashes
from server.accounts.principal import Principal, Role
from server.accounts.providers import address_of
from server.accounts.throttling import limited_try, own_counters
from server.accounts.users import check_password
from server.db.audit_line import note_target
from server.db.unit import Units
from server.evacuations.evacuation_rulings import EvacuationRuling, EvacuationRulings, RulingKind
from server.evacuations.organizers_evacuations import EvacuationOrder
from server.evacuations.schemas import (
    EvacuationOrderBody,
    EvacuationReachAnswer,
    EvacuationRulingBody,
    EvacuationWordAnswer,
)
from server.evacuations.who_has_heard import read_reach
from server.events.events_and_dates import get_event
from server.http.body_and_answer_types import answer_of
from server.http.logs import log
from server.http.parameters import AnyRequest
from server.ledger.evacuations_on_record import ORGANIZER, Word
from server.problem_answers import wrong_field
from server.venues_and_gates.venues_zones_and_gates import get_zone
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import DeviceId, EvacuationId, EventId

EVACUATIONS: Final = "/organizations/{organization_id:str}/events/{event_id:str}/evacuations"
READ: Final = requires(Role.READER, "journal:read")
RULE: Final = requires(Role.MANAGER)
"""A person's session: whom it lets in again is nothing for an API key to say."""
_ID_SIZE: Final = 16


@get(EVACUATIONS, tags=["evacuations"], guards=[READ])
async def list_evacuation_words(
    evacuations: NamedDependency[EvacuationRulings],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> list[EvacuationWordAnswer]:
    """List what was said of an event's evacuations, the earliest first."""
    async with units.read() as unit:
        await get_event(unit, event_id)
    words = await evacuations.list_words(units.organization_id, event_id)
    return [_answer(word) for word in words]


@get(EVACUATIONS + "/reach", tags=["evacuations"], guards=[READ])
async def show_evacuation_reach(
    evacuations: NamedDependency[EvacuationRulings],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> list[EvacuationReachAnswer]:
    """Say which evacuations are under way, and which devices have heard of each.

    Of one that is over, name the devices that still let nobody in.
    """
    newest, epoch = await evacuations.list_newest(units.organization_id, event_id)
    async with units.read() as unit:
        event = await get_event(unit, event_id)
        found = await read_reach(unit, event, newest, epoch)
    return [
        answer_of(
            EvacuationReachAnswer,
            one.notice,
            gate_id=one.notice.gate_id or None,
            devices=one.devices,
        )
        for one in found
    ]


@post(EVACUATIONS, status_code=200, tags=["evacuations"], guards=[RULE])
async def order_evacuation(
    data: JSONBody[EvacuationOrderBody],
    request: AnyRequest,
    evacuations: NamedDependency[EvacuationRulings],
    principal: NamedDependency[Principal],
    units: NamedDependency[Units],
    hashes: NamedDependency[PasswordHashes],
    event_id: FromPath[EventId],
) -> list[EvacuationWordAnswer]:
    """Evacuate a zone by the organizer's word, or go on with an evacuation; gates hear it at once.

    It names whoever is signed in, who proves it by their password. Asked again, it begins no
    second one; beside one that a gate has begun it is another, which ends by its own return.
    """
    named = data.evacuation_id
    if named is not None and data.phase is EvacuationPhase.STOP:
        raise wrong_field("evacuation_id", "names one that goes on; a stop begins one")
    async with units.read() as unit:
        await get_event(unit, event_id)
        await get_zone(unit, event_id, data.zone_id)
    async with limited_try(units.context, own_counters(principal, address_of(request))):
        await check_password(units.context, hashes, principal.user_id, data.password)
    note_target("phase", data.phase.value)
    note_target("zone_id", data.zone_id)
    words = await evacuations.order(
        EvacuationOrder(
            organization_id=units.organization_id,
            event_id=event_id,
            evacuation_id=named
            or EvacuationId(units.context.entropy.random_bytes(_ID_SIZE).hex()),
            zone_id=data.zone_id,
            phase=data.phase,
            actor=principal.actor,
        )
    )
    log().info(
        "evacuation.ordered",
        actor=principal.actor,
        event_id=event_id,
        zone_id=data.zone_id,
        phase=data.phase.value,
    )
    return [_answer(word) for word in words]


@post(EVACUATIONS + "/rulings", status_code=200, tags=["evacuations"], guards=[RULE])
async def rule_on_evacuation(
    data: JSONBody[EvacuationRulingBody],
    evacuations: NamedDependency[EvacuationRulings],
    units: NamedDependency[Units],
    event_id: FromPath[EventId],
) -> list[EvacuationWordAnswer]:
    """Annul an evacuation, or confirm a word on it; the gates are told by the feed."""
    if data.ruling is RulingKind.CONFIRM and not (data.device_id and data.phase):
        raise wrong_field("device_id", "and phase say which word is confirmed")
    actor = units.actor
    async with units.read() as unit:
        await get_event(unit, event_id)
    note_target("ruling", data.ruling.value)
    note_target("zone_id", data.zone_id)
    words = await evacuations.rule(
        EvacuationRuling(
            organization_id=units.organization_id,
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
