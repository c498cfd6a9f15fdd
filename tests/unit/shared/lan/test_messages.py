"""Bodies of messages: round trips and bounds."""

from __future__ import annotations

import pytest

from shared.journal.chain import SignedEntry
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId
from shared.kernel.packing import pack
from shared.lan.claims import Claim, Hold, HoldState
from shared.lan.messages import (
    KIND_OF,
    Body,
    ClaimAsk,
    ClaimRelay,
    ClaimReply,
    Entries,
    Fetch,
    Fetched,
    Hello,
    HomeAskMessage,
    Mark,
    MessageKind,
    Relayed,
    decode_body,
    encode_body,
)
from tests.unit.shared.lan.venue import right

CLAIM = Claim(
    claim_id=ClaimId("c"),
    key=right(TicketId(1)),
    device_id=DeviceId("dv_1"),
    gate_id=GateId("gt_1"),
    count=2,
    at=10,
    stamp=3,
)
HOLD = Hold(
    device_id=DeviceId("dv_1"),
    claim_id=ClaimId("c"),
    gate_id=GateId("gt_1"),
    count=2,
    at=10,
    state=HoldState.OPEN,
)
SIGNED = SignedEntry(b"entry", b"signature")
BODIES: list[Body] = [
    Hello(b"", False, 0, True, True),
    ClaimAsk(CLAIM, bytes(16)),
    HomeAskMessage(b"ask"),
    ClaimReply(ClaimId("c"), (HOLD,), False),
    Entries((SIGNED,)),
    ClaimRelay(ClaimId("c"), b"{}", bytes(64)),
    Relayed(ClaimId("c"), b"{}"),
    Fetch((Mark(DeviceId("dv_1"), bytes(8), 4),), (SIGNED,), True),
    Fetched((Mark(DeviceId("dv_1"), bytes(8), 4),), (SIGNED,), b"roster", True),
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_body_comes_back_as_it_was(body: Body) -> None:
    """Every kind survives the wire."""
    assert decode_body(KIND_OF[type(body)], encode_body(body)) == body


def test_every_kind_has_a_body() -> None:
    """No kind is forgotten in the tables."""
    assert set(KIND_OF.values()) == set(MessageKind)
    assert {type(body) for body in BODIES} == set(KIND_OF)


def test_unknown_kind_is_none_and_not_an_error() -> None:
    """A later version may say more."""
    assert decode_body("later", b"\xc0") is None


@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        (MessageKind.HELLO, b"\xc1"),
        (MessageKind.HELLO, pack([bytes(9), True, 0])),
        (MessageKind.HELLO, pack([b"", True, -1])),
        (MessageKind.ASK, pack(["", [1, "zn", ""], "dv", "gt", 1, 0, 0])),
        (MessageKind.ASK, pack([["c", [1, "zn", ""], "dv", "gt", 0, 0, 0], b""])),
        (MessageKind.ASK, pack([["c" * 65, [1, "zn", ""], "dv", "gt", 1, 0, 0], b""])),
        (MessageKind.ASK, pack([["c", [1, "zn", ""], "dv", "gt", 1, 0, 1 << 63], b""])),
        (MessageKind.ANSWER, pack(["c", [["dv", "c", "gt", 1, 0, "sleeping"]]])),
        (MessageKind.ANSWER, pack(["c", [["dv", "c", "gt", 1, 0, "used", "up"]]])),
        (MessageKind.ANSWER, pack(["c", [["dv", "c", "gt", 1, 0, "used"]] * 17])),
        (MessageKind.FETCH, pack([[["dv", b"short", 1]]])),
    ],
)
def test_body_out_of_bounds_is_malformed(kind: MessageKind, encoded: bytes) -> None:
    """Bounds are kept by the reader; no honest writer breaks them."""
    with pytest.raises(Malformed):
        decode_body(kind, encoded)
