"""The published vectors of seat maps: both forms, the bytes, the best seats, what is refused."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from shared.kernel.errors import BadInput
from shared.kernel.id_types import TicketId
from shared.manifest.seats import cut_seats
from shared.seating.best_available import find_best
from shared.seating.csv_form import read_csv, write_csv
from shared.seating.neighbouring_seats import SeatRows
from shared.seating.packed_map import pack_map, unpack_map
from shared.seating.svg_form import read_svg, write_svg

FILE = Path(__file__).resolve().parents[3] / "vectors" / "seats.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text("utf-8"))


def test_the_map_is_the_same_in_all_forms() -> None:
    """Read, written, drawn and packed; zlib's own bytes may differ between its versions."""
    seat_map = read_csv(VECTORS["csv"])
    assert write_csv(seat_map) == VECTORS["written"]
    assert write_svg(seat_map) == VECTORS["svg"]
    assert read_svg(VECTORS["svg"]) == seat_map
    packed = base64.b64decode(VECTORS["packed"])
    assert unpack_map(packed) == seat_map
    assert zlib.decompress(pack_map(seat_map)) == zlib.decompress(packed)
    assert [seat.id for seat in seat_map.seats] == VECTORS["ids"]


def test_the_best_seats_are_those_of_the_page() -> None:
    """For groups of each size that the room has."""
    rows = SeatRows(read_csv(VECTORS["csv"]))
    for count, seats in VECTORS["best"].items():
        assert list(find_best(rows, VECTORS["ids"], int(count))) == seats


def test_tickets_seats_are_laid_out_as_the_page_says() -> None:
    """In order of the tickets' ids."""
    tickets = [(TicketId(int(one, 16)), place) for one, place in VECTORS["tickets"]]
    _, (_, chunk) = cut_seats(b"x", 9, tickets)
    expected = base64.b64decode(VECTORS["ticket_chunk"])
    assert zlib.decompress(chunk) == zlib.decompress(expected)


@pytest.mark.parametrize(("form", "text", "where"), VECTORS["refused"])
def test_what_is_no_map_is_refused_by_its_line(form: str, text: str, where: str) -> None:
    """With what to do."""
    with pytest.raises(BadInput, match=where):
        (read_csv if form == "csv" else read_svg)(text)
