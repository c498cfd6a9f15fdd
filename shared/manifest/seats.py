"""Reserved seats as a part of their own of the manifest: the map, and which ticket has which seat.

The first of the header's `seat_chunks` is the map, as `shared.seating.packed_map` writes it; its
count is the map's. The others hold rows in order of ticket id, laid out as all chunks are: 8
columns of the id, 4 of the seat's place in the map. Tickets without a seat cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from shared.kernel.ed25519 import sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import TicketId
from shared.manifest.chunk_columns import ID_SIZE, decode_columns, encode_columns, pack_numbers
from shared.manifest.header import ChunkRef

PLACE_SIZE: Final = 4
_ROWS: Final = 1 << 16


def cut_seats(
    packed_map: bytes, seat_count: int, tickets: Sequence[tuple[TicketId, int]]
) -> list[tuple[ChunkRef, bytes]]:
    """Cut an event's seats into chunks.

    Args:
        packed_map: The event's map.
        seat_count: How many seats are in it.
        tickets: Each with its seat's place in the map.
    """
    chunks = [(ChunkRef(0, seat_count, len(packed_map), sha256(packed_map)), packed_map)]
    ordered = sorted(tickets)
    for number, start in enumerate(range(0, len(ordered), _ROWS), start=1):
        rows = ordered[start : start + _ROWS]
        data = encode_columns(
            (pack_numbers([row[0] for row in rows], ID_SIZE), ID_SIZE),
            (pack_numbers([row[1] for row in rows], PLACE_SIZE), PLACE_SIZE),
        )
        chunks.append((ChunkRef(number, len(rows), len(data), sha256(data)), data))
    return chunks


def read_ticket_seats(
    ref: ChunkRef, chunk: bytes, seat_count: int
) -> Iterator[tuple[TicketId, int]]:
    """Yield the tickets of a chunk with the places of their seats.

    Raises:
        Malformed: if the chunk does not hold what its reference says, or a place that no seat has.
    """
    ids, places = decode_columns(chunk, ID_SIZE, PLACE_SIZE)
    if len(ids) != ref.count * ID_SIZE:
        raise Malformed("a piece of the manifest's seats does not hold what the manifest says")
    for number in range(ref.count):
        ticket_id = int.from_bytes(ids[number * ID_SIZE : (number + 1) * ID_SIZE], "big")
        place = int.from_bytes(places[number * PLACE_SIZE : (number + 1) * PLACE_SIZE], "big")
        if place >= seat_count:
            raise Malformed("a piece of the manifest's seats names a seat that is not in its map")
        yield TicketId(ticket_id), place
