"""An organizer before a plan that gates were handed: what is locked, and the way to lift that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

if TYPE_CHECKING:
    from tests.ui.organizer.test_organizer_desk import Hand


def lift_the_freeze(hand: Hand, zone_id: str) -> None:
    """See a zone's rules locked and its capacity open, say why, and see all of it open."""
    page = hand.work.plan
    page.choose(zone_id)
    assert page.freeze.said.startswith("Handed to gates ")
    assert not is_open(hand, "plan_reentry_after_exit")
    assert is_open(hand, "plan_capacity")
    for name in ("planRemove", "planAdd_zone", "planAdd_date"):
        assert not is_open(hand, name), name
    assert is_open(hand, "planAdd_gate")
    hand.picture("plan-frozen")
    hand.fill("freezeReason", "The north door is shut")
    hand.click("freezeLift")
    hand.until(lambda: is_open(hand, "plan_reentry_after_exit"))
    assert "Ada lifted the freeze" in page.freeze.said
    hand.picture("plan-lifted")


def is_open(hand: Hand, name: str) -> bool:
    """Whether a field or a button of the page can be used."""
    widget = hand.find(name)
    return widget.isEnabled() and (not isinstance(widget, QPushButton) or widget.isVisible())
