"""The list of erasures: written with each, and asked before a name from before is kept again."""

from __future__ import annotations

from typing import Final

from sqlalchemy import func, select

from server.db.unit import Unit, locked
from server.erasures.hashed_words import hash_word
from server.erasures.models import Erasure
from server.organizations.organizations_and_numbers import get_organization
from shared.kernel.id_types import EventId, OrderId
from shared.kernel.instant import Instant
from shared.manifest.name_folding import fold_name

__all__ = ["Erasure"]
"""The rows that other domains read."""

ORDER: Final = "order"
TICKET: Final = "ticket"


async def count_erasures(unit: Unit) -> int:
    """Return how many there ever were: devices forget what they hold when it grows."""
    query = select(func.count()).select_from(Erasure)
    return int((await unit.session.execute(query)).scalar_one())


async def hold_off_erasures(unit: Unit) -> None:
    """Have whoever erases wait for this transaction, which keeps a list with names for gates.

    Called before it asks what was erased already; on SQLite there is one writer at a time.
    """
    await unit.session.refresh(await get_organization(unit), with_for_update={"read": True})


async def hold_off_lists(unit: Unit) -> None:
    """Have whoever keeps a list with names wait for this transaction, which erases.

    Called before it looks which lists name somebody: the next one is of what it leaves.
    """
    await unit.lock(await get_organization(unit))


async def is_erasing(unit: Unit, event_id: EventId) -> bool:
    """Tell whether all of an event is being erased."""
    query = select(Erasure.id).where(Erasure.event_id == event_id, Erasure.state == "working")
    return (await unit.session.execute(query.limit(1))).first() is not None


async def get_erasure(unit: Unit, erasure_id: str, *, is_locked: bool = False) -> Erasure:
    """Return an erasure.

    Raises:
        Problem: `not-found`.
    """
    query = select(Erasure).where(Erasure.id == erasure_id)
    if is_locked:
        query = locked(query)
    return await unit.get(query, "erasure")


async def gone_since(
    unit: Unit, key: bytes, event_id: EventId, order_id: OrderId, name: str
) -> Instant | None:
    """Return when a name that arrives now was last erased; None if it never was.

    By the order, by the event, or by the name itself: a till that was cut off knew it before.

    Args:
        unit: Of the organization.
        key: Of the vault, for `PURPOSE`.
        event_id: Whose.
        order_id: Whom it names: its buyer.
        name: What arrives.
    """
    word = hash_word(key, unit.organization_id, "name", fold_name(name))
    place = [ORDER, event_id, order_id]
    for row in await unit.all(select(Erasure).order_by(Erasure.at.desc())):
        if row.event_id == event_id or word in row.words or place in row.records:
            return row.at
    return None
