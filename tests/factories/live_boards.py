"""Live boards as a server would send them, for pages and words."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import msgspec

from gatekeeper.organizer.during.door_answers_client import AnswerCount, DoorAnswers
from shared.kernel.id_types import DeviceId, EventId, GateId, TicketTypeId, ZoneId
from shared.wire.live_board import (
    LiveArrivals,
    LiveBoard,
    LiveDenials,
    LiveDevice,
    LiveGate,
    LiveSales,
    LiveTender,
    LiveZone,
)

SINCE = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
MINUTES = 60
_BAGS = "Any bags larger than A4?"
ANSWERS = DoorAnswers(
    "2026-11-20 19:04",
    (
        AnswerCount("Student", _BAGS, "No", 612),
        AnswerCount("Student", _BAGS, "Yes, left at the cloakroom", 43),
        AnswerCount("Student", "Welcome drink?", "Wine", 0),
        AnswerCount("Student", "Welcome drink?", "Juice", 0),
        AnswerCount("", "drink", "4", 1),
    ),
)


def make_board(long_name: str = "Balcony", gates: int = 3, **changed: Any) -> LiveBoard:
    """Make a board of a full evening.

    Args:
        long_name: Of one zone, one gate, one ticket type and one device.
        gates: How many.
        changed: Fields that are other.
    """
    names = [long_name, "North", "South", *(f"Gate {n}" for n in range(4, gates + 1))][:gates]
    board = LiveBoard(
        event_id=EventId("ev_1"),
        at=SINCE,
        head=1_204,
        since=SINCE,
        minutes=MINUTES,
        admitted=1_204,
        inside=1_100,
        overrides=6,
        override_rate=0.005,
        denied=14,
        zones=(
            make_zone("zn_1", long_name, inside=640, at_most=655, capacity=800),
            make_zone("zn_2", "Yard", inside=460, at_most=None, capacity=None),
        ),
        gates=tuple(
            LiveGate(
                gate_id=GateId(f"gt_{n}"),
                name=name,
                came=400 + n,
                went=12,
                overrides=2,
                denied=5,
                per_minute=11.3,
                waiting=None if n == 1 else 3.4,
                waiting_s=None if n == 1 else 12.0,
                paused_at=SINCE if n == 1 else None,
            )
            for n, name in enumerate(names)
        ),
        away=(make_device(f"{long_name} 2"),),
        arrivals=tuple(
            LiveArrivals(GateId(f"gt_{n}"), ZoneId("zn_1" if n else "zn_2"), _wave(n))
            for n in range(gates)
        ),
        denials=(
            LiveDenials(GateId("gt_0"), "deny", "already_used", 9),
            LiveDenials(GateId("gt_1"), "refer", "check_id", 4),
            LiveDenials(GateId(""), "deny", "other", 1),
        ),
        sales=(
            make_sales(long_name, available=160),
            make_sales("Standing", available=None),
        ),
        sold=(),
        revenue=(
            make_tender("cash", payments=800, received=1_250_050, payouts=2, paid_back=4_000),
            make_tender("card", payments=1_500, received=3_105_000),
        ),
    )
    return msgspec.structs.replace(board, **changed)


def make_tender(
    tender: str, *, payments: int, received: int, payouts: int = 0, paid_back: int = 0
) -> LiveTender:
    """Make what was paid in one way, in euro cents."""
    return LiveTender(
        tender=tender,
        currency="EUR",
        payments=payments,
        received_minor=received,
        payouts=payouts,
        paid_back_minor=paid_back,
        net_minor=received - paid_back,
    )


def make_device(name: str) -> LiveDevice:
    """Make a device that was never heard of."""
    return LiveDevice(device_id=DeviceId(name), name=name, gate_id=None, heard_at=None)


def make_zone(
    zone_id: str, name: str, *, inside: int, at_most: int | None, capacity: int | None
) -> LiveZone:
    """Make a zone of which thirty entries are not signed for yet."""
    return LiveZone(
        zone_id=ZoneId(zone_id),
        name=name,
        inside=inside,
        at_least=inside - 30,
        at_most=at_most,
        capacity=capacity,
    )


def make_sales(name: str, *, available: int | None) -> LiveSales:
    """Make what was sold of a ticket type."""
    return LiveSales(
        ticket_type_id=TicketTypeId("tt_1"),
        name=name,
        tickets=_wave(len(name)),
        limit=None,
        sold=600,
        held=4,
        allotted=36,
        available=available,
    )


def _wave(phase: int) -> tuple[int, ...]:
    return tuple(round(8 + 7 * math.sin((n + 9 * phase) / 7)) for n in range(MINUTES))
