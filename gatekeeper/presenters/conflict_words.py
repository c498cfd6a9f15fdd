"""What a conflict is called, at gates and at the desk, and what the desk says of its sides."""

from __future__ import annotations

from typing import Final

from gatekeeper.organizer.conflicts import DISPOSITIONS, Conflict, ConflictSide
from gatekeeper.wording.called import call_place
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.times import spell_stamp

EXCESS: Final = "admitted more often than the ticket allows"
"""What the server's record says of the most usual conflict."""
_KINDS: Final = frozenset(
    {
        "double_use",
        "home_lost",
        "admitted_after_void",
        "admitted_against_rules",
        "sold_twice",
        "over_capacity",
        "oversold",
        "forked_journal",
        "entry_out_of_bounds",
        "evacuation_unproven",
        "unexplained",
        "too_fast",
        "passage_unproven",
        "passage_elsewhere",
        "override_unsigned",
        "share_unproven",
        "clock",
        "server_clock",
        "payout_and_entry",
        "paid_out_twice",
        "payout_and_hand_over",
        "handed_over_twice",
        "admitted_superseded",
        "withdrawal_unproven",
        "withdrawal_unsigned",
        "act_unsigned",
        "payout_mismatch",
    }
)


def spell_kind(kind: str) -> str:
    """Say what contradicts itself; a kind of a newer server is told by its sentence alone."""
    return TEXTS.say(f"conflict.kind_{kind if kind in _KINDS else 'other'}")


def spell_conflict(conflict: Conflict) -> str:
    """Say what it is, of which ticket, and what was decided."""
    parts = [spell_kind(conflict.kind)]
    if conflict.code:
        parts.append(TEXTS.say("orders.ticket", code=conflict.code))
    elif conflict.ticket:
        parts.append(TEXTS.say("decide.ticket", ticket=conflict.ticket))
    if not conflict.is_open:
        is_decided = conflict.disposition in DISPOSITIONS
        key = f"settle.{conflict.disposition}" if is_decided else "desk.conflicts.withdrawn"
        parts.append(TEXTS.say(key))
    return " · ".join(parts)


def spell_detail(detail: str) -> str:
    """Say what the record notes of a conflict; "" for nothing. It is written in English."""
    if detail == EXCESS:
        return TEXTS.say("conflict.detail_excess")
    return TEXTS.say("conflict.detail", detail=detail) if detail else ""


def spell_side(side: ConflictSide) -> str:
    """Say where and when, how exactly that is known, and whether it is signed."""
    error = (
        ""
        if not side.error_s
        else TEXTS.say("desk.side.error", seconds=TEXTS.decimal(side.error_s))
    )
    time = f"{spell_stamp(side.at, has_seconds=True)} {error}".strip()
    key = "desk.side.signed" if side.is_signed else "desk.side.told"
    place = call_place(TEXTS, side.gate, side.device)
    return TEXTS.say(key, place=place, time=time, count=side.count)
