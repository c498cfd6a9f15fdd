"""The classes that an event's tickets have had in its manifests, by their numbers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.unit import Unit
from server.publishing.models import ManifestClass
from shared.kernel.id_types import EventId
from shared.manifest.tickets import TicketClass

_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(TicketClass).decode


async def read_classes(unit: Unit, event_id: EventId) -> tuple[TicketClass, ...]:
    """Return an event's classes, in the order of their numbers."""
    query = (
        select(ManifestClass.facts)
        .where(ManifestClass.event_id == event_id)
        .order_by(ManifestClass.number)
    )
    return tuple(_DECODE(facts) for facts in await unit.all(query))


async def add_classes(
    unit: Unit, event_id: EventId, first: int, classes: Sequence[TicketClass]
) -> None:
    """Keep an event's classes from a number on."""
    unit.session.add_all(
        ManifestClass(
            event_id=event_id,
            number=number,
            facts=_ENCODE(facts),
        )
        for number, facts in enumerate(classes, first)
    )
    await unit.session.flush()


async def find_class_variants(
    unit: Unit, is_named: Callable[[str], bool]
) -> dict[EventId, set[str]]:
    """Return the variants of an organization's classes that name somebody, by event."""
    found: dict[EventId, set[str]] = {}
    query = select(ManifestClass.event_id, ManifestClass.facts)
    for event_id, facts in (await unit.session.execute(query)).all():
        variant = _DECODE(facts).variant
        if variant and is_named(variant):
            found.setdefault(event_id, set()).add(variant)
    return found


async def change_class_variants(
    unit: Unit, event_id: EventId, variants: Collection[str], left_of: Callable[[str], str]
) -> None:
    """Let less be left of variants, also of tickets that have others by now.

    The only time that a number gets other facts: its tickets have got the same.
    """
    for row in await unit.all(select(ManifestClass).where(ManifestClass.event_id == event_id)):
        facts = _DECODE(row.facts)
        if facts.variant in variants:
            left = left_of(facts.variant or "") or None
            row.facts = _ENCODE(msgspec.structs.replace(facts, variant=left))
    await unit.session.flush()
