"""What a till offers to pick from: the reasons it asks for, how they are said, and discounts."""

from __future__ import annotations

from typing import Final

from gatekeeper.wording.texts import TEXTS

REASONS: Final = {
    "refund": ("mistake", "cannot_come", "event_changed", "complaint", "other"),
    "reprint": ("not_printed", "lost", "damaged", "other"),
    "comp": ("guest", "press", "crew", "complaint", "other"),
    "hand_over": ("id_card", "confirmation", "known"),
    "transfer": ("cannot_come", "other"),
    "off": ("goodwill", "crew", "complaint", "other"),
    "paid_in": ("change_money", "other"),
    "paid_out": ("change_money", "purchase", "other"),
}
"""Code words that a cashier picks from, by what they are asked for; they stand in entries."""
DISCOUNT_PERCENTS: Final = (1_000, 2_000, 5_000)
"""Discounts that are one tap, in basis points."""


def spell_why(why: str) -> str:
    """Say the code word of a reason in words."""
    return TEXTS.say(f"till.why.{why}")
