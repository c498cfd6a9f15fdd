"""What a conflict is called, at gates and at the desk."""

from __future__ import annotations

from typing import Final

from gatekeeper.wording.texts import TEXTS
from shared.journal.entry import FALSE_PEER

KINDS: Final = frozenset(
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
        "sold_out_of_range",
        "sold_unknown_type",
        "price_mismatch",
        "damaged_journal",
        "foreign_undo",
        "sale_id_reused",
        "shift_missing",
        "z_differs",
        "seat_twice",
        FALSE_PEER,
    }
)
"""What the server finds; a newer one may find more."""


def spell_kind(kind: str) -> str:
    """Say what contradicts itself; a kind of a newer server is told by its sentence alone."""
    return TEXTS.say(f"conflict.kind_{kind if kind in KINDS else 'other'}")
