"""`/api/v1/organizations/…/supervisors`."""

from __future__ import annotations

from typing import Final

from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.db.audit_line import note_target
from server.db.unit import Unit, Units
from server.http.body_and_answer_types import answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.problem_answers import wrong_field
from server.supervisors import badges, supervisors_and_pins
from server.supervisors.schemas import (
    NewSupervisor,
    PinDrawn,
    StaffRole,
    SupervisorAnswer,
    SupervisorChange,
    SupervisorMade,
)
from server.supervisors.supervisors_and_pins import Supervisor

ALL: Final = "/organizations/{organization_id:str}/supervisors"
ONE: Final = ALL + "/{supervisor_id:str}"
READ: Final = requires(Role.READER, "members:read")
WRITE: Final = requires(Role.MANAGER)
"""A person's session: who may open gates is nothing for an API key to say."""


@post(ALL, tags=["supervisors"], guards=[WRITE])
async def add_supervisor(
    data: JSONBody[NewSupervisor], units: NamedDependency[Units]
) -> SupervisorMade:
    """Let somebody unlock the gates, or read names there; the badge's code is shown this once."""
    is_steward = data.role is StaffRole.STEWARD
    if is_steward == (data.pin is not None):
        said = "a steward has none" if is_steward else "a supervisor needs one: 6 to 12 digits"
        raise wrong_field("pin", said)
    pin_hash = ""
    if data.pin is not None:
        pin_hash = await supervisors_and_pins.prepare_pin(data.pin, units.context.entropy)
    async with units.write() as unit:
        made, badge = await supervisors_and_pins.add_supervisor(
            unit, name=data.name, pin_hash=pin_hash, badge=data.badge, is_steward=is_steward
        )
        note_target("supervisor_id", made.id)
        answer = SupervisorMade(supervisor=_answer(made), badge=badge)
    log().info("supervisor.added", actor=units.actor, supervisor_id=made.id)
    return answer


@get(ALL, tags=["supervisors"], guards=[READ])
async def list_supervisors(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[SupervisorAnswer]:
    """List who may unlock the gates, then the stewards."""
    async with units.read() as unit:
        found = [_answer(row) for row in await supervisors_and_pins.list_staff(unit)]
    return listing.arrange(found, SupervisorAnswer)


@patch(ONE, tags=["supervisors"], guards=[WRITE])
async def change_supervisor(
    data: JSONBody[SupervisorChange],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    supervisor_id: FromPath[str],
) -> SupervisorAnswer:
    """Change a supervisor's name or PIN."""
    pin_hash = None
    if data.pin is not None:
        pin_hash = await supervisors_and_pins.prepare_pin(data.pin, units.context.entropy)
    async with units.write() as unit:
        await expected.check(unit, supervisor_id, _locked, supervisor_id)
        row = await supervisors_and_pins.change_supervisor(
            unit, supervisor_id, name=data.name, pin_hash=pin_hash
        )
        answer = _answer(row)
    log().info("supervisor.changed", actor=units.actor, supervisor_id=supervisor_id)
    return answer


@post(ONE + "/badge", tags=["supervisors"], guards=[WRITE])
async def renew_badge(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    supervisor_id: FromPath[str],
) -> SupervisorMade:
    """Draw a supervisor another badge, whose code is shown this once; the one before ends."""
    async with units.write() as unit:
        await expected.check(unit, supervisor_id, _locked, supervisor_id)
        row, badge = await badges.renew_badge(unit, supervisor_id)
        answer = SupervisorMade(supervisor=_answer(row), badge=badge)
    log().info("supervisor.badge_renewed", actor=units.actor, supervisor_id=supervisor_id)
    return answer


@delete(ONE + "/badge", status_code=204, tags=["supervisors"], guards=[WRITE])
async def withdraw_badge(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    supervisor_id: FromPath[str],
) -> None:
    """Let a badge that was lost or copied unlock nothing any more; gates hear of it at once."""
    async with units.write() as unit:
        await expected.check(unit, supervisor_id, _locked, supervisor_id)
        await badges.withdraw_badge(unit, supervisor_id)
    log().info("supervisor.badge_withdrawn", actor=units.actor, supervisor_id=supervisor_id)


@post(ALL + "/pins", status_code=200, tags=["supervisors"], guards=[WRITE])
async def change_pins(units: NamedDependency[Units]) -> list[PinDrawn]:
    """Draw every supervisor another PIN, shown this once: after a gate was stolen, for example."""
    changed = await supervisors_and_pins.change_all_pins(units.context, units.organization_id)
    answer = [PinDrawn(supervisor=_answer(row), pin=pin) for row, pin in changed]
    log().info("supervisor.pins_changed", actor=units.actor)
    return answer


@delete(ONE, status_code=204, tags=["supervisors"], guards=[WRITE])
async def remove_supervisor(
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    supervisor_id: FromPath[str],
) -> None:
    """Let a supervisor unlock nothing any more, as soon as each gate has synced."""
    async with units.write() as unit:
        await expected.check(unit, supervisor_id, _locked, supervisor_id)
        await supervisors_and_pins.remove_supervisor(unit, supervisor_id)
    log().info("supervisor.removed", actor=units.actor, supervisor_id=supervisor_id)


async def _locked(unit: Unit, supervisor_id: str) -> SupervisorAnswer:
    return _answer(await unit.lock(await supervisors_and_pins.get_supervisor(unit, supervisor_id)))


def _answer(row: Supervisor) -> SupervisorAnswer:
    answer = answer_of(
        SupervisorAnswer,
        row,
        signs=row.sign_key is not None,
        has_badge=row.has_badge,
        role=StaffRole.STEWARD if row.is_steward else StaffRole.SUPERVISOR,
    )
    answer.tag_also(row.name_key, row.pin_hash)
    return answer
