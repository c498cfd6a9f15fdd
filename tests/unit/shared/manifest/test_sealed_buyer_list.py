"""Buyers as tills hold them: who opens them, what an altered file says, and what is found."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.packing import pack
from shared.manifest.sealed_buyer_list import (
    PIECE_ROWS,
    BoughtTicket,
    BuyerBook,
    BuyerFile,
    BuyerRow,
    BuyerSealer,
    open_buyers,
    read_buyer_file,
)
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed
from tests.fakes.entropy import SeededEntropy

EVENT = EventId("ev_1")
SEED = badge_seed("GKC1-ABCDE-FGHJK-MNPQR", OrganizationId("og_1"))
OTHER = badge_seed("GKC1-ZZZZZ-FGHJK-MNPQR", OrganizationId("og_1"))


def row_of(number: int, **said: str) -> BuyerRow:
    ticket = BoughtTicket(TicketId(number), 1, 2_500)
    return BuyerRow(number=str(number), state="paid", currency="EUR", tickets=(ticket,), **said)


def sealed(rows: list[BuyerRow]) -> BuyerFile:
    sealer = BuyerSealer("v1", EVENT, SeededEntropy("buyers"))
    for first in range(0, len(rows), PIECE_ROWS):
        sealer.add(rows[first : first + PIECE_ROWS])
    return sealer.finish([("ca_1", badge_public_key(SEED))])


def test_only_the_badge_that_it_is_sealed_for_opens_a_file() -> None:
    """All pieces, in order; nobody else's badge, and the same badge under no other name."""
    rows = [row_of(number, name=f"Guest {number}") for number in range(PIECE_ROWS + 1)]
    held = read_buyer_file(pack(sealed(rows)))
    assert open_buyers(held, event_id=EVENT, person="ca_1", seed=SEED) == rows
    assert open_buyers(held, event_id=EVENT, person="ca_1", seed=OTHER) is None
    assert open_buyers(held, event_id=EVENT, person="ca_2", seed=SEED) is None


def test_altered_swapped_and_foreign_pieces_are_refused() -> None:
    """Nobody puts another event's guests, or others' order of them, into a till."""
    held = sealed([row_of(number) for number in range(PIECE_ROWS + 1)])
    first, second = held.pieces
    altered_piece = first[:-1] + bytes([first[-1] ^ 1])
    for pieces in ((second, first), (altered_piece, second), (first,) * 2):
        with pytest.raises(BadSignature):
            altered = msgspec.structs.replace(held, pieces=pieces)
            open_buyers(altered, event_id=EVENT, person="ca_1", seed=SEED)
    with pytest.raises(BadSignature):
        open_buyers(held, event_id=EventId("ev_2"), person="ca_1", seed=SEED)
    for content in (b"", b"\x00", pack(["v"]), b"\x93" * 50):
        with pytest.raises(Malformed):
            read_buyer_file(content)


def test_search_finds_by_words_number_phone_and_mail() -> None:
    """Accents, case and order do not matter; a short number is an order's, not a phone's."""
    book = BuyerBook(
        [
            row_of(7, name="Zoë van der Meer", phone="+31 20 555 0007", email="Zoe@Example.org"),
            row_of(12, name="Meera Zoellner", phone="(020) 1234"),
            row_of(1_234),
            row_of(2_000, name="Jürgen Müller"),
        ]
    )

    def found(text: str, limit: int = 20) -> list[str]:
        return [row.number for row in book.search(text, limit)]

    assert found("meer zoe") == ["7", "12"]
    assert found("der MEER") == ["7"]
    assert found("zoe@ex") == ["7"]
    assert found("mueller juergen") == ["2000"]
    assert found("550007") == ["7"]
    assert found("7") == ["7"]
    assert found("#12") == ["12"]
    assert found("1234") == ["1234", "12"], "the order first, then the phone"
    assert found("meer zoe", 1) == ["7"]
    assert found("  ") == found("%") == found("'; --") == []
    ticket = book.of_ticket(TicketId(12))
    assert ticket is not None
    assert ticket.number == "12"
