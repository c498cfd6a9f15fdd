"""Feed items and enrolment lines."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.errors import Malformed
from shared.kernel.id_types import (
    ClaimId,
    ConflictId,
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import Instant
from shared.manifest.tickets import TicketClass, TicketRow
from shared.wire.feed import (
    Annul,
    ConfigChange,
    ConflictNotice,
    EvacuationNotice,
    FeedItem,
    FeedPage,
    ItemBody,
    Use,
    decode_item,
    encode_item_body,
    has_gap,
)
from tests.factories.house import make_config, make_ticket_key

BODIES: tuple[ItemBody, ...] = (
    TicketRow(TicketId(2**64 - 1), TicketClass(ticket_type_code=1, state="paid"), 5),
    Use(
        claim_id=ClaimId("c1"),
        ticket_id=TicketId(3),
        zone_id=ZoneId("zn_1"),
        direction="in",
        at=Instant(10),
        at_error=None,
        count=1,
        gate_id=GateId("gt_north"),
        device_id=DeviceId("dv_1"),
        mode="online",
    ),
    Annul(ClaimId("c1"), TicketId(3), Instant(11), DeviceId("dv_1"), "undone"),
    ConfigChange(make_config(), (make_ticket_key(),)),
    ConflictNotice(
        conflict_id=ConflictId("cf_1"),
        kind="double_use",
        ticket_id=TicketId(3),
        zone_id=ZoneId("zn_1"),
        claim_ids=(ClaimId("c1"), ClaimId("c2")),
        gate_ids=(GateId("gt_north"), GateId("gt_south")),
    ),
    EvacuationNotice(
        evacuation_id=EvacuationId("ab" * 16),
        zone_id=ZoneId("zn_1"),
        phase="return",
        gate_id=GateId("gt_north"),
        begun_at=Instant(10),
        emptied_at=Instant(20),
    ),
)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_items_come_back_as_they_went(body: ItemBody) -> None:
    """Each kind of change survives its encoding."""
    kind, encoded = encode_item_body(body)
    assert decode_item(FeedItem(1, kind, encoded)) == body


def test_item_of_an_unknown_kind_is_skipped() -> None:
    """An older gate reads a newer server's feed."""
    assert decode_item(FeedItem(1, "weather", b"\xc0")) is None


def test_item_with_a_strange_body_is_malformed() -> None:
    """A known kind with a body of another form is named."""
    with pytest.raises(Malformed, match="item 4"):
        decode_item(FeedItem(4, "use", b"\x91\x01"))


@pytest.mark.parametrize(
    ("sequences", "gap"), [((), False), ((6, 7), False), ((7,), True), ((6, 8), True)]
)
def test_a_missing_sequence_is_a_gap(sequences: tuple[int, ...], gap: bool) -> None:
    """A page's items follow the cursor without a hole."""
    items = tuple(FeedItem(sequence, "use", b"") for sequence in sequences)
    assert (
        has_gap(
            FeedPage(
                v=1,
                event_id=EventId("ev"),
                epoch=1,
                after=5,
                items=items,
                head=9,
                manifest_sequence=1,
            )
        )
        is gap
    )


def test_item_with_appended_fields_is_readable() -> None:
    """Fields that a later version appends are skipped."""
    use = BODIES[1]
    encoded = msgspec.msgpack.encode([*msgspec.structs.astuple(use), "later"])
    assert decode_item(FeedItem(1, "use", encoded)) == use
