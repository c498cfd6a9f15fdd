"""Who holds a ticket: sealed, found by the ticket's id, one small piece at a time."""

from __future__ import annotations

import pytest

from shared.kernel.errors import BadSignature
from shared.kernel.id_types import EventId, TicketId
from shared.manifest.header import ChunkRef
from shared.manifest.sealed_holders_for_verdict import (
    PIECE_ROWS,
    HolderBook,
    HolderRow,
    seal_holders,
)

KEY = bytes(range(32))
ROWS = [
    HolderRow(TicketId(place * 7), f"Guest {place}", str(1000 + place))
    for place in range(2 * PIECE_ROWS)
]


def open_book(key: bytes, event_id: EventId, opened: list[ChunkRef]) -> HolderBook:
    refs, chunks = seal_holders(ROWS, event_id=EventId("ev_1"), names_key=KEY)

    def read(ref: ChunkRef) -> bytes:
        opened.append(ref)
        return chunks[ref.sha256]

    return HolderBook(refs, read, event_id, key)


def test_a_holder_is_found_by_the_ticket_in_one_piece() -> None:
    """A scan waits for no search, and the next one of the same piece for nothing at all."""
    opened: list[ChunkRef] = []
    book = open_book(KEY, EventId("ev_1"), opened)
    assert book.find(TicketId(7 * PIECE_ROWS)) == ROWS[PIECE_ROWS]
    assert book.find(TicketId(7 * (PIECE_ROWS + 1))) == ROWS[PIECE_ROWS + 1]
    assert [ref.prefix for ref in opened] == [0, 2]
    assert book.find(TicketId(0)) == ROWS[0]
    assert book.find(ROWS[-1].ticket_id) == ROWS[-1]


@pytest.mark.parametrize("ticket_id", [3, 7 * PIECE_ROWS - 1, (1 << 64) - 1])
def test_a_ticket_that_nobody_is_named_for_has_none(ticket_id: TicketId) -> None:
    """Neighbours' names are not shown."""
    assert open_book(KEY, EventId("ev_1"), []).find(ticket_id) is None


@pytest.mark.parametrize(("key", "event_id"), [(bytes(32), "ev_1"), (KEY, "ev_2")])
def test_another_publications_key_or_event_opens_nothing(key: bytes, event_id: EventId) -> None:
    """A piece cannot be passed off as another event's."""
    with pytest.raises(BadSignature):
        open_book(key, event_id, [])


def test_no_piece_says_a_name() -> None:
    """Whoever carries the disk away reads none."""
    _, chunks = seal_holders(ROWS, event_id=EventId("ev_1"), names_key=KEY)
    assert not any(b"Guest" in chunk for chunk in chunks.values())
