"""What the live board says in words, each figure with its age."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from gatekeeper.organizer.during.live_board_channel import LIVE_OLD_S, LiveView
from gatekeeper.wording.names_in_order import by_number
from gatekeeper.wording.texts import TEXTS
from shared.admission.reasons import Reason
from shared.kernel.money import Money
from shared.wire.live_board import LiveBoard, LiveGate, LiveZone

NONE: Final = "–"
_REASONS: Final = frozenset(reason.value for reason in Reason)
_TENDERS: Final = frozenset(
    ("cash", "card", "transfer", "online", "voucher", "comp", "exchange", "other")
)
_TENTH_OF_PERCENT: Final = 10
"""In basis points."""
Rows = list[tuple[str, ...]]


def spell_age(view: LiveView, age_s: float) -> str:
    """Say how old the figures are, and how they come."""
    if age_s >= LIVE_OLD_S:
        return TEXTS.say("live.old", seconds=f"{age_s:.0f}")
    return TEXTS.say("live.fresh" if view.is_pushed else "live.asked", seconds=f"{age_s:.0f}")


def spell_lead(board: LiveBoard) -> str:
    """Say who came in all, who was refused, and who was asked something first."""
    rate = TEXTS.percent(_TENTH_OF_PERCENT * round(1_000 * board.override_rate))
    sent = sum(one.count for one in board.denials if one.verdict == "refer")
    counts = {
        "admitted": board.admitted,
        "denied": board.denied - sent,
        "sent": sent,
        "overrides": board.overrides,
    }
    return TEXTS.say("live.lead", rate=rate, **counts)


def spell_away(board: LiveBoard) -> str:
    """Name the devices whose deeds are not in the figures; "" for none."""
    if not board.away:
        return ""
    away = sorted((one.name for one in board.away), key=by_number)
    names = ", ".join(TEXTS.isolate(name) for name in away)
    return TEXTS.say("live.away", names=names)


def spell_paused(board: LiveBoard) -> str:
    """Name the gates at which entry is paused; "" for none."""
    names = [gate_name(one) for one in board.gates if one.paused_at is not None]
    return TEXTS.say("pause.now", places=TEXTS.list(names)) if names else ""


def zone_rows(board: LiveBoard) -> Rows:
    """Say of each zone who is inside."""
    return [
        (_with_pause(zone.name, zone), spell_inside(zone), _or_limitless(zone.capacity))
        for zone in as_known(board)
    ]


def as_known(board: LiveBoard) -> Sequence[LiveZone]:
    """Return the zones without what gates might let in on their shares, where all are in touch.

    Gates in touch tell each entry as it happens: who could still come in on their shares has not.
    """
    if board.away:
        return board.zones
    return [
        one if one.at_most is None else msgspec.structs.replace(one, at_most=one.inside)
        for one in board.zones
    ]


def _with_pause(name: str, place: LiveGate | LiveZone) -> str:
    """Name a gate or a zone, and say where nobody is let in now."""
    return name if place.paused_at is None else TEXTS.say("pause.cell", name=name)


def spell_inside(zone: LiveZone) -> str:
    """Say how many are inside, with what it may be where devices are away."""
    if (zone.at_least, zone.at_most) == (zone.inside, zone.inside):
        return TEXTS.number(zone.inside)
    if zone.at_most is None:
        if zone.at_least >= zone.inside:
            return TEXTS.number(zone.inside)
        return TEXTS.say("live.from", count=zone.inside, low=zone.at_least)
    return TEXTS.say("desk.live.between", count=zone.inside, low=zone.at_least, high=zone.at_most)


def gate_rows(board: LiveBoard) -> Rows:
    """Say of each gate what passes, and who waits."""
    return [
        (
            _with_pause(gate_name(gate), gate),
            TEXTS.number(gate.came),
            TEXTS.number(gate.went),
            f"{gate.per_minute:.0f}",
            _spell_waiting(gate),
            TEXTS.number(gate.denied),
            TEXTS.number(gate.overrides),
        )
        for gate in sorted(board.gates, key=lambda one: by_number(gate_name(one)))
    ]


def denial_rows(board: LiveBoard) -> Rows:
    """Say for what reasons scans let nobody in, the most frequent first, and where."""
    names = {gate.gate_id: gate_name(gate) for gate in board.gates}
    found = sorted(board.denials, key=lambda one: (-one.count, one.reason, one.gate_id))
    return [
        (
            TEXTS.say(f"word.{one.reason}") if one.reason in _REASONS else TEXTS.say("live.other"),
            TEXTS.say("live.sent_on" if one.verdict == "refer" else "live.refused"),
            names.get(one.gate_id, NONE),
            TEXTS.number(one.count),
        )
        for one in found
    ]


def stock_rows(board: LiveBoard) -> Rows:
    """Say of each ticket type what was sold in the last hour and in all, and what is left."""
    return [
        (
            one.name,
            TEXTS.number(sum(one.tickets)),
            TEXTS.number(one.sold),
            TEXTS.number(one.held),
            TEXTS.number(one.allotted),
            _or_limitless(one.available),
        )
        for one in board.sales
    ]


def revenue_rows(board: LiveBoard) -> Rows:
    """Say what came by each tender, and what went back."""
    return [
        (
            TEXTS.say(f"live.tender.{one.tender if one.tender in _TENDERS else 'other'}"),
            TEXTS.money(Money(one.received_minor, one.currency)),
            TEXTS.money(Money(one.paid_back_minor, one.currency)),
            TEXTS.money(Money(one.net_minor, one.currency)),
        )
        for one in board.revenue
    ]


def gate_name(gate: LiveGate) -> str:
    """Name a gate; whom the organizer's evacuation has sent out passed none."""
    return gate.name or TEXTS.say("live.no_gate" if gate.gate_id else "evacuation.title")


def _spell_waiting(gate: LiveGate) -> str:
    if gate.waiting is None or gate.waiting_s is None:
        return NONE
    return TEXTS.say("live.waiting", count=f"{gate.waiting:.0f}", seconds=f"{gate.waiting_s:.0f}")


def _or_limitless(count: int | None) -> str:
    return TEXTS.say("desk.draft.no_limit") if count is None else TEXTS.number(count)
