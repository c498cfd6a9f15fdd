"""Cashiers of an organization; each change reaches its tills with their next exchange."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import func, select

from server import quotas
from server.cashiers.models import Cashier
from server.db.hot_path_connections import Transaction
from server.db.hot_path_statements import statement
from server.db.unit import Unit
from server.organizations.staff_names import check_staff_name
from shared.credential.badges_and_pins import CASHIER_PREFIX, hash_badge, new_badge
from shared.kernel import ids
from shared.kernel.id_types import OrganizationId
from shared.manifest.badge_signatures import badge_key
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed
from shared.sales.cashier_rights import CashierRights
from shared.sales.cashiers import CASHIERS_MAX, CashierConfig

__all__ = ["Cashier"]
"""The rows that other domains read."""

_WITHDRAWN: Final = "withdrawn "
"""Stands with the person's id where a badge's hash stood: no code has this one."""
_READ_IDS: Final = statement("SELECT id FROM cashier WHERE organization_id = $1")
_RIGHTS: Final = CashierRights.__struct_fields__


def rights_of(row: Cashier) -> CashierRights:
    """Read a cashier's rights off their row."""
    return CashierRights(**{name: getattr(row, name) for name in _RIGHTS})


def has_badge(row: Cashier) -> bool:
    """Tell whether a cashier has a badge that tills take."""
    return not row.badge_hash.startswith(_WITHDRAWN)


def config_of(row: Cashier) -> CashierConfig:
    """Say a cashier as tills need them."""
    return CashierConfig(
        id=row.id,
        name=row.name,
        badge_hash=row.badge_hash if has_badge(row) else "",
        rights=rights_of(row),
        sign_key=row.sign_key or b"",
    )


async def read_cashier_ids(
    transaction: Transaction, organization_id: OrganizationId
) -> frozenset[str]:
    """Return the ids of all who are, or were, cashiers."""
    rows = await transaction.fetch(_READ_IDS, organization_id)
    return frozenset(row[0] for row in rows)


async def read_finder_keys(unit: Unit) -> dict[str, bytes]:
    """Return what the badges of those who may find sign with: public keys by cashier's id."""
    query = select(Cashier.id, Cashier.sign_key).where(
        Cashier.removed_at.is_(None), Cashier.find.is_(True), Cashier.sign_key.is_not(None)
    )
    rows = (await unit.session.execute(query)).all()
    return {person: key for person, key in rows if key is not None}


async def list_finders(unit: Unit) -> list[tuple[str, bytes]]:
    """Return whose badges open buyers' data at tills: ids and public keys, in order of id."""
    query = (
        select(Cashier)
        .where(Cashier.removed_at.is_(None), Cashier.find.is_(True))
        .order_by(Cashier.id)
        .limit(CASHIERS_MAX)
    )
    rows = (await unit.session.execute(query)).scalars()
    return [(row.id, row.name_key) for row in rows if row.name_key is not None]


async def tell_cashiers(unit: Unit) -> tuple[CashierConfig, ...]:
    """Return the cashiers as a till is told of them, in order of id."""
    query = select(Cashier).where(Cashier.removed_at.is_(None)).order_by(Cashier.id)
    rows = await unit.all(query.limit(CASHIERS_MAX))
    return tuple(config_of(row) for row in rows)


async def add_cashier(unit: Unit, *, name: str, rights: CashierRights) -> tuple[Cashier, str]:
    """Add a cashier; returns them and their badge's code.

    The badge is always drawn here: a code that somebody chose could be a supervisor's as well.

    Raises:
        Problem: `conflict` if there are too many; a field's if the name is a badge's code.
    """
    check_staff_name(name)
    count = select(func.count()).select_from(Cashier).where(Cashier.removed_at.is_(None))
    there = (await unit.session.execute(count)).scalar_one()
    quotas.check(there, CASHIERS_MAX, "cashiers; remove one first")
    made = Cashier(
        id=ids.new_id(ids.CASHIER, unit.entropy),
        name=name,
        created_at=unit.now,
        removed_at=None,
        **msgspec.structs.asdict(rights),
    )
    code = _draw_badge(unit, made)
    await unit.add(made)
    return made, code


def _draw_badge(unit: Unit, row: Cashier) -> str:
    code, org = new_badge(unit.entropy, CASHIER_PREFIX), unit.organization_id
    row.badge_hash = hash_badge(code, org)
    row.name_key = badge_public_key(badge_seed(code, org))
    row.sign_key = badge_key(code, org).public_key
    return code


async def list_cashiers(unit: Unit) -> Sequence[Cashier]:
    """Return the cashiers in order of name."""
    query = (
        select(Cashier)
        .where(Cashier.removed_at.is_(None))
        .order_by(Cashier.name, Cashier.id)
        .limit(CASHIERS_MAX)
    )
    return await unit.all(query)


async def change_cashier(
    unit: Unit, cashier_id: str, *, name: str | None, rights: CashierRights | None
) -> Cashier:
    """Change what is given.

    Raises:
        Problem: `not-found`; a field's if the name is a badge's code.
    """
    found = await get_cashier(unit, cashier_id)
    check_staff_name(name or "")
    found.name = name or found.name
    if rights is not None:
        for right, value in msgspec.structs.asdict(rights).items():
            setattr(found, right, value)
    await unit.session.flush()
    return found


async def renew_badge(unit: Unit, cashier_id: str) -> tuple[Cashier, str]:
    """Draw a cashier another badge; the one before is none from each till's next exchange on.

    Raises:
        Problem: `not-found`.
    """
    found = await get_cashier(unit, cashier_id)
    code = _draw_badge(unit, found)
    await unit.session.flush()
    return found, code


async def withdraw_badge(unit: Unit, cashier_id: str) -> Cashier:
    """Let a badge be none any more, as soon as each till has heard of it.

    Raises:
        Problem: `not-found`.
    """
    found = await get_cashier(unit, cashier_id)
    found.badge_hash = _WITHDRAWN + found.id
    found.name_key = found.sign_key = None
    await unit.session.flush()
    return found


async def remove_cashier(unit: Unit, cashier_id: str) -> None:
    """Let somebody work at no till any more, as soon as each has heard of it.

    Raises:
        Problem: `not-found`.
    """
    found = await get_cashier(unit, cashier_id)
    found.removed_at = unit.now
    await unit.session.flush()


async def get_cashier(unit: Unit, cashier_id: str) -> Cashier:
    query = select(Cashier).where(Cashier.id == cashier_id, Cashier.removed_at.is_(None))
    return await unit.get(query, "cashier")
