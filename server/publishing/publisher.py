"""Publishing an event: its manifest is built, signed once, and kept for any worker to serve."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from server.background.work_aside import OWN_REQUESTS_WAIT_S
from server.db.ledger_state import read_ledger
from server.db.organization_shares import OrganizationShares
from server.db.unit import Context, Unit
from server.devices.finding_devices import list_awaited
from server.erasures.erasure_list import count_erasures, hold_off_erasures
from server.events.event_states import EventState
from server.events.events_and_dates import get_event_in
from server.events.freeze import freeze_plan
from server.feed.appending import activate_feed, note_new_key, note_publication, read_feed_state
from server.homes.first_homes import assign_homes, assign_ranges, count_homeless, slots_of_part
from server.keys.organization_keys import KeyRow, document_signer, find_till_keys, read_keyring
from server.keys.vault import Vault
from server.plans.compiling_plans import read_event_config
from server.plans.plan_changes import append_config
from server.problem_answers import not_found, refuse
from server.publishing.chunks import Chunk, CutTickets, cut_tickets, refs_of
from server.publishing.credentials import make_ticket_keys
from server.publishing.events_without_tickets import lacks_tickets
from server.publishing.models import Manifest, ManifestChunk
from server.publishing.oddities_before_handover import OddityAnswer, review
from server.publishing.sealing_names import NameSource, add_names, read_names, read_readers
from server.publishing.ticket_classes import add_classes, read_classes
from server.publishing.ticket_columns import TicketColumns, read_ticket_columns
from server.seating.taking_seats import count_seats, find_packed, list_ticket_places
from server.settings import Settings
from server.ticket_design.pictures_and_looks import read_design, read_pictures
from server.ticketing.ports import ChangeFeed
from server.ticketing.rows import ticket_class
from shared.credential.keyring import IdRange, TicketKey
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.instant import Instant
from shared.kernel.packing import unpack
from shared.manifest.event_config import EventConfig
from shared.manifest.header import HEADER_VERSION, ManifestHeader
from shared.manifest.home_spreading import uses_homes
from shared.manifest.seats import cut_seats
from shared.manifest.signed_document import (
    DocumentKind,
    DocumentSigner,
    decode_document,
    encode_document,
)
from shared.manifest.tickets import TicketClass
from shared.wire.feed import ConfigChange

HOMES_AT_ONCE: Final = 10_000
"""Tickets that are given homes in one transaction: on SQLite gates wait for it, for some 40 ms."""

TRIES: Final = 3
_HASHES_AT_ONCE: Final = 500
PUBLISHABLE: Final = frozenset({EventState.PUBLISHED, EventState.ACTIVE, EventState.COMPLETED})
"""After the end, too: a ledger that was put back has to tell its gates of a new epoch."""

_OTHERWISE: Final = (
    "its gates get no manifest. Take a draft to published first; what became of an event that is"
    " over, they are told by the feed."
)
_HEADER: Final = partial(
    unpack, decoder=msgspec.msgpack.Decoder(ManifestHeader), what="a manifest"
)

_INSERT_CHUNK: Final = text(
    "INSERT INTO manifest_chunk (organization_id, sha256, event_id, sequence, chunk)"
    " VALUES (:organization_id, :sha256, :event_id, :sequence, :chunk)"
    " ON CONFLICT (event_id, sha256) DO UPDATE SET sequence = excluded.sequence"
)


NameUnexplained = Callable[[Unit, EventId, Sequence[KeyRow]], Awaitable[None]]
"""Names, in the unit that ends some of an event's keys, whom gates let in on what these signed."""


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """A publication, for whoever asked for it."""

    event_id: EventId
    epoch: int
    sequence: int
    cursor: int
    ticket_count: int
    chunk_count: int
    size: int
    handed_at: Instant


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """All of a manifest but tickets, read after its feed was activated.

    Attributes:
        erasures: How many there were before any name was read.
    """

    epoch: int
    cursor: int
    head: int
    config: EventConfig
    keyring: tuple[TicketKey, ...]
    classes: tuple[TicketClass, ...]
    sequence: int
    names: NameSource
    erasures: int
    seats: Sequence[Chunk] = ()


