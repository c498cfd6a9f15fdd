"""The manifest's header: signed once, it names every chunk by its hash."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.credential.keyring import TicketKey
from shared.kernel.instant import Instant
from shared.manifest.event_config import EventConfig
from shared.manifest.tickets import TicketClass

CHUNK_ROWS_AIM: Final = 16_384
"""Tickets in a piece of a manifest: what a cut download fetches again at most."""

HEADER_VERSION: Final = 1
PREFIX_BITS_MAX: Final = 10


class ChunkRef(msgspec.Struct, frozen=True, array_like=True):
    """One chunk: the ids' leading bits that it holds, its row count, size and SHA-256."""

    prefix: int
    count: int
    size: int
    sha256: bytes


class NameSeal(msgspec.Struct, frozen=True, array_like=True):
    """The key of the sealed names, for one supervisor.

    Attributes:
        person: Whose.
        public_key: X25519, drawn for this seal, 32 bytes.
        box: The key, sealed to what only the supervisor's badge gives.
    """

    person: str
    public_key: bytes
    box: bytes


class ManifestHeader(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """All of a manifest but its chunks.

    Attributes:
        v: `HEADER_VERSION`.
        epoch: Ledger epoch.
        sequence: Raised at every publication of the event; a gate never goes back.
        cursor: The feed's sequence up to which changes are included.
        not_after: After this instant the manifest alone admits nobody, or None.
        config: The event.
        keyring: Every ticket key of the organization that gates must know.
        classes: Class numbers are indexes into this.
        prefix_bits: How many leading id bits a chunk's tickets share.
        chunks: In order of prefix; prefixes without tickets are left out.
        manual_chunks: The table of manual codes, likewise, by leading bits of the code.
        ticket_count: Sum of the chunks' counts.
        name_chunks: Holders' names, sealed: the index, then the rows.
        name_seals: Their key, for each supervisor who may search.
        head: The feed's last number when the manifest was made; None in manifests of before.
        holder_chunks: Who holds which ticket, sealed likewise: the index, then the rows.
        seat_chunks: The seat map, then which ticket has which seat; none without reserved seats.
    """

    v: int
    epoch: int
    sequence: int
    cursor: int
    not_after: Instant | None
    config: EventConfig
    keyring: tuple[TicketKey, ...]
    classes: tuple[TicketClass, ...]
    prefix_bits: int
    chunks: tuple[ChunkRef, ...]
    manual_chunks: tuple[ChunkRef, ...]
    ticket_count: int
    name_chunks: tuple[ChunkRef, ...] = ()
    name_seals: tuple[NameSeal, ...] = ()
    head: int | None = None
    holder_chunks: tuple[ChunkRef, ...] = ()
    seat_chunks: tuple[ChunkRef, ...] = ()


def choose_prefix_bits(ticket_count: int) -> int:
    """Choose how many leading bits to cut chunks by, for about `CHUNK_ROWS_AIM` rows each."""
    chunks_wanted = -(-ticket_count // CHUNK_ROWS_AIM)
    return min(PREFIX_BITS_MAX, max(0, (chunks_wanted - 1).bit_length()))
