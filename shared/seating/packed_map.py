"""A seat map as bytes: columns of labels and positions, compressed; the same map, the same bytes.

Layout before compression (zlib, RFC 1950): a MessagePack array of version, focus x, focus y (or
nil), the tables of sections, rows, categories, and then a column for each of a seat's parts. Ids
that are made of the labels are left out.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from shared.kernel.errors import BadInput, Malformed
from shared.kernel.id_types import SeatId
from shared.kernel.packing import pack, unpack
from shared.seating.seat_map import (
    MAP_VERSION,
    SEATS_MAX,
    Seat,
    SeatKind,
    SeatMap,
    check_map,
    make_seat_id,
)

PACKED_SIZE_MAX: Final = 8_000_000
_EXPANDED_MAX: Final = 32_000_000
_LEVEL: Final = 6
_KINDS: Final = tuple(SeatKind)
"""Their order is part of the format: kinds are only appended."""

_Strings = Annotated[tuple[str, ...], msgspec.Meta(max_length=SEATS_MAX)]
_Numbers = Annotated[tuple[int, ...], msgspec.Meta(max_length=SEATS_MAX)]


class _Columns(msgspec.Struct, frozen=True, array_like=True):
    """What is compressed; the positions are differences to the seat before."""

    v: int
    focus_x: int | None
    focus_y: int | None
    sections: _Strings
    rows: _Strings
    categories: _Strings
    ids: _Strings
    section: _Numbers
    row: _Numbers
    number: _Strings
    x: _Numbers
    y: _Numbers
    category: _Numbers
    kind: _Numbers


_DECODER: Final = msgspec.msgpack.Decoder(_Columns)


def pack_map(seat_map: SeatMap) -> bytes:
    """Encode a map."""
    seats = seat_map.seats
    sections, section = _table([one.section for one in seats])
    rows, row = _table([one.row for one in seats])
    categories, category = _table([one.category for one in seats])
    made = [make_seat_id(one.section, one.row, one.number) for one in seats]
    columns = _Columns(
        MAP_VERSION,
        seat_map.focus_x,
        seat_map.focus_y,
        sections,
        rows,
        categories,
        tuple("" if one.id == own else one.id for one, own in zip(seats, made, strict=True)),
        section,
        row,
        tuple(one.number for one in seats),
        _differences([one.x for one in seats]),
        _differences([one.y for one in seats]),
        category,
        tuple(_KINDS.index(one.kind) for one in seats),
    )
    return zlib.compress(pack(columns), _LEVEL)


def unpack_map(packed: bytes) -> SeatMap:
    """Decode a map.

    Raises:
        Malformed: if the bytes are none, expand too far, or hold seats that no map may have.
    """
    expander = zlib.decompressobj()
    try:
        plain = expander.decompress(packed, _EXPANDED_MAX)
    except zlib.error as fault:
        raise Malformed(f"a seat map cannot be expanded: {fault}") from None
    if not expander.eof or expander.unused_data:
        raise Malformed("a seat map is cut off, or too large")
    columns = unpack(plain, _DECODER, "a seat map")
    try:
        seat_map = _seats_of(columns)
        check_map(seat_map)
    except (IndexError, ValueError, BadInput) as fault:
        raise Malformed(f"a seat map's columns do not fit together: {fault}") from None
    return seat_map


def _seats_of(said: _Columns) -> SeatMap:
    if said.v != MAP_VERSION or any(
        number < 0
        for numbers in (said.section, said.row, said.category, said.kind)
        for number in numbers
    ):
        raise ValueError("of another version, or with numbers below 0")
    x = y = 0
    seats: list[Seat] = []
    for own, section, row, number, dx, dy, category, kind in zip(
        said.ids,
        said.section,
        said.row,
        said.number,
        said.x,
        said.y,
        said.category,
        said.kind,
        strict=True,
    ):
        x, y = x + dx, y + dy
        labels = (said.sections[section], said.rows[row], number)
        seats.append(
            Seat(
                id=SeatId(own) if own else make_seat_id(*labels),
                section=labels[0],
                row=labels[1],
                number=labels[2],
                x=x,
                y=y,
                category=said.categories[category],
                kind=_KINDS[kind],
            )
        )
    return SeatMap(tuple(seats), said.focus_x, said.focus_y)


def _table(labels: Sequence[str]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Return each label once, and where each one's is."""
    places: dict[str, int] = {}
    numbers = tuple(places.setdefault(label, len(places)) for label in labels)
    return tuple(places), numbers


def _differences(numbers: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - before for one, before in zip(numbers, (0, *numbers[:-1]), strict=True))
