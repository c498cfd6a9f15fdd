"""`/api/v1/organizations/…/cashiers`."""

from __future__ import annotations

from typing import Final

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts.guards import requires
from server.accounts.principal import Role
from server.cashiers import cashiers_and_badges
from server.cashiers.cashiers_and_badges import Cashier
from server.cashiers.schemas import (
    CashierAnswer,
    CashierChange,
    CashierMade,
    NewCashier,
    RightsAnswer,
    RightsBody,
)
from server.db.audit_line import note_target
from server.db.unit import Unit, Units
from server.http.body_and_answer_types import answer_of
from server.http.etags import Expected
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from shared.sales.cashier_rights import CashierRights

ALL: Final = "/organizations/{organization_id:str}/cashiers"
ONE: Final = ALL + "/{cashier_id:str}"
READ: Final = requires(Role.READER, "members:read")
WRITE: Final = requires(Role.MANAGER)
"""A person's session: who may take money is nothing for an API key to say."""


@post(ALL, tags=["cashiers"], guards=[WRITE])
async def add_cashier(data: JSONBody[NewCashier], units: NamedDependency[Units]) -> CashierMade:
    """Let somebody work at the tills; the badge's code is shown this once."""
    async with units.write() as unit:
        made, badge = await cashiers_and_badges.add_cashier(
            unit, name=data.name, rights=_rights(data.rights)
        )
        note_target("cashier_id", made.id)
        answer = CashierMade(cashier=_answer(made), badge=badge)
    log().info("cashier.added", actor=units.actor, cashier_id=made.id)
    return answer


@get(ALL, tags=["cashiers"], guards=[READ])
async def list_cashiers(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[CashierAnswer]:
    """List who may work at the tills, and what they may do there."""
    async with units.read() as unit:
        found = [_answer(row) for row in await cashiers_and_badges.list_cashiers(unit)]
    return listing.arrange(found, CashierAnswer)


@patch(ONE, tags=["cashiers"], guards=[WRITE])
async def change_cashier(
    data: JSONBody[CashierChange],
    expected: NamedDependency[Expected],
    units: NamedDependency[Units],
    cashier_id: FromPath[str],
) -> CashierAnswer:
    """Change a cashier's name or rights."""
    rights = None if data.rights is None else _rights(data.rights)
    async with units.write() as unit:
        await expected.check(unit, cashier_id, _locked, cashier_id)
        row = await cashiers_and_badges.change_cashier(
            unit, cashier_id, name=data.name, rights=rights
        )
        answer = _answer(row)
    log().info("cashier.changed", actor=units.actor, cashier_id=cashier_id)
    return answer


@post(ONE + "/badge", tags=["cashiers"], guards=[WRITE])
async def renew_badge(
    expected: NamedDependency[Expected], units: NamedDependency[Units], cashier_id: FromPath[str]
) -> CashierMade:
    """Draw a cashier another badge, whose code is shown this once; the one before ends."""
    async with units.write() as unit:
        await expected.check(unit, cashier_id, _locked, cashier_id)
        row, badge = await cashiers_and_badges.renew_badge(unit, cashier_id)
        answer = CashierMade(cashier=_answer(row), badge=badge)
    log().info("cashier.badge_renewed", actor=units.actor, cashier_id=cashier_id)
    return answer


@delete(ONE + "/badge", status_code=204, tags=["cashiers"], guards=[WRITE])
async def withdraw_badge(
    expected: NamedDependency[Expected], units: NamedDependency[Units], cashier_id: FromPath[str]
) -> None:
    """Let a badge that was lost or copied be none any more; tills hear of it when they sync."""
    async with units.write() as unit:
        await expected.check(unit, cashier_id, _locked, cashier_id)
        await cashiers_and_badges.withdraw_badge(unit, cashier_id)
    log().info("cashier.badge_withdrawn", actor=units.actor, cashier_id=cashier_id)


@delete(ONE, status_code=204, tags=["cashiers"], guards=[WRITE])
async def remove_cashier(
    expected: NamedDependency[Expected], units: NamedDependency[Units], cashier_id: FromPath[str]
) -> None:
    """Let a cashier work at no till any more, as soon as each has synced."""
    async with units.write() as unit:
        await expected.check(unit, cashier_id, _locked, cashier_id)
        await cashiers_and_badges.remove_cashier(unit, cashier_id)
    log().info("cashier.removed", actor=units.actor, cashier_id=cashier_id)


def _rights(body: RightsBody) -> CashierRights:
    return CashierRights(**msgspec.structs.asdict(body))


async def _locked(unit: Unit, cashier_id: str) -> CashierAnswer:
    return _answer(await unit.lock(await cashiers_and_badges.get_cashier(unit, cashier_id)))


def _answer(row: Cashier) -> CashierAnswer:
    rights = RightsAnswer(**msgspec.structs.asdict(cashiers_and_badges.rights_of(row)))
    answer = answer_of(
        CashierAnswer, row, has_badge=cashiers_and_badges.has_badge(row), rights=rights
    )
    answer.tag_also(row.name_key)
    return answer
