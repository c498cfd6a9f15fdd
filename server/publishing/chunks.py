"""Cutting tickets into chunks at fixed id prefixes, and packing each; no input or output."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from server.publishing.ticket_columns import TicketColumns
from shared.credential.manual_code import MANUAL_BITS
from shared.kernel.ed25519 import sha256
from shared.kernel.ids import TICKET_ID_BITS
from shared.manifest.chunk_columns import CLASS_SIZE, ID_SIZE, MANUAL_SIZE, encode_columns
from shared.manifest.header import ChunkRef, choose_prefix_bits

_THREADS: Final = 2


class Chunk(msgspec.Struct, frozen=True):
    """A chunk's bytes with its reference."""

    ref: ChunkRef
    data: bytes


class CutTickets(msgspec.Struct, frozen=True):
    """All chunks of a manifest."""

    prefix_bits: int
    tickets: Sequence[Chunk]
    manual: Sequence[Chunk]


def cut_tickets(columns: TicketColumns, numbers: Sequence[int]) -> CutTickets:
    """Pack an event's tickets.

    Args:
        columns: The tickets.
        numbers: The class number of each combination.
    """
    bits = choose_prefix_bits(columns.count)
    classes = _class_rows(columns, numbers)
    codes, owners = columns.manual
    manual_bits = choose_prefix_bits(len(codes) // MANUAL_SIZE)
    # Compression and hashing give up the interpreter lock: two threads halve the time.
    with ThreadPoolExecutor(_THREADS) as pool:
        tickets = pool.map(
            _packer((columns.ids, ID_SIZE), (classes, CLASS_SIZE)),
            _cuts(columns.ids, ID_SIZE, bits, TICKET_ID_BITS),
        )
        manual = pool.map(
            _packer((codes, MANUAL_SIZE), (owners, ID_SIZE)),
            _cuts(codes, MANUAL_SIZE, manual_bits, MANUAL_BITS),
        )
        return CutTickets(bits, list(tickets), list(manual))


def _class_rows(columns: TicketColumns, numbers: Sequence[int]) -> bytes:
    if not columns.places:
        return (numbers[0] if numbers else 0).to_bytes(CLASS_SIZE, "big") * columns.count
    assert columns.places.itemsize == CLASS_SIZE
    rows = array("I", [numbers[place] for place in columns.places])
    rows.byteswap()
    return rows.tobytes()


class _Cut(msgspec.Struct, frozen=True):
    """Rows `start` to `stop` share a prefix."""

    prefix: int
    start: int
    stop: int


def _cuts(rows: bytes, width: int, bits: int, key_bits: int) -> Iterator[_Cut]:
    """Find where each prefix begins and ends; prefixes without rows are left out."""
    count = len(rows) // width
    start = 0
    for prefix in range(1 << bits):
        if prefix + 1 == 1 << bits:
            stop = count
        else:
            bound = ((prefix + 1) << (key_bits - bits)).to_bytes(width, "big")
            stop = _first_at_least(rows, width, bound, start, count)
        if stop > start:
            yield _Cut(prefix, start, stop)
        start = stop


def _first_at_least(rows: bytes, width: int, bound: bytes, low: int, high: int) -> int:
    while low < high:
        middle = (low + high) // 2
        if rows[middle * width : (middle + 1) * width] < bound:
            low = middle + 1
        else:
            high = middle
    return low


def _packer(*tables: tuple[bytes, int]) -> Callable[[_Cut], Chunk]:
    def pack(cut: _Cut) -> Chunk:
        parts = [(rows[cut.start * w : cut.stop * w], w) for rows, w in tables]
        data = encode_columns(*parts)
        ref = ChunkRef(cut.prefix, cut.stop - cut.start, len(data), sha256(data))
        return Chunk(ref, data)

    return pack


def refs_of(chunks: Iterable[Chunk]) -> tuple[ChunkRef, ...]:
    """Return the chunks' references, in order."""
    return tuple(chunk.ref for chunk in chunks)
