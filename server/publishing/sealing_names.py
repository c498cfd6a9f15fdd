"""Holders' names for the gates: sealed to the badges of those who may search."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from server.db.unit import Unit
from server.events.events_and_dates import get_event
from server.events.gate_policy import policy_from_json
from server.orders.placing_orders import number_orders
from server.publishing.chunks import Chunk
from server.supervisors.supervisors_and_pins import list_staff
from server.ticketing.finding_and_changing_tickets import list_holders
from shared.kernel.id_types import EventId
from shared.kernel.ports import Entropy
from shared.manifest.header import ManifestHeader
from shared.manifest.sealed_holders_for_verdict import HolderRow, seal_holders
from shared.manifest.sealed_names_for_search import seal_names


class NameSource(msgspec.Struct, frozen=True):
    """What is to be sealed, and for whom."""

    holders: Sequence[HolderRow] = ()
    supervisors: Sequence[tuple[str, bytes]] = ()


async def read_names(unit: Unit, event_id: EventId) -> NameSource:
    """Read the names of an event's holders for its gates.

    None where the organizer does not let them travel, or where nobody could open them.
    """
    readers = await read_readers(unit, event_id)
    if not readers:
        return NameSource()
    numbers = await number_orders(unit, event_id)
    holders = [
        HolderRow(one.ticket_id, one.name, numbers.get(one.order_id or "", ""))
        for one in await list_holders(unit, event_id)
    ]
    return NameSource(holders, readers)


async def read_readers(unit: Unit, event_id: EventId) -> Sequence[tuple[str, bytes]] | None:
    """Return whose badges open an event's names at gates; None where they do not travel.

    Raises:
        Problem: `not-found`.
    """
    event = await get_event(unit, event_id)
    if not policy_from_json(event.policy).names_at_gates:
        return None
    staff = await list_staff(unit)
    return [(row.id, row.name_key) for row in staff if row.name_key is not None]


async def add_names(
    header: ManifestHeader, source: NameSource, entropy: Entropy
) -> tuple[ManifestHeader, list[Chunk]]:
    """Seal names beside the loop; returns the header that names the pieces, and the pieces."""
    if not source.holders:
        return header, []
    event_id = header.config.event_id

    def seal() -> tuple[ManifestHeader, list[Chunk]]:
        sealed = seal_names(
            ((one.ticket_id, one.name) for one in source.holders),
            event_id=event_id,
            supervisors=source.supervisors,
            entropy=entropy,
        )
        refs, pieces = seal_holders(source.holders, event_id=event_id, names_key=sealed.key)
        named = msgspec.structs.replace(
            header, name_chunks=sealed.refs, name_seals=sealed.seals, holder_chunks=refs
        )
        chunks = [Chunk(ref, sealed.chunks[ref.sha256]) for ref in sealed.refs]
        return named, [*chunks, *(Chunk(ref, pieces[ref.sha256]) for ref in refs)]

    return await asyncio.to_thread(seal)
