"""Which orders of a ticket's passages the proofs leave open, as the simulator judges them."""

from __future__ import annotations

from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId, ZoneId
from shared.wire.feed import Use
from simulator.judging.passage_order import has_order
from tests.factories.house import DOORS


def use(direction: str = "in", count: int = 1) -> Use:
    """Make a passage."""
    return Use(
        claim_id=ClaimId("c"),
        ticket_id=TicketId(1),
        zone_id=ZoneId("zn_1"),
        direction=direction,
        at=DOORS,
        at_error=None,
        count=count,
        gate_id=GateId("gt_1"),
        device_id=DeviceId("dv_1"),
        mode="offline",
        reason="ok",
    )


def test_an_exit_may_lie_between_two_entries_unless_it_came_after_both() -> None:
    """In, out, in is in order; in, in, out is not."""
    uses = [use(), use(), use("out")]
    assert has_order(uses, [0, 0, 0], 1)
    assert has_order(uses, [0, 0, 0b001], 1)
    assert not has_order(uses, [0, 0, 0b011], 1)
    assert has_order(uses, [0, 0, 0b011], 2)


def test_three_entries_and_one_exit_are_one_too_many_in_every_order() -> None:
    """Whatever is proven of them."""
    assert not has_order([use(), use(), use(), use("out")], [0, 0, 0, 0], 1)
    assert not has_order([use(count=2), use("out"), use(count=2)], [0, 0, 0], 2)


def test_what_contradicts_itself_has_no_order() -> None:
    """Each before the other: then nothing is proven of them."""
    assert not has_order([use(), use("out")], [0b10, 0b01], None)