class Publisher:
    """Publishes events, for one worker or command."""

    def __init__(
        self,
        context: Context,
        settings: Settings,
        vault: Vault,
        feed: ChangeFeed,
        *,
        name_unexplained: NameUnexplained,
    ) -> None:
        self._context = context
        self.name_unexplained = name_unexplained
        self._settings = settings
        self.vault = vault
        self._feed = feed
        # Each holds threads, and a connection of its own, while there are tickets to cut.
        self.handovers = OrganizationShares(2, together=4, wait_s=OWN_REQUESTS_WAIT_S)

    async def publish(self, organization_id: OrganizationId, event_id: EventId) -> Published:
        """Build, sign and keep an event's manifest.

        Raises:
            Problem: `not-found`; `conflict` if somebody else publishes all the time.
        """
        await self._settle_homes(organization_id, event_id)
        for _ in range(TRIES):
            signer, draft = await self._draft(organization_id, event_id)
            columns = await read_ticket_columns(
                self._context.database, self._settings, organization_id, event_id
            )
            classes, numbers = number_classes(draft, columns)
            cut = await asyncio.to_thread(cut_tickets, columns, numbers)
            bare = header_of(draft, classes, columns, cut)
            header, names = await add_names(bare, draft.names, self._context.entropy)
            chunks = [*cut.tickets, *cut.manual, *names, *draft.seats]
            published = await self._store(signer, draft, header, chunks)
            if published is not None:
                return published
        raise refuse("conflict", "publishing.busy")

    async def renew(self, organization_id: OrganizationId, event_id: EventId) -> bool:
        """Publish an event again as it was, with what was erased left out of it.

        Nothing that was planned since reaches its gates by it: the header says the same, but of
        names and of variants. The pieces with the former names are gone with the commit.

        Returns:
            Whether there was anything to renew.

        Raises:
            Problem: `conflict` if somebody else publishes all the time.
        """
        for _ in range(TRIES):
            async with self._context.read(organization_id) as unit:
                kept = await find_manifest(unit, event_id)
                if kept is None:
                    return False
                former = _HEADER(decode_document(kept.document).body)
                source = await read_names(unit, event_id)
                classes = await read_classes(unit, event_id)
            has_names = former.name_chunks or former.holder_chunks or source.holders
            if not has_names and classes == former.classes:
                return False
            bare = msgspec.structs.replace(
                former,
                sequence=former.sequence + 1,
                classes=classes,
                name_chunks=(),
                name_seals=(),
                holder_chunks=(),
            )
            header, names = await add_names(bare, source, self._context.entropy)
            if await self._store_renewed(organization_id, header, names):
                return True
        raise refuse("conflict", "publishing.busy")

    async def _store_renewed(
        self, organization_id: OrganizationId, header: ManifestHeader, names: Sequence[Chunk]
    ) -> bool:
        event_id = header.config.event_id
        async with self._context.write(organization_id) as unit:
            signer = await document_signer(unit, self.vault)
            document = encode_document(signer.sign(DocumentKind.MANIFEST, header, unit.now))
            if not await _replace_manifest(unit, header, document):
                return False
            refs = (*header.chunks, *header.manual_chunks, *header.seat_chunks)
            await _keep_known(unit, header, [ref.sha256 for ref in refs])
            await _keep_chunks(await unit.session.connection(), header, names)
            await _sweep_chunks(unit, event_id, header.sequence + 1)
            await note_publication(unit.session, event_id, header.sequence)
            self._feed.tell_after_commit(unit.session, event_id)
            return True

    def tell(self, unit: Unit, event_id: EventId) -> None:
        """Tell devices of the unit's change once it has committed."""
        self._feed.tell_after_commit(unit.session, event_id)

    async def _settle_homes(self, organization_id: OrganizationId, event_id: EventId) -> None:
        """Give what has no home one, where the policy asks for homes."""
        async with self._context.read(organization_id) as unit:
            config = await read_event_config(unit, event_id)
            if not uses_homes(config):
                return
            parts = -(-await count_homeless(unit, config) // HOMES_AT_ONCE)
        async with self._context.write(organization_id) as unit:
            # From here on what is sold has its home at once; what was sold before is found below.
            await activate_feed(unit.session, event_id)
        for part in range(parts if parts > 1 else 0):
            async with self._context.write(organization_id) as unit:
                config = await read_event_config(unit, event_id)
                await assign_homes(unit, config, slots_of_part(part, parts))
        async with self._context.write(organization_id) as unit:
            config = await read_event_config(unit, event_id)
            await assign_homes(unit, config)
            keys = [
                (key.key_id, IdRange(key.id_prefix, key.id_prefix_bits))
                for key in await find_till_keys(unit, event_id)
            ]
            if await assign_ranges(unit, config, keys):
                await note_new_key(unit.session, [event_id])

    async def _draft(
        self, organization_id: OrganizationId, event_id: EventId
    ) -> tuple[DocumentSigner, Draft]:
        async with self._context.write(organization_id) as unit:
            # Before anything is made for it.
            await get_event_in(unit, event_id, PUBLISHABLE, _OTHERWISE)
            signer = await document_signer(unit, self.vault)
            await make_ticket_keys(unit, self.vault, event_id)
            await activate_feed(unit.session, event_id)
        async with self._context.read(organization_id) as unit:
            # The cursor is read first: what changes from here on is told by the feed as well.
            state = await read_feed_state(unit.session, event_id)
            assert state is not None
            previous = await find_manifest(unit, event_id)
            erasures = await count_erasures(unit)
            draft = Draft(
                epoch=(await read_ledger(unit.session)).epoch,
                cursor=state.replay_cursor,
                head=state.seq,
                config=await read_event_config(unit, event_id),
                keyring=await read_keyring(unit, event_id),
                classes=await read_classes(unit, event_id),
                sequence=1 if previous is None else previous.sequence + 1,
                names=await read_names(unit, event_id),
                erasures=erasures,
                seats=await read_seats(unit, event_id),
            )
        return signer, draft

    async def _store(
        self,
        signer: DocumentSigner,
        draft: Draft,
        header: ManifestHeader,
        chunks: Sequence[Chunk],
    ) -> Published | None:
        """Keep a publication; None if another one was faster, or somebody was erased since."""
        organization_id, event_id = draft.config.organization_id, draft.config.event_id
        async with self._context.write(organization_id) as unit:
            await hold_off_erasures(unit)
            await freeze_plan(unit, event_id)  # the event before its feed, like whoever edits
            if await count_erasures(unit) != draft.erasures:
                return None  # whose erasure found no list of these yet, or the one before
            document = signer.sign(DocumentKind.MANIFEST, header, unit.now)
            encoded = encode_document(document)
            if not await _replace_manifest(unit, header, encoded):
                return None
            known = len(draft.classes)
            await add_classes(unit, event_id, known, header.classes[known:])
            await _keep_chunks(await unit.session.connection(), header, chunks)
            await _sweep_chunks(unit, event_id, header.sequence)
            await note_publication(unit.session, event_id, header.sequence)
            change = ConfigChange(header.config, header.keyring)
            await append_config(unit.session, event_id, change)
            self._feed.tell_after_commit(unit.session, event_id)
            return Published(
                event_id=event_id,
                epoch=header.epoch,
                sequence=header.sequence,
                cursor=header.cursor,
                ticket_count=header.ticket_count,
                chunk_count=len(chunks),
                size=len(encoded) + sum(chunk.ref.size for chunk in chunks),
                handed_at=unit.now,
            )


async def review_event(unit: Unit, event_id: EventId) -> list[OddityAnswer]:
    """Say what is odd about an event as it would be published now.

    Raises:
        Problem: `not-found`.
    """
    source = await read_readers(unit, event_id)
    config = await read_event_config(unit, event_id)
    awaited = {one.id: one.name for one in await list_awaited(unit, event_id)}
    former = await find_manifest(unit, event_id)
    return review(
        config,
        unit.now,
        lacks_readers=source is not None and not source,
        lacks_tickets=await lacks_tickets(unit, event_id),
        awaited=awaited,
        is_put_back=former is not None and former.epoch < (await read_ledger(unit.session)).epoch,
    )


def number_classes(
    draft: Draft, columns: TicketColumns
) -> tuple[tuple[TicketClass, ...], list[int]]:
    """Number the tickets' combinations; numbers that were given before stay.

    Returns:
        All classes, and each combination's number.
    """
    codes = {kind.id: kind.code for kind in draft.config.ticket_types}
    classes = list(draft.classes)
    known = {facts: number for number, facts in enumerate(classes)}
    numbers = []
    for combination in columns.combinations:
        facts = ticket_class(combination, codes[combination[0]])
        if facts not in known:
            known[facts] = len(classes)
            classes.append(facts)
        numbers.append(known[facts])
    return tuple(classes), numbers


def header_of(
    draft: Draft, classes: tuple[TicketClass, ...], columns: TicketColumns, cut: CutTickets
) -> ManifestHeader:
    """Put a manifest's header together."""
    return ManifestHeader(
        v=HEADER_VERSION,
        epoch=draft.epoch,
        sequence=draft.sequence,
        cursor=draft.cursor,
        not_after=None,
        config=draft.config,
        keyring=draft.keyring,
        classes=classes,
        prefix_bits=cut.prefix_bits,
        chunks=refs_of(cut.tickets),
        manual_chunks=refs_of(cut.manual),
        ticket_count=columns.count,
        head=draft.head,
        seat_chunks=refs_of(draft.seats),
    )


async def find_manifest(unit: Unit, event_id: EventId) -> Manifest | None:
    """Return an event's newest publication, if there is one."""
    query = select(Manifest).where(Manifest.event_id == event_id)
    return await unit.find(query)


async def get_manifest(unit: Unit, event_id: EventId) -> Manifest:
    """Return an event's newest publication.

    Raises:
        Problem: `not-found`.
    """
    found = await find_manifest(unit, event_id)
    if found is None:
        raise not_found("manifest; the event was not handed to gates yet")
    return found


async def get_chunk(unit: Unit, event_id: EventId, sha256: bytes) -> bytes:
    """Return a chunk of an event by its hash, or a picture that its plan names.

    Raises:
        Problem: `not-found`.
    """
    query = select(ManifestChunk.chunk).where(
        ManifestChunk.sha256 == sha256, ManifestChunk.event_id == event_id
    )
    chunk = await unit.find(query)
    if chunk is None:
        design = await read_design(unit, event_id)
        chunk = (await read_pictures(unit, design)).get(sha256.hex())
    if chunk is None:
        raise not_found("chunk; fetch the manifest again")
    return chunk


async def _replace_manifest(unit: Unit, header: ManifestHeader, encoded: bytes) -> bool:
    """Put a publication in the place of the one before; False if that is no longer there."""
    event_id = header.config.event_id
    query = select(Manifest).where(Manifest.event_id == event_id).with_for_update()
    row = await unit.find(query)
    if (0 if row is None else row.sequence) != header.sequence - 1:
        return False
    if row is None:
        row = Manifest(event_id=event_id)
        unit.session.add(row)
    row.epoch = header.epoch
    row.sequence = header.sequence
    row.cursor = header.cursor
    row.ticket_count = header.ticket_count
    row.document = encoded
    row.published_at = unit.now
    await unit.session.flush()
    return True


async def _keep_chunks(
    connection: AsyncConnection, header: ManifestHeader, chunks: Sequence[Chunk]
) -> None:
    if not chunks:
        return
    await connection.execute(
        _INSERT_CHUNK,
        [
            {
                "organization_id": header.config.organization_id,
                "sha256": chunk.ref.sha256,
                "event_id": header.config.event_id,
                "sequence": header.sequence,
                "chunk": chunk.data,
            }
            for chunk in chunks
        ],
    )


async def _keep_known(unit: Unit, header: ManifestHeader, hashes: Sequence[bytes]) -> None:
    """Let a publication keep pieces of the one before."""
    for start in range(0, len(hashes), _HASHES_AT_ONCE):
        some = hashes[start : start + _HASHES_AT_ONCE]
        await unit.change(
            update(ManifestChunk)
            .where(ManifestChunk.event_id == header.config.event_id)
            .where(ManifestChunk.sha256.in_(some))
            .values(sequence=header.sequence)
        )


async def _sweep_chunks(unit: Unit, event_id: EventId, sequence: int) -> None:
    """Delete what neither this publication nor the one before it names."""
    await unit.change(
        delete(ManifestChunk).where(
            ManifestChunk.event_id == event_id, ManifestChunk.sequence < sequence - 1
        )
    )


async def tell_keyring(unit: Unit, publisher: Publisher, config: EventConfig) -> None:
    """Let the ledger decide by an event's keys as they are now, and gates hear of them."""
    change = ConfigChange(config, await read_keyring(unit, config.event_id))
    await append_config(unit.session, config.event_id, change, has_new_keys=True)
    publisher.tell(unit, config.event_id)


async def tell_ended_keys(
    unit: Unit, publisher: Publisher, config: EventConfig, ended: Sequence[KeyRow]
) -> None:
    """Let nobody trust some of an event's keys any more, and name whom gates let in before.

    Args:
        unit: A writing one.
        publisher: Any.
        config: The event's.
        ended: Its keys that are compromised from this commit on.
    """
    await tell_keyring(unit, publisher, config)
    await publisher.name_unexplained(unit, config.event_id, ended)


async def read_seats(unit: Unit, event_id: EventId) -> list[Chunk]:
    """Read and cut an event's seats; none without reserved seats."""
    packed = await find_packed(unit, event_id)
    if packed is None:
        return []
    count = await count_seats(unit, event_id)
    tickets = await list_ticket_places(unit, event_id)
    cut = await asyncio.to_thread(cut_seats, packed, count, tickets)
    return [Chunk(ref, data) for ref, data in cut]
