"""What a conflict is called, at gates and at the organizer's desk."""

from __future__ import annotations

from typing import Final

from gatekeeper.wording.texts import TEXTS

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
