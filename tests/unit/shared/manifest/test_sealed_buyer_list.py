"""Buyers as tills hold them: who opens them, and what an altered file says."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.errors import BadSignature, Malformed
from shared.kernel.id_types import EventId, OrganizationId, TicketId
from shared.kernel.packing import pack
from shared.manifest.sealed_buyer_list import (
    PIECE_ROWS,
    BoughtTicket,
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
